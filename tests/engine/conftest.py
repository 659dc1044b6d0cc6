"""The server that the engine's tables are compared with."""

import os
from collections.abc import Iterator

import pytest
import redis

from tutor.broker import connection


@pytest.fixture(scope="session")
def server() -> Iterator[redis.Redis]:
    """A client of TEST_REDIS_URL, else of the server that the program itself uses; replies as they were sent."""
    url = os.environ.get("TEST_REDIS_URL")
    client = redis.Redis.from_url(url, protocol=2) if url else connection.client()
    client.response_callbacks.clear()
    yield client
    client.close()
