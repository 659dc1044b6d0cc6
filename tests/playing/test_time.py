"""Passing time in a lesson: it affects the right keys, and only the right actors notice."""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace

import pytest

from tests.playing.alike import first_difference
from tests.playing.random_lessons import text_of
from tests.playing.test_one_performance import clicked, read
from tests.servers import broker_at
from tests.tables import for_each
from tutor.broker import status
from tutor.drawing.keys_and_channels import shown_key
from tutor.engine.errors import NotPlayable
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners


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


@for_each(("lines", "is_aborted"), WATCHED.values())
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


@for_each(("command", "waits", "has_ended"), LIMITS.values())
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


def test_a_time_to_live_given_by_a_variable_does_not_run_between_two_steps():
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
    assert of.gives_lives
    assert 55_000 < clicked(of, before=lambda corner: None)[-1].reply <= 60_000


@pytest.fixture(params=["embedded", "real"])
def with_fields(request) -> Iterator[None]:
    """A server where fields of hashes can have a life, which this process plays on."""
    server = broker_at(request.getfixturevalue("real_redis_url")) if request.param == "real" else nullcontext()
    with server:
        if "HPTTL" not in status.last_known().commands:
            pytest.skip("fields of hashes have no lives on this server")
        yield


def soon(seconds: int = 500) -> int:
    """Return a time of the clock that is near."""
    return int(time.time()) + seconds


FIELDS = {
    "a life": (["HSET h a 1 b 2", "HEXPIRE h 100 FIELDS 1 a", "b: wait 60", "HTTL h FIELDS 3 a b c"], [40, -1, -2]),
    "a life that ends": (["HSET h a 1 b 2", "HPEXPIRE h 5000 FIELDS 1 a", "b: wait 5", "HGETALL h"], ["b", "2"]),
    "the last field takes the hash with it": (["HSET h a 1", "HEXPIRE h 5 FIELDS 1 a", "b: wait 5", "EXISTS h"], 0),
    "several waits": (["HSETEX h EX 100 FIELDS 2 a 1 b 2", "b: wait 30", "b: wait 30", "HTTL h FIELDS 1 b"], [40]),
    "different lives": (
        ["HSET h a 1 b 2", "HEXPIRE h 100 FIELDS 1 a", "HEXPIRE h 200 FIELDS 1 b", "b: wait 60", "HTTL h FIELDS 2 a b"],
        [40, 140],
    ),
    "a life that is taken": (
        ["HSETEX h EX 9 FIELDS 1 a 1", "HPERSIST h FIELDS 1 a", "b: wait 60", "HTTL h FIELDS 1 a"],
        [-1],
    ),
    "a key and its field": (
        ["HSETEX h EX 100 FIELDS 1 a 1", "EXPIRE h 50", "b: wait 20", "TTL h", "HTTL h FIELDS 1 a"],
        [80],
    ),
    "of any bytes": (
        ['HSETEX h EX 100 FIELDS 1 "\\xff FIELDS" 1', "b: wait 60", 'HTTL h FIELDS 1 "\\xff FIELDS"'],
        [40],
    ),
    "a read that gives one": (["HSET h a 1", "HGETEX h PX 90000 FIELDS 1 a", "b: wait 50", "HTTL h FIELDS 1 a"], [40]),
    "none": (["HSET h a 1", "HGETEX h FIELDS 1 a", "b: wait 50", "HTTL h FIELDS 1 a"], [-1]),
}
"""Lines, and the result of the last one; a number from 20 on may be a second less."""


@pytest.mark.parametrize(("lines", "reply"), FIELDS.values(), ids=FIELDS.keys())
def test_a_field_grows_old_in_wait_steps_and_nowhere_else(with_fields, lines, reply):
    played = both_ways(*lines)[-1]
    assert first_difference(played.reply, reply) == ""
    assert first_difference(clicked(lesson(*lines))[-1].reply, reply) == ""


@pytest.mark.parametrize(
    "line",
    [
        "HEXPIREAT h {} FIELDS 2 a c",
        "HPEXPIREAT h {}000 NX FIELDS 2 b a",
        "HSETEX h EXAT {} FIELDS 1 a 1",
        "HSETEX h FXX PXAT {}000 FIELDS 1 a EXAT",
        "HGETEX h exat {} FIELDS 2 c a",
    ],
)
def test_a_near_end_of_a_field_on_the_clock_is_repeated_as_what_was_left(with_fields, line):
    """However much later the next click comes: the steps before it are played anew then."""
    of = lesson("HSET h a 1 b 2", "HEXPIRE h 50 FIELDS 1 b", line.format(soon()), "HTTL h FIELDS 1 a")
    entries = clicked(of)
    again = player.acts_again(of, entries)[2].sends
    assert not any(word.isdigit() and int(word) > 10**9 for word in again[0])
    left = entries[2].field_lives["h"]["a"]
    assert str(left) in again[0]
    assert 400 < entries[3].reply[0] <= 500
    later = [replace(entry, field_lives={"h": {"a": 7_000}}) for entry in entries]
    with corners.temporary(of) as port:
        port.restore(player.acts_again(of, later), claim="")
        assert 5_000 < port._desk.ask_all([port._namespace.prefixed(["HPTTL", "h", "FIELDS", "1", "a"])])[0][0] <= 7_000


def test_a_far_end_of_a_field_stays_that_time(with_fields):
    lines = ["HSET h a 1", "HEXPIREAT h 4102444800 FIELDS 1 a", "b: PING", "HEXPIRETIME h FIELDS 1 a"]
    assert both_ways(*lines)[-1].reply == clicked(lesson(*lines))[-1].reply == [4102444800]


def test_who_watches_a_hash_notices_that_a_field_ends_and_not_that_time_passes(with_fields):
    watching = ["HSETEX h EX 100 FIELDS 1 a 1", "HSET h b 2", "WATCH h"]
    after = ["MULTI", "SET k2 1", "EXEC"]
    assert both_ways(*watching, "b: wait 60", *after)[-1].reply is not None
    assert both_ways(*watching, "b: wait 200", *after)[-1].reply is None


def test_a_hash_is_drawn_with_what_its_fields_have_left_to_live(with_fields):
    lines = ["HSETEX h EX 100 FIELDS 1 a 1", "HSET h b 2", "b: wait 60"]
    entry = both_ways(*lines)[-1]
    assert entry.beside["h"] == {"fields": {"a": 40}}
    shown = shown_key("h", entry.keys["h"], Story.of(lesson(*lines), entry))
    assert shown.about == "hash, 2 fields, 'a' expires in 40 s"


def test_a_number_that_is_no_time_is_none():
    assert both_ways("SET k2 v EXAT 4102444800", f"SET h {'1' * 5000}", "EXPIRETIME k2")[-1].reply == 4102444800
