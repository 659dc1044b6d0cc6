"""The server that the engine's tables are compared with."""

import os
from collections.abc import Iterator

import pytest
import redis

from tutor import broker


@pytest.fixture(scope="session")
def server() -> Iterator[redis.Redis]:
    """A client of TEST_REDIS_URL, else of the server that the program itself uses; replies as they were sent."""
    url = os.environ.get("TEST_REDIS_URL")
    client = redis.Redis.from_url(url, protocol=2) if url else broker.client()
    client.response_callbacks.clear()
    yield client
    client.close()
