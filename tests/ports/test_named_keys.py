"""Keys and channels that a run names by its variables, on a server: shown, given back, and left by no one."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.corners import clicked, new_corner, take
from tests.engine.plays import lesson
from tests.servers import broker_at, proxy_of
from tests.tables import for_each
from tutor.broker import exchange
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.run_names import MOST_NAMED, MOST_SHOWN
from tutor.engine.playing import player
from tutor.engine.story.tracker_columns import column_of, start_column, tracked_names
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners, namespace, sweeping
from tutor.ports.namespace import CORNER_SECONDS
from tutor.ports.redis_corner import RedisCorner

WATCH = {"queue": "list", "job:*": "hash", "lock:*": "string"}


def jobs(*steps: str | dict[str, object], **fields: object) -> Lesson:
    made = ({"command": each} if isinstance(each, str) else each for each in steps)
    return lesson(*made, **{"format": 2, "watch": WATCH, "variables": {"job": 1, "x": None}, **fields})


def save(command: str, name: str) -> dict[str, object]:
    return {"command": command, "save": name}


PLAIN = {
    "a key that comes and goes": ["HSET job:{job} a 1", "HSET job:{job} b 2", "DEL job:{job}", "HSET job:{job} c 3"],
    "a name from a reply": [save("INCR next", "job"), "HSET job:{job} a {job}", "LPUSH queue {job}",
                            save("RPOP queue", "x"), "HSET job:{x} state done", save("HGETALL job:{x}", "x")],
    "several names in one command": [{"assign": {"x": "2"}}, "MSET lock:{job} a lock:{x} b", "DEL lock:{job} lock:{x}"],
    "a count in a variable": [{"assign": {"x": "2"}}, "RPUSH a{job} 1", "RPUSH b 2", "LMPOP {x} a{job} b LEFT"],
    "a life": ["SET lock:{job} me EX 100", "TTL lock:{job}", "RENAME lock:{job} lock:2", "TTL lock:2"],
    "an end on the clock": ["SET lock:{job} me EXAT 4102444800", "EXPIRETIME lock:{job}", "PERSIST lock:{job}"],
    "another type": ["SET job:{job} text", "HSET job:{job} a 1", "GET job:{job}", "LPUSH queue a"],
    "a key of the lesson's own": ["HSET job:7 a 1", "HSET job:{job} a 1", "DEL job:7", "DEL job:1"],
    "no value": ["SET lock:{x} a", "GET lock:None", "SET {x} b", "GET None"],
}  # fmt: skip

CONNECTED = {
    "a transaction": ["MULTI", "HSET job:{job} a 1", "SET lock:{job} x EX 100", "EXEC", {"wait": 60}, {"wait": 60}],
    "a client that waits": [{"command": "BRPOP q:{job} 0", "actor": "consumer", "save": "x"}, "LPUSH q:{job} v",
                            "SET lock:{x} a"],
    "channels": [{"command": "SUBSCRIBE news:{job}", "actor": "consumer", "save": "x"}, "PUBLISH news:{job} hi",
                 "SET lock:{x} 1"],
    "a watched key": ["WATCH job:{job}", {"command": "HSET job:{job} a 1", "actor": "consumer"}, "MULTI",
                      "HSET job:{job} b 2", "EXEC"],
    "a life that ends": ["SET lock:{job} x EX 100", {"wait": 60}, "TTL lock:{job}", {"wait": 60}, "GET lock:{job}"],
    "a crash": ["MULTI", "HSET job:{job} a 1", {"crash": True}, "HSET job:{job} b 2"],
}  # fmt: skip


def told(entries: list[TraceEntry]) -> list[object]:
    return [
        (e.words, e.reply, e.keys, e.was, e.variables, e.named, e.appeared, e.events, sorted(e.lives)) for e in entries
    ]


@for_each("steps", [*PLAIN.values(), *CONNECTED.values()])
def test_a_play_is_the_same_by_check_by_clicks_and_by_clicks_whose_corner_is_lost(server, steps):
    server.ask("FLUSHALL")
    of, run = jobs(*steps), str(uuid4())
    checked = player.play(of, corners.temporary(of))
    assert server.all_keys() == set()
    assert told(clicked(of, lambda: corners.of_run(run, of))) == told(checked)
    server.ask("FLUSHALL")
    lost = clicked(of, lambda: corners.of_run(run, of), before=lambda: server.ask("FLUSHALL"))
    assert told(lost) == told(checked)


@for_each("is_lost", [False, True])
@for_each("steps", PLAIN.values())
def test_the_corner_knows_every_key_there_is(server, steps, is_lost):
    of = jobs(*steps)
    corner = new_corner(of)
    entries = list[TraceEntry]()
    for _ in of.steps:
        if is_lost:
            server.ask("DEL", corner.counter)
        entries.append(take(entries, of, RedisCorner(corner.counter[7:-2], of)))
        left = server.all_keys() - {corner.counter, corner.names, namespace.INDEX}
        assert left <= set(server.ask("SMEMBERS", corner.names))
        assert {server.ask("PTTL", key) for key in left} <= {-1}
    assert sweeping.sweep(lambda: 2 * CORNER_SECONDS + 4e9) == 1
    assert server.all_keys() == set()


def restart(corner: RedisCorner, of: Lesson) -> list[TraceEntry]:
    return player.play(of, corner)


@pytest.mark.parametrize("again", [restart, lambda corner, of: take([], of, corner)], ids=["a leg", "a click"])
def test_what_a_try_that_was_given_up_left_in_a_key_is_not_met(server, again: Callable[..., object]):
    of = jobs("RPUSH items:{job} a", "RPUSH items:{job} b", save("LRANGE items:{job} 0 -1", "x"))
    corner = new_corner(of)
    player.play(of, corner, steps=1)
    again(RedisCorner(corner.counter[7:-2], of), of)
    first = corner.counter[:-1] + ":items:1"
    assert server.ask("LRANGE", first, "0", "0") == ["a"]
    assert server.ask("LLEN", first) == (2 if again is restart else 1)


def test_a_step_that_was_done_and_not_recorded_is_done_once(server):
    of = jobs("RPUSH items:{job} a", {"assign": {"job": 2}}, "RPUSH items:{job} b", "RPUSH items:{job} c")
    corner = new_corner(of)
    entries = player.play(of, corner, steps=2)
    take(entries, of, corner)
    entries.append(take(entries, of, RedisCorner(corner.counter[7:-2], of)))
    entries.append(take(entries, of, corner))
    assert [entry.reply for entry in entries[2:]] == [1, 2]


def test_a_corner_is_cleared_of_keys_that_only_the_server_knows_of(server):
    of = jobs("SET a{job} x")
    corner = new_corner(of)
    player.play(of, corner)
    RedisCorner(corner.counter[7:-2], of).clear()
    assert server.all_keys() == set()


def test_a_click_is_one_round_trip(server):
    of = jobs(*(["HSET job:{job} a 1", save("INCR n", "job")] * 4))
    corner, entries = new_corner(of), list[TraceEntry]()
    with proxy_of(server) as proxy, broker_at(proxy.url):
        exchange.send([("PING",)])
        before = proxy.round_trips
        for _ in of.steps:
            entries.append(take(entries, of, RedisCorner(corner.counter[7:-2], of)))
        assert proxy.round_trips - before == len(of.steps)


def test_a_leg_is_one_round_trip_whatever_it_names(server):
    of = jobs("SET a{job} x", "SET b{job} x", "SET a{job} y", "GET a{job}")
    with proxy_of(server) as proxy, broker_at(proxy.url):
        exchange.send([("PING",)])
        before = proxy.round_trips
        entries = player.play(of, new_corner(of))
        assert proxy.round_trips - before == 1
    assert [entry.named["keys"] for entry in entries] == [["a1"], ["a1", "b1"], ["a1", "b1"], ["a1", "b1"]]


@pytest.mark.slow
def test_a_run_that_names_too_many_keys_says_at_which_step():
    of = jobs(*([save("INCR n", "x"), "SET k:{x} v"] * (MOST_NAMED + 1)))
    with pytest.raises(StepFault, match=f"more than {MOST_NAMED} keys") as raised:
        player.play(of, corners.temporary(of))
    assert raised.value.position == 2 * (MOST_NAMED + 1)


def test_a_name_that_is_too_long_says_at_which_step():
    of = jobs({"assign": {"x": "x" * 201}}, "SET {x} v")
    with pytest.raises(StepFault, match="201 bytes") as raised:
        player.play(of, corners.temporary(of))
    assert raised.value.position == 2


# Shown keys


def test_a_key_is_shown_from_when_it_is_there_until_it_is_gone():
    entries = player.play(of := jobs(*PLAIN["a key that comes and goes"]), corners.temporary(of))
    assert [sorted(entry.keys) for entry in entries] == [["job:1", "queue"]] * 2 + [["queue"], ["job:1", "queue"]]
    assert [entry.gone for entry in entries] == [[], [], ["job:1"], []]
    assert [entry.appeared for entry in entries] == [[["job:1", 1]]] * 4
    assert [entry.was.get("job:1", {}).get("length") for entry in entries] == [0, 1, 2, 0]
    assert tracked_names(of, entries[0]) == ("queue", "job:1", "job", "x")
    assert start_column(of, entries[-1]).values == ("[]", "", "1", "None")
    assert [column.values[1] for entry in entries if (column := column_of(of, entry))] == [
        "{'a': '1'}", "{'a': '1', 'b': '2'}", "", "{'c': '3'}",
    ]  # fmt: skip


def test_an_empty_stream_is_there():
    of = jobs("XGROUP CREATE log:{job} g 0 MKSTREAM", "XREAD STREAMS log:other 0", watch={"log:*": "stream"})
    assert [list(entry.keys) for entry in player.play(of, corners.temporary(of))] == [["log:1"]] * 2


def test_of_many_keys_the_first_are_shown_and_the_others_counted():
    count = MOST_SHOWN + 3
    of = jobs(*([save("INCR n", "x"), "SET lock:{x} v"] * count), "DEL lock:{x} lock:2")
    entries = player.play(of, corners.temporary(of))
    assert [entry.unshown for entry in entries[-2:]] == [3, 2]
    assert len(entries[-2].keys) == MOST_SHOWN + 1
    assert list(entries[-1].keys) == ["queue", "lock:1", *(f"lock:{n}" for n in range(3, MOST_SHOWN + 1))]


def test_nothing_is_searched_for_on_the_server(server):
    server.ask("CONFIG", "RESETSTAT")
    of = jobs(*PLAIN["a name from a reply"])
    player.play(of, new_corner(of))
    assert (server.calls("keys"), server.calls("scan")) == (0, 0)
