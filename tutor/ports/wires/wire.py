"""One connection to the server, which strips the run's prefix from replies and raises faults as BrokerAway."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswerInTime

from tutor.broker.connection import FAIR_SECONDS
from tutor.broker.protocol import send_batch
from tutor.broker.replies import as_reply
from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import Reply, Words
from tutor.ports.namespace import Namespace
from tutor.waiting.budget import left

Result = TypeVar("Result")


class Wire:
    """A connection to be opened before use. Every method raises BrokerAway on failure."""

    def __init__(self, pool: ConnectionPool, namespace: Namespace) -> None:
        self._namespace = namespace
        # Created like a pooled connection, but never returned to the pool, because it keeps the actor's state.
        self._connection: AbstractConnection = pool.connection_class(**pool.connection_kwargs)

    def open(self) -> None:
        """Connect to the server."""
        _guarded(self._connection.connect)

    def send(self, *batch: Words) -> None:
        """Send commands, with names as on the server, in one write."""
        _guarded(lambda: send_batch(self._connection, batch))

    def read(self) -> Reply:
        """Return the next reply, with an error reply as a value. Also raises: ServerRefuses."""
        raw: Any
        try:
            # By default redis-py disconnects here, and would reconnect for the next command as a new client without a
            # transaction and subscriptions.
            raw = self._connection.read_response(disconnect_on_error=False)
        except (ConnectionLost, NoAnswerInTime, OSError) as fault:
            raise BrokerAway("Redis does not answer right now.") from fault
        except RedisError as refusal:
            raw = refusal
        return self._namespace.stripped(as_reply(raw))

    def has_reply(self) -> bool:
        """Return whether there is an unread reply."""
        return bool(_guarded(lambda: self._connection.can_read(timeout=0)))

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()  # type: ignore[no-untyped-call]


class Deadline:
    """The time limit of one click, counted from `start` on.

    `is_fair`: whether it is long enough to tell a server that hangs from a request that has waited elsewhere.
    """

    is_fair = True

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at: float | None = None

    def start(self) -> None:
        """Start the clock."""
        may_wait = left(self._seconds)
        self._at = time.monotonic() + may_wait
        self.is_fair = may_wait >= FAIR_SECONDS

    def require(self) -> None:
        """Raises: BrokerAway after the time limit; RuntimeError before `start`."""
        if self._at is None:
            raise RuntimeError("the wires are used inside `with`")
        if time.monotonic() > self._at:
            raise BrokerAway("Redis took too long to answer.")


def hangs(fault: object) -> bool:
    """Return whether the server timed out, so that the next request need not wait as long."""
    return isinstance(fault, BrokerAway) and isinstance(fault.__cause__, (NoAnswerInTime, TimeoutError))


def _guarded(act: Callable[[], Result]) -> Result:
    try:
        return act()
    except (RedisError, OSError) as fault:
        raise BrokerAway("Redis does not answer right now.") from fault
