"""Details of watched keys: times to live, and the groups of a stream."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.engine.plays import lesson
from tutor.authoring import proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import observation, player
from tutor.engine.playing.port import PortAnswer
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import error
from tutor.ports import corners

LIFE = [
    {"command": "SET token abc"},
    {"command": "EXPIRE token 90"},
    {"wait": 60},
    {"command": "GET token"},
    {"command": "PERSIST token"},
]
STREAM = [
    {"command": "XGROUP CREATE jobs workers $ MKSTREAM"},
    {"command": "XADD jobs 1-1 job a"},
    {"command": "XADD jobs 1-2 job b"},
    {"command": "XREADGROUP GROUP workers c1 COUNT 1 STREAMS jobs >"},
    {"command": "XACK jobs workers 1-1"},
]


def played(steps: Sequence[Mapping[str, Any]], **fields: Any) -> list[TraceEntry]:
    """Play the steps on the server, in a corner of their own."""
    built = lesson(*map(dict, steps), **fields)
    return player.play(built, corners.temporary(built))


def reads_of(*commands: str, **watch: str) -> list[list[str]]:
    """Return the observation after each step of a lesson that sends these commands."""
    return observation.reads(lesson(*({"command": command} for command in commands), watch=watch))


def test_a_list_is_read_as_if_nothing_stood_beside_it():
    assert [words[0] for words in reads_of("LPUSH queue a", queue="list")] == ["LLEN", "LRANGE", "LRANGE"]


def test_the_life_of_a_string_is_read_only_where_a_step_gives_it_one():
    assert [words[0] for words in reads_of("SET token a", token="string")] == ["GET"]
    assert [words[0] for words in reads_of("SET token a EX 5", token="string")] == ["GET", "PTTL"]
    assert [words[0] for words in reads_of("EXPIRE token 5", token="string")] == ["GET", "PTTL"]


def test_a_time_to_live_is_shown_in_whole_seconds_and_ends_with_persist():
    lives = [entry.beside.get("token", {}).get("ttl") for entry in played(LIFE, watch={"token": "string"})]
    assert lives == [None, 90, 30, 30, None]


def test_the_corners_own_expiry_is_not_observed():
    steps = [{"command": "SET token a"}, {"command": "GET token"}, {"command": "EXPIRE token 90"}, {"print": "x"}]
    lives = [entry.beside.get("token", {}) for entry in played(steps, watch={"token": "string"})]
    assert lives[:2] == [{}, {}]


def test_a_life_that_runs_down_is_no_change():
    entries = played(LIFE, watch={"token": "string"})
    assert [bool(entry.was) for entry in entries] == [True, False, False, False, False]


def test_a_lesson_with_a_life_plays_the_same_each_time():
    built = lesson(*LIFE, watch={"token": "string"})
    assert proving.prove(built, corners.temporary) == []


def test_a_group_lists_the_pending_entries_of_each_consumer():
    entries = played(STREAM, watch={"jobs": "stream"})
    [group] = entries[3].beside["jobs"]["groups"]
    assert group == {"name": "workers", "last": "1-1", "pending": [{"consumer": "c1", "ids": ["1-1"], "length": 1}]}
    [group] = entries[4].beside["jobs"]["groups"]
    assert group["pending"] == [{"consumer": "c1", "ids": [], "length": 0}]


def test_a_group_that_reads_is_no_change_of_the_stream():
    assert "jobs" not in played(STREAM, watch={"jobs": "stream"})[3].was


def test_a_stream_without_groups_has_nothing_beside_it():
    assert played([{"command": "XADD jobs 1-1 a b"}], watch={"jobs": "stream"})[0].beside == {}


def test_groups_consumers_and_pending_entries_are_bounded():
    steps = [{"command": f"XADD jobs 1-{n} job {n}"} for n in range(1, 21)]
    steps += [{"command": f"XGROUP CREATE jobs group{n} 0"} for n in range(6)]
    steps += [{"command": f"XREADGROUP GROUP group0 c{n} COUNT 20 STREAMS jobs >"} for n in range(6)]
    groups = played(steps, watch={"jobs": "stream"})[-1].beside["jobs"]["groups"]
    assert len(groups) == observation.MOST_GROUPS
    assert len(groups[0]["pending"]) == observation.MOST_CONSUMERS
    assert (len(groups[0]["pending"][0]["ids"]), groups[0]["pending"][0]["length"]) == (observation.MOST_PENDING, 20)
    assert len(json.dumps(groups)) < 4_000


@pytest.mark.parametrize("reply", [error("ERR no such key"), error("ERR syntax error"), None])
def test_a_server_without_xinfo_full_gives_no_groups(reply: Any):
    built: Lesson = lesson({"command": "XADD jobs 1-1 a b"}, watch={"jobs": "stream"})
    assert observation.seen(built, PortAnswer((), [1, [["1-1", ["a", "b"]]], reply], 0)).beside == {}
