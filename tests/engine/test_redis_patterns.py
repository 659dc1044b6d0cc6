"""Which names a pattern is like, against a server's own word."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from tutor.engine.redis.patterns import is_like

from tests.fuzzing import slowly
from tests.servers import RedisServer

PATTERNS = st.text(alphabet="ab*?[]^-\\cü", min_size=1, max_size=7)
NAMES = st.text(alphabet="abc]-^\\ü", min_size=1, max_size=4)


@pytest.fixture
def client(real: RedisServer) -> Iterator[redis.Redis]:
    with real.client() as client:
        yield client


@slowly(400)
@given(pattern=PATTERNS, name=NAMES)
def test_a_name_is_like_a_pattern_if_the_server_says_so(client: redis.Redis, pattern: str, name: str):
    client.flushall()
    client.set(name, "x")
    assert is_like(name, pattern) == (client.keys(pattern) == [name])


@pytest.mark.parametrize(
    ("pattern", "name", "is_alike"),
    [
        ("n*", "news", True),
        ("n?ws", "news", True),
        ("n[ae]ws", "news", True),
        ("n[^e]ws", "news", False),
        ("n[a-f]ws", "news", True),
        ("n\\*", "news", False),
        ("n\\*", "n*", True),
        ("??", "ü", True),
        ("n[e", "ne", True),
    ],
)
def test_what_patterns_mean(pattern: str, name: str, is_alike: bool):
    assert is_like(name, pattern) is is_alike
