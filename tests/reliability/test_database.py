"""A database that is locked, refuses to write, or is of no use at all."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tests.polling import until
from tests.reliability.pile import PAGE, finish, queue_of
from tests.servers import Program
from tests.visitor import HTMX

pytestmark = pytest.mark.slow


@contextmanager
def locked(site: Program) -> Iterator[None]:
    """Keep everyone else from writing."""
    url = site.environment["DATABASE_URL"]
    if url:
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE tutor_run, tutor_entry IN EXCLUSIVE MODE")
            yield
        return
    other = sqlite3.connect(site.database, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def change(site: Program, sqlite: str, postgresql: str) -> None:
    url = site.environment["DATABASE_URL"]
    if url:
        with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as other:
            other.execute(postgresql)
        return
    other = sqlite3.connect(site.database, isolation_level=None)
    other.execute(sqlite)
    other.close()


@contextmanager
def unwritable(site: Program) -> Iterator[None]:
    """Have the database refuse new entries, as a full disk does: only once the step has been taken."""
    refusal = "CREATE TRIGGER full BEFORE INSERT ON tutor_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    change(site, refusal, "ALTER TABLE tutor_entry ADD CONSTRAINT disk_full CHECK (position < 0) NOT VALID")
    try:
        yield
    finally:
        change(site, "DROP TRIGGER full", "ALTER TABLE tutor_entry DROP CONSTRAINT disk_full")


def test_a_step_waits_for_a_database_that_is_locked_for_a_moment(site, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    with ThreadPoolExecutor() as pool:
        with locked(site):
            pressed = pool.submit(visitor.press, answer)
            with site.visitor() as other:
                assert other.get("/").status == 200
            assert not pressed.done()
        assert pressed.result().status == 200
    assert visitor.get(PAGE).rows == uninterrupted[:4]


def test_a_database_that_stays_locked_is_a_sentence_and_nothing_is_run(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    before = queue_of(server, visitor)
    with locked(site):
        refused = visitor.press(answer)
        assert refused.status == 503
        assert "your place is kept" in refused.one("div", role="alert").text
        assert queue_of(server, visitor) == before
    assert finish(visitor, answer) == uninterrupted


def test_a_step_that_could_not_be_saved_is_taken_once_by_the_next_press(site, server, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    with unwritable(site):
        assert [visitor.press(answer).status for _ in range(3)] == [503, 503, 503]
        assert visitor.get(PAGE).rows == uninterrupted[:3]
    assert finish(visitor, answer) == uninterrupted


@contextmanager
def without_runs(site: Program) -> Iterator[None]:
    """Take the table of runs away: the database answers, and is of no use."""
    change(site, "ALTER TABLE tutor_run RENAME TO gone", "ALTER TABLE tutor_run RENAME TO gone")
    try:
        yield
    finally:
        change(site, "ALTER TABLE gone RENAME TO tutor_run", "ALTER TABLE gone RENAME TO tutor_run")


def test_health_says_down_without_a_usable_database_and_ok_afterwards(site, visitor):
    def health() -> tuple[int, str]:
        answer = visitor.get("/health/")
        return answer.status, json.loads(answer.text)["status"]

    with without_runs(site):
        until(lambda: health() == (503, "down"), "health to say down")
    until(lambda: health() == (200, "ok"), "health to say ok")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_page_without_a_usable_database_is_a_sentence_that_gives_nothing_away(site, visitor, headers):
    with without_runs(site):
        answer = visitor.get(PAGE, headers)
    assert answer.status == 503
    assert "The database is busy or not available." in answer.text
    for secret in ("tutor_run", "sqlite", "psycopg", "relation", "Error"):
        assert secret not in answer.text


@contextmanager
def read_only(site: Program) -> Iterator[None]:
    """Have the database refuse to write anything at all; the program is started anew for it."""
    site.kill()
    make_read_only(site, is_so=True)
    site.start()
    try:
        yield
    finally:
        site.kill()
        make_read_only(site, is_so=False)
        site.start()


def make_read_only(site: Program, *, is_so: bool) -> None:
    url = site.environment["DATABASE_URL"]
    if url:
        word = "on" if is_so else "off"
        name = url.rpartition("/")[2]
        change(site, "", f"ALTER DATABASE {name} SET default_transaction_read_only = {word}")
        return
    if is_so:
        # Nothing is left beside the file that would be read in its place.
        change(site, "PRAGMA wal_checkpoint(TRUNCATE)", "")
    with site.database.open("r+b") as file:
        # The file's own word for it, which counts for the superuser as well: a write version that is too new.
        file.seek(18)
        file.write(b"\x03" if is_so else b"\x02")


def test_a_read_only_database_is_a_sentence_and_the_step_is_taken_once_afterwards(site, visitor, uninterrupted):
    answer = visitor.walk("pile", 3)
    with read_only(site), site.visitor() as again:
        again.cookies = visitor.cookies
        assert again.get(PAGE).rows == uninterrupted[:3]
        refused = again.press(answer)
        assert (refused.status, "your place is kept" in refused.text) == (503, True)
        assert again.get(PAGE).rows == uninterrupted[:3]
    with site.visitor() as back:
        back.cookies = visitor.cookies
        assert finish(back, answer) == uninterrupted
