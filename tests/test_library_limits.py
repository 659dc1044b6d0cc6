"""Reading any lesson file ends within a second and never with an exception."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bombs import BOMBS, YAML_PARTS
from tests.fuzzing import examples
from tests.lessons import SOUND, long_lesson
from tests.timing import within
from tutor.authoring import diagnostics
from tutor.engine.lesson.lesson import Lesson
from tutor.files.schema_errors import MOST_ERRORS
from tutor.library import LocatedProblem, read


def printed(problems: Sequence[LocatedProblem], text: str | bytes) -> list[str]:
    """Return the problems in each format, which must not contain terminal control sequences."""
    source = text if isinstance(text, str) else text.decode("utf-8", "replace")
    shown = list(diagnostics.as_text(problems, lambda file: source))
    assert all(line.isprintable() for line in shown)
    annotations = list(diagnostics.as_annotations(problems))
    assert all(line.isprintable() for line in annotations)
    report = diagnostics.as_json(problems, 1)
    assert len(json.loads(report)["problems"]) == len(annotations) == len(problems)
    return ["\n".join(diagnostics.as_text(problems, lambda file: source, diagnostics.painted)), *annotations]


@pytest.mark.slow
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_answered_within_a_second(text: str):
    with within(1):
        problems = read(text, "x.yaml").problems
        assert problems
        assert all(printed(problems[:MOST_ERRORS], text))


def test_a_lesson_of_a_thousand_steps_is_read():
    found = read(long_lesson(1_000), "x.yaml").lesson
    assert found is not None
    assert len(found.steps) == 1_000


@settings(max_examples=examples(400))
@given(st.one_of(st.text(), st.binary(), st.lists(YAML_PARTS, max_size=60).map("".join)))
def test_no_text_makes_reading_fail(text: str | bytes):
    with within(1):
        reading = read(text, "x.yaml")
    assert (reading.lesson is None) == bool(reading.problems)
    assert all(printed(reading.problems, text))


@settings(max_examples=examples(300))
@given(st.integers(0, len(SOUND)), st.integers(0, 12), st.lists(YAML_PARTS, max_size=4).map("".join))
def test_no_damage_to_a_sound_lesson_makes_reading_fail(place: int, cut: int, put: str):
    text = SOUND[:place] + put + SOUND[place + cut :]
    with within(1):
        reading = read(text, "x.yaml")
    lines = SOUND.count("\n") + put.count("\n") + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in reading.problems)
    printed(reading.problems, text)


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "producer", "LPUSH queue a", "queue"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("actor action command print line expect name boxes code x".split()), inner)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(st.dictionaries(st.sampled_from([*Lesson.model_fields, "x"]), SHAPES))
def test_no_shape_of_a_lesson_makes_reading_fail(shape: dict[str, object]):
    text = json.dumps(shape)
    with within(1):
        printed(read(text, "x.yaml").problems, text)
