"""One connection to the server, whose replies lose the prefix of the run's keys, and whose faults are BrokerAway."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswerInTime

from tutor.broker.protocol import send_batch
from tutor.broker.replies import as_reply
from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import Reply, Words
from tutor.ports.namespace import Namespace

Result = TypeVar("Result")


class Wire:
    """A connection that is opened before use. Every method raises BrokerAway where it fails."""

    def __init__(self, pool: ConnectionPool, namespace: Namespace) -> None:
        self._namespace = namespace
        # Made as the pool makes its own, but never given to it: what an actor leaves in it is nobody else's.
        self._connection: AbstractConnection = pool.connection_class(**pool.connection_kwargs)

    def open(self) -> None:
        """Connect to the server."""
        _guarded(self._connection.connect)

    def send(self, *batch: Words) -> None:
        """Send commands, whose names are those on the server, in one write."""
        _guarded(lambda: send_batch(self._connection, batch))

    def read(self) -> Reply:
        """Return the next reply, an error of the server's as a value. Raises: ServerRefuses besides."""
        raw: Any
        try:
            # By default redis-py disconnects here, and would connect anew for what is sent next: another client then,
            # that has no transaction and no subscription.
            raw = self._connection.read_response(disconnect_on_error=False)
        except (ConnectionLost, NoAnswerInTime, OSError) as fault:
            raise BrokerAway("Redis does not answer right now.") from fault
        except RedisError as refusal:
            raw = refusal
        return self._namespace.stripped(as_reply(raw))

    def has_reply(self) -> bool:
        """Return whether a reply has arrived that is not read yet."""
        return bool(_guarded(lambda: self._connection.can_read(timeout=0)))

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()  # type: ignore[no-untyped-call]


class Deadline:
    """The end of the time that one click has; the clock runs from `start` on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at: float | None = None

    def start(self) -> None:
        """Begin to count the time."""
        self._at = time.monotonic() + self._seconds

    def require(self) -> None:
        """Raises: BrokerAway once the time is over; RuntimeError before it has begun."""
        if self._at is None:
            raise RuntimeError("the wires are used inside `with`")
        if time.monotonic() > self._at:
            raise BrokerAway("Redis took too long to answer.")


def hangs(fault: object) -> bool:
    """Return whether the server timed out; then the next question to it need not wait as long."""
    return isinstance(fault, BrokerAway) and isinstance(fault.__cause__, (NoAnswerInTime, TimeoutError))


def _guarded(act: Callable[[], Result]) -> Result:
    try:
        return act()
    except (RedisError, OSError) as fault:
        raise BrokerAway("Redis does not answer right now.") from fault
