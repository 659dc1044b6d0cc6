"""The server that a play runs on: the one that serves learners, or another one that `lessons check --on` names."""

from typing import Protocol

import redis
from redis.exceptions import RedisError

from tutor.broker import connection, diagnosis, exchange, probe, status
from tutor.broker.probe import BrokerStatus
from tutor.broker.protocol import Batch
from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import Reply


class PlayServer(Protocol):
    """A server as ports use it."""

    def client(self) -> redis.Redis:
        """Return the redis-py client. Raises: BrokerAway."""
        ...

    def send(self, batch: Batch) -> list[Reply]:
        """Send a batch in one round trip and return its replies. Raises: as broker.exchange.send."""
        ...

    def status(self) -> BrokerStatus:
        """Return the server's description of itself, as last known."""
        ...

    def note_hanging(self) -> None:
        """Record that the server timed out, so that the next play need not wait for it as long."""
        ...


class SharedServer:
    """The server at REDIS_URL or the embedded one: this process's own client, and its status."""

    def client(self) -> redis.Redis:
        """Return this process's client. Raises: BrokerAway."""
        return connection.client()

    def send(self, batch: Batch) -> list[Reply]:
        """Send a batch. Raises: as broker.exchange.send."""
        return exchange.send(batch)

    def status(self) -> BrokerStatus:
        """Return what pages show of the server."""
        return status.last_known()

    def note_hanging(self) -> None:
        """Record it for all requests of this process."""
        status.note_fault()


SHARED = SharedServer()
"""The server on which learners play."""


class OtherServer:
    """A server beside it, with a client of its own; nothing that happens there is said of the shared one."""

    def __init__(self, url: str) -> None:
        self._client = connection.client_at(url)
        self._status = self._described()

    def _described(self) -> BrokerStatus:
        """Raises: BrokerAway, with the reason and the cure as its sentence."""
        try:
            found = probe.described(self._client)
        except (RedisError, OSError) as fault:
            finding = diagnosis.examined(fault, self._client.connection_pool)
            raise BrokerAway(f"{finding.detail} {finding.cure}") from fault
        if found.findings:
            finding = found.findings[0]
            raise BrokerAway(f"{finding.detail} {finding.cure}")
        return found

    def client(self) -> redis.Redis:
        """Return its own client."""
        return self._client

    def send(self, batch: Batch) -> list[Reply]:
        """Send a batch. Raises: BrokerAway, ServerRefuses."""
        return exchange.send_to(self._client, batch)

    def status(self) -> BrokerStatus:
        """Return its description when it was first reached."""
        return self._status

    def note_hanging(self) -> None:
        """Record nothing: each play fails by itself."""

    def close(self) -> None:
        """Close its connections."""
        self._client.close()
