"""The threads of an ASGI process: a request that a thread does not answer in time is answered without it.

A thread that waits for a lock or a socket ends by itself, because these waits have limits. One that waits in the kernel
for a disk can't be ended: its request is answered, the thread is left to it and counted. Places keep such threads from
becoming all.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, build_environ

from tutor.waiting.budget import Budget
from tutor.waiting.places import THREADS
from tutor.waiting.requests import BUDGET, Wsgi

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2.9
"""Seconds until a request is answered whose thread waits for a server or a disk, or that got no thread."""

WORK_SECONDS = 30.0
"""Seconds until a request is answered whose thread works, as with a long lesson that an instructor checks."""

LOOK_AGAIN_SECONDS = 0.05

SMALL = 64_000
"""Bytes of a body that is read before a thread is taken; larger ones are read by the thread, part by part."""

Headers = list[tuple[bytes, bytes]]

Emergency = Callable[[Any, Any], Coroutine[Any, Any, None]]
"""Answers a request, by its scope and its `send`, without a thread."""


class Threads:
    """A WSGI application in threads, each request with a budget, and with an answer within its time.

    A request goes to its thread once and comes back once, because each change between the event loop and a thread costs
    as much as a tenth of a step: a small body is read before, and the answer sent after the thread has done its work.
    """

    def __init__(self, application: Wsgi, emergency: Emergency) -> None:
        self._application = application
        self._emergency = emergency
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._without_pages: Any = WSGIMiddleware(application, workers=1)
        self._stuck = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer an ASGI request."""
        if scope["type"] != "http":
            await self._without_pages(scope, receive, send)
            return
        answer = _Answer(receive, send)
        loop = asyncio.get_running_loop()
        body: Any
        if _is_small(scope):
            if (content := await _content(receive)) is None:
                return
            body = BytesIO(content)
        else:
            body = Body(loop, cast(Any, answer.receive))
        answer.watch(lambda: self._give_up(scope, answer))
        try:
            work = loop.run_in_executor(self._executor, _response, self._application, _environ(scope, body, answer))
            await answer.send(*await work)
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

    async def receive(self) -> Any:
        """Return the next part of the request; a slow upload is not the thread's fault."""
        # A coroutine, which is all that run_coroutine_threadsafe accepts; granian's own is merely awaitable.
        event = await self._receive()
        self._since = self._loop.time()
        return event

    async def send(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the thread's answer, unless it comes too late."""
        if self.emergency is None:
            self._has_begun = True
            await self.send_at_once({"type": "http.response.start", "status": status, "headers": headers})
            await self.send_at_once({"type": "http.response.body", "body": body})

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


def _is_small(scope: Any) -> bool:
    """Return whether the request's body is so small that it can be read before a thread is taken."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if length:
        return length.isdigit() and int(length) <= SMALL
    return scope["method"] in ("GET", "HEAD") and b"transfer-encoding" not in headers


async def _content(receive: Any) -> bytes | None:
    """Return the body, None if the visitor is gone before all of it has come."""
    parts = []
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        parts.append(event.get("body", b""))
        if not event.get("more_body", False):
            return b"".join(parts)


def _environ(scope: Any, body: Any, answer: _Answer) -> Any:
    # a2wsgi decodes it as ASCII, and would fail on other bytes.
    query = quote_from_bytes(scope["query_string"], safe=bytes(range(33, 127))).encode()
    return build_environ(cast(Any, {**scope, "query_string": query, BUDGET: answer.budget}), body)


def _response(application: Wsgi, environ: Any) -> tuple[int, Headers, bytes]:
    """Return status, headers and body. The whole body: no page is endless, streams are not served here."""
    begun: list[tuple[int, Headers]] = []
    parts: list[bytes] = []

    def start(status: str, headers: Iterable[tuple[str, str]], *_exc_info: Any) -> Callable[[bytes], None]:
        # Names are lower case, values as they are: asgi.readthedocs.io, HTTP, response start.
        lines = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
        begun[:] = [(int(status.split(" ", 1)[0]), lines)]
        return parts.append

    found = application(environ, start)
    try:
        parts.extend(found)
    finally:
        getattr(found, "close", lambda: None)()
    return *begun[0], b"".join(parts)
