"""A connection to PostgreSQL whose waits end, and the connections that no request uses right now."""

import time
from select import select
from threading import Lock
from typing import Any

import psycopg
from psycopg import errors
from psycopg.abc import RV, PQGen, PQGenConn
from psycopg.pq import TransactionStatus

from tutor.waiting.breaker import Breaker, Refused
from tutor.waiting.budget import REQUEST_SECONDS, Wait, current
from tutor.waiting.places import PLACES

TRIAL_SECONDS = 1.0
"""How long a server may take for `SELECT 1` after it did not answer."""

SILENCE = "The database did not answer in time."
REFUSAL = "The database did not answer the last request."

breaker = Breaker()


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which a request waits no longer than it may. A wait in vain ends the connection.

    Commands (`manage.py migrate`) wait as long as it takes. libpq's own timeouts, such as lock_timeout, are options of
    the session, which PgBouncer refuses in transaction mode.
    """

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Run a statement to its end. Raises: OperationalError, after which the connection is closed."""
        if current() is None:
            return super().wait(gen, interval, timeout)
        if breaker.is_open and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self._try_server()
        return self._bounded(gen, REQUEST_SECONDS)

    def _bounded(self, gen: PQGen[RV], most: float) -> RV:
        began = time.monotonic()
        try:
            with Wait(most) as seconds:
                found = super().wait(gen, timeout=seconds)
        except errors._WaitTimeout:  # noqa: SLF001 - the documented fault of `wait`
            # The server may still run the statement. Without a connection it can't commit, unless that was COMMIT, and
            # then the next press finds the step recorded.
            self.close()
            breaker.note_timeout(began)
            raise psycopg.OperationalError(SILENCE) from None
        breaker.note_answer()
        return found

    def _try_server(self) -> None:
        """Find out whether the server answers again. Raises: OperationalError."""
        # Not with the statement itself, which may wait for a lock although the server is well.
        try:
            with breaker.trial():
                self._bounded(self._exec_command("SELECT 1"), TRIAL_SECONDS)
        except Refused:
            raise psycopg.OperationalError(REFUSAL) from None

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn["BoundedConnection"]:
        """Connect as psycopg does, giving up when the request's time is over.

        Its `connect_timeout` is at least two whole seconds for each address.
        """
        if current() is None:
            return (yield from super()._connect_gen(conninfo))
        if not breaker.is_open:
            return (yield from cls._bounded_gen(conninfo, REQUEST_SECONDS))
        try:
            with breaker.trial():
                return (yield from cls._bounded_gen(conninfo, TRIAL_SECONDS))
        except Refused:
            raise psycopg.OperationalError(REFUSAL) from None

    @classmethod
    def _bounded_gen(cls, conninfo: str, most: float) -> PQGenConn["BoundedConnection"]:
        steps = super()._connect_gen(conninfo)
        began = time.monotonic()
        with Wait(most) as seconds:
            try:
                # psycopg resumes a generator every tenth of a second, ready or not.
                ready = yield next(steps)
                while time.monotonic() - began < seconds:
                    ready = yield steps.send(ready)
            except StopIteration as end:
                breaker.note_answer()
                made: BoundedConnection = end.value
                return made
        breaker.note_timeout(began)
        raise errors.ConnectionTimeout(SILENCE)


class IdleConnections:
    """Connections that wait for the next request: as many as there are places, not one for each thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: list[tuple[BoundedConnection, float | None]] = []

    def put(self, connection: BoundedConnection, close_at: float | None) -> None:
        """Keep a connection until that time of the monotonic clock."""
        with self._lock:
            if len(self._kept) < PLACES:
                self._kept.append((connection, close_at))
                return
        connection.close()

    def take(self) -> tuple[BoundedConnection, float | None] | None:
        """Return the connection that was used last, and when it has to be closed; None if none is left."""
        while True:
            with self._lock:
                if not self._kept:
                    return None
                connection, close_at = self._kept.pop()
            if _is_usable(connection, close_at):
                return connection, close_at
            connection.close()


def _is_usable(connection: BoundedConnection, close_at: float | None) -> bool:
    """Return whether an idle connection is young enough, and still open at its other end."""
    if connection.closed or (close_at is not None and time.monotonic() >= close_at):
        return False
    # A server that is shut down says so, and closes. Asking it would cost every request a round trip.
    return not select([connection.fileno()], [], [], 0)[0]


idle = IdleConnections()
