"""Wires after a failed click: no connection and no permanent key remains, and the first fault is reported."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.corners import take
from tests.polling import until
from tests.ports.test_wires import CHAT, QUEUE, clients, lesson, played
from tests.servers import RedisServer, broker_at, running_redis
from tests.timing import promptly
from tutor.broker import connection, status
from tutor.engine.errors import BrokerAway
from tutor.engine.playing.port import Act
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners
from tutor.ports.wires.port import MOST_SECONDS, RedisWires


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with running_redis() as running, broker_at(running.url):
        yield running


def wires() -> RedisWires:
    return corners.temporary(lesson(QUEUE, watch=["queue", "done"]))


def begin(open_wires: RedisWires) -> None:
    """Have one actor wait, one listen, and one leave a key."""
    assert open_wires.exchange(Act(1, "consumer", (("BRPOP", "queue", "0"),))).is_waiting
    open_wires.exchange(Act(2, "other", (("SUBSCRIBE", "chat"),)))
    open_wires.exchange(Act(3, "producer", (("LPUSH", "done", "a"),)))


def no_client_is_left() -> None:
    until(lambda: clients() == 1, "the server to have no client but the one that asks")


def nothing_is_left(server: RedisServer) -> None:
    no_client_is_left()
    until(lambda: server.all_keys() == set(), "every key to be removed")


def kill(server: RedisServer, *, only: str) -> None:
    """Cut the connections that wait, listen or have sent such a command last."""
    listed = [line for line in server.clients() if f" {only}" in line]
    assert listed
    for line in listed:
        server.ask("CLIENT", "KILL", "ID", line.partition("=")[2].partition(" ")[0])


def go_on(open_wires: RedisWires) -> None:
    open_wires.exchange(Act(4, "producer", (("LPUSH", "queue", "a"),), reads=[["LLEN", "queue"]]))


def spoilt(spoil: Callable[[RedisWires], object]) -> None:
    """Play a click in the middle of which something happens."""
    with wires() as open_wires:
        begin(open_wires)
        spoil(open_wires)
        go_on(open_wires)


def test_a_server_that_is_emptied_in_the_middle_gives_no_result(server):
    # The connections stay, and LPUSH has a reply: 1, as if a had never been pushed.
    with pytest.raises(BrokerAway, match="emptied"):
        spoilt(lambda _: server.ask("FLUSHALL"))
    nothing_is_left(server)


@pytest.mark.parametrize("only", ["flags=b", "flags=P", "cmd=lpush", "cmd=zscore", "addr="])
def test_a_connection_that_is_cut_in_the_middle_leaves_nothing_behind(server, only):
    with pytest.raises(BrokerAway):
        spoilt(lambda _: kill(server, only=only))
    nothing_is_left(server)
    assert status.was_there()


def test_a_server_killed_during_a_click_gives_one_notice_and_the_next_click_works(server):
    with pytest.raises(BrokerAway):
        spoilt(lambda _: server.kill())
    assert not status.was_there()
    server.start()
    assert take([], lesson(QUEUE), wires()).lanes.keys() == {"consumer"}
    nothing_is_left(server)


@pytest.mark.slow
def test_a_server_that_hangs_in_the_middle_is_waited_for_once_and_cleans_up_when_it_goes_on(server):
    with ExitStack() as hang:
        with promptly(connection.ANSWER_SECONDS + 1), pytest.raises(BrokerAway):
            spoilt(lambda _: hang.enter_context(server.hanging()))
        # Clicks queued behind this one must not wait as well.
        assert not status.was_there()
    nothing_is_left(server)


def test_a_click_that_takes_too_long_is_given_up_and_leaves_nothing_behind(server):
    with pytest.raises(BrokerAway, match=r"^Redis took too long to answer\.$"):
        spoilt(lambda open_wires: setattr(open_wires._deadline, "_at", open_wires._deadline._at - MOST_SECONDS))
    nothing_is_left(server)


@pytest.mark.parametrize("also", [lambda server: None, RedisServer.kill])
def test_the_first_fault_is_reported(server, also: Callable[[RedisServer], None]):
    with pytest.raises(ZeroDivisionError):
        spoilt(lambda _: (also(server), 1 / 0))
    if server.is_up:
        nothing_is_left(server)


def test_a_click_during_a_kill_of_the_server_gets_a_notice(server):
    open_wires = wires()
    begin(open_wires.__enter__())
    server.kill()
    with pytest.raises(BrokerAway):
        open_wires.__exit__(None, None, None)


def test_the_actors_are_gone_before_the_next_click_begins(server):
    with wires() as open_wires:
        begin(open_wires)
    until(lambda: clients() == 1, "the server to have no client but the one that asks")


def test_what_is_refused_or_not_sent_leaves_nothing_behind(server):
    refused = played([QUEUE[0], {"actor": "consumer", "command": "PING"}, {"actor": "other", "command": "EXEC"}])
    assert [bool(entry.refusal) for entry in refused] == [False, True, True]
    nothing_is_left(server)


def test_two_runs_at_once_neither_wake_nor_hear_each_other(server):
    with wires() as one, wires() as other:
        for open_wires in (one, other):
            begin(open_wires)
        published = other.exchange(Act(4, "producer", (("PUBLISH", "chat", "hi"),)))
        pushed = other.exchange(Act(5, "producer", (("LPUSH", "queue", "job"),)))
        assert (published.replies, pushed.replies) == ((1,), (1,))
        assert one.exchange(Act(4, "producer")).arrivals == []
        assert [(arrival.actor, arrival.reply) for arrival in (*published.arrivals, *pushed.arrivals)] == [
            ("other", ["message", "chat", "hi"]),
            ("consumer", ["queue", "job"]),
        ]
    nothing_is_left(server)


@pytest.mark.parametrize("steps", [QUEUE, CHAT], ids=["queue", "chat"])
def test_two_runs_step_by_step_in_turn_are_as_one_alone(server, steps):
    built = lesson(steps)
    runs: list[list[TraceEntry]] = [[], []]
    ids = [f"wires-{uuid4()}" for _ in runs]
    for _ in built.steps:
        for entries, run_id in zip(runs, ids, strict=True):
            entries.append(take(entries, built, corners.of_run(run_id, built)))
    alone = [(entry.reply, entry.events, entry.lanes) for entry in played(steps)]
    for entries in runs:
        assert [(entry.reply, entry.events, entry.lanes) for entry in entries] == alone


def test_wires_that_were_not_entered_send_nothing():
    with pytest.raises(RuntimeError, match="inside `with`"):
        wires().exchange(Act(1, "producer", (("LPUSH", "queue", "a"),)))
