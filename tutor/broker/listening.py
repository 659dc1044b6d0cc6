"""Connections for an event loop, which listen."""

import asyncio
from pathlib import Path
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff

from tutor.broker import embedded
from tutor.broker.connection import ANSWER_SECONDS, CONNECT_SECONDS
from tutor.engine.errors import BrokerAway, BrokerLacks


async def async_client() -> redis.asyncio.Redis:
    """Return a new client for an event loop, which tries nothing twice. Raises: BrokerAway, BrokerLacks."""
    # In a thread: it may have to start the embedded server, and to wait until that answers.
    url = await asyncio.to_thread(_url)
    connecting: dict[str, Any] = {} if url.startswith("unix:") else {"socket_connect_timeout": CONNECT_SECONDS}
    return redis.asyncio.Redis.from_url(
        url, protocol=2, socket_timeout=ANSWER_SECONDS, retry=AsyncRetry(NoBackoff(), 0), **connecting
    )


def _url() -> str:
    try:
        return settings.REDIS_URL or embedded.ensure_server(Path(settings.TUTOR_VAR) / "embedded")
    except embedded.NoEmbeddedServer as fault:
        raise BrokerLacks("Listening needs a real Redis server; the one that answers here is an imitation.") from fault
    except embedded.EmbeddedServerFailed as fault:
        raise BrokerAway("The embedded Redis server could not be started.") from fault
