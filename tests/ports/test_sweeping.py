"""Corners end: those whose time is over are removed with all their keys, and no other key is looked at."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Barrier, Event

import pytest

from tests.corners import commands, new_corner, take
from tests.engine.plays import lesson
from tests.fuzzing import some_of
from tests.polling import until
from tests.ports.test_corners_parity import is_missing
from tests.ports.test_wires import QUEUE
from tests.ports.test_wires import lesson as waiting_lesson
from tests.servers import RedisServer, broker_at, free_port, proxy_of
from tutor.broker import connection, embedded, exchange
from tutor.broker.servers import SHARED, PlayServer
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.port import Act
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Reply, Words
from tutor.ports import corners, namespace, redis_corner, sweeping
from tutor.ports.namespace import CORNER_SECONDS, INDEX
from tutor.ports.redis_corner import TEMPORARY_SECONDS, RedisCorner

YEAR = 365 * 24 * 60 * 60

PLAYED = commands(
    "LPUSH queue a", f"SET years x EX {60 * YEAR}", "SET none x", "SET short x EX 100", "PERSIST short",
    "RENAME years ages", f"EXPIREAT none {int(time.time()) + 60 * YEAR}", "LPUSH queue b", "LRANGE queue 0 -1",
)  # fmt: skip


NAMED = lesson(
    *(
        {"command": line}
        for line in ("INCR next", "HSET job:{job} a 1", "SET lock:{job} x EX 100", "RPUSH queue {job}")
    ),
    {"assign": {"job": 2}},
    *({"command": line} for line in ("RENAME lock:1 lock:{job}", "HSET job:{job} a 2", "LRANGE queue 0 -1")),
    {"command": "RPUSH list:{job} b"},
    format=2,
    watch={"queue": "list", "job:*": "hash", "list:*": "list"},
    variables={"job": 1},
)
"""Most of its keys are named at run time."""

EITHER_LESSON = pytest.mark.parametrize("of", [PLAYED, NAMED], ids=["names", "names of variables"])


@pytest.fixture(params=["a server", "fakeredis"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that this process uses, or the imitation in process, empty."""
    if request.param == "a server":
        request.getfixturevalue("server")
        yield
        return
    monkeypatch.setattr(embedded, "ensure_server", is_missing)
    with broker_at(""):
        ask("FLUSHALL")
        yield


def ask(*words: str) -> object:
    return exchange.send([words])[0]


def all_keys() -> set[str]:
    return {*ask("KEYS", "*")}


def later(seconds: float = CORNER_SECONDS + 10) -> Callable[[], float]:
    """Return a clock that is that far ahead."""
    return lambda: time.time() + seconds


def ended(corner: RedisCorner, end: float = 10) -> RedisCorner:
    """Have the index say that the corner ended then."""
    ask("ZADD", INDEX, str(end), corner.counter.removeprefix("tutor:{").removesuffix("}#"))
    return corner


# Removed corners


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("steps", range(1, len(PLAYED.steps) + 1))
@EITHER_LESSON
def test_a_corner_whose_time_is_over_is_removed_whatever_lives_the_lesson_gave_its_keys(of, steps):
    player.play(of, new_corner(of), steps=steps)
    assert sweeping.sweep(later(CORNER_SECONDS - 10)) == 0
    assert sweeping.sweep(later()) == 1
    assert all_keys() == set()


@pytest.mark.usefixtures("either")
def test_a_corner_whose_time_is_not_over_is_left_alone():
    player.play(PLAYED, new_corner(PLAYED))
    held = {key: ask("TYPE", key) for key in all_keys()}
    over = new_corner(PLAYED)
    player.play(PLAYED, over)
    ended(over)
    assert sweeping.sweep() == 1
    assert {key: ask("TYPE", key) for key in all_keys()} == held


@pytest.mark.usefixtures("either")
def test_a_run_goes_on_after_its_corner_was_removed():
    corner = new_corner(PLAYED)
    entries = player.play(PLAYED, corner, steps=8)
    sweeping.sweep(later())
    assert take(entries, PLAYED, corner).reply == ["b", "a"]


