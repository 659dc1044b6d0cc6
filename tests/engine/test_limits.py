"""What a lesson may hold at most: the same limits for every kind of step, told with the step."""

import pytest

from tests.engine.fake_corner import FakeCorner
from tests.engine.playing import lesson
from tutor.engine import player
from tutor.engine.errors import TooLarge
from tutor.engine.limits import RUN_BYTES, STEP_BYTES, VALUE_BYTES, size

FULL = "x" * VALUE_BYTES
TOO_LONG = FULL + "x"
TWICE = {"assign": {"task": "{task}{task}"}}

BEYOND = {
    "a word that is sent": [{"assign": {"task": FULL}}, {"command": "SET queue {task}x"}],
    "a word of a list of words": [{"command": ["SET", "queue", TOO_LONG]}],
    "a variable that is assigned": [{"assign": {"task": TOO_LONG}}],
    "a variable that doubles": [{"assign": {"task": "x" * 16}}, *([TWICE] * 13)],
    "a list that is assigned": [{"assign": {"task": ["x" * (VALUE_BYTES // 2)] * 3}}],
    "a line that is printed": [{"assign": {"task": FULL}}, {"print": "{task}!"}],
    "a text with many places": [{"assign": {"task": "x" * 60_000}}, {"print": "{task}" * 5_000}],
    "bytes that are no text": [{"assign": {"task": "é" * (VALUE_BYTES // 2) + "x"}}],
    "a value that comes back": [
        *({"command": ["RPUSH", "queue", "x" * 60_000]} for _ in range(5)),
        {"command": "LRANGE queue 0 -1"},
    ],
}


@pytest.mark.parametrize("steps", BEYOND.values(), ids=BEYOND.keys())
def test_a_step_beyond_a_limit_ends_the_play_there(steps):
    played = lesson(*steps)
    with pytest.raises(TooLarge) as ended:
        player.play(played, FakeCorner())
    assert ended.value.position == len(steps)


@pytest.mark.parametrize("steps", BEYOND.values(), ids=BEYOND.keys())
def test_nothing_of_it_is_larger_than_the_limit_before_it_is_refused(steps):
    entries = player.play(lesson(*steps[:-1], {"print": "so far"}), FakeCorner())
    assert all(size(entry.variables["task"]) <= VALUE_BYTES + 10 for entry in entries)
    assert all(len(str(entry.as_json())) <= 2 * STEP_BYTES for entry in entries)


def test_what_is_just_within_the_limits_is_exact():
    steps = [{"assign": {"task": FULL}}, {"command": "SET queue {task}"}, {"command": "GET queue", "save": "task"}]
    assert player.play(lesson(*steps), FakeCorner())[-1].variables["task"] == FULL


def test_a_run_sends_no_more_than_its_limit_however_many_steps_it_has():
    count = RUN_BYTES // 60_000
    steps = [{"command": ["SET", f"key{n}", "x" * 60_000]} for n in range(count + 1)]
    assert len(player.play(lesson(*steps[:count]), FakeCorner())) == count
    with pytest.raises(TooLarge, match="a run may send 1,048,576"):
        player.play(lesson(*steps), FakeCorner())


def test_a_sentence_with_a_long_variable_is_cut_and_no_reason_to_refuse_the_step():
    entry = player.play(lesson({"assign": {"task": FULL}, "action": "Has {task!r} {task}"}), FakeCorner())[0]
    assert len(entry.action) < 5_000


def test_states_hold_long_texts_by_length_and_digest():
    one, other = (
        player.play(lesson({"command": ["RPUSH", "queue", "x" * 5_000 + end]}), FakeCorner())[0].keys["queue"]
        for end in "ab"
    )
    assert "5,001 bytes" in one["items"][0]
    assert one != other
