"""An ASGI request whose thread is stuck, slow, or not to be had."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tutor.waiting import threads
from tutor.waiting.budget import Wait
from tutor.waiting.places import THREADS
from tutor.waiting.requests import within_budget
from tutor.waiting.threads import Threads

SCOPE = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "http_version": "1.1",
    "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
}  # fmt: skip

OK = ["http.response.start 200", "http.response.body page"]
BUSY = ["http.response.start 503", "http.response.body busy"]


@pytest.fixture(autouse=True)
def short_times(monkeypatch) -> None:
    monkeypatch.setattr(threads, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(threads, "LOOK_AGAIN_SECONDS", 0.01)


async def busy(_: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 503})
    await send({"type": "http.response.body", "body": b"busy"})


async def nothing_more() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def page_after(work: Callable[[Any], None]) -> Threads:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        work(environ)
        start_response("200 OK", [])
        return [b"page"]

    return Threads(within_budget(application), busy)


async def answer_of(site: Threads, receive: Callable[[], Awaitable[Any]] = nothing_more, **scope: Any) -> list[str]:
    """Return the events of the answer, all that were sent until the thread is done."""
    events: list[str] = []

    async def send(event: Any) -> None:
        events.append(f"{event['type']} {event.get('status') or event['body'].decode()}".strip())

    await site({**SCOPE, **scope}, receive, send)
    return events


def echo(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read(), b" of ", environ.get("CONTENT_LENGTH", "no").encode()]


def parts(*bodies: bytes) -> Callable[[], Awaitable[Any]]:
    left = list(bodies)

    async def receive() -> Any:
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return receive


@pytest.mark.parametrize(
    ("headers", "length"),
    [([(b"content-length", b"4")], "4"), ([], "no"), ([(b"content-length", b"900000")], "900000")],
)
def test_a_body_arrives_whole_whether_it_is_read_before_the_thread_or_by_it(headers, length):
    asked = answer_of(Threads(within_budget(echo), busy), parts(b"ab", b"c", b"d"), method="POST", headers=headers)
    assert asyncio.run(asked) == ["http.response.start 200", f"http.response.body abcd of {length}"]


def test_a_visitor_who_leaves_before_the_body_is_there_gets_nothing_done():
    begun = list[int]()

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    asked = answer_of(page_after(lambda _: begun.append(1)), gone, method="POST", headers=[(b"content-length", b"4")])
    assert (asyncio.run(asked), begun) == ([], [])


def test_an_answer_in_time_is_left_as_it_is():
    assert asyncio.run(answer_of(page_after(lambda _: None))) == OK


def test_a_thread_that_is_stuck_is_answered_without_it(caplog):
    free, given = Event(), list[str]()

    def stuck(_: Any) -> None:
        with Wait(1.0):
            free.wait(10)

    async def ask() -> list[str]:
        asking = asyncio.ensure_future(answer_of(page_after(stuck), nothing_more))
        begun = monotonic()
        while "stuck" not in caplog.text:
            await asyncio.sleep(0.01)
        given.append(f"{monotonic() - begun:.0f}")
        free.set()
        return await asking

    assert asyncio.run(ask()) == BUSY
    assert given == ["0"]
    assert "its thread does not answer; 1 threads are stuck" in caplog.text


def test_a_thread_that_works_is_not_stuck():
    free = Event()
    assert asyncio.run(answer_of(page_after(lambda _: free.wait(0.3)))) == OK


def test_a_request_that_gets_no_thread_is_answered_too(caplog):
    free, begun = Event(), list[int]()

    def work(_: Any) -> None:
        begun.append(1)
        free.wait(10)

    async def ask() -> list[str]:
        site = page_after(work)
        others = [asyncio.ensure_future(answer_of(site)) for _ in range(THREADS)]
        while len(begun) < THREADS:
            await asyncio.sleep(0.01)
        last = asyncio.ensure_future(answer_of(site))
        while "no thread was free" not in caplog.text:
            await asyncio.sleep(0.01)
        free.set()
        assert await asyncio.gather(*others) == [OK] * THREADS
        return await last

    assert asyncio.run(ask()) == BUSY


@pytest.mark.slow
@pytest.mark.parametrize("headers", [[(b"content-length", b"4")], []])
def test_a_slow_upload_is_not_the_threads_fault(headers):
    async def slowly() -> Any:
        await asyncio.sleep(0.3)
        return {"type": "http.request", "body": b"late", "more_body": False}

    asked = answer_of(page_after(lambda environ: environ["wsgi.input"].read()), slowly, method="POST", headers=headers)
    assert asyncio.run(asked) == OK
