"""Attacks on every page of the Studio, taken from the addresses themselves, so that a new page is attacked too."""

import json
import re
from collections.abc import Iterator
from itertools import product

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.fuzzing import some_of
from tests.instructors import PASSWORD, instructor, logged_in
from tests.lessons import lesson
from tests.tables import for_each
from tests.views.stepping import HTMX, STEPS
from tutor.accounts import instructors as accounts
from tutor.models import Draft, LoginGuesses, Revision, WorkingCopy

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {"log_in", "log_out"}
THERE, MISSING, HUGE = "there", "missing", 10**30
SAMPLES = {
    "IntConverter": {THERE: 1, MISSING: 77},
    "UUIDConverter": {THERE: "00000000-0000-4000-8000-000000000001", MISSING: "00000000-0000-4000-8000-000000000077"},
}


def patterns(within: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    """Yield all addresses, also those of included lists."""
    for one in within:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one


def values(pattern: URLPattern, which: str) -> dict[str, object]:
    """Return values for the variable parts of an address."""
    return {
        name: SAMPLES.get(type(converter).__name__, {}).get(which, which)
        if "|" not in converter.regex
        else converter.regex.split("|")[0]
        for name, converter in pattern.pattern.converters.items()
    }


def is_of_studio(pattern: URLPattern) -> bool:
    path = reverse(pattern.name, kwargs=values(pattern, MISSING))
    return path.startswith("/studio/") or pattern.name.startswith(("studio", "draft"))


EVERY = [pattern for pattern in patterns(get_resolver().url_patterns) if is_of_studio(pattern)]
GUARDED = [pattern for pattern in EVERY if pattern.name not in OPEN_TO_ALL]
each_page = for_each("pattern", GUARDED)
each_page_in_turn = for_each("turn, pattern", list(enumerate(GUARDED)))
"""For attacks of which a page meets every fourth in the fast tests, and the next page the others."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# All fields that any page may accept.
FORM = {
    "source": lesson(STEPS), "slug": "new-one", "title": "New", "note": "x", "base": "1", "number": "1",
    "revision": "1", "confirm": "1", "is_staff": "1", "is_superuser": "1", "permissions": "tutor.write_lessons",
    "author": "1", "user": "1",
}  # fmt: skip


@pytest.fixture
def ins() -> User:
    """An instructor with a draft, which has a revision and a working copy."""
    user = instructor()
    draft = Draft.objects.create(slug=THERE)
    Revision.objects.create(draft=draft, number=1, source=lesson(STEPS), author=user)
    WorkingCopy.objects.create(draft=draft, author=user, base=1, source=lesson(STEPS))
    return user


@pytest.fixture
def outsiders() -> dict[str, Client]:
    """Browsers of those who may not be here: each must be refused."""
    learner = Client()
    learner.get("/")
    forger = Client()
    forger.cookies["instructor"] = "a" * 32
    plain = User.objects.create_user("plain", password=PASSWORD, is_staff=True)
    former = instructor("former")
    left = logged_in(former)
    accounts.take_right(former)
    off = instructor("off")
    gone = logged_in(off)
    User.objects.filter(pk=off.pk).update(is_active=False)
    return {
        "stranger": Client(), "learner": learner, "forger": forger, "without the right": logged_in(plain),
        "former": left, "switched off": gone,
    }  # fmt: skip


def state() -> str:
    """Return the contents of the program's own tables, and all permissions."""
    tables = [model for model in apps.get_app_config("tutor").get_models() if model is not LoginGuesses]
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in tables}
    people = [
        (user.username, user.password, user.is_staff, user.is_superuser, sorted(user.get_all_permissions()))
        for user in User.objects.order_by("pk")
    ]
    return json.dumps([rows, people], default=str)


def at(pattern: URLPattern, which: str) -> str:
    return reverse(pattern.name, kwargs=values(pattern, which))


def both(pattern: URLPattern) -> list[str]:
    """Return the addresses of an existing item and of a missing one; only one if there is no variable part."""
    return [*dict.fromkeys(at(pattern, which) for which in (THERE, MISSING))]


def test_there_are_pages_to_attack():
    assert {"studio", "change_password", "draft", "save_draft", "publish_revision"} <= {
        pattern.name for pattern in GUARDED
    }
    assert {pattern.name for pattern in EVERY} - {pattern.name for pattern in GUARDED} == OPEN_TO_ALL


@pytest.mark.slow
@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_only_instructors_get_in_or_change_anything(pattern, ins, outsiders):
    before = state()
    for who, browser in outsiders.items():
        for method in METHODS:
            for headers in ({}, HTMX, {"Sec-Fetch-Mode": "cors"}):
                answer = browser.generic(
                    method,
                    at(pattern, THERE),
                    "source=x&base=1",
                    content_type="application/x-www-form-urlencoded",
                    headers=headers,
                )
                text = answer.content.decode()
                assert answer.status_code in (303, 403, 404, 405), (who, method)
                assert answer.status_code != 303 or answer["Location"].startswith("/studio/login/?next="), who
                assert "LPUSH queue task1" not in text, (who, method)
        for name, value in FORM.items():
            assert browser.post(at(pattern, THERE), {name: value}).status_code in (303, 403, 404, 405), who
        assert browser.post(at(pattern, THERE), FORM).status_code in (303, 403, 404, 405), who
    assert state() == before


