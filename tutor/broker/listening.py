"""Clients for listening in an event loop."""

import asyncio
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from tutor.broker import embedded
from tutor.broker.connection import ANSWER_SECONDS, CONNECT_SECONDS, server_url
from tutor.engine.errors import BrokerLacks


async def async_client() -> redis.asyncio.Redis:
    """Return a new client for an event loop, without retries. Raises: BrokerAway, BrokerLacks."""
    try:
        # In a thread, because it may start the embedded server and wait for it.
        url = await asyncio.to_thread(server_url)
    except embedded.NoEmbeddedServer as fault:
        raise BrokerLacks("Listening needs a real Redis server; the one that answers here is an imitation.") from fault
    connecting: dict[str, Any] = {} if url.startswith("unix:") else {"socket_connect_timeout": CONNECT_SECONDS}
    return redis.asyncio.Redis.from_url(
        url, protocol=2, socket_timeout=ANSWER_SECONDS, retry=Retry(NoBackoff(), 0), **connecting
    )
