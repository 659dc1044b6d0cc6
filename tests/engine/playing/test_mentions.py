"""The index of a lesson's variables says the same as reading all later steps."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.plays import lesson
from tutor.engine.playing.mentions import is_used_after, names_used

ACTORS, NAMES = ("producer", "consumer"), ("t", "u")

steps = st.lists(
    st.builds(
        lambda actor, step: {"actor": actor, **step},
        st.sampled_from(ACTORS),
        st.sampled_from(
            [
                {"command": "RPOP q", "save": "t"},
                {"command": "RPOP q", "save": "u"},
                {"command": "RPUSH q {t}"},
                {"command": "GET {t}", "save": "t"},
                {"print": "got {t!r} and {u!r}"},
                {"command": "LLEN q", "action": "Looks for {u!r}"},
            ]
        ),
    ),
    min_size=1,
    max_size=12,
)


@given(steps)
def test_a_variable_is_used_after_a_step_if_reading_on_meets_a_use_before_a_new_value(written):
    played = lesson(*written, variables=list(NAMES))
    for position, actor, name in product(range(len(written) + 1), ACTORS, NAMES):
        later = (step for step in played.steps[position:] if step.actor == actor)
        expected = False
        for step in later:
            used = names_used(step) | {each for template in step.templates for each in template.variables}
            if name in used or name in step.saves:
                expected = name not in step.saves
                break
        assert is_used_after(played, position, actor, name) == expected, (position, actor, name)
