"""Live messages: one subscribed connection to Redis in each process, for all of its open streams."""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

from tutor.drawing import tokens
from tutor.engine.errors import TutorError
from tutor.engine.values.formatting import legible
from tutor.live.attendance import Attendance, Tabs, channels_of, room_of_channel

MOST_TABS = 4
"""Maximum number of streams per room: a browser opens six connections to a site, and forms need some of them."""

MOST_STREAMS = 2_000
"""Maximum number of streams per process; `LIMIT_OPEN_STREAMS_PER_ADDRESS` keeps one address from taking them all."""

MOST_WAITING = 100
"""Maximum number of queued events per reader; a slower reader is disconnected."""

LONGEST_MESSAGE = 2_000
"""Maximum number of characters passed on; our messages are shorter, but any client of the server can publish."""

TOO_MANY_OF_ADDRESS = "So many people in your network listen right now that there is no place left. Try again later."

TOO_MANY_TABS = f"{MOST_TABS} tabs listen already. Close one of them, then reload this page."

HEARTBEAT_SECONDS = 15.0
"""How long a stream is idle before a comment is sent; nginx closes one after 60 (proxy_read_timeout)."""

QUIET_SECONDS = 10.0
"""How long Redis may be silent before it is asked for a PONG, which it gets as long again to send."""

RETRY_SECONDS = 1.0
"""How long to wait before connecting to Redis again."""

RENEWAL_SECONDS = 20.0
"""How often tabs are renewed: a third of the time that they count, so that two in a row may fail."""


class Refusal(TutorError):
    """One stream too many; the text is a sentence with the reason."""


class TooManyTabs(Refusal):
    """The room has as many streams as it may have."""


class TooManyOfAddress(Refusal):
    """The visitor's address has as many streams as it may have in this process."""


class TooManyStreams(Refusal):
    """The process has as many streams as it may have."""


Connect = Callable[[], Awaitable[Redis]]
"""Creates a client with its own connections."""

FAULTS = (RedisError, OSError, TutorError)


class Listener:
    """One open stream, with the events that it still has to send."""

    def __init__(self, room: str, network: str) -> None:
        self.room, self.network = room, network
        self.tab = secrets.token_hex(8)
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._is_over = False

    def put(self, event: str) -> None:
        """Queue an event; end the stream of a reader that has fallen behind instead of waiting for it."""
        if self._is_over:
            return
        if self._waiting.full():
            self.end(as_event("dropped", {}))
        else:
            self._waiting.put_nowait(event)

    def end(self, event: str) -> None:
        """End the stream with an event; those that were queued before it are lost."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(event)
        self._is_over = True

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield events as they come, and a comment now and then, so that proxies do not close an idle connection."""
        while not (self._is_over and self._waiting.empty()):
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    event = await self._waiting.get()
            except TimeoutError:
                event = ": still here\n\n"
            yield event