@pytest.mark.slow
@each_page_in_turn
def test_what_there_is_and_what_there_is_not_look_the_same_from_outside(turn, pattern, ins, outsiders):
    for who, browser in some_of(list(outsiders.items()), turn):
        for send in (browser.get, browser.post):
            there, missing = send(at(pattern, THERE)), send(at(pattern, MISSING))
            assert there.status_code == missing.status_code, who
            if there.status_code == 404:
                assert there.content == missing.content, who
                assert there.headers == missing.headers, who


@pytest.mark.slow
@each_page_in_turn
def test_looking_changes_nothing(turn, pattern, ins):
    inside, before = logged_in(ins), state()
    queries = ("?publish=1&delete=1&source=x&confirm=1&base=1", "")
    looks = [*product(queries, ("GET", "HEAD", "OPTIONS"), both(pattern))]
    for query, method, url in some_of(looks, turn):
        assert inside.generic(method, url + query).status_code < 500, (url, method)
    assert state() == before


@pytest.mark.slow
@each_page_in_turn
def test_a_form_without_its_token_or_of_another_site_changes_nothing(turn, pattern, ins):
    wary = Client(enforce_csrf_checks=True)
    wary.force_login(ins)
    wary.get("/studio/password/")
    token = wary.cookies["csrftoken"].value
    good = {"csrfmiddlewaretoken": token, "old_password": "wrong"}
    assert wary.post("/studio/password/", good).status_code == 422  # so that what follows is refused for its reason
    before = state()
    forged = {
        "no token": lambda url: wary.post(url, FORM),
        "another token": lambda url: wary.post(url, {**FORM, "csrfmiddlewaretoken": "x" * 64}),
        "by htmx": lambda url: wary.post(url, FORM, headers=HTMX),
        "JSON": lambda url: wary.post(url, json.dumps(FORM), content_type="application/json"),
        "plain text": lambda url: wary.post(url, json.dumps(FORM), content_type="text/plain"),
        "another site": lambda url: wary.post(
            url, {**FORM, "csrfmiddlewaretoken": token}, headers={"Origin": "https://evil.example"}
        ),
        "no site": lambda url: wary.post(url, {**FORM, "csrfmiddlewaretoken": token}, headers={"Origin": "null"}),
        "PUT": lambda url: wary.put(url, json.dumps(FORM), content_type="application/json"),
        "DELETE": wary.delete,
    }
    for (how, send), url in some_of([*product(forged.items(), both(pattern))], turn):
        assert send(url).status_code == 403, (how, url)
    assert state() == before


@pytest.mark.slow
@each_page_in_turn
def test_odd_numbers_and_names_are_no_fault_of_ours(turn, pattern, ins):
    inside = logged_in(ins)
    for name, converter in pattern.pattern.converters.items():
        if type(converter).__name__ == "IntConverter":
            odd = [0, 2**31, 2**63, HUGE]
        elif type(converter).__name__ in ("SlugConverter", "StringConverter"):
            odd = ["x" * 3000, "-", "__proto__", "null", "con"]
        else:
            continue
        for send, value in some_of([*product((inside.post, inside.get), odd)], turn):
            path = reverse(pattern.name, kwargs={**values(pattern, THERE), name: value})
            assert send(path).status_code < 500, (name, value)


ODD_FIELDS = ["", "-1", "0", "1e9", "9" * 30, "x" * 100_000, "\0", "\ud83d".encode("utf-16", "surrogatepass"), "[]"]


@pytest.mark.slow
@each_page_in_turn
def test_numbers_and_texts_in_a_form_that_nobody_would_send_are_no_fault_of_ours(turn, pattern, ins):
    inside = logged_in(ins)
    for odd in some_of(ODD_FIELDS, turn):
        answer = inside.post(at(pattern, THERE), {**dict.fromkeys(FORM, odd), "onto": odd})
        assert answer.status_code < 500, odd
    assert inside.post(at(pattern, THERE), "{", content_type="application/json").status_code < 500


@pytest.mark.slow
@each_page
def test_nothing_of_the_studio_is_kept_by_shared_caches_or_framed_by_others(pattern, ins):
    answer = logged_in(ins).get(at(pattern, THERE))
    assert answer.headers["X-Frame-Options"] in ("DENY", "SAMEORIGIN")
    (ancestors,) = re.findall(r"frame-ancestors ([^;]+)", answer.headers["Content-Security-Policy"])
    assert ancestors in ("'none'", "'self'")
    assert answer.status_code != 200 or "private" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers.get("Cache-Control", "")


@pytest.mark.slow
@each_page
def test_roles_in_a_form_are_ignored(pattern, ins):
    inside = logged_in(ins)
    inside.post(at(pattern, THERE), FORM)
    ins.refresh_from_db()
    assert (ins.is_staff, ins.is_superuser, ins.get_all_permissions()) == (False, False, {"tutor.write_lessons"})
