"""The answers to /health/live/ and /health/ready/, in front of Django: no Host check, no redirect, no cookie.

A load balancer asks each worker by its address, over plain HTTP.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from tutor.findings import Finding
from tutor.health import readiness

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]

LIVE, READY = "/health/live/", "/health/ready/"

# Waiting for a report takes two seconds at most, and no thread of the pages.
_waiting = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health-answer")


@dataclass(frozen=True, slots=True)
class HealthAnswer:
    """A response: its body is JSON."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


def answered_by_wsgi(application: WsgiApplication) -> WsgiApplication:
    """Return the application with the two addresses in front."""
    readiness.prepare()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = _health_path(environ.get("PATH_INFO", ""))
        if not path:
            return application(environ, start_response)
        method = str(environ["REQUEST_METHOD"])
        reply = _answer(path, method, {"HTTP_X_FORWARDED_PROTO": environ.get("HTTP_X_FORWARDED_PROTO", "")})
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(reply.headers))
        return [b"" if method == "HEAD" else reply.body]

    return answer


def answered_by_asgi(application: AsgiApplication) -> AsgiApplication:
    """Return the application with the two addresses in front."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        path = _health_path(_path_in(scope)) if scope["type"] == "http" else ""
        if not path:
            await application(scope, receive, send)
            return
        protocol = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-proto"), ""
        )
        arguments = path, str(scope["method"]), {"HTTP_X_FORWARDED_PROTO": protocol}
        if path == LIVE:
            reply = _answer(*arguments)
        else:
            reply = await asyncio.get_running_loop().run_in_executor(_waiting, _answer, *arguments)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    return answer


def _path_in(scope: Any) -> str:
    path = str(scope["path"])
    # The path of ASGI includes the prefix under which the application is mounted: asgi.readthedocs.io, HTTP, root_path.
    return path.removeprefix(scope.get("root_path") or "")


def _health_path(path: str) -> str:
    """Return which of the two addresses it is, "" if neither; the last slash may be missing."""
    return next((known for known in (LIVE, READY) if path in (known, known[:-1])), "")


def _answer(path: str, method: str, environ: Mapping[str, str]) -> HealthAnswer:
    if method not in ("GET", "HEAD"):
        return _reply(405, {"status": "method not allowed"}, environ, allow="GET, HEAD")
    if path == LIVE:
        return _reply(200, {"status": "live"}, environ)
    found = readiness.report()
    if not found:
        return _reply(200, {"status": "ready"}, environ)
    return _reply(503, {"status": "not ready", "failed": _for_strangers(found)}, environ)


def _for_strangers(found: Sequence[Finding]) -> list[dict[str, str]]:
    """Return part and reason of each, without what only operators may know."""
    return [
        {"part": part, "reason": reason} for part, reason in dict.fromkeys((each.part, each.reason) for each in found)
    ]


def _reply(status: int, content: Mapping[str, object], environ: Mapping[str, str], allow: str = "") -> HealthAnswer:
    body = json.dumps(content).encode()
    is_secure = settings.BEHIND_TLS and environ.get("HTTP_X_FORWARDED_PROTO") == "https"
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *([("Allow", allow)] if allow else []),
        *_security_headers("https" if is_secure else "http"),
    ]
    return HealthAnswer(status, body, tuple(headers))


@cache
def _security_headers(protocol: str) -> tuple[tuple[str, str], ...]:
    """Return the headers that the middleware before WhiteNoise's sets on every response."""
    request, response = HttpRequest(), HttpResponse()
    if protocol == "https":
        request.META["HTTP_X_FORWARDED_PROTO"] = protocol
    names = takewhile(lambda name: "whitenoise" not in name, settings.MIDDLEWARE)
    for middleware in [import_string(name)(lambda _: response) for name in names]:
        middleware.process_response(request, response)
    del response.headers["Content-Type"]
    return tuple(response.headers.items())