class Hub:
    """The listeners of this process by room, and the one subscriber that receives for them."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._rooms: dict[str, set[Listener]] = {}
        self._networks: Counter[str] = Counter()
        self._heard: set[str] = set()
        self._pubsub: PubSub | None = None
        self._attendance = Attendance(connect)
        self._worker: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._rooms.values()))

    async def require_place(self, room: str, network: str = "") -> None:
        """Return if the room and the network may have one more stream. Raises: Refusal."""
        if refusal := self._refusal(room, network):
            raise refusal
        if await self._tabs_everywhere(room) >= MOST_TABS:
            raise TooManyTabs(TOO_MANY_TABS)

    @contextmanager
    def listening(self, room: str, network: str = "") -> Iterator[Listener]:
        """Receive the room's messages inside the block; if the room is full, only a refusal."""
        listener = Listener(room, network)
        if refusal := self._refusal(room, network):
            listener.end(as_event("refused", {"text": str(refusal)}))
            yield listener
            return
        self._join(listener)
        try:
            yield listener
        finally:
            self._leave(listener)

    def _refusal(self, room: str, network: str) -> Refusal | None:
        if len(self._rooms.get(room, ())) >= MOST_TABS:
            return TooManyTabs(TOO_MANY_TABS)
        most = settings.LIMITS.open_streams_per_address
        if network and most is not None and self._networks[network] >= most:
            return TooManyOfAddress(TOO_MANY_OF_ADDRESS)
        if self.streams >= MOST_STREAMS:
            return TooManyStreams("So many people listen right now that there is no place left. Try again later.")
        return None

    async def _tabs_everywhere(self, room: str) -> int:
        """Return the number of tabs listening in all processes; 0 while Redis is away."""
        try:
            return await self._attendance.count(room)
        except FAULTS:
            return 0
        finally:
            if self._worker is None or self._worker.done():  # the worker closes it when the last listener leaves
                await self._attendance.close()

    def _join(self, listener: Listener) -> None:
        self._rooms.setdefault(listener.room, set()).add(listener)
        self._networks[listener.network] += 1
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        if listener.room in self._heard:
            listener.put(as_event("listening", {}))
            self._announce(self._tabs_of(listener.room))
        else:
            self._run(self._follow(listener.room))

    def _leave(self, listener: Listener) -> None:
        room = self._rooms[listener.room]
        room.discard(listener)
        self._networks[listener.network] -= 1
        if not self._networks[listener.network]:
            del self._networks[listener.network]
        if not room:
            del self._rooms[listener.room]
            self._heard.discard(listener.room)
            self._run(self._follow(listener.room))
        self._announce(Tabs(listener.room, gone=(listener.tab,)))

    async def _work(self) -> None:
        """Listen until the last listener has left, then close every connection."""
        while True:
            is_over = asyncio.Event()
            renewing = asyncio.create_task(self._renew(is_over))
            await self.listen()
            is_over.set()
            await renewing
            await asyncio.gather(*self._errands)
            await self._attendance.close()
            if not self._rooms:
                return

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        # The event loop keeps only weak references: https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _follow(self, room: str) -> None:
        """Subscribe to the room while it has listeners, and unsubscribe from it afterwards."""
        channels = channels_of(room)
        async with self._turn:
            if self._pubsub is not None:
                with suppress(*FAULTS):
                    await (self._pubsub.subscribe if room in self._rooms else self._pubsub.unsubscribe)(*channels)

    def _announce(self, tabs: Tabs) -> None:
        """Publish to the room how many tabs it has, in the background."""

        async def announce() -> None:
            with suppress(*FAULTS):
                await self._attendance.announce(tabs)

        self._run(announce())

    async def listen(self) -> None:
        """Receive for all rooms over one connection; while Redis is away, notify the listeners and try again."""
        while self._rooms:
            try:
                async with self.subscription() as pubsub:
                    async for message in heard(pubsub):
                        self.pass_on(message)
                        if not self._rooms:  # the message was the confirmation of the last UNSUBSCRIBE
                            break
            except FAULTS:
                self._notify(self._rooms, as_event("away", {}))
                await asyncio.sleep(RETRY_SECONDS)

    @asynccontextmanager
    async def subscription(self) -> AsyncIterator[PubSub]:
        """Subscribe to all rooms; inside the block, others may subscribe to more."""
        async with await self._connect() as client, client.pubsub() as pubsub:
            try:
                async with self._turn:
                    # Also to a room without listeners: SUBSCRIBE needs a channel, and the last room may have been left.
                    channels = [name for room in ["", *self._rooms] for name in channels_of(room)]
                    await pubsub.subscribe(*channels)
                    self._pubsub = pubsub
                yield pubsub
            finally:
                async with self._turn:
                    self._pubsub = None
                    self._heard.clear()

    def pass_on(self, message: Mapping[str, Any]) -> None:
        """Queue a copy of a message from Redis for every stream of its room, without waiting."""
        room, is_notice = room_of_channel(message["channel"] or b"")
        match message["type"]:
            case "message":
                text = message["data"].decode("utf-8", "replace")[:LONGEST_MESSAGE]
                event = _tabs_event(text) if is_notice else _message_event(text)
                self._notify([room], event)
            case "subscribe" if is_notice:
                self._begin(room)

    def _begin(self, room: str) -> None:
        if room in self._rooms and room not in self._heard:
            self._heard.add(room)
            self._notify([room], as_event("listening", {}))
            self._announce(self._tabs_of(room))

    def _tabs_of(self, room: str) -> Tabs:
        return Tabs(room, here=tuple(listener.tab for listener in self._rooms.get(room, ())))

    def _notify(self, rooms: Iterable[str], event: str) -> None:
        for room in rooms:
            for listener in self._rooms.get(room, ()):
                listener.put(event)

    async def _renew(self, is_over: asyncio.Event) -> None:
        """Renew the tabs of this process; those of a process that was killed expire within a minute."""
        while not is_over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(RENEWAL_SECONDS):
                    await is_over.wait()
            for room in list(self._rooms):
                with suppress(*FAULTS):
                    self._notify([room], _tabs_event(str(await self._attendance.note(self._tabs_of(room)))))


async def heard(pubsub: PubSub) -> AsyncIterator[Mapping[str, Any]]:
    """Yield arriving messages. Raises: RedisError, also if the server no longer answers a PING."""
    is_asked = False
    while True:
        message = await pubsub.get_message(timeout=QUIET_SECONDS)
        if message is not None:
            is_asked = False
            yield message
        elif is_asked:
            raise ConnectionLost("The server does not answer a PING.")
        else:
            is_asked = True
            await pubsub.ping()


def as_event(name: str, value: Mapping[str, object]) -> str:
    """Return one Server-Sent Event; JSON escapes newlines, so that no value can begin a second event."""
    return f"event: {name}\ndata: {json.dumps(value)}\n\n"


def _tabs_event(count: str) -> str:
    return as_event("tabs", {"count": int(count) if count.isdecimal() else 0})


def _message_event(text: str) -> str:
    drawn, now = tokens.token(text), time.time_ns() // 1_000_000
    return as_event("message", {"text": legible(text), "hue": drawn.hue, "shape": drawn.shape, "at": now})
