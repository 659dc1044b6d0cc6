"""A full server: the corners that were unused for the longest time make room, and no step fails."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from uuid import uuid4

import pytest
import redis

from tests.lessons import lesson
from tests.polling import until
from tests.servers import RedisServer, broker_at, running_redis
from tests.shelves import shelf_of
from tutor import library, runs
from tutor.broker import exchange
from tutor.broker.replies import ServerRefuses
from tutor.engine.playing import player
from tutor.models import Run
from tutor.ports import corners, eviction, sweeping
from tutor.ports.eviction import with_room
from tutor.ports.namespace import INDEX

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

HEAVY = "x" * 60_000
STEPS = f"""\
  - {{actor: producer, action: Push, command: LPUSH queue {HEAVY}}}
  - {{actor: producer, action: Push, command: LPUSH queue task1}}
  - {{actor: consumer, action: Pop, command: LPOP queue, save: task}}
"""
WAITING = f"""\
  - {{actor: producer, action: Push, command: RPUSH queue {HEAVY}}}
  - {{actor: consumer, action: Wait, command: BLPOP other 0}}
  - {{actor: producer, action: Push, command: LPUSH queue task1}}
"""


def shelve(folder) -> None:
    (folder / "heavy.yaml").write_text(lesson(STEPS))
    (folder / "waiting.yaml").write_text(lesson(WAITING))


shelf = shelf_of(shelve)


@pytest.fixture(scope="module")
def small() -> Iterator[RedisServer]:
    with running_redis("--maxmemory", "10mb", "--maxmemory-policy", "noeviction") as running:
        yield running


@pytest.fixture(autouse=True)
def server(small) -> Iterator[RedisServer]:
    small.ask("FLUSHALL", "SYNC")
    with broker_at(small.url):
        yield small


def begun(slug: str = "heavy") -> Run:
    """Return a run of a new learner that has taken one step."""
    run = runs.start(uuid4(), library.find(slug), 1)
    runs.take_step(run.learner, run.pk, 1)
    return run


def indexed(server: RedisServer) -> set[str]:
    return set(server.ask("ZRANGE", INDEX, "0", "-1"))


def fill(server: RedisServer) -> None:
    """Fill the memory to the last bytes with values of the program's own kind, in corners of nobody's."""
    for number in range(1_000):
        run, key = f"left-{number}", f"tutor:{{left-{number}}}:queue"
        try:
            exchange.send([("ZADD", INDEX, str(number), run), ("SADD", f"tutor:{{{run}}}=", key), ("SET", key, HEAVY)])
        except ServerRefuses:
            return


def test_runs_go_on_beginning_beyond_what_the_memory_holds(server):
    first = begun()
    others = [begun() for _ in range(250)]
    assert str(first.pk) not in indexed(server)
    assert len(indexed(server)) < 200
    entry = runs.take_step(first.learner, first.pk, 2).entry
    assert entry.reply == 2
    assert runs.take_step(others[-1].learner, others[-1].pk, 3 - 1).entry.reply == 2


@pytest.mark.parametrize("slug", ["heavy", "waiting"])
def test_each_step_works_on_a_full_server(server, slug):
    run = begun(slug)
    for position in (2, 3):
        fill(server)
        assert runs.take_step(run.learner, run.pk, position).is_new
    assert [entry.position for entry in runs.entries(run.pk, up_to=3)] == [1, 2, 3]


def test_a_play_for_a_test_or_a_proof_works_on_a_full_server(server):
    fill(server)
    found = library.find("heavy").lesson
    entries = with_room(lambda: player.play(found, corners.temporary(found)))
    assert [entry.position for entry in entries] == [1, 2, 3]


def test_the_unused_go_first_and_all_of_their_keys(server):
    fill(server)
    kept = begun()
    assert str(kept.pk) in indexed(server)
    assert "left-0" not in indexed(server)
    assert not {key for key in server.all_keys() if "{left-0}" in key}


def test_a_play_that_is_under_way_keeps_its_corner(server):
    server.ask("ZADD", INDEX, "1", "play-now")
    server.ask("SADD", "tutor:{play-now}=", "tutor:{play-now}:queue")
    server.ask("SET", "tutor:{play-now}:queue", "x")
    fill(server)
    assert eviction.make_room()
    assert {"tutor:{play-now}:queue", "tutor:{play-now}="} <= server.all_keys()


def test_without_any_corner_to_remove_the_server_is_full(server):
    with suppress(redis.ResponseError):
        for number in range(1_000):
            server.ask("SET", f"another:program:{number}", HEAVY)
    with pytest.raises(ServerRefuses):
        begun()
    assert server.ask("DBSIZE") > 100


def test_enough_is_removed_at_a_time_that_it_is_rare(server):
    fill(server)
    before = server.calls("zrange")
    for _ in range(15):
        begun()
    assert server.calls("zrange") - before == 1


def test_sweeping_makes_room_before_a_learner_needs_it(server):
    fill(server)
    stopped = Event()
    thread = sweeping.start(stopped)
    try:
        until(lambda: eviction._used_share() < eviction.LOW_WATER, "the sweep to make room")
    finally:
        stopped.set()
        thread.join()


def test_a_server_that_is_not_almost_full_loses_nothing(server):
    run = begun()
    eviction.keep_room()
    assert indexed(server) == {str(run.pk)}


def test_a_server_without_a_limit_loses_nothing():
    with running_redis() as unbounded, broker_at(unbounded.url):
        run = begun()
        eviction.keep_room()
        assert indexed(unbounded) == {str(run.pk)}


def test_sweeping_works_on_a_server_that_was_full(server):
    fill(server)
    begun()
    sweeping.sweep(lambda: 10_000.0)
    assert not {run for run in indexed(server) if run.startswith("left-")}
