"""The process's client of the broker on redis-py, and which server it is that answers."""

import logging
from pathlib import Path
from threading import Lock
from typing import Any, cast

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from tutor.broker import embedded
from tutor.engine.errors import BrokerAway

log = logging.getLogger(__name__)


CONNECT_SECONDS = 1.0


ANSWER_SECONDS = 2.0


_lock = Lock()


_client: redis.Redis | None = None


def client() -> redis.Redis:
    """Return the process's client, connecting to REDIS_URL, else the embedded server, else fakeredis in process."""
    global _client
    found = _client
    if found is None:
        with _lock:
            found = _client = _client if _client is not None else _connected()
    return found


def forget_client() -> None:
    """Drop the client after a fault: an embedded server that died is started again by the next one."""
    global _client
    if not settings.REDIS_URL and not is_imitation(_client):
        _client = None


def _connected() -> redis.Redis:
    found = _from_url(settings.REDIS_URL) if settings.REDIS_URL else _embedded_or_fake()
    # Replies are kept as the server sent them: redis-py's conversions are for programs, not for a trace.
    found.response_callbacks.clear()
    return found


def _embedded_or_fake() -> redis.Redis:
    try:
        return _from_url(embedded.ensure_server(Path(settings.TUTOR_VAR) / "embedded"))
    except embedded.NoEmbeddedServer:
        # Loaded only where it is needed: it takes as long as a lesson's check.
        import fakeredis

        log.warning("no embedded server for this platform: fakeredis answers, in process")
        return fakeredis.FakeRedis(protocol=2)
    except embedded.EmbeddedServerFailed as fault:
        log.error("%s", fault)
        raise BrokerAway("The embedded Redis server could not be started.") from fault


def is_imitation(found: redis.Redis | None) -> bool:
    """Return whether the client speaks to fakeredis in process, and to no server."""
    return type(found).__module__.startswith("fakeredis")


def _from_url(url: str) -> redis.Redis:
    options: dict[str, Any] = {
        "protocol": 2,  # redis-cli's notation is that of RESP2
        "socket_timeout": ANSWER_SECONDS,
        # A connection that introduces itself takes two commands more, and reads the package's metadata for its version.
        "driver_info": None,
        # For a pooled connection that the server closed: the claim makes it harmless. A server that hangs is not asked
        # twice, which would only double the wait.
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    }
    if not url.startswith("unix:"):
        options["socket_connect_timeout"] = CONNECT_SECONDS
    return redis.Redis.from_url(url, **options)


def one_answer(connection: redis.Connection) -> object:
    """Return the next reply on the connection, an error line as a value."""
    try:
        return cast(object, connection.read_response())
    except ResponseError as refusal:
        return refusal
