"""The lock on a run: one holder at a time among threads and processes, and none after its process has ended."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from django.db import OperationalError

from tests.polling import until
from tutor.databases.sqlite import run_locks
from tutor.waiting import budget
from tutor.waiting.budget import Budget

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has locks of opened files")

HOLD = """
import sys, time
from tutor.databases.sqlite import run_locks
with run_locks.held(sys.argv[1], int(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "db.sqlite3")


def is_free(database: str, number: int) -> bool:
    """Return whether another thread gets the lock."""

    def attempt() -> bool:
        try:
            with budget.request(Budget(0.05)), run_locks.held(database, number):
                return True
        except OperationalError:
            return False

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(attempt).result()


@contextmanager
def held_by_process(database: str, number: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", HOLD, database, str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()


def test_a_lock_keeps_other_threads_waiting_for_the_same_run_only(database):
    with run_locks.held(database, 7):
        assert not is_free(database, 7)
        assert is_free(database, 8)
    assert is_free(database, 7)


def test_a_lock_keeps_other_processes_waiting_and_ends_with_a_kill(database):
    with held_by_process(database, 7) as other:
        assert not is_free(database, 7)
        assert is_free(database, 8)
        other.kill()
        until(lambda: is_free(database, 7), "the lock of a killed process to end")


def test_one_who_waits_gets_the_lock_when_it_is_given_back(database):
    has_it = Event()

    def wait() -> None:
        with budget.request(), run_locks.held(database, 7):
            has_it.set()

    with ThreadPoolExecutor(1) as pool:
        with run_locks.held(database, 7):
            waiting = pool.submit(wait)
            assert not has_it.wait(0.1)
        waiting.result()
    assert has_it.is_set()


def test_an_exception_gives_the_lock_back(database):
    with pytest.raises(ValueError, match="step"), run_locks.held(database, 7):
        raise ValueError("step")
    assert is_free(database, 7)


def test_the_file_stays_empty(database):
    with run_locks.held(database, 2**127 + 5):
        assert Path(database + run_locks.SUFFIX).stat().st_size == 0
