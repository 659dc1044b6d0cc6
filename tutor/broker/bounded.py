"""Connections to Redis whose waits are charged to the request, and end with its time."""

import socket
from typing import Any

from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection

from tutor.waiting import places
from tutor.waiting.budget import Wait, current

SHORTEST = 0.001
"""Seconds of a wait when nothing is left: a socket with a timeout of 0 would not wait, and fail in another way."""


class BoundedWaits:
    """A connection of redis-py that waits no longer than its own timeouts, and than the request may."""

    _sock: Any
    socket_connect_timeout: Any

    def _connect(self) -> socket.socket:
        if current() is None:
            return super()._connect()  # type: ignore[misc,no-any-return]
        own = self.socket_connect_timeout
        with Wait(own or self.socket_timeout) as seconds:  # type: ignore[attr-defined]
            self.socket_connect_timeout = max(SHORTEST, seconds)
            try:
                return super()._connect()  # type: ignore[misc,no-any-return]
            finally:
                self.socket_connect_timeout = own

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's signature
        """Send commands. Raises: RedisError, TooBusy."""
        places.take()
        with Wait(self.socket_timeout) as seconds:  # type: ignore[attr-defined]
            if self._sock:
                self._sock.settimeout(max(SHORTEST, seconds))
            super().send_packed_command(command, check_health)  # type: ignore[misc]

    def read_response(self, *args: Any, **options: Any) -> Any:
        """Return the next reply. Raises: RedisError."""
        # The replies of a batch mostly arrive together: only the first of them is waited for.
        if current() is None or self._has_reply():
            return super().read_response(*args, **options)  # type: ignore[misc]
        with Wait(self.socket_timeout) as seconds:  # type: ignore[attr-defined]
            if self._sock:
                self._sock.settimeout(max(SHORTEST, seconds))
            return super().read_response(*args, **options)  # type: ignore[misc]

    def _has_reply(self) -> bool:
        reader = getattr(self._parser, "_reader", None)  # type: ignore[attr-defined]
        return reader is not None and bool(reader.has_data())


class BoundedTcp(BoundedWaits, Connection):
    """A connection to a host."""


class BoundedTls(BoundedWaits, SSLConnection):
    """A connection to a host over TLS."""


class BoundedUnix(BoundedWaits, UnixDomainSocketConnection):
    """A connection to a socket of this machine."""


BOUNDED: dict[Any, Any] = {
    Connection: BoundedTcp,
    SSLConnection: BoundedTls,
    UnixDomainSocketConnection: BoundedUnix,
}
"""The classes by those of redis-py that a URL chooses."""
