"""The threads of an ASGI process: a request that a thread does not answer in time is answered without it.

A thread that waits for a lock or a socket ends by itself, because these waits have limits. One that waits in the kernel
for a disk can't be ended: its request is answered, the thread is left to it and counted. Places keep such threads from
becoming all.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

from tutor.waiting.budget import Budget
from tutor.waiting.places import THREADS
from tutor.waiting.requests import BUDGET, Wsgi

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2.9
"""Seconds until a request is answered whose thread waits for a server or a disk, or that got no thread."""

WORK_SECONDS = 30.0
"""Seconds until a request is answered whose thread works, as with a long lesson that an instructor checks."""

LOOK_AGAIN_SECONDS = 0.05

Emergency = Callable[[Any, Any], Coroutine[Any, Any, None]]
"""Answers a request, by its scope and its `send`, without a thread."""


class Threads:
    """A WSGI application in threads, each request with a budget, and with an answer within its time."""

    def __init__(self, application: Wsgi, emergency: Emergency) -> None:
        self._emergency = emergency
        self._threads: Any = WSGIMiddleware(application, workers=THREADS)
        self._stuck = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer an ASGI request."""
        if scope["type"] != "http":
            await self._threads(scope, receive, send)
            return
        # a2wsgi decodes it as ASCII, and would fail on other bytes.
        query = quote_from_bytes(scope["query_string"], safe=bytes(range(33, 127))).encode()
        answer = _Answer(receive, send)
        answer.watch(lambda: self._give_up(scope, answer))
        try:
            await self._threads({**scope, "query_string": query, BUDGET: answer.budget}, answer.receive, answer.send)
        finally:
            answer.end()
            if answer.emergency:
                self._stuck -= answer.budget.has_begun
                await answer.emergency

    async def _give_up(self, scope: Any, answer: "_Answer") -> None:
        """Answer without the thread, which goes on."""
        self._stuck += answer.budget.has_begun
        log.error(
            "%s: %s; %d threads are stuck",
            scope["path"],
            "its thread does not answer" if answer.budget.has_begun else "no thread was free",
            self._stuck,
        )
        await self._emergency(scope, answer.send_at_once)


class _Answer:
    """The answer to one request, and the time until it has to begin."""

    def __init__(self, receive: Any, send: Any) -> None:
        self.budget = Budget()
        self.emergency: asyncio.Future[None] | None = None
        self.send_at_once = send
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._has_begun = False

    # a2wsgi's threads call these two with run_coroutine_threadsafe, which accepts only coroutines; granian's are merely
    # awaitable.
    async def receive(self) -> Any:
        """Return the next part of the request; a slow upload is not the thread's fault."""
        event = await self._receive()
        self._since = self._loop.time()
        return event

    async def send(self, event: Any) -> None:
        """Send a part of the thread's answer, unless that comes too late."""
        if self.emergency is None:
            self._has_begun = True
            await self.send_at_once(event)

    def watch(self, give_up: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have the request answered without the thread once its time is over."""

        def look() -> None:
            if self._has_begun:
                return
            if (seconds := self._seconds_left()) <= 0:
                self.emergency = asyncio.ensure_future(give_up())
            else:
                self._timer = self._loop.call_later(max(LOOK_AGAIN_SECONDS, seconds), look)

        self._timer = self._loop.call_later(ANSWER_SECONDS, look)

    def end(self) -> None:
        """Stop watching."""
        self._timer.cancel()

    def _seconds_left(self) -> float:
        works = self.budget.has_begun and not self.budget.is_waiting
        return self._since + (WORK_SECONDS if works else ANSWER_SECONDS) - self._loop.time()
