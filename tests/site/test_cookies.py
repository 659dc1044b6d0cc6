"""Cookies behind TLS: `__Host-` names, and the first visit after an operator switched TLS on."""

from http.cookies import SimpleCookie
from uuid import UUID

import pytest
from django.core.signing import get_cookie_signer
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import set_script_prefix

from tests.instructors import PASSWORD, instructor, log_in
from tests.learners import remembered
from tests.tables import for_each
from tests.views.stepping import HTMX, newest, visitor
from tutor.models import Run
from tutor.site import cookies

pytestmark = pytest.mark.django_db

LESSON = "/lessons/redis-as-message-broker/"
ORIGIN = "https://testserver"


class Browser(Client):
    """A browser that speaks HTTPS."""

    def request(self, **environ: object) -> HttpResponse:
        return super().request(**{**environ, "wsgi.url_scheme": "https", "SERVER_PORT": "443"})


@pytest.fixture
def switch_tls_on(settings):
    """Return what an operator does."""

    def switch() -> None:
        settings.COOKIE_PREFIX = "__Host-"
        settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME = "__Host-csrftoken", "__Host-instructor"
        settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = True

    return switch


def upgraded(client: Client, **options: bool) -> Client:
    """Return the same browser over HTTPS; browsers do not send a cookie that was deleted."""
    later = Browser(**options)
    later.cookies = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items() if morsel.value})
    return later


def deleted(answer: HttpResponse) -> set[str]:
    return {name for name, morsel in answer.cookies.items() if morsel["max-age"] == 0}


def set_by(answer: HttpResponse) -> set[str]:
    return set(answer.cookies) - deleted(answer)


# Learners


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_learner_keeps_the_runs_when_tls_is_switched_on(switch_tls_on, headers):
    client = visitor()
    client.post(f"{LESSON}runs/", {"number": 1})
    run = newest()
    switch_tls_on()
    later = upgraded(client)
    answer = later.post(f"/runs/{run.pk}/steps/2/", headers=headers)
    assert answer.status_code in (200, 303)
    assert Run.objects.values_list("learner", flat=True).distinct().count() == 1
    assert "__Host-learner" in set_by(answer)
    assert "learner" in deleted(answer)


def test_afterwards_the_plain_cookie_is_neither_needed_nor_set(switch_tls_on):
    client = visitor()
    switch_tls_on()
    later = upgraded(client)
    first = later.get("/").wsgi_request.learner
    again = upgraded(later).get("/")
    assert again.wsgi_request.learner == first
    assert {"learner", "theme", "csrftoken"}.isdisjoint(again.cookies)


def test_of_two_learners_the_one_that_no_neighbour_can_plant_wins(switch_tls_on):
    planted = remembered(Client(), UUID(int=666)).cookies["learner"].value
    switch_tls_on()
    client = remembered(Browser(), UUID(int=7))
    client.cookies["learner"] = planted
    answer = client.get("/")
    assert answer.wsgi_request.learner == UUID(int=7)
    assert "learner" in deleted(answer)


@for_each("salt", ["", "tutor.learner", "__Host-learnertutor.learner"])
def test_a_plain_cookie_with_another_signature_counts_for_nothing(switch_tls_on, salt):
    switch_tls_on()
    client = Browser()
    client.cookies["learner"] = get_cookie_signer(salt=salt).sign(str(UUID(int=7)))
    assert client.get("/").wsgi_request.learner != UUID(int=7)


def test_a_signature_for_one_name_is_none_for_the_other(switch_tls_on):
    plain = remembered(Client(), UUID(int=7)).cookies["learner"].value
    switch_tls_on()
    client = Browser()
    client.cookies["__Host-learner"] = plain
    assert client.get("/").wsgi_request.learner != UUID(int=7)


# Choices


CHOICES = [("theme", "dark"), ("view", "lanes"), ("predict", "1")]


@for_each(("name", "value"), CHOICES)
def test_a_choice_is_kept_and_its_plain_cookie_replaced(switch_tls_on, name, value):
    switch_tls_on()
    client = Browser()
    client.cookies[name] = value
    answer = client.get(LESSON)
    assert answer.cookies[f"__Host-{name}"].value == value
    assert name in deleted(answer)
    assert ('data-theme="dark"' in answer.content.decode()) == (name == "theme")


@for_each(("name", "value"), CHOICES)
def test_a_choice_that_is_planted_beside_the_own_one_has_no_effect(switch_tls_on, name, value):
    switch_tls_on()
    client = Browser()
    client.cookies[name], client.cookies[f"__Host-{name}"] = value, "light"
    answer = client.get(LESSON)
    assert f"__Host-{name}" not in answer.cookies
    assert name in deleted(answer)
    assert 'data-theme="dark"' not in answer.content.decode()


def test_a_choice_that_is_forgotten_does_not_come_back(switch_tls_on):
    switch_tls_on()
    client = Browser()
    client.cookies["theme"] = "dark"
    answer = client.post("/theme/", {"theme": ""})
    assert {"theme", "__Host-theme"} <= deleted(answer)


@for_each("value", ["x" * 4000, "<script>", "Dark", ""])
def test_a_value_that_no_choice_has_is_not_taken_over(switch_tls_on, value):
    switch_tls_on()
    client = Browser()
    client.cookies["theme"] = value
    assert "__Host-theme" not in client.get("/").cookies


# Forms of pages that were open