@pytest.mark.slow
@pytest.mark.usefixtures("either")
def test_more_corners_than_one_round_trip_asks_for_are_removed_in_one_sweep():
    names = [word for number in range(sweeping.AT_ONCE * 2 + 1) for word in ("10", f"run-{number}")]
    ask("ZADD", INDEX, *names)
    assert sweeping.sweep() == sweeping.AT_ONCE * 2 + 1
    assert all_keys() == set()


def test_no_other_key_is_looked_at(server):
    server.ask("SET", "tutor:{1234}:queue", "of another program")
    server.ask("SET", "queue", "of another program")
    player.play(PLAYED, new_corner(PLAYED))
    server.ask("CONFIG", "RESETSTAT")
    sweeping.sweep(later())
    assert server.calls("keys") == server.calls("scan") == server.calls("get") == 0
    assert server.all_keys() == {"tutor:{1234}:queue", "queue"}


def test_a_temporary_corner_whose_process_was_killed_is_removed_sooner(server):
    corners.temporary(PLAYED).exchange(Act(1, "producer", (("LPUSH", "queue", "a"),)))
    assert sweeping.sweep(later(TEMPORARY_SECONDS + 10)) == 1
    assert server.all_keys() == set()


# Killed in the middle


class Killed(BaseException):
    """The process ends here."""


def batches_of(
    act: Callable[[RedisCorner, Lesson], object], of: Lesson, monkeypatch: pytest.MonkeyPatch
) -> list[list[list[str]]]:
    """Return the batches that are sent for `act`, in a corner that is always the same."""
    sent, send, removed = list[list[list[str]]](), exchange.send, redis_corner.removed

    def noting(run_id: str, *, keys: Sequence[str] = (), server: PlayServer = SHARED) -> bool:
        names = namespace.names_of(run_id)
        sent.append(
            [["UNLINK", namespace.counter_of(run_id), names, *keys, *ask("SMEMBERS", names)], ["ZREM", INDEX, run_id]]
        )
        return removed(run_id, keys=keys, server=server)

    with monkeypatch.context() as patched:
        patched.setattr(redis_corner, "removed", noting)
        patched.setattr(exchange, "send", lambda batch: (sent.append([*batch]), send(batch))[1])
        act(RedisCorner("killed", of), of)
    return sent


def played_and_restored(corner: RedisCorner, of: Lesson) -> None:
    """Send all that a run ever sends: one round trip a step, many steps in one, and a restore."""
    entries = [take([], of, corner)]
    entries.append(take(entries, of, corner))
    entries = player.play(of, corner)
    ask("DEL", corner.counter)
    take(entries[:-1], of, corner)


@EITHER_LESSON
def test_whatever_a_kill_cuts_off_the_index_knows_the_corner(server, of, monkeypatch):
    """Each command that was sent may be the last one that the server got."""
    words = [words for batch in batches_of(played_and_restored, of, monkeypatch) for words in batch]
    assert len(words) > 40
    for count in some_of(range(1, len(words) + 1)):
        ask("FLUSHALL")
        exchange.send(words[:count])
        sweeping.sweep(later())
        # Only the counter may exist before the index entry, because it has its own expiry.
        assert server.all_keys() <= {"tutor:{killed}#"}, words[count - 1]
        assert server.ask("TTL", "tutor:{killed}#") != -1


def swept_after(of: Lesson, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[object], int]:
    """Take a lesson step by step, its corner lost on the way, with a sweep after that many commands of the program.

    Return what was recorded, and how many commands were sent.
    """
    corner, entries, sent, send = new_corner(of), list[TraceEntry](), 0, exchange.send

    def interrupted(batch: Sequence[Words]) -> list[Reply]:
        nonlocal sent
        before = count - sent
        sent += len(batch)
        if not 0 < before <= len(batch):
            return send(batch)
        replies = send(batch[:before])
        with monkeypatch.context() as undisturbed:
            undisturbed.setattr(exchange, "send", send)
            sweeping.sweep(later())
        return [*replies, *(send(batch[before:]) if before < len(batch) else [])]

    with monkeypatch.context() as patched:
        patched.setattr(exchange, "send", interrupted)
        for step in range(len(of.steps)):
            if step == 5:
                ask("DEL", corner.counter)
            entries.append(take(entries, of, corner))
    return [(entry.reply, entry.keys, sorted(entry.lives)) for entry in entries], sent


