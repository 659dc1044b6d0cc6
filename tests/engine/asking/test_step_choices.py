"""Choices for a prediction: over all steps of all lessons, and for the kinds of steps."""

from collections import Counter

import pytest

from tests.choices import require_choices
from tests.engine.plays import lesson
from tests.tables import for_each
from tests.test_lessons import SLUGS, play
from tests.test_lessons import lesson as shelved
from tutor.engine.asking import step_choices as module
from tutor.engine.asking.step_choices import StepChoice, state_text, step_choices
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners


def real_play(played: Lesson) -> list[TraceEntry]:
    return player.play(played, corners.temporary(played))


def choices(made: Lesson, number: int) -> dict[str, str]:
    return {each.text: each.mistake for each in step_choices(made, number, real_play).choices}


@pytest.mark.slow
@for_each("slug", SLUGS)
def test_every_step_of_a_lesson_has_several_choices_or_no_question(slug: str):
    each = shelved(slug)
    entries = play(each)
    counts = Counter[int]()
    for entry in entries:
        found = step_choices(each, entry.position, play)
        counts[len(found.choices)] += 1
        if found.choices:
            require_choices(each, entry, found.choices)
            assert found.before == state_text(entries[entry.position - 2] if entry.position > 1 else None)
    assert counts.total() - counts[0] >= 3, "too few steps of this lesson have a question"


def test_the_other_end_and_other_mistakes_give_the_wrong_choices():
    made = lesson({"command": "LPUSH queue a"}, {"command": "LPUSH queue b"}, {"command": "RPOP queue"})
    assert choices(made, 2) == {
        "['a', 'b']": "`RPUSH` in place of `LPUSH`",
        "['a']": "step 2 left out",
        "['b', 'a']": "",
        "['b']": "step 1 left out",
    }
    assert choices(made, 3)["['b', 'a']"] == "`LINDEX queue -1`, which leaves the element"


@for_each(
    "steps",
    [
        [{"command": "LPUSH queue a"}],  # the answer is in the command
        [{"print": "Hello"}],
        [{"assign": {"task": "x"}}],
        [{"command": "SADD tags a b c"}, {"command": "SPOP tags", "save": "task"}],  # chance
        [{"command": "TIME", "save": "task"}],
    ],
)
def test_where_there_is_nothing_to_predict_there_are_no_choices(steps: list[dict[str, object]]):
    made = lesson(*steps, watch={"queue": "list"})
    assert choices(made, len(steps)) == {}


def test_a_mistake_names_itself_in_a_sentence():
    assert StepChoice("x", "x", "step 2 left out").reason == "So it would be with step 2 left out."
    assert StepChoice("x", "x").reason == ""


def test_the_plays_of_one_step_are_bounded():
    counted = []

    def counting(played: Lesson) -> list[TraceEntry]:
        counted.append(played)
        return real_play(played)

    made = lesson(*[{"command": "LPUSH queue same"}] * 30, {"command": "LLEN other", "save": "task"})
    step_choices(made, 31, counting)
    assert len(counted) <= module.MOST_TRIES + 1
