"""Django's backend for SQLite with a queue for the writers of a process.

A transaction locks the whole database (BEGIN IMMEDIATE). SQLite's own busy handler retries after ever longer sleeps,
without a queue: some of thirty threads would wait until they time out (https://www.sqlite.org/c3ref/busy_timeout.html).
So each transaction first takes its process's turn. The thread whose turn it is waits for other processes, trying again
every few milliseconds. Both waits are charged to the request: 2.5 seconds in all, 2 at most for other processes.
"""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from tutor.databases.limits import BUSY_SECONDS
from tutor.databases.sqlite.checkpoints import commits
from tutor.waiting import places
from tutor.waiting.breaker import Breaker, Refused
from tutor.waiting.budget import REQUEST_SECONDS, Wait, current, left

SHORTEST_RETRY, LONGEST_RETRY = 0.0002, 0.005
"""Seconds that a transaction sleeps before it tries again to begin beside another process's; a step's takes 0.0001."""

LONGEST_TURN = 20.0
"""How long a command, which has no budget, waits for other threads of its process."""

breaker = Breaker()

_turn = Lock()


def _is_busy(fault: OperationalError) -> bool:
    return getattr(fault.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY")


class ChargedCursor(base.SQLiteCursorWrapper):
    """A cursor whose statements are charged to the request: they wait for locks, and for the disk."""

    def execute(self, query: str, params: Any = None) -> Any:
        """Run a statement."""
        with Wait(BUSY_SECONDS):
            return super().execute(query, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Take a place for the request, and the process's turn for each transaction."""

    transaction_mode: str
    _has_turn = False
    _busy_seconds = BUSY_SECONDS

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file."""
        self._busy_seconds = BUSY_SECONDS
        connection = super().get_new_connection(conn_params)
        if commits.are_counted:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ARG002 - Django's signature
        """Return a cursor that waits no longer for a lock than the request may. Raises: TooBusy."""
        places.take()
        self._limit_busy_seconds()
        return self.connection.cursor(factory=ChargedCursor)

    def _limit_busy_seconds(self) -> None:
        if self._has_turn:
            return  # it has locked the file, or tries again by itself
        seconds = left(BUSY_SECONDS)
        # Each change costs some microseconds. What is left changes little unless the request has waited.
        is_longer = seconds > self._busy_seconds and (seconds == BUSY_SECONDS or not self._busy_seconds)
        if seconds < self._busy_seconds or is_longer:
            self._set_busy_seconds(seconds)

    def _set_busy_seconds(self, seconds: float) -> None:
        if seconds == self._busy_seconds:
            return
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        self._busy_seconds = seconds

    def first_row_if_writable(self, query: str, params: Sequence[Any]) -> Any:
        """Return the first row, None without one, if a transaction can begin now. Raises: DatabaseError, TooBusy."""
        self.ensure_connection()
        cursor = self._in_turn(f"BEGIN {self.transaction_mode}", None)
        try:
            return cursor.execute(query, params).fetchone()
        finally:
            self.connection.execute("ROLLBACK")
            self._end_turn()

    def write_alone(self, query: str, params: Sequence[Any]) -> None:
        """Run one statement as a transaction of its own, without BEGIN and COMMIT. Raises: DatabaseError, TooBusy."""
        self.ensure_connection()
        self._in_turn(query, params)
        self._end_turn()
        commits.count += 1

    def _start_transaction_under_autocommit(self) -> None:
        self._in_turn(f"BEGIN {self.transaction_mode}", None)

    def _in_turn(self, query: str, params: Sequence[Any] | None) -> Any:
        """Take the turn, which the caller ends, and run a statement that locks the file; return its cursor.

        Raises: OperationalError.
        """
        if current() is None or not breaker.is_open:
            return self._begin(query, params)
        try:
            with breaker.trial():
                return self._begin(query, params)
        except Refused:
            raise OperationalError("The database was locked for too long.") from None

    def _begin(self, query: str, params: Sequence[Any] | None) -> Any:
        places.take()
        with Wait(LONGEST_TURN if current() is None else REQUEST_SECONDS) as seconds:
            self._has_turn = _turn.acquire(timeout=seconds)
        if not self._has_turn:
            raise OperationalError("Other steps took too long.")
        try:
            cursor = self._lock_file(query, params)
        except BaseException as fault:
            self._end_turn()
            if isinstance(fault, OperationalError):
                breaker.note_timeout(float("inf"))
            raise
        breaker.note_answer()
        return cursor

    def _lock_file(self, query: str, params: Sequence[Any] | None) -> Any:
        """Run the statement, waiting for other processes, and return its cursor. Raises: DatabaseError."""
        cursor = self.cursor()
        # SQLite's own sleeps grow to a tenth of a second: too long beside a process that is always busy.
        self._set_busy_seconds(0)
        with Wait(BUSY_SECONDS) as seconds:
            until, pause = time.monotonic() + seconds, SHORTEST_RETRY
            while True:
                try:
                    cursor.execute(query, params)
                except OperationalError as fault:
                    if not _is_busy(fault) or time.monotonic() >= until:
                        raise
                    time.sleep(pause)
                    pause = min(1.5 * pause, LONGEST_RETRY)
                else:
                    return cursor

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _turn.release()

    def _commit(self) -> None:
        with Wait(BUSY_SECONDS):
            super()._commit()  # type: ignore[misc]
        self._end_turn()
        commits.count += 1

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()
