"""Probing the server for its name and commands, in the time that a page can wait."""

from dataclasses import dataclass
from importlib import metadata
from typing import Literal, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tutor.broker.connection import client, forget_client, is_imitation
from tutor.broker.protocol import read_reply, send_batch
from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import decode

PROBE_SECONDS = 0.5
"""Timeout of the probe, for the connection and for each of the two replies."""

ServerKind = Literal["", "embedded", "in process"]
"""The server's origin: run by an operator, by this program, or fakeredis within it."""


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """The server's name ("Valkey 9.1.0"), its origin, and whether it answered the last probe.

    `commands`: the names of all its commands, in capitals; empty if unknown.
    """

    name: str
    kind: ServerKind
    is_up: bool
    commands: frozenset[str] = frozenset()

    @property
    def is_imitation(self) -> bool:
        """Whether fakeredis answers, which has no connections."""
        return self.kind == "in process"


AWAY = BrokerStatus("Redis", "", is_up=False)
"""No server has answered yet."""


def ask() -> BrokerStatus:
    """Return the server's description of itself, AWAY if it does not answer."""
    try:
        answering = client()
        if is_imitation(answering):
            return BrokerStatus(f"fakeredis {metadata.version('fakeredis')}", "in process", is_up=True)
        fields, names = _introduction(answering)
    except BrokerAway:
        return AWAY
    except ResponseError:
        # The server is there, even if the account may not send INFO.
        return BrokerStatus("Redis", "", is_up=True)
    except (RedisError, OSError):
        forget_client()
        return AWAY
    # Valkey reports its own version beside redis_version, the version of the Redis that it is compatible with.
    name = "Valkey" if "valkey_version" in fields else "Redis"
    release = fields.get("valkey_version") or fields.get("redis_version", "")
    kind: ServerKind = "" if settings.REDIS_URL else "embedded"
    return BrokerStatus(f"{name} {release}".strip(), kind, is_up=True, commands=names)


def _introduction(answering: redis.Redis) -> tuple[dict[str, str], frozenset[str]]:
    """Return the fields of INFO server and the names of all commands. Raises: RedisError, OSError."""
    # A separate connection with a shorter timeout than the pool's.
    pool = answering.connection_pool
    hurried = {"socket_timeout": PROBE_SECONDS, "socket_connect_timeout": PROBE_SECONDS, "retry": Retry(NoBackoff(), 0)}
    options = {**pool.connection_kwargs, **hurried}
    if issubclass(pool.connection_class, redis.UnixDomainSocketConnection):
        del options["socket_connect_timeout"]
    connection = pool.connection_class(**options)
    try:
        send_batch(connection, [("INFO", "server"), ("COMMAND", "LIST")])
        text, listed = cast(bytes, connection.read_response()), read_reply(connection)
    finally:
        connection.disconnect()
    fields = dict(line.split(":", 1) for line in text.decode("utf-8", "replace").splitlines() if ":" in line)
    # COMMAND LIST came with Redis 7; an older server answers with an error.
    names = listed if isinstance(listed, list) else []
    return fields, frozenset(str(decode(name)).upper() for name in names)
