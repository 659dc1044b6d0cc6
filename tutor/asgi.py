"""The whole application for an ASGI server: `granian --interface asgi tutor.asgi:application`.

One stream is answered by Django's async handler; everything else by the WSGI application, in threads, which is several
times faster than Django's own way of running sync views under ASGI.
"""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.views.decorators.http import require_GET

from tutor.wsgi import application as pages  # sets Django up

from tutor.headers import PolicyMiddleware  # isort: skip
from tutor.hub import Refusal, TooManyTabs  # isort: skip
from tutor.learners import known_learner  # isort: skip
from tutor.views import live  # isort: skip

THREADS = 16
STREAM = "/live/stream/"

_headers: list[Callable[[HttpRequest, Any], HttpResponseBase]] = [
    kind(lambda _: HttpResponse()).process_response
    for kind in (SecurityMiddleware, PolicyMiddleware, XFrameOptionsMiddleware)
]


class StreamHandler(ASGIHandler):
    """Answer the stream, without the middleware that is for pages."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request. Django's own puts a thread aside for each as long as it lasts, and streams last."""
        await self.handle(scope, receive, send)

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """Take only what a stream needs."""
        self._middleware_chain = convert_exception_to_response(_answer)


@require_GET
async def _answer(request: HttpRequest) -> HttpResponseBase:
    response = await _stream(request)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Accel-Buffering"] = "no"  # nginx would collect events until they fill a block
    for add_headers in _headers:
        response = add_headers(request, response)
    return response


async def _stream(request: HttpRequest) -> HttpResponseBase:
    learner = known_learner(request)
    if learner is None:
        return _refusal(403, "Your browser sent no cookie of ours. Reload the page.")
    request.learner = learner  # type: ignore[attr-defined]
    try:
        return await live.stream(request)
    except Refusal as refusal:
        return _refusal(429 if isinstance(refusal, TooManyTabs) else 503, str(refusal))


def _refusal(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


_streams = StreamHandler()
_pages = WSGIMiddleware(cast(Any, pages), workers=THREADS)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request, as ASGI says."""
    if scope["type"] == "http" and scope["path"] == STREAM:
        await _streams(scope, receive, send)
        return
    if "query_string" in scope:
        # a2wsgi reads it as ASCII; what else a client puts there is its own affair.
        scope = {**scope, "query_string": quote_from_bytes(scope["query_string"], safe=bytes(range(33, 127))).encode()}

    # a2wsgi hands these to a thread, which takes coroutines; granian's are only awaitable.
    async def received() -> Any:
        return await receive()

    async def sent(event: Any) -> None:
        await send(event)

    await _pages(scope, received, sent)
