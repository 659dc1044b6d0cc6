"""Headers of every kind of response, cookies, and additional headers behind TLS."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.cookies import SimpleCookie
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import Client

from tests.instructors import PASSWORD
from tests.servers import ROOT, Program, broker_at, free_port, program, running_redis
from tests.studio.studio_drafts import draft
from tests.tables import for_each
from tests.views.stepping import HTMX, newest, visitor
from tutor.asgi import with_streams
from tutor.models import Entry

KINDS = {
    "page": (200, lambda client, run: client.get("/lessons/redis-as-message-broker/")),
    "catalogue": (200, lambda client, run: client.get("/")),
    "head": (200, lambda client, run: client.head("/")),
    "fragment": (200, lambda client, run: client.post(f"/runs/{run}/steps/1/", headers=HTMX)),
    "rows": (200, lambda client, run: client.get(f"/runs/{run}/rows/?after=0", headers=HTMX)),
    "see other": (303, lambda client, run: client.post(f"/runs/{run}/steps/1/")),
    "moved": (301, lambda client, run: client.get("/health")),
    "bad request": (400, lambda client, run: client.get("/", headers={"Host": "evil.example"})),
    "too many fields": (400, lambda client, run: client.post("/theme/", {f"f{n}": "x" for n in range(1001)})),
    "forbidden": (403, lambda client, run: Client(enforce_csrf_checks=True).post("/theme/")),
    "no such page": (404, lambda client, run: client.get("/nothing/")),
    "no such run": (404, lambda client, run: Client().get(f"/runs/{run}/rows/?after=0")),
    "not allowed": (405, lambda client, run: client.get("/theme/")),
    "out of order": (409, lambda client, run: client.post(f"/runs/{run}/steps/9/")),
    "out of order by htmx": (409, lambda client, run: client.post(f"/runs/{run}/steps/9/", headers=HTMX)),
    "static": (200, lambda client, run: client.get("/static/css/base.css")),
    "static, unchanged": (304, lambda client, run: unchanged(client, "/static/css/base.css")),
    "studio": (303, lambda client, run: client.get("/studio/")),
    "login": (200, lambda client, run: client.get("/studio/login/")),
    "draft as a file": (200, lambda client, run: as_file(client)),
    "no such file": (404, lambda client, run: client.get("/static/nothing.css")),
}


def unchanged(client: Client, path: str) -> HttpResponse:
    first = client.get(path)
    first.close()
    return client.get(path, headers={"If-Modified-Since": first["Last-Modified"]})


def as_file(client: Client) -> HttpResponse:
    begun = draft()
    client.force_login(begun.revisions.get().author)
    return client.get("/studio/drafts/queues/revisions/1/file/")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_has_the_headers(kind):
    client = visitor()
    client.post("/lessons/redis-as-message-broker/runs/", {"number": 1})
    status, send = KINDS[kind]
    answer = send(client, newest().pk)
    answer.close()
    assert answer.status_code == status
    assert_guarded(answer.headers)


@pytest.mark.django_db(transaction=True)
def test_a_health_check_has_the_headers(client):
    assert_guarded(client.get("/health/").headers)


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_notice_that_redis_is_away_has_the_headers(headers):
    client = visitor()
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        answer = client.post("/lessons/redis-as-message-broker/runs/", {"number": 1}, headers=headers)
    assert answer.status_code == 503
    assert_guarded(answer.headers)


@pytest.mark.django_db
def test_an_internal_error_has_the_headers_and_reveals_nothing():
    client = visitor()
    client.post("/lessons/redis-as-message-broker/runs/", {"number": 1})
    Entry.objects.update(record={"nonsense": "x"})
    client.raise_request_exception = False
    answer = client.get("/lessons/redis-as-message-broker/")
    assert answer.status_code == 500
    assert_guarded(answer.headers)
    for secret in ("Traceback", "nonsense", "TypeError", "tutor/"):
        assert secret not in answer.content.decode()


def assert_guarded(headers: Mapping[str, str]) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    words = (directive.split() for directive in headers["Content-Security-Policy"].split(";"))
    policy = {name: set(sources) for name, *sources in words}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == {"'self'"}
    assert {source for sources in policy.values() for source in sources} <= {"'none'", "'self'"}


async def ended(request: HttpRequest) -> HttpResponse:
    return HttpResponse("data: x\n\n", content_type="text/event-stream")


async def asking_for_its_host(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.get_host())


async def broken(request: HttpRequest) -> HttpResponse:
    raise OSError


@for_each(
    ("status", "method", "headers", "stream"),
    [
        (200, "GET", [], ended),
        (405, "POST", [], ended),
        (400, "GET", [(b"host", b"evil.example")], asking_for_its_host),
        (500, "GET", [], broken),
    ],
)
def test_every_answer_to_a_stream_has_the_headers(status, method, headers, stream):
    scope = {"type": "http", "method": method, "path": "/s/", "headers": headers, "query_string": b""}

    async def start() -> dict[str, Any]:
        browser = ApplicationCommunicator(with_streams({"/s/": stream}), scope)
        await browser.send_input({"type": "http.request", "body": b""})
        first = await browser.receive_output(timeout=5)
        await browser.wait(timeout=5)
        return first

    begun = asyncio.run(start())
    assert begun["status"] == status
    found = {name.decode(): value.decode() for name, value in begun["headers"]}
    assert_guarded(found)


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client):
    client.get("/")
    client.post("/theme/", {"theme": "dark"})
    assert {"learner", "csrftoken", "theme"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", ""), cookie.key


@pytest.mark.django_db
def test_a_step_does_not_send_the_learners_cookie_again():
    client = visitor()
    answer = client.post("/lessons/redis-as-message-broker/runs/", {"number": 1}, headers=HTMX)
    assert "learner" not in answer.cookies


# Behind TLS, in a separate process


@pytest.fixture(scope="module")
def secure_site() -> Iterator[Program]:
    with running_redis() as server, program(server.url, ROOT / "lessons", workers=1, BEHIND_TLS="1") as made:
        yield made


@pytest.mark.slow
def test_behind_tls_every_cookie_is_secure_and_plain_http_is_sent_on(secure_site):
    with secure_site.visitor() as visitor:
        through_tls = {"X-Forwarded-Proto": "https"}
        answer = visitor.get("/", headers=through_tls)
        origin = f"https://127.0.0.1:{secure_site.port}"
        theme = visitor.post("/theme/", {"theme": "dark"}, headers={**through_tls, "Origin": origin})
        plain = visitor.get("/")
    lines = [*answer.headers.get_all("Set-Cookie"), *theme.headers.get_all("Set-Cookie")]
    cookies = {name: morsel for line in lines for name, morsel in SimpleCookie(line).items()}
    assert set(cookies) == {"__Host-learner", "__Host-csrftoken", "__Host-theme"}
    assert all((morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "") for morsel in cookies.values())
    assert int(answer.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31_536_000
    assert (plain.status, plain.headers["Location"][:8]) == (301, "https://")
    assert_guarded(plain.headers)


@pytest.mark.slow
def test_behind_tls_a_plain_request_to_an_unknown_host_gets_the_headers_too(secure_site):
    with secure_site.visitor() as visitor:
        answer = visitor.get("/", headers={"Host": "evil.example"})
    assert answer.status == 400
    assert_guarded(answer.headers)


@pytest.mark.slow
def test_behind_tls_an_instructors_cookies_are_secure_and_of_this_very_host(secure_site):
    secure_site.manage("create_instructor", "ins", "--password-stdin", stdin=PASSWORD)
    through_tls = {"X-Forwarded-Proto": "https", "Origin": f"https://127.0.0.1:{secure_site.port}"}
    with secure_site.visitor() as visitor:
        visitor.get("/studio/login/", headers=through_tls)
        answer = visitor.post("/studio/login/", {"username": "ins", "password": PASSWORD}, headers=through_tls)
        inside = visitor.get("/studio/", headers=through_tls)
        plain = visitor.post("/studio/login/", {"username": "ins", "password": PASSWORD}, headers={})
    assert (answer.status, answer.headers["Location"], inside.status) == (303, "/studio/", 200)
    lines = answer.headers.get_all("Set-Cookie")
    cookies = {name: morsel for line in lines for name, morsel in SimpleCookie(line).items()}
    assert {"__Host-instructor", "__Host-known_browser", "__Host-csrftoken"} <= set(cookies)
    for name, morsel in cookies.items():
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Lax"), name
        assert (morsel["path"], morsel["domain"], name[:7]) == ("/", "", "__Host-"), name
    assert (plain.status, plain.headers["Location"][:8]) == (301, "https://")
    assert PASSWORD not in secure_site.log


@pytest.mark.slow
def test_what_goes_wrong_as_expected_leaves_no_traceback_in_the_log(secure_site):
    through_tls = {"X-Forwarded-Proto": "https"}
    with secure_site.visitor() as visitor:
        for path in (
            "/nothing/",
            "/lessons/nothing/",
            "/runs/1/steps/1/",
            f"/lessons/x/?at={'9' * 99}",
            "/%0aFAKE%20LINE/",
        ):
            visitor.get(path, headers=through_tls)
        visitor.get("/", headers={**through_tls, "Host": "evil.example\tFAKE LINE"})
        visitor.post("/theme/", {}, headers={**through_tls, "Origin": "https://evil.example"})
        form = {**through_tls, "Content-Type": "application/x-www-form-urlencoded"}
        with suppress(OSError):  # it may be refused before it is read
            visitor.request("POST", "/theme/", "x" * 3_000_000, form)
        visitor.request("DELETE", "/", headers=through_tls)
    assert "Traceback" not in secure_site.log
    assert not re.search(r"^FAKE LINE", secure_site.log, re.MULTILINE)