@pytest.mark.slow
@pytest.mark.usefixtures("server")
@EITHER_LESSON
def test_a_sweep_between_any_two_commands_changes_nothing_that_is_recorded(of, monkeypatch):
    """Pipelines are no transactions: the server may serve a sweep in the middle of one."""
    undisturbed, sent = swept_after(of, 0, monkeypatch)
    assert sent > 80
    for count in some_of(range(1, sent + 1)):
        assert swept_after(of, count, monkeypatch)[0] == undisturbed, count


# Clocks that are wrong


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("off", [-60 * YEAR, -2 * CORNER_SECONDS, 2 * CORNER_SECONDS, YEAR, 60 * YEAR])
def test_a_corner_that_was_made_while_the_clock_was_wrong_does_not_stay(off):
    corner = new_corner(PLAYED)
    entries = player.play(PLAYED, corner, steps=8)
    ended(corner, time.time() + off + CORNER_SECONDS)
    assert sweeping.sweep() == 1
    assert all_keys() == set()
    assert take(entries, PLAYED, corner).reply == ["b", "a"]


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("off", [-CORNER_SECONDS + 60, 60, sweeping.SLACK_SECONDS - 60])
def test_a_clock_that_is_a_little_wrong_ends_no_corner_too_early(off):
    corner = new_corner(PLAYED)
    player.play(PLAYED, corner)
    ended(corner, time.time() + off + CORNER_SECONDS)
    assert sweeping.sweep() == 0


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("off", [-60 * YEAR, -YEAR, YEAR])
def test_a_sweep_by_a_wrong_clock_costs_a_run_nothing_but_a_restore(off):
    corner = new_corner(PLAYED)
    entries = player.play(PLAYED, corner, steps=8)
    assert sweeping.sweep(later(off)) == 1
    assert take(entries, PLAYED, corner).reply == ["b", "a"]


# At the same time


@pytest.mark.usefixtures("either")
def test_a_corner_that_a_step_is_taken_in_after_it_was_found_is_left_alone():
    corner = new_corner(PLAYED)
    entries = player.play(PLAYED, corner, steps=8)
    ended(corner)
    asked: list[float] = []

    def clock() -> float:
        if len(asked) == 1:
            entries.append(take(entries, PLAYED, corner))
        asked.append(time.time())
        return asked[-1]

    assert sweeping.sweep(clock) == 0
    assert ask("LRANGE", f"{corner.counter[:-1]}:queue", "0", "-1") == ["b", "a"]


def swept_while(real: RedisServer, act: Callable[[], object]) -> int:
    """Sweep, and do something after the corner's keys were looked up and before they are removed."""
    with proxy_of(real) as proxy, broker_at(proxy.url), ThreadPoolExecutor() as pool, proxy.holding_answers("SMEMBERS"):
        removed = pool.submit(sweeping.sweep)
        until(lambda: proxy.held == 1, "the sweep to ask for the keys of the corner")
        act()
        with proxy._changed:
            proxy._holding = b""
            proxy._changed.notify_all()
        return removed.result(timeout=10)


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_corner_that_a_step_is_taken_in_while_it_is_being_removed_is_left_alone(real, server, is_counted):
    """Also where its counter has ended, as it has after a day."""
    corner = new_corner(PLAYED)
    entries = player.play(PLAYED, corner, steps=8)
    ended(corner)
    if not is_counted:
        server.ask("DEL", corner.counter)
    assert swept_while(real, lambda: entries.append(take(entries, PLAYED, corner))) == 0
    assert entries[-1].reply == ["b", "a"]
    assert set(server.ask("SMEMBERS", corner.names)) >= server.all_keys() - {INDEX, corner.counter, corner.names}