def test_the_form_of_a_page_that_was_open_is_accepted_and_so_is_the_next(switch_tls_on):
    client = Client(enforce_csrf_checks=True)
    client.get("/")
    token = client.cookies["csrftoken"].value
    switch_tls_on()
    later = upgraded(client, enforce_csrf_checks=True)
    first = later.post("/theme/", {"theme": "dark", "csrfmiddlewaretoken": token}, headers={"Origin": ORIGIN})
    assert first.status_code == 303
    assert first.cookies["__Host-csrftoken"].value == token
    assert "csrftoken" in deleted(first)
    again = upgraded(later, enforce_csrf_checks=True)
    again.get("/")
    answer = again.post("/theme/", {"theme": "dark", "csrfmiddlewaretoken": token}, headers={"Origin": ORIGIN})
    assert answer.status_code == 303


@for_each(
    ("token", "origin"),
    [
        ("p" * 32, "https://evil.testserver"),
        ("p" * 32, "http://testserver"),
        ("p" * 32, "null"),
        ("p" * 32, None),
        ("q" * 32, ORIGIN),
        ("", ORIGIN),
    ],
)
def test_a_planted_token_makes_no_form_of_a_neighbour_pass_and_is_not_taken_over(switch_tls_on, token, origin):
    switch_tls_on()
    victim = Browser(enforce_csrf_checks=True)
    victim.cookies["csrftoken"] = "p" * 32
    headers = {"Origin": origin} if origin else {}
    answer = victim.post("/theme/", {"theme": "dark", "csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == 403
    assert "__Host-csrftoken" not in answer.cookies
    seen = victim.get("/")
    assert seen.cookies["__Host-csrftoken"].value != "p" * 32


def test_a_planted_token_beside_the_own_one_has_no_effect(switch_tls_on):
    switch_tls_on()
    victim = Browser(enforce_csrf_checks=True)
    victim.get("/")
    victim.cookies["csrftoken"] = "p" * 32
    form = {"theme": "dark", "csrfmiddlewaretoken": "p" * 32}
    assert victim.post("/theme/", form, headers={"Origin": ORIGIN}).status_code == 403


# Instructors


def test_a_browser_stays_known_when_tls_is_switched_on(switch_tls_on):
    instructor()
    client = Client()
    log_in(client)
    known = client.cookies["known_browser"].value.split(":")[0]
    assert client.cookies["known_browser"]["path"] == "/studio/"
    switch_tls_on()
    answer = log_in(upgraded(client))
    assert answer.status_code == 303
    made = answer.cookies["__Host-known_browser"]
    assert (made.value.split(":")[0], made["path"], bool(made["secure"])) == (known, "/", True)
    assert answer.cookies["known_browser"]["max-age"] == 0
    assert answer.cookies["known_browser"]["path"] == "/studio/"


def test_every_cookie_behind_tls_has_the_prefix_and_what_browsers_require_of_it(switch_tls_on):
    instructor()
    switch_tls_on()
    client = Browser()
    client.get(f"{LESSON}?view=lanes")
    client.post("/theme/", {"theme": "dark"})
    client.post("/predicting/", {"predict": "1"})
    client.post("/studio/login/", {"username": "ins", "password": PASSWORD})
    assert len(client.cookies) >= 6
    for name, morsel in client.cookies.items():
        assert name.startswith("__Host-")
        assert (bool(morsel["secure"]), morsel["path"], morsel["domain"]) == (True, "/", ""), name
        assert (bool(morsel["httponly"]), morsel["samesite"]) == (True, "Lax"), name


def test_so_do_they_under_a_path(switch_tls_on):
    instructor()
    switch_tls_on()
    client = Browser(SCRIPT_NAME="/tutor")
    try:
        client.get(LESSON)
        client.post("/studio/login/", {"username": "ins", "password": PASSWORD})
    finally:
        set_script_prefix("/")
    assert "__Host-known_browser" in client.cookies
    for name, morsel in client.cookies.items():
        assert (name[:7], morsel["path"]) == ("__Host-", "/")


def test_without_tls_the_names_are_as_before(client):
    instructor()
    log_in(client)
    client.get(f"{LESSON}?view=lanes")
    assert set(client.cookies) == {"learner", "csrftoken", "instructor", "known_browser", "view"}


def signed(value: str) -> str:
    answer = HttpResponse()
    answer.set_signed_cookie("learner", value, salt="salt")
    return answer.cookies["learner"].value


def sent(value: str, name: str = "learner", salt: str = "salt", max_age: int | None = None) -> str:
    request = HttpRequest()
    request.COOKIES[name] = value
    return cookies.sent_signed(request, name, salt, max_age)


def test_a_remembered_signature_is_good_for_its_cookie_and_key_only(settings):
    """Another value, name, salt or key is verified again, and a forged one is never taken."""
    cookie = signed("ali")
    for _ in range(2):
        assert sent(cookie) == "ali"
        assert sent(cookie.replace("ali", "mal")) == ""
        assert sent(cookie, name="known_browser") == ""
        assert sent(cookie, salt="other") == ""
    settings.SECRET_KEY = "another key"
    assert sent(cookie) == ""


def test_a_cookie_that_ends_is_verified_each_time():
    cookie = signed("ali")
    assert sent(cookie) == sent(cookie, max_age=60) == "ali"
    assert sent(cookie, max_age=-1) == ""


def test_a_bounded_number_of_signatures_is_remembered_and_no_forged_one():
    before = cookies._verified.cache_info()
    assert before.maxsize == cookies.MOST_VERIFIED
    for number in range(20):
        assert sent(f"forged{number}:1:x") == ""
    assert cookies._verified.cache_info().currsize == before.currsize
