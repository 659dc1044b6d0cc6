"""The stream of the whole program under `make run`: the wire format, strangers, floods, and cleaning up."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse

import psutil
import pytest

from tests.polling import until
from tests.servers import ROOT, Program, RedisServer, program, running_redis
from tests.visitor import Visitor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def site(server) -> Iterator[Program]:
    with program(server.url, ROOT / "lessons", workers=2, interface="asgi") as running:
        yield running


@contextmanager
def streaming(visitor: Visitor) -> Iterator[HTTPResponse]:
    """Open the visitor's stream on a separate connection, and hang up after the block."""
    connection = HTTPConnection("127.0.0.1", visitor._connection.port, timeout=20)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    connection.request("GET", "/live/stream/", headers={"Cookie": cookies} if cookies else {})
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        connection.close()


def next_event(answer: HTTPResponse, name: str) -> dict[str, object]:
    while line := answer.readline().decode():
        if line == f"event: {name}\n":
            return json.loads(answer.readline().decode().removeprefix("data: "))
    raise AssertionError(f"the stream ended before {name}")


def test_a_stream_hears_what_its_own_learner_publishes_and_nothing_else(site):
    with site.visitor() as ali, site.visitor() as mal:
        ali.get("/live/")
        mal.get("/live/")
        with streaming(ali) as answer, streaming(mal) as other:
            next_event(answer, "listening")
            next_event(other, "listening")
            assert "(integer) 1" in ali.post("/live/messages/", {"text": "for ali"}).text
            mal.post("/live/messages/", {"text": "for mal"})
            assert next_event(answer, "message")["text"] == "for ali"
            assert next_event(other, "message")["text"] == "for mal"


def test_the_headers_of_a_stream_are_as_strict_as_a_pages(site):
    with site.visitor() as visitor:
        page = visitor.get("/live/")
        with streaming(visitor) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
            assert "no-store" in answer.headers["Cache-Control"]
            strict = (
                "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
                "Cross-Origin-Resource-Policy", "X-Frame-Options",
            )  # fmt: skip
            for name in strict:
                assert answer.headers[name] == page.headers[name] != None  # noqa: E711
            assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("cookie", [None, "", "nonsense", "00000000-0000-0000-0000-000000000007:1abc:forged"])
def test_a_stranger_gets_no_stream(site, cookie):
    with site.visitor() as visitor:
        visitor.cookies = {"learner": cookie} if cookie is not None else {}
        with streaming(visitor) as answer:
            assert answer.status == 403
            assert b"cookie" in answer.read()


def test_a_stream_is_asked_for_with_get_only(site):
    with site.visitor() as visitor:
        visitor.get("/live/")
        for method in ("POST", "HEAD", "DELETE"):
            assert visitor.request(method, "/live/stream/").status == 405


def test_two_hundred_streams_opened_and_dropped_are_capped_and_leave_nothing(site, server):
    with site.visitor() as mal:
        mal.get("/live/")
        codes = []
        for _ in range(200):
            with streaming(mal) as answer:
                codes.append(answer.status)
        assert set(codes) <= {200, 429}
        until(lambda: server.subscribers() == 0, "the subscribers to leave")
        until(lambda: not [key for key in server.all_keys() if key.endswith(":tabs")], "the tabs to go")
        with streaming(mal) as answer:
            assert answer.status == 200
    assert "Traceback" not in site.log


def test_more_tabs_than_a_browser_can_bear_are_refused_with_a_sentence(site):
    with site.visitor() as mal:
        mal.get("/live/")
        with streaming(mal) as a, streaming(mal) as b, streaming(mal) as c, streaming(mal) as d:
            for answer in (a, b, c, d):
                next_event(answer, "listening")
            while next_event(a, "tabs")["count"] != 4:
                pass
            with streaming(mal) as fifth:
                text = fifth.read().decode() if fifth.status == 429 else str(next_event(fifth, "refused"))
                assert "4 tabs listen already" in text


def test_open_streams_hold_no_threads(site):
    def threads() -> int:
        started = psutil.Process(site._process.pid)
        return sum(process.num_threads() for process in (started, *started.children(recursive=True)))

    with ExitStack() as stack:
        visitors = [stack.enter_context(site.visitor()) for _ in range(30)]
        for visitor in visitors:
            visitor.get("/live/")
        before = threads()
        for visitor in visitors:
            next_event(stack.enter_context(streaming(visitor)), "listening")
        assert threads() <= before + 6


def test_what_is_no_ascii_in_an_address_breaks_nothing(site):
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as raw:
        raw.sendall(b"GET /live/?x=\xc3\xa9\xff HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert raw.recv(100).startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))
    assert "Traceback" not in site.log