def test_connections_that_are_used_while_their_corner_is_being_removed_keep_their_keys(real, server):
    """A click that was killed left the corner in the index; the next one begins while it is swept."""
    run, of = "swept-wires", waiting_lesson(QUEUE, watch=["queue"])
    server.ask("ZADD", INDEX, "10", run)
    server.ask("SADD", namespace.names_of(run), f"tutor:{{{run}}}:queue")
    push, read = (
        Act(1, "producer", (("LPUSH", "queue", "a"),)),
        Act(2, "producer", (), [["LRANGE", "queue", "0", "-1"]]),
    )
    with ExitStack() as click:
        # On the server itself, not through the proxy.
        wires = corners.of_run(run, of)
        swept_while(real, lambda: click.enter_context(wires).exchange(push))
        assert wires.exchange(read).reads == [["a"]]


@pytest.mark.usefixtures("server")
def test_two_sweeps_at_once_remove_each_corner_once():
    for _ in range(30):
        corner = new_corner(PLAYED)
        player.play(PLAYED, corner)
        ended(corner)
    together = Barrier(2)

    def sweep() -> int:
        together.wait()
        return sweeping.sweep()

    with ThreadPoolExecutor(2) as pool:
        counts = [each.result() for each in [pool.submit(sweep) for _ in range(2)]]
    assert sum(counts) == 30
    assert all_keys() == set()


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_steps_that_are_taken_while_everything_is_swept_again_and_again_are_right():
    played = commands(*(f"RPUSH queue {number}" for number in range(30)), "LRANGE queue 0 -1")
    corner, entries, stopped = new_corner(played), [], Event()

    def keep_sweeping() -> None:
        while not stopped.is_set():
            sweeping.sweep(later())
            time.sleep(0.002)

    with ThreadPoolExecutor(1) as pool:
        swept = pool.submit(keep_sweeping)
        while len(entries) < len(played.steps):
            try:
                entries.append(take(entries, played, corner))
            except BrokerAway:  # swept three times within one click
                continue
        stopped.set()
        swept.result()
    assert [entry.reply for entry in entries[:-1]] == [*range(1, 31)]
    assert entries[-1].reply == [str(number) for number in range(30)]


# In the background


def test_the_sweeper_sweeps_at_its_start_and_ends_on_request(server):
    corner = new_corner(PLAYED)
    player.play(PLAYED, corner)
    ended(corner)
    stopped = Event()
    thread = sweeping.start(stopped)
    until(lambda: server.all_keys() == set(), "the first sweep to be done")
    assert thread.daemon
    assert thread.is_alive()
    stopped.set()
    thread.join(5)
    assert not thread.is_alive()


def test_while_the_server_is_away_a_sweep_says_so():
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"), pytest.raises(BrokerAway):
        sweeping.sweep()


def test_a_server_that_is_away_ends_no_thread(monkeypatch):
    """Corners that can't be swept now are swept once the server is back."""
    monkeypatch.setattr(sweeping, "SWEEP_SECONDS", 0.02)
    stopped = Event()
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        thread = sweeping.start(stopped)
        thread.join(0.2)
        assert thread.is_alive()
        stopped.set()
        thread.join(5)
    assert not thread.is_alive()


def test_a_corner_damaged_by_another_program_does_not_block_the_removal_of_others(server):
    spoilt, other = RedisCorner("a-spoilt", PLAYED), RedisCorner("b-other", PLAYED)
    for corner in (spoilt, other):
        player.play(PLAYED, corner)
        ended(corner)
    server.ask("SET", spoilt.names, "no set")
    with suppress(BrokerAway):
        sweeping.sweep()
    assert not [key for key in server.all_keys() if "b-other" in key]


@pytest.mark.parametrize("member", [b"\xff\xfe", b"", b"a b\r\n{c}", b"}{"])
def test_no_member_of_the_index_keeps_the_others_from_being_swept(server, member):
    corner = new_corner(PLAYED)
    player.play(PLAYED, corner)
    ended(corner)
    connection.client().zadd(INDEX, {member: 2})
    sweeping.sweep()
    assert server.all_keys() == set()
