"""Django's backend for SQLite with a queue for the writers of a process.

A transaction locks the whole database (BEGIN IMMEDIATE). SQLite's own busy handler retries after ever longer sleeps,
without a queue: some of thirty threads would wait until they time out (https://www.sqlite.org/c3ref/busy_timeout.html).
So each transaction first takes its process's turn. The thread whose turn it is waits for other processes, trying again
every few milliseconds. Both waits are charged to the request: 2.5 seconds in all, 2 at most for other processes.
"""

import time
from threading import Lock
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from tutor.databases.limits import BUSY_SECONDS
from tutor.databases.sqlite.checkpoints import commits
from tutor.waiting import places
from tutor.waiting.breaker import Breaker, Refused
from tutor.waiting.budget import REQUEST_SECONDS, Wait, current, left

RETRY_SECONDS = 0.005
"""How long a transaction sleeps before it tries again to begin beside another process's."""

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
        seconds = left(BUSY_SECONDS)
        # Each change costs some microseconds. What is left changes little unless the request has waited.
        if seconds < self._busy_seconds or self._busy_seconds < seconds == BUSY_SECONDS:
            self._set_busy_seconds(seconds)

    def _set_busy_seconds(self, seconds: float) -> None:
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        self._busy_seconds = seconds

    def _start_transaction_under_autocommit(self) -> None:
        if current() is None or not breaker.is_open:
            self._begin()
            return
        try:
            with breaker.trial():
                self._begin()
        except Refused:
            raise OperationalError("The database was locked for too long.") from None

    def _begin(self) -> None:
        places.take()
        with Wait(LONGEST_TURN if current() is None else REQUEST_SECONDS) as seconds:
            self._has_turn = _turn.acquire(timeout=seconds)
        if not self._has_turn:
            raise OperationalError("Other steps took too long.")
        try:
            self._lock_file()
        except BaseException as fault:
            self._end_turn()
            if isinstance(fault, OperationalError):
                breaker.note_timeout(float("inf"))
            raise
        breaker.note_answer()

    def _lock_file(self) -> None:
        """Begin the transaction, waiting for other processes. Raises: OperationalError."""
        cursor = self.cursor()
        # SQLite's own sleeps grow to a tenth of a second: too long beside a process that is always busy.
        self._set_busy_seconds(0)
        with Wait(BUSY_SECONDS) as seconds:
            until = time.monotonic() + seconds
            while True:
                try:
                    cursor.execute(f"BEGIN {self.transaction_mode}")
                except OperationalError as fault:
                    if not _is_busy(fault) or time.monotonic() >= until:
                        raise
                    time.sleep(RETRY_SECONDS)
                else:
                    return

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
