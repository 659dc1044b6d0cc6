"""The number of tabs listening to a room, over all processes: a sorted set of tabs by expiry."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

BELIEVED_SECONDS = 60
"""How long a tab counts after its process last renewed it."""

_PREFIX = "tutor:live:"
_NOTICES = ":tabs"


@dataclass(frozen=True, slots=True)
class Tabs:
    """A change of a room's tabs: those that are open, and those that were closed."""

    room: str
    here: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def channel_of(room: str) -> str:
    """Return the channel that carries the room's messages."""
    return _PREFIX + room


def notices_of(room: str) -> str:
    """Return the channel for the number of tabs, which is also the name of the key that holds the tabs."""
    return _PREFIX + room + _NOTICES


def channels_of(room: str) -> tuple[str, str]:
    """Return both channels of a room."""
    return channel_of(room), notices_of(room)


def room_of_channel(channel: bytes) -> tuple[str, bool]:
    """Return the room, and whether the channel is the one of its notices."""
    name = channel.decode("utf-8", "replace").removeprefix(_PREFIX)
    return name.removesuffix(_NOTICES), name.endswith(_NOTICES)


class Attendance:
    """Counts tabs, over a separate connection."""

    def __init__(self, connect: Callable[[], Awaitable[Redis]]) -> None:
        self._connect = connect
        self._client: Redis | None = None
        # One command at a time: otherwise a thousand streams that open at once would open a thousand connections.
        self._turn = asyncio.Lock()

    async def count(self, room: str) -> int:
        """Return how many tabs listen. Raises: RedisError, OSError, BrokerAway."""
        async with self._ours() as client:
            return int(await client.zcount(notices_of(room), time.time(), "+inf"))

    async def note(self, tabs: Tabs) -> int:
        """Record the change, and return how many tabs there are. Raises: RedisError, OSError, BrokerAway."""
        key, now = notices_of(tabs.room), time.time()
        async with self._ours() as client, client.pipeline(transaction=False) as pipeline:
            if tabs.here:
                pipeline.zadd(key, dict.fromkeys(tabs.here, now + BELIEVED_SECONDS))
            if tabs.gone:
                pipeline.zrem(key, *tabs.gone)
            pipeline.zremrangebyscore(key, "-inf", now)
            # If every process is killed, none is left to remove the key.
            pipeline.expire(key, BELIEVED_SECONDS)
            pipeline.zcard(key)
            replies = await pipeline.execute()
        return int(replies[-1])

    async def announce(self, tabs: Tabs) -> None:
        """Record the change, and publish the count to the room. Raises: RedisError, OSError, BrokerAway."""
        count = await self.note(tabs)
        async with self._ours() as client:
            await client.publish(notices_of(tabs.room), count)

    async def close(self) -> None:
        """Close the connection; the next use opens one."""
        async with self._turn:
            if self._client:
                await self._client.aclose()
                self._client = None

    @asynccontextmanager
    async def _ours(self) -> AsyncIterator[Redis]:
        async with self._turn:
            self._client = self._client or await self._connect()
            yield self._client
