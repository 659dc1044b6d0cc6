"""SQLite's writers take turns, and wait no longer than their request may."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from time import monotonic

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction

from tests.tables import for_each
from tests.timing import in_time, promptly
from tutor.databases.sqlite import base, checkpoints
from tutor.models import LessonText
from tutor.waiting import budget
from tutor.waiting.budget import Budget

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="is about SQLite"),
]


@pytest.fixture(autouse=True)
def closed_breaker() -> Iterator[None]:
    yield
    base.breaker.note_answer()
    assert not base._turn.locked()


@contextmanager
def locked_elsewhere() -> Iterator[None]:
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def seconds_until_refused(own: Budget) -> float:
    begun = monotonic()
    with budget.request(own), pytest.raises(OperationalError), transaction.atomic():
        pytest.fail("the transaction began")
    return monotonic() - begun


def store(name: str) -> None:
    LessonText.objects.create(digest=name, source="")


def test_a_transaction_waits_as_long_as_its_request_may():
    with locked_elsewhere(), promptly(1):
        assert seconds_until_refused(Budget(0.2)) > 0.1


def test_the_next_is_tried_alone_and_the_rest_refused_at_once():
    with locked_elsewhere():
        seconds_until_refused(Budget(0.1))
        with base.breaker.trial():
            assert in_time(seconds_until_refused(Budget(5.0)), 2)
        seconds_until_refused(Budget(0.1))
    with budget.request(), transaction.atomic():
        store("after")
    assert not base.breaker.is_open


def test_a_thread_waits_for_its_turn_as_long_as_its_request_may():
    took: list[float] = []

    def other() -> None:
        took.append(seconds_until_refused(Budget(0.2)))
        connection.close()

    with transaction.atomic(), promptly(1):
        thread = Thread(target=other)
        thread.start()
        thread.join()
    assert took[0] > 0.1


def test_a_statement_without_a_transaction_waits_no_longer_either():
    refused = pytest.raises(OperationalError, match="locked")
    with locked_elsewhere(), budget.request(Budget(0.2)), promptly(1), refused:
        LessonText.objects.filter(digest="x").update(source="y")


def test_a_request_after_one_that_had_little_time_left_has_all_of_its_own():
    with locked_elsewhere():
        seconds_until_refused(Budget(0.1))
    with budget.request(), connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (2000,)


def commit() -> None:
    with transaction.atomic():
        store("one")


def roll_back() -> None:
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        raise ValueError("no")


def lose_the_file() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        connection.connection.close()  # COMMIT and ROLLBACK fail


def lose_the_connection() -> None:
    with transaction.atomic():
        store("three")
        connection.close()


def nest() -> None:
    with transaction.atomic(), transaction.atomic():
        store("four")


@for_each("end", [commit, roll_back, lose_the_file, lose_the_connection, nest])
def test_a_turn_ends_with_its_transaction(end):
    try:
        end()
    finally:
        connection.close()
    assert not base._turn.locked()


def test_a_checkpoint_moves_the_log_into_the_database_and_begins_it_anew():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_autocheckpoint = 0")
        for number in range(20):
            store(f"text {number}")
        checkpoints.make(str(connection.settings_dict["NAME"]))
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        _, length, moved = cursor.fetchone()
    assert (length, moved) == (1, 1)
    assert LessonText.objects.count() == 20


def test_checkpoints_are_due_after_many_commits_or_a_long_time(monkeypatch):
    commits = checkpoints.Commits()
    assert not commits.is_due()
    commits.count = 1
    assert not commits.is_due()
    commits.count = checkpoints.MOST_COMMITS
    assert commits.is_due()
    commits.begin_anew()
    assert not commits.is_due()
    monkeypatch.setattr(checkpoints, "LONGEST_SECONDS", 0.0)
    assert not commits.is_due()
    commits.count = 1
    assert commits.is_due()
