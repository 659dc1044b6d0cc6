"""A corner restored from recorded entries has its previous content."""

from collections.abc import Sequence

import pytest

from tests.corners import clicked, commands, new_corner, take
from tests.engine.plays import lesson
from tests.servers import RedisServer
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.cast import Cast
from tutor.engine.playing.moment import Moment
from tutor.engine.trace.entry import TraceEntry
from tutor.ports.namespace import INDEX
from tutor.ports.redis_corner import RedisCorner

REBUILT = commands(
    "XADD stream * task one", "XADD stream * mark *", "XADD stream MAXLEN = 2 * task three", "XLEN stream",
    "SADD set a b c d e f", "SPOP set", "SPOP set 2", "SPOP nothing", "SMEMBERS set", "SMOVE set rest a",
    "SET number 1.5", "INCRBYFLOAT number 0.25", "APPEND number 0", "GETDEL number", "SET number 7 GET",
    "RPUSH queue a b c", "LMOVE queue other LEFT RIGHT", "RENAME other third", "LTRIM queue 0 0", "LPUSHX nothing x",
    "ZADD scores 1 a 2 b 2 c", "ZINCRBY scores 5 a", "ZPOPMIN scores", "ZPOPMAX scores 1",
    "HSET hash a 1 b 2", "HINCRBY hash a 3", "HDEL hash b", "SET mine x EX 100", "LPUSH hash refused", "DEL queue",
    "XTRIM stream MAXLEN 1", "XADD stream * last one", "GETEX mine PERSIST", "SPOP set 9",
    watch={"stream": "stream", "set": "set", "queue": "list", "scores": "zset", "hash": "hash", "number": "string"},
)  # fmt: skip


def contents(server: RedisServer) -> dict[str, object]:
    """Return all keys of all corners with their contents; of the index, which holds times, the corners."""
    reads = {
        "string": ["GET"], "list": ["LRANGE", "0", "-1"], "set": ["SMEMBERS"], "hash": ["HGETALL"],
        "zset": ["ZRANGE", "0", "-1", "WITHSCORES"], "stream": ["XRANGE", "-", "+"],
    }  # fmt: skip
    found: dict[str, object] = {}
    for key in server.all_keys() - {INDEX}:
        name, *rest = reads[server.ask("TYPE", key)]
        content = server.ask(name, key, *rest)
        found[key] = sorted(content) if name == "SMEMBERS" else content
    return {**found, INDEX: server.ask("ZRANGE", INDEX, "0", "-1")}


def restore(of: Lesson, entries: Sequence[TraceEntry], corner: RedisCorner) -> None:
    corner.restore(player.acts_again(of, entries), claim=entries[-1].claim if entries else "")


@pytest.mark.slow
def test_a_restored_corner_holds_what_it_held_at_every_position(server):
    corner, entries = new_corner(REBUILT), []
    for _ in REBUILT.steps:
        entries.append(take(entries, REBUILT, corner))
        held = contents(server)
        server.ask("FLUSHALL")
        restore(REBUILT, entries, corner)
        assert contents(server) == held, entries[-1].command


def test_a_run_that_is_restored_before_each_step_is_as_one_that_was_not(server):
    """All commands except those with a choice of the server: an id of the clock, a random member."""
    picked = ("XADD", "SPOP")
    played = lesson(
        *(step for step in REBUILT.model_dump(mode="json")["steps"] if not step["command"].startswith(picked))
    )
    uninterrupted = player.play(played, new_corner(played))
    corner, entries = new_corner(played), []
    for _ in played.steps:
        server.ask("FLUSHALL")
        restore(played, entries, corner)
        entries.append(take(entries, played, corner))
    assert [seen(entry) for entry in entries] == [seen(entry) for entry in uninterrupted]


def test_a_run_whose_corner_is_lost_before_each_step_is_as_one_that_kept_it(server):
    """The server's picks are repeated, so that the set becomes empty in the same order."""
    corner = new_corner(REBUILT)
    entries = clicked(REBUILT, lambda: corner, before=lambda: server.ask("FLUSHALL"))
    taken = [member for entry in entries if "SPOP" in entry.words and entry.reply for member in entry.reply]
    assert sorted(taken) == sorted({*taken})
    assert entries[-1].keys["set"]["items"] == []


def seen(entry: TraceEntry) -> dict[str, object]:
    """Return an entry without times, because lives are in milliseconds, and a step takes some."""
    kept = {name: value for name, value in entry.as_json().items() if name not in ("claim", "elapsed_us")}
    return {**kept, "lives": sorted(entry.lives)}


def test_a_restore_sends_what_changes_keys_and_no_reads(server):
    played = commands("LPUSH queue a", "LLEN queue", "GET queue", "LPUSH queue", "PING", watch={})
    corner = new_corner(played)
    entries = player.play(played, corner)
    server.ask("CONFIG", "RESETSTAT")
    restore(played, entries, corner)
    assert [server.calls(name) for name in ("LPUSH", "LLEN", "GET", "PING")] == [1, 0, 0, 0]


@pytest.mark.slow
def test_a_restore_longer_than_one_round_trip_is_whole(server):
    played = commands(*(f"RPUSH queue {n}" for n in range(1, 1301)), "LLEN queue")
    corner = new_corner(played)
    entries = player.play(played, corner, steps=1300)
    server.ask("FLUSHALL")
    last = take(entries, played, corner)
    assert (last.reply, last.keys["queue"]["items"][-1]) == (1300, "1300")


def test_many_steps_in_one_round_trip_are_those_of_one_at_a_time():
    of = commands("LPUSH queue a", "LPUSH queue b", "RPOP queue", "GET queue", watch={"queue": "list"})
    corner, another = new_corner(of), new_corner(of)
    entries = clicked(of, lambda: corner)
    played = player.play(of, another)
    assert [(each.reply, each.keys) for each in played] == [(each.reply, each.keys) for each in entries]
    assert len({each.claim for each in played}) == 1
    # The next click finds the corner where the last of them left it.
    longer = commands("LPUSH queue a", *["PING"] * 4)
    moment = Moment(longer, played[-1], Cast())
    assert player.perform(longer.steps[4], moment, another).reply == {"status": "PONG"}


def as_stored_before(entry: TraceEntry) -> dict[str, object]:
    """Return the entry as an older version stored it: one command per step, without newer fields."""
    later = "sent values lives ends field_lives sent_bytes named appeared unshown read".split()
    stored = {name: value for name, value in entry.as_json().items() if name not in later}
    return {**stored, "words": entry.words, "reply": entry.reply}


def test_a_run_of_the_version_before_goes_on_with_the_lives_of_its_keys():
    played = commands("SET queue a EX 500", "PING", "TTL queue", "PERSIST queue", "TTL queue")
    corner = new_corner(played)
    entries = [TraceEntry.from_json(as_stored_before(entry)) for entry in player.play(played, corner, steps=2)]
    corner.clear()
    while len(entries) < 5:
        entries.append(take(entries, played, corner))
    assert entries[2].reply in (499, 500)
    assert [entry.reply for entry in entries[3:]] == [1, -1]
