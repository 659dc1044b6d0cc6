"""Clicks on a lesson whose actors wait: each opens again what waited, whatever happened to the click before it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.playing.alike import first_difference, told
from tests.playing.random_lessons import text_of
from tests.playing.test_one_performance import read, stored
from tests.servers import RedisServer, broker_at, running_redis
from tests.tables import for_each
from tutor.broker import exchange, status
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.port import Act
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import SHOWN_ELEMENTS
from tutor.ports import corners, sweeping
from tutor.ports.namespace import CORNER_SECONDS, INDEX, counter_of, names_of
from tutor.ports.wires.kept import KeptWires

ACTORS = ("a", "b", "c", "d")


@pytest.fixture(params=["embedded", "real"])
def server(request: pytest.FixtureRequest) -> Iterator[None]:
    """A server that this process plays on."""
    if request.param == "embedded":
        yield
        return
    with broker_at(request.getfixturevalue("real_redis_url")):
        yield


@pytest.fixture
def own() -> Iterator[RedisServer]:
    """A server that nobody else uses."""
    with running_redis() as running, broker_at(running.url):
        yield running


def lesson(*lines: str) -> Lesson:
    """Return a lesson of these steps of the actor a: `b: BRPOP q 0` is another one's; `wait 5`, `crash` and `read`."""
    steps = []
    for line in lines:
        actor, said = line.split(": ", 1) if line[1:3] == ": " else ("a", line)
        kinds = {"wait": {"wait": float(said[5:] or 0) if said.startswith("wait ") else 0}}
        kinds |= {"crash": {"crash": True}, "read": {"read": "x"}}
        steps.append({"actor": actor, "action": "Acts", **kinds.get(said.split()[0], {"command": said, "save": "x"})})
    return read(text_of(steps, ACTORS))


