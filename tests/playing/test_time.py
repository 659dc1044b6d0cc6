"""Time that passes in a lesson: it passes for what it should, is noticed by who should, and by nobody else."""

import pytest

from tests.playing.random_lessons import text_of
from tests.playing.test_one_performance import clicked, read
from tutor import corners
from tutor.engine import player
from tutor.engine.errors import NotPlayable
from tutor.engine.lesson import Lesson
from tutor.engine.trace import TraceEntry


def lesson(*lines: str) -> Lesson:
    """Return a lesson of these steps: `b: BRPOP q 0` is another actor's, `wait 5` lets seconds pass."""
    steps = []
    for line in lines:
        actor, said = line.split(": ", 1) if line[1:3] == ": " else ("a", line)
        step = {"wait": float(said[5:])} if said.startswith("wait ") else {"command": said, "save": "x"}
        steps.append({"actor": actor, "action": "Acts", **step})
    return read(text_of(steps, ("a", "b")))


def both_ways(*lines: str) -> list[TraceEntry]:
    """Play the lesson in one go and click by click, and return the entries, which are alike."""
    played = player.play(lesson(*lines), corners.temporary(lesson(*lines)))
    for one, other in zip(played, clicked(lesson(*lines)), strict=True):
        assert (one.refusal, one.lanes, [e["kind"] for e in one.events]) == (
            other.refusal,
            other.lanes,
            [e["kind"] for e in other.events],
        )
    return played


WATCHED = {
    "time changes no key": (
        ["SET k2 v EX 100", "WATCH k2", "b: wait 5", "MULTI", "SET h 1", "EXEC"],
        False,
    ),
    "twice": (["SET k2 v EX 100", "WATCH k2", "b: wait 5", "b: wait 5", "MULTI", "SET h 1", "EXEC"], False),
    "a key that ends is noticed": (["SET k2 v EX 4", "WATCH k2", "b: wait 5", "MULTI", "SET h 1", "EXEC"], True),
    "and so is another's write": (
        ["SET k2 v EX 100", "WATCH k2", "b: APPEND k2 w", "b: wait 5", "MULTI", "SET h 1", "EXEC"],
        True,
    ),
    "and one after it": (
        ["SET k2 v EX 100", "WATCH k2", "b: wait 5", "b: APPEND k2 w", "MULTI", "SET h 1", "EXEC"],
        True,
    ),
    "a key without a life": (["SET k2 v", "WATCH k2", "MULTI", "b: wait 5", "SET h 1", "EXEC"], False),
}


@pytest.mark.parametrize(("lines", "is_aborted"), WATCHED.values(), ids=WATCHED.keys())
def test_who_watches_a_key_notices_what_happens_to_it_and_not_that_time_passes(lines, is_aborted):
    assert (both_ways(*lines)[-1].reply is None) == is_aborted


@pytest.mark.parametrize(
    ("command", "reason"),
    [("MULTI", "has a transaction open"), ("BRPOP k1 60", "waits"), ("SUBSCRIBE news", "is subscribed")],
)
def test_no_time_can_pass_where_a_watched_key_can_not_be_watched_again(command, reason):
    of = lesson("SET k2 v EX 100", "WATCH k2", command, "b: wait 5", "b: PING")
    with pytest.raises(NotPlayable, match=f"a {reason} and watches a key") as ended:
        player.play(of, corners.temporary(of))
    assert ended.value.position == 4
    # Without a life there is nothing to be made older.
    both_ways("SET k2 v", "WATCH k2", command, "b: wait 5", "b: PING")


LIMITS = {
    "halves": ("BRPOP k1 1", ["0.7", "0.3"], True),
    "tenths": ("BRPOP k1 1", ["0.1"] * 10, True),
    "not yet": ("BRPOP k1 1", ["0.1"] * 9, False),
    "without a nought": ("BRPOP k1 .5", ["0.5"], True),
    "with an exponent": ("BRPOP k1 1e1", ["9.5", "0.5"], True),
    "with a point and nothing": ("BLPOP k1 2.", ["2"], True),
    "in milliseconds": ("XREAD BLOCK 1500 STREAMS k3 $", ["1", "0.5"], True),
    "for ever": ("BRPOP k1 0.0", ["80000"], False),
}


@pytest.mark.parametrize(("command", "waits", "has_ended"), LIMITS.values(), ids=LIMITS.keys())
def test_a_time_limit_ends_when_all_that_passed_has_reached_it(command, waits, has_ended):
    entries = both_ways(command, *(f"b: wait {seconds}" for seconds in waits))
    assert [event["kind"] for event in entries[-1].events] == (["timeout"] if has_ended else [])


def test_an_entry_that_was_deleted_stays_pending_while_time_passes():
    *_, asked, claimed = both_ways(
        "XADD k3 1-1 f v", "XADD k3 1-2 f v", "XGROUP CREATE k3 g 0", "XREADGROUP GROUP g c STREAMS k3 >",
        "XDEL k3 1-1", "wait 5", "XPENDING k3 g", "XAUTOCLAIM k3 g d 1000 0 JUSTID",
    )  # fmt: skip
    assert asked.reply[0] == 2
    assert claimed.reply == ["0-0", ["1-2"], ["1-1"]]


def test_a_life_that_a_variable_gives_stands_still_between_two_steps():
    of = read(
        text_of(
            [
                {"actor": "p", "action": "Chooses", "assign": {"x": "PX"}},
                {"actor": "p", "action": "Sets", "command": "SET k2 v {x} 60000"},
                {"actor": "p", "action": "Asks", "command": "PTTL k2", "save": "t"},
            ],
            ("p",),
        )
    )
    assert of.keys_with_lives == of.keys
    assert 55_000 < clicked(of, before=lambda corner: None)[-1].reply <= 60_000


def test_a_number_that_is_no_time_is_none():
    assert both_ways("SET k2 v EXAT 4102444800", f"SET h {'1' * 5000}", "EXPIRETIME k2")[-1].reply == 4102444800
