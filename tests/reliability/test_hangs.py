"""Servers that hang: every request ends within three seconds with a sentence, and pages without them stay fast."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import monotonic

import pytest

from tests.polling import until
from tests.postgresql import PostgreSQL, running_postgresql
from tests.reliability.pile import LENGTH, PAGE, finish
from tests.servers import Program, RedisServer, program
from tests.timing import in_time
from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.slow

VISITORS = 40
LONGEST = 3.0
FAST = 0.3

Hang = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def with_postgresql(request, server, lessons, postgresql) -> Iterator[Program]:
    postgresql.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with program(server.url, lessons, workers=1, interface=request.param, DATABASE_URL=postgresql.url) as made:
        yield made


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def with_sqlite(request, server, lessons) -> Iterator[Program]:
    with program(server.url, lessons, workers=1, interface=request.param, DATABASE_URL="") as made:
        yield made


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    begun = monotonic()
    return ask(), monotonic() - begun


def at_work(site: Program) -> list[tuple[Visitor, Answer]]:
    """Return visitors in the middle of the lesson, each with the answer to the last press."""
    visitors = [site.visitor() for _ in range(VISITORS)]
    return [(visitor, visitor.walk("pile", 2)) for visitor in visitors]


def independent_pages(site: Program) -> list[float]:
    """Ask for pages that need neither the database nor Redis, and return how long each took."""
    with site.visitor() as visitor:
        visitor.get("/studio/login/")
        asked: list[tuple[int, Callable[[], Answer]]] = [
            (200, partial(visitor.get, "/studio/login/")),
            (404, partial(visitor.get, "/nowhere/")),
            (200, partial(visitor.get, "/live/")),
            (303, partial(visitor.post, "/theme/", {"theme": "dark"}, {})),
        ]
        took = []
        for _ in range(5):
            for status, ask in asked:
                answer, seconds = timed(ask)
                assert answer.status == status
                took.append(seconds)
        return took


def require_ends(answers: list[tuple[Answer, float]], sentences: tuple[str, ...]) -> None:
    assert {answer.status for answer, _ in answers} == {503}
    slowest = max(seconds for _, seconds in answers)
    assert in_time(slowest, LONGEST)
    for answer, _ in answers:
        assert any(sentence in answer.one("div", role="alert").text for sentence in sentences)
        assert "your place is kept" in answer.text
        assert answer.headers["Retry-After"] == "2"


def attack(site: Program, hang: Hang, sentences: tuple[str, ...], uninterrupted: list[tuple[str, ...]]) -> None:
    """Have a server hang under forty visitors, look at everything meanwhile, and let all go on afterwards."""
    working = at_work(site)
    independent_pages(site)
    with ThreadPoolExecutor(VISITORS) as pool:
        with hang():
            pressed = [pool.submit(timed, partial(visitor.press, last)) for visitor, last in working]
            took = independent_pages(site)
            require_ends([one.result() for one in pressed], sentences)
            assert in_time(max(took), FAST)
            # Later ones are refused at once, but for the one that tries the server.
            again = list(pool.map(lambda one: timed(partial(one[0].press, one[1])), working))
            require_ends(again, sentences)
            assert in_time(sorted(seconds for _, seconds in again)[VISITORS // 2], FAST)
        until(lambda: working[0][0].get(PAGE).status == 200, "the page to be back", seconds=LONGEST)
        tables = list(pool.map(lambda one: goes_on(*one), working))
    assert all(table == uninterrupted for table in tables)
    for visitor, _ in working:
        visitor.__exit__(None, None, None)
    assert "Traceback" not in site.log


def goes_on(visitor: Visitor, last: Answer) -> list[tuple[str, ...]]:
    until(lambda: visitor.press(last).status == 200, "the step to be taken")
    return finish(visitor, visitor.get(PAGE))


BUSY = ("The site is very busy right now.", "The database is busy or not available.")


def test_a_postgresql_that_hangs(with_postgresql, postgresql, uninterrupted):
    attack(with_postgresql, postgresql.hanging, BUSY, uninterrupted)
    entries = postgresql.ask("SELECT run_id, count(*), max(position) FROM tutor_entry GROUP BY run_id")
    assert {(count, top) for _, count, top in entries} == {(LENGTH, LENGTH)}


def test_a_redis_that_hangs(with_sqlite, server: RedisServer, uninterrupted):
    attack(with_sqlite, server.hanging, (*BUSY, "The Redis server does not answer."), uninterrupted)


def test_a_sqlite_database_that_another_process_locks(with_sqlite, uninterrupted):
    @contextmanager
    def locked() -> Iterator[None]:
        other = sqlite3.connect(with_sqlite.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()

    attack(with_sqlite, locked, BUSY, uninterrupted)