class Clicks:
    """A run of which steps are taken one at a time, each by a process of its own. `replays`: how many were played again
    from the start."""

    def __init__(self, of: Lesson) -> None:
        self.lesson, self.run_id, self.replays = of, str(uuid4()), 0
        self.entries: list[TraceEntry] = []

    @property
    def last(self) -> TraceEntry | None:
        return self.entries[-1] if self.entries else None

    def history(self) -> Sequence[TraceEntry]:
        self.replays += 1
        return self.entries

    def port(self) -> KeptWires:
        port = corners.of_run(self.run_id, self.lesson)
        assert isinstance(port, KeptWires)
        return port

    def take(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.entries.append(stored(player.advance(self.lesson, self.last, self.port(), self.history)))

    def take_all(self, before: Callable[[], object] = lambda: None) -> None:
        for _ in self.lesson.steps[len(self.entries) :]:
            before()
            self.take()

    def require_same_as_played(self) -> None:
        played = player.play(self.lesson, corners.temporary(self.lesson))
        assert len(played) == len(self.entries)
        for one, other in zip(played, self.entries, strict=True):
            difference = first_difference(told(stored(one)), told(other))
            assert not difference, f"step {one.position} {one.words}: {difference}"


OPENED_AGAIN = {
    "who waits": ["BRPOP k1 0", "b: PING", "b: LPUSH k1 x", "b: LPUSH k1 y", "LRANGE k1 0 -1"],
    "in the order of waiting": [
        "c: BRPOP k1 0", "a: BLPOP k1 0", "b: BRPOP k1 0", "d: RPUSH k1 1", "d: RPUSH k1 2 3", "d: LRANGE k1 0 -1",
    ],
    "who waits for several keys": ["BRPOP k1 k2 0", "b: PING", "b: LPUSH k2 x", "BRPOP k1 k2 0", "b: LPUSH k1 y"],
    "a time limit": ["BRPOP k1 5", "b: wait 3", "b: PING", "b: wait 3", "b: LPUSH k1 x", "LRANGE k1 0 -1"],
    "a move that waits": ["BLMOVE k1 h LEFT RIGHT 0", "b: PING", "b: RPUSH k1 x", "LRANGE h 0 -1"],
    "a crash while waiting": ["BRPOP k1 0", "b: PING", "crash", "b: LPUSH k1 x", "LRANGE k1 0 -1"],
    "subscriptions": [
        "SUBSCRIBE news chat", "b: PSUBSCRIBE n*", "c: PUBLISH news 1", "UNSUBSCRIBE news",
        "c: PUBSUB NUMSUB news chat",
        "c: PUBSUB NUMPAT", "c: PUBLISH news 2", "SUBSCRIBE news", "c: PUBLISH chat 3", "c: PUBLISH news 4",
        "UNSUBSCRIBE",
    ],
    "sharded channels": ["SSUBSCRIBE news", "b: SPUBLISH news 1", "SUNSUBSCRIBE", "b: SPUBLISH news 2"],
    "who subscribed first hears first": [
        "SUBSCRIBE news", "b: SUBSCRIBE news", "c: PUBLISH news 1", "UNSUBSCRIBE news", "SUBSCRIBE news",
        "c: PUBLISH news 2", "c: PING", "c: PUBLISH news 3",
    ],
    "unread messages": [
        "SUBSCRIBE news", "b: PUBLISH news 1", "b: PUBLISH news 2", "read", "read", "UNSUBSCRIBE", "read",
    ],
    "a watched key that nobody changed": ["SET k2 v", "WATCH k2", "b: GET k2", "MULTI", "SET k2 w", "EXEC", "GET k2"],
    "a watched key that changed": ["WATCH k2", "b: SET k2 w", "b: PING", "MULTI", "SET h 1", "EXEC", "GET k2"],
    "a watched key that changed and changed back": ["WATCH k2", "b: SET k2 w", "b: DEL k2", "MULTI", "PING", "EXEC"],
    "a watched key that changes in the transaction": ["WATCH k2", "MULTI", "SET h 1", "b: SET k2 w", "b: PING", "EXEC"],
    "a refusal beside it": ["WATCH k2", "b: SET k2 w", "c: BRPOP k1 0", "c: PING", "MULTI", "PING", "EXEC"],
    "changes that are forgotten": ["WATCH k2", "b: SET k2 w", "UNWATCH", "WATCH k2", "MULTI", "PING", "EXEC"],
    "a change forgotten by DISCARD": ["WATCH k2", "b: SET k2 w", "MULTI", "DISCARD", "MULTI", "PING", "EXEC"],
    "EXEC without MULTI forgets nothing": ["WATCH k2", "b: SET k2 w", "EXEC", "MULTI", "PING", "EXEC"],
    "a watched key with a life": ["SET k2 v EX 500", "WATCH k2", "b: PING", "MULTI", "TTL k2", "EXEC"],
    "a transaction": ["MULTI", "LPUSH k1 a", "b: LPUSH k1 b", "SPOP s", "XADD k3 1-1 f v", "EXEC", "LRANGE k1 0 -1"],
    "a command that spoils it": ["MULTI", "SET k2 1", "LPUSH k1", "b: PING", "SET h 1", "EXEC", "GET k2"],
    "another one": ["MULTI", "SET k2 1", "WATCH k1", "MULTI", "EXEC x", "SET h 1", "EXEC", "GET k2", "DISCARD"],
    "a transaction while another one waits": ["BRPOP k1 0", "b: MULTI", "b: LPUSH k1 x", "c: PING", "b: EXEC", "PING"],
    "a group": [
        "XGROUP CREATE k3 g 0 MKSTREAM", "XADD k3 1-1 f v", "XADD k3 1-2 f v",
        "XREADGROUP GROUP g c1 COUNT 1 STREAMS k3 >",
        "b: XREADGROUP GROUP g c2 BLOCK 0 STREAMS k3 >", "b: XREADGROUP GROUP g c2 BLOCK 0 STREAMS k3 >", "c: PING",
        "XACK k3 g 1-1", "XADD k3 1-3 f v", "XPENDING k3 g", "wait 60", "c: XAUTOCLAIM k3 g c3 30000 0 JUSTID",
    ],
    "a stream from an id on": ["XADD k3 1-1 f v", "XREAD BLOCK 0 STREAMS k3 1-1", "b: PING", "b: XADD k3 1-2 f v"],
    "lives of keys": ["SET k2 v EX 100", "SUBSCRIBE news", "b: wait 60", "b: TTL k2", "b: wait 60", "b: GET k2"],
    "an end on the clock": ["SET k2 v EXAT 4102444800", "SUBSCRIBE news", "b: PING", "b: EXPIRETIME k2"],
    "a refused command": ["BRPOP k1 0", "LPUSH k1 x", "b: LPUSH k1 y", "PING"],
}  # fmt: skip
"""Lessons whose every click opens connections again."""


@pytest.mark.slow
@for_each("lines", OPENED_AGAIN.values())
def test_connections_are_opened_again_as_they_were(server, lines):
    clicks = Clicks(lesson(*lines))
    clicks.take_all()
    assert clicks.replays == 0
    clicks.require_same_as_played()
    corners.forget(clicks.run_id)


@pytest.mark.slow
def test_fields_of_hashes_get_their_lives_back():
    if "HPTTL" not in status.last_known().commands:
        pytest.skip("fields of hashes have no lives on this server")
    clicks = Clicks(
        lesson(
            "HSETEX h PX 500 FIELDS 2 one 1 two 2", "HSET h three 3", "HPEXPIRE h 400 FIELDS 1 three", "WATCH h",
            "b: HKEYS h", "MULTI", "HPTTL h FIELDS 3 one two three", "EXEC", "wait 0.1", "HGETALL h",
        )
    )  # fmt: skip
    clicks.take_all(before=lambda: time.sleep(0.1))
    assert clicks.replays == 0
    assert all(left > 200 for left in clicks.entries[7].reply[0])
    played = player.play(clicks.lesson, corners.temporary(clicks.lesson))
    assert [entry.reply for entry in clicks.entries if entry.position != 8] == [
        entry.reply for entry in played if entry.position != 8
    ]
    corners.forget(clicks.run_id)


def test_more_fields_than_an_entry_keeps_are_played_again():
    if "HPTTL" not in status.last_known().commands:
        pytest.skip("fields of hashes have no lives on this server")
    parts = [range(start, start + 25) for start in range(0, SHOWN_ELEMENTS + 1, 25)]
    lines = [f"HSETEX h EX 500 FIELDS 25 {' '.join(f'{number} v' for number in part)}" for part in parts]
    clicks = Clicks(lesson(*lines, "HLEN h"))
    clicks.take_all()
    assert clicks.replays > 0
    assert clicks.entries[-1].reply == 25 * len(parts) > SHOWN_ELEMENTS
    corners.forget(clicks.run_id)


PLAYED_AGAIN = {
    "a string where a list is waited for": ["BRPOP k1 0", "b: SET k1 x", "b: PING", "b: DEL k1", "b: LPUSH k1 y"],
    "the last entry of an earlier moment": [
        "XADD k3 5-0 f v", "XREAD BLOCK 0 STREAMS k3 $", "b: DEL k3", "b: XADD k3 1-1 f v", "b: XADD k3 6-1 f v",
    ],
    "a queue whose order the server may have changed": [
        "c: BRPOP k1 0", "BRPOP k1 k2 0", "b: BRPOP k2 0", "d: LPUSH k1 1", "d: LPUSH k2 2", "d: LPUSH k2 3",
    ],
    "a group that was set back": [
        "XADD k3 1-1 f v", "XGROUP CREATE k3 g $", "b: XREADGROUP GROUP g c BLOCK 0 STREAMS k3 >",
        "XGROUP SETID k3 g 0",
        "XADD k3 1-2 f v",
    ],
    "a pending entry that was deleted": [
        "XADD k3 1-1 f v", "XADD k3 1-2 f v", "XGROUP CREATE k3 g 0", "XREADGROUP GROUP g c STREAMS k3 >",
        "XDEL k3 1-1",
        "wait 5", "XAUTOCLAIM k3 g d 1000 0 JUSTID",
    ],
}  # fmt: skip
"""Lessons with a click that can't give back what the connections or the idle times were."""


@for_each("lines", PLAYED_AGAIN.values())
def test_what_can_not_be_given_back_is_played_again_from_the_start(server, lines):
    clicks = Clicks(lesson(*lines))
    clicks.take_all()
    assert 0 < clicks.replays < len(lines)
    clicks.require_same_as_played()
    corners.forget(clicks.run_id)


WAITING = lesson(*OPENED_AGAIN["in the order of waiting"])
ABANDONED_AT = 4
"""A position of that lesson before which all its actors wait."""


def abandoned(clicks: Clicks) -> KeptWires:
    """Begin the next click as a process does that is stopped after its command; its connections stay open."""
    port = clicks.port().__enter__()
    last = clicks.last
    act = player._act(
        clicks.lesson.steps[last.position],
        player.Moment.after_last(clicks.lesson, last, clicks.history),
        last.position + 1,
        [["RPUSH", "k1", "1"]],
        player.Names.from_json(last.named),
    )
    port.exchange(act)
    return port


def test_a_click_that_was_stopped_takes_nothing_from_the_next_one(own):
    clicks = Clicks(WAITING)
    clicks.take(ABANDONED_AT - 1)
    stopped = abandoned(clicks)
    clicks.take()
    assert clicks.replays > 0
    # It goes on: what it still sends reaches no key of the run, and two of its actors wait in vain.
    stopped._actors["d"].send(stopped._own.prefixed(["RPUSH", "k1", "late"]))
    clicks.take()
    stopped._actors["d"].send(stopped._own.prefixed(["RPUSH", "k1", "later"]))
    clicks.take_all()
    clicks.require_same_as_played()
    stopped.__exit__(None, None, None)
    corners.forget(clicks.run_id)
    assert own.all_keys() == set()


def test_a_claim_that_comes_late_makes_the_next_click_play_again(own):
    clicks = Clicks(WAITING)
    clicks.take(ABANDONED_AT - 1)
    late = Clicks(WAITING)
    late.run_id, late.entries = clicks.run_id, [*clicks.entries]
    clicks.take()
    act = Act(ABANDONED_AT, "d", (("RPUSH", "k1", "1"),), claim=clicks.entries[-2].claim)
    with late.port() as port, pytest.raises(CornerBehind):
        port.exchange(act)
    assert clicks.replays == 0
    clicks.take_all()
    assert clicks.replays > 0
    clicks.require_same_as_played()


@pytest.mark.parametrize("lost", ["the counter", "the keys", "everything"])
def test_a_corner_that_is_lost_is_played_again(own, lost):
    clicks = Clicks(lesson(*OPENED_AGAIN["a watched key that changed"]))

    def lose() -> None:
        if lost == "everything":
            own.ask("FLUSHALL")
        elif lost == "the counter":
            own.ask("DEL", counter_of(clicks.run_id))
        else:
            corners.forget(clicks.run_id)

    clicks.take_all(before=lose)
    clicks.require_same_as_played()


def test_entries_of_an_earlier_version_are_played_again_once(server):
    clicks = Clicks(WAITING)
    clicks.take(ABANDONED_AT - 1)
    clicks.entries = [replace(entry, connections=None, claim="") for entry in clicks.entries]
    clicks.take()
    before = clicks.replays
    assert before > 0
    clicks.take_all()
    assert clicks.replays == before
    corners.forget(clicks.run_id)


@pytest.mark.slow
def test_no_time_passes_while_the_learner_thinks(server):
    clicks = Clicks(
        lesson(
            "XADD k3 1-1 f v", "XGROUP CREATE k3 g 0", "XREADGROUP GROUP g c STREAMS k3 >", "SET k2 v PX 900",
            "PTTL k2", "XAUTOCLAIM k3 g d 900 0 JUSTID", "XPENDING k3 g - + 10", "GET k2",
        )
    )  # fmt: skip
    clicks.take_all(before=lambda: time.sleep(0.4))
    assert clicks.replays == 0
    assert clicks.entries[5].reply == ["0-0", [], []]
    [[_, consumer, idle, deliveries]] = clicks.entries[6].reply
    assert (consumer, deliveries) == ("c", 1)
    assert idle < 900
    assert clicks.entries[7].reply == "v"
    corners.forget(clicks.run_id)


def test_nothing_of_the_connections_is_left_after_a_click(own):
    clicks = Clicks(WAITING)
    clicks.take(ABANDONED_AT - 1)
    flags = [line.partition(" flags=")[2].partition(" ")[0] for line in own.clients()]
    assert not {*"".join(flags)} & {*"bPx"}


def test_keys_are_known_to_a_sweep_and_none_is_left(own):
    clicks = Clicks(WAITING)
    clicks.take(ABANDONED_AT - 1)
    abandoned(clicks).__exit__(None, None, None)
    clicks.take()
    known = {INDEX, counter_of(clicks.run_id), names_of(clicks.run_id)}
    assert own.all_keys() - known <= {*exchange.send([("SMEMBERS", names_of(clicks.run_id))])[0]}
    assert sweeping.sweep(lambda: time.time() + CORNER_SECONDS + 10) == 1
    assert own.all_keys() == set()
    clicks.take_all()
    clicks.require_same_as_played()


def test_a_server_that_dies_in_the_middle_leaves_a_step_that_can_be_taken_again(own):
    clicks = Clicks(WAITING)
    clicks.take(ABANDONED_AT - 1)
    own.kill()
    with pytest.raises(BrokerAway):
        clicks.take()
    own.start()
    clicks.take_all()
    clicks.require_same_as_played()
