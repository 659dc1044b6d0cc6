"""The server's address, and this process's redis-py client."""

import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from tutor.broker import embedded
from tutor.broker.bounded import BOUNDED
from tutor.engine.errors import BrokerAway
from tutor.waiting.budget import Wait, current

log = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
"""Timeout for opening a connection."""

ANSWER_SECONDS = 2.0
"""Timeout for a reply."""

FAIR_SECONDS = 1.0
"""A request that can wait less, because it has waited elsewhere, does not tell whether the server hangs."""

_lock = Lock()
_client: redis.Redis | None = None
_starting = Lock()
_start: "_Start | None" = None


def server_url() -> str:
    """Return REDIS_URL, else the URL of the embedded server, starting it if necessary.

    Raises: NoEmbeddedServer, BrokerAway.
    """
    if settings.REDIS_URL:
        return str(settings.REDIS_URL)
    try:
        return embedded.ensure_server(Path(settings.TUTOR_VAR) / "embedded")
    except embedded.EmbeddedServerFailed as fault:
        log.error("%s", fault)
        raise BrokerAway("The embedded Redis server could not be started.") from fault


def client() -> redis.Redis:
    """Return the process's client, created on first use; fakeredis's if there is no server for this platform.

    Raises: BrokerAway.
    """
    return _client or _made()


def _made() -> redis.Redis:
    """Make the client. The embedded server may take longer to start than a request can wait: then it goes on alone."""
    global _start
    if settings.REDIS_URL or current() is None:
        return _keep()
    with _starting:
        if _start is None or not _start.is_alive():
            _start = _Start()
            _start.start()
        start = _start
    with Wait(ANSWER_SECONDS) as seconds:
        start.join(seconds)
    if start.fault:
        raise start.fault
    if start.made is None:
        raise BrokerAway("The embedded Redis server is still starting.")
    return start.made


def _keep() -> redis.Redis:
    global _client
    with _lock:
        _client = _client if _client is not None else _connected()
        return _client


class _Start(Thread):
    """Makes the client in the background."""

    def __init__(self) -> None:
        super().__init__(name="embedded server", daemon=True)
        self.made: redis.Redis | None = None
        self.fault: BrokerAway | None = None

    def run(self) -> None:
        try:
            self.made = _keep()
        except BrokerAway as fault:
            self.fault = fault


def forget_client() -> None:
    """Drop the client after a fault, so that the next one restarts an embedded server that died."""
    global _client
    # A server at REDIS_URL is not ours to start, and fakeredis would lose its data with its client.
    if not settings.REDIS_URL and not is_imitation(_client):
        _client = None


def options_of_client() -> Mapping[str, Any]:
    """Return the options of the current client's connections, such as host and username; empty if there is none."""
    redis_client = _client
    return {} if redis_client is None or is_imitation(redis_client) else redis_client.connection_pool.connection_kwargs


def is_imitation(redis_client: redis.Redis | None) -> bool:
    """Return whether the client uses fakeredis in this process instead of a server."""
    return type(redis_client).__module__.startswith("fakeredis")


def _connected() -> redis.Redis:
    try:
        redis_client = _from_url(server_url())
    except embedded.NoEmbeddedServer:
        redis_client = _imitation()
    # Keep replies as the server sent them: redis-py's conversions are for programs, not for a trace.
    redis_client.response_callbacks.clear()
    return redis_client


def client_at(url: str) -> redis.Redis:
    """Return a client of another server than this process's own, set up in the same way; nothing is sent yet."""
    redis_client = _from_url(url)
    redis_client.response_callbacks.clear()
    return redis_client


def _imitation() -> redis.Redis:
    # A local import, because it takes as long as the check of a lesson.
    import fakeredis

    log.warning("no embedded server for this platform: fakeredis answers, in process")
    return fakeredis.FakeRedis(protocol=2)


def _from_url(url: str) -> redis.Redis:
    options: dict[str, Any] = {
        "protocol": 2,  # redis-cli's notation is that of RESP2
        "socket_timeout": ANSWER_SECONDS,
        # CLIENT SETINFO would cost two more commands on each new connection, and a look at the package's metadata.
        "driver_info": None,
        # Retry once, for a pooled connection that the server closed; the claim makes a repeated batch harmless. Not
        # after a timeout, which would only mean waiting twice for a hung server.
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    }
    if not url.startswith("unix:"):
        # redis-py's UnixDomainSocketConnection does not accept this option, and raises TypeError.
        options["socket_connect_timeout"] = CONNECT_SECONDS
    redis_client = redis.Redis.from_url(url, **options)
    pool = redis_client.connection_pool
    pool.connection_class = BOUNDED[pool.connection_class]
    return redis_client
