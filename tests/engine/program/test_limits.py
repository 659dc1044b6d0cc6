"""Size limits of a lesson: the same for every kind of step, and reported with the step."""

import pytest

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import lesson
from tests.lessons import but_unused
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.errors import TooLarge
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.program import limits
from tutor.engine.program.limits import (
    COPYING_BYTES,
    MOST_COSTLY,
    PRODUCT_BYTES,
    RUN_BYTES,
    STEP_BYTES,
    VALUE_BYTES,
    size,
)
from tutor.engine.redis.command_line import split_command

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
    "bytes that are not text": [{"assign": {"task": "é" * (VALUE_BYTES // 2) + "x"}}],
    "a value that comes back": [
        *({"command": ["RPUSH", "queue", "x" * 60_000]} for _ in range(5)),
        {"command": "LRANGE queue 0 -1"},
    ],
}


@for_each("steps", BEYOND.values())
def test_a_step_beyond_a_limit_ends_the_play_there(steps):
    played = lesson(*steps)
    with pytest.raises(TooLarge) as ended:
        player.play(played, FakeCorner())
    assert ended.value.position == len(steps)


@for_each("steps", BEYOND.values())
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


def sent(*lines: str | list[str]) -> Lesson:
    """Return a lesson of these commands."""
    return lesson(*({"command": line} for line in lines), watch={})


EDGE = VALUE_BYTES - 1
"""The last byte that a value may have, counted from 0."""

FILLING = {
    "a range": (f"SETRANGE k {EDGE} x", f"SETRANGE k {EDGE + 1} x"),
    "a range of several bytes": (f"SETRANGE k {EDGE - 2} éx", f"SETRANGE k {EDGE - 1} éx"),
    "a bit": (f"SETBIT k {8 * EDGE + 7} 1", f"SETBIT k {8 * EDGE + 8} 0"),
    "a field": (f"BITFIELD k SET u8 {8 * EDGE} 1", f"BITFIELD k SET u8 {8 * EDGE + 1} 1"),
    "a wide field": (f"BITFIELD k INCRBY i64 {8 * (EDGE - 7)} 1", f"BITFIELD k INCRBY i64 {8 * (EDGE - 7) + 1} 1"),
    "a field by its number": (f"BITFIELD k SET u63 #{8 * VALUE_BYTES // 63 - 1} 1", "BITFIELD k SET u63 #8322 1"),
    "a later field": (
        f"BITFIELD k get u8 #9999999 overflow fail set u8 #{EDGE} 1",
        f"BITFIELD k GET u8 0 OVERFLOW SAT incrby u8 #{EDGE + 1} 1",
    ),
    "what only the server refuses": ("SETRANGE k x y", "SETRANGE k 99999999999999999 y"),
    "what is not written": ("BITFIELD k GET u8 99999999", "BITFIELD k GET u8 0 SET u8 99999999 0"),
    "nothing is put there": ('SETRANGE k 99999999 ""', "SETRANGE k 99999999 x"),
    "elements again": ("SRANDMEMBER k -100", "SRANDMEMBER k -101"),
    "fields again": ("HRANDFIELD k 99999 WITHVALUES", "HRANDFIELD k -99999 WITHVALUES"),
    "a digit too many": ("ZRANDMEMBER k -7", "ZRANDMEMBER k -000101"),
    "one value for each element": ("SORT k BY nosort GET # STORE d", "SORT k BY nosort GET # get w_* store d"),
}
"""Commands just within a limit, and just beyond it."""


@for_each(("within", "beyond"), FILLING.values())
def test_what_would_take_more_than_a_value_may_have_is_never_sent(within, beyond):
    limits.require_command(split_command(within))
    with pytest.raises(TooLarge):
        limits.require_command(split_command(beyond))


def test_an_offset_that_a_variable_gives_is_looked_at_when_it_is_sent():
    steps = [{"assign": {"task": "70000"}}, {"command": "SETRANGE queue {task} x"}]
    with pytest.raises(TooLarge, match="SETRANGE would make a value of 70,001 bytes") as ended:
        player.play(lesson(*steps), FakeCorner())
    assert ended.value.position == 2


COSTS = {
    "copies": ("COPY a b", "copies", "", COPYING_BYTES),
    "a union": ("SUNIONSTORE d a b", "copies", "", COPYING_BYTES),
    "an option that makes a product": ("SORT a BY w_* GET #", "product", "", PRODUCT_BYTES),
    "an option that a variable may be": ("SORT a {task} w_*", "product", "", PRODUCT_BYTES),
    "the product counts most": ("LCS a b", "product", "COPY a b", PRODUCT_BYTES),
    "none": ("LRANGE a 0 -1", "", "SINTER a b", RUN_BYTES),
}


@for_each(("line", "cost", "other", "most"), COSTS.values())
def test_a_lesson_whose_commands_take_more_than_is_sent_may_send_less(line, cost, other, most):
    of = sent(line, other or "PING")
    assert of.cost == cost
    limits.require_run(most, of.cost)
    with pytest.raises(TooLarge, match=f"may send {most:,}"):
        limits.require_run(most + 1, of.cost)


def test_a_run_with_comparisons_is_stopped_at_the_step_that_sends_too_much():
    of = sent("SET a b", ["SET", "queue", "x" * PRODUCT_BYTES], "LCS a b")
    with pytest.raises(TooLarge, match="with LCS") as ended:
        player.play(of, FakeCorner())
    assert ended.value.position == 2


@for_each("line", ["PFADD k a", "INCRBYFLOAT k 1", "SETRANGE k 4000 x", "SETBIT k 32000 1"])
def test_what_is_filled_in_counts_where_strings_are_compared(line):
    assert limits.sent_size([split_command(line)], "product") > PRODUCT_BYTES
    assert limits.sent_size([split_command(line)], "copies") < 50


def test_a_lesson_may_have_so_many_steps_that_take_a_product():
    assert but_unused(problems_of(sent(*["LCS a b"] * MOST_COSTLY))) == []
    assert [p.message for p in but_unused(problems_of(sent(*["LCS a b"] * (MOST_COSTLY + 1))))] == [
        "51 steps send LCS, or SORT with GET; a lesson may have 50"
    ]
