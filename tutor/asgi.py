"""The whole application for an ASGI server: `granian --interface asgi tutor.asgi:application`.

Streams are answered by Django's async handler, everything else by the WSGI application in threads, which is several
times faster than Django's way of running sync views under ASGI.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from typing import Any, cast

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.views.decorators.http import require_GET

from tutor.wsgi import application as pages  # sets Django up

from tutor.site.headers import PolicyMiddleware  # isort: skip
from tutor.health.wrappers import answered_by_asgi  # isort: skip
from tutor.live.hub import Refusal, TooManyStreams  # isort: skip
from tutor.learners import known_learner  # isort: skip
from tutor.quotas.limiter import TooMany, limiter  # isort: skip
from tutor.views import live  # isort: skip
from tutor.views.shared.faults import too_busy  # isort: skip
from tutor.views.shared.limits import sender_of  # isort: skip
from tutor.waiting.threads import Threads  # isort: skip

Stream = Callable[..., Awaitable[HttpResponseBase]]
"""A view with an endless response."""

Application = Callable[[Any, Any, Any], Awaitable[None]]

_headers: list[Callable[[HttpRequest, Any], HttpResponseBase]] = [
    kind(lambda _: HttpResponse()).process_response for kind in (SecurityMiddleware, PolicyMiddleware)
]


class StreamHandler(ASGIHandler):
    """Answers streams without the middleware for pages."""

    def __init__(self, address: str, stream: Stream) -> None:
        self._address = re.compile(address)
        self._stream = stream
        super().__init__()

    def takes(self, path: str) -> bool:
        """Return whether the path is an address of the stream."""
        return self._address.fullmatch(path) is not None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request without the thread that Django reserves for its duration, because streams last long."""
        # ASGIHandler.__call__ does the same within asgiref's ThreadSensitiveContext.
        await self.handle(scope, receive, send)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """Load only the middleware that a stream needs."""

        @require_GET
        async def answer(request: HttpRequest) -> HttpResponseBase:
            found = self._address.fullmatch(request.path_info)
            response = await self._stream(request, **(found.groupdict() if found else {}))
            response.headers["Cache-Control"] = "private, no-store"
            response.headers["X-Accel-Buffering"] = "no"  # nginx would buffer events until they fill a block
            return response

        without_exceptions = cast(Stream, convert_exception_to_response(answer))

        async def guarded(request: HttpRequest) -> HttpResponseBase:
            response = await without_exceptions(request)
            for add_headers in _headers:
                response = add_headers(request, response)
            return response

        self._middleware_chain = guarded


async def live_stream(request: HttpRequest) -> HttpResponseBase:
    """Answer the stream of the live page, or refuse it with a reason."""
    learner = known_learner(request)
    if learner is None:
        return _refusal(403, "Your browser sent no cookie of ours. Reload the page.")
    request.learner = learner  # type: ignore[attr-defined]
    try:
        limiter.require("streams", sender_of(request))
        return await live.stream(request)
    except TooMany as many:
        refused = _refusal(429, str(many))
        refused.headers["Retry-After"] = str(many.seconds)
        return refused
    except Refusal as refusal:
        return _refusal(503 if isinstance(refusal, TooManyStreams) else 429, str(refusal))


def _refusal(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def with_streams(streams: Mapping[str, Stream]) -> Application:
    """Return the application with these streams, by a pattern for the address, whose groups the view gets."""
    handlers = [StreamHandler(address, stream) for address, stream in streams.items()]
    threads = Threads(pages, _too_busy)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        """Answer an ASGI request."""
        for handler in handlers if scope["type"] == "http" else ():
            if handler.takes(scope["path"]):
                await handler(scope, receive, send)
                return
        await threads(scope, receive, send)

    return application


async def _too_busy(scope: Any, send: Any) -> None:
    """Answer a request whose thread is stuck, or that got none."""
    request = ASGIRequest(scope, BytesIO())
    response: HttpResponseBase = too_busy(request)
    for add_headers in _headers:
        response = add_headers(request, response)
    # Names and values of headers are Latin-1: https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event
    headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": cast(HttpResponse, response).content})


application = answered_by_asgi(with_streams({"/live/stream/": live_stream}))
