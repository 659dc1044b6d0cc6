"""Access to the Studio's pages, the answers to everyone else, and that learners never notice."""

import json
import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.instructors import PASSWORD, alert_of, instructor, log_in, logged_in, the
from tests.markup import elements, find
from tests.tables import for_each
from tests.views.stepping import HTMX
from tests.views.test_pages import ELSEWHERE

pytestmark = pytest.mark.django_db

FETCH = {"Sec-Fetch-Mode": "cors", "Accept": "*/*"}
LOGIN = "/studio/login/?next=%2Fstudio%2F"


@pytest.fixture
def ins() -> User:
    return instructor()


def test_a_page_asks_a_stranger_to_log_in(client, ins):
    answer = client.get("/studio/")
    assert (answer.status_code, answer["Location"]) == (303, LOGIN)


def test_a_learner_is_a_stranger(client, ins):
    client.get("/")
    assert "learner" in client.cookies
    assert client.get("/studio/")["Location"] == LOGIN


def test_a_right_that_is_missing_and_a_page_that_is_missing_look_the_same(ins):
    client = logged_in(User.objects.create_user("ali", password=PASSWORD))
    for headers in ({}, HTMX, FETCH):
        for send in (client.get, client.post):
            refused, missing = (
                send("/studio/password/", headers=headers),
                send("/studio/no-such-page/", headers=headers),
            )
            assert refused.status_code == missing.status_code == 404
            assert refused.content == missing.content
            assert refused.headers == missing.headers


@for_each("headers", [FETCH, {"Accept": "application/json"}, {"Sec-Fetch-Mode": "same-origin"}])
@for_each("method", ["get", "post"])
def test_a_script_gets_403_after_the_session_has_ended(client, headers, method):
    answer = getattr(client, method)("/studio/password/", headers=headers)
    assert answer.status_code == 403
    told = json.loads(answer.content)
    assert told["error"].startswith("You are logged out. ")
    assert "lost" in told["error"]
    assert told["login"].startswith("/studio/login/?next=%2Fstudio%2F")


@pytest.mark.parametrize("method", ["get", "post"])
def test_htmx_gets_a_notice_about_the_ended_session(client, method):
    answer = getattr(client, method)("/studio/password/", headers=HTMX)
    assert answer.status_code == 403
    assert the(answer, "hx-partial")["hx-target"] == "#notice"
    assert "You are logged out" in alert_of(answer)


SENT = [("source", "title: <b>&\n\n  'x'\t\"é"), ("note", ""), ("step", "1"), ("step", "2")]


def test_a_form_sent_while_logged_out_is_kept_and_can_be_sent_again(client, ins):
    kept = client.post("/studio/password/?x=1", {"source": SENT[0][1], "note": "", "step": ["1", "2"]})
    assert kept.status_code == 403
    fields = {element["name"]: element["value"] for element in find(elements(kept.content.decode()), "input")}
    wrong = log_in(client, password="wrong", **{name: fields[name] for name in ("kept_path", "kept_fields", "next")})
    assert wrong.status_code == 422
    fields = {element["name"]: element["value"] for element in find(elements(wrong.content.decode()), "input")}
    again = log_in(client, **{name: fields[name] for name in ("kept_path", "kept_fields", "next")})
    assert again.status_code == 200
    form = the(again, "form", class_="account-go")
    assert form["action"] == "/studio/password/?x=1"
    hidden = [(element["name"], element["value"]) for element in form.descendants if element.tag == "input"]
    assert [field for field in hidden if field[0] != "csrfmiddlewaretoken"] == SENT


@for_each("path", [*ELSEWHERE, "/nothing/"])
def test_a_kept_form_is_sent_only_to_our_own_pages(client, ins, path):
    again = log_in(client, kept_path=path, kept_fields='[["a", "b"]]')
    action = the(again, "form", class_="account-go")["action"] if again.status_code == 200 else again["Location"]
    assert action.startswith("/")
    assert "evil" not in action.split("/")[1]


@for_each("fields", ["", "{", "1", "null", '["x"]', "[1]", "[[1,2,3]]", "[" * 100_000, '"ab"'])
def test_an_unreadable_kept_form_is_dropped(client, ins, fields):
    assert log_in(client, kept_path="/studio/", kept_fields=fields)["Location"] == "/studio/"


def test_no_page_keeps_a_password_that_was_sent(client):
    answer = client.post("/studio/password/", {"old_password": PASSWORD, "new_password1": "x"})
    assert answer.status_code == 303
    assert answer["Location"].startswith("/studio/login/")


# Learners


LEARNERS_PAGES = [
    "/",
    "/lessons/redis-as-message-broker/",
    "/lessons/redis-as-message-broker/test/",
    "/live/",
    "/nothing/",
]


@for_each("path", LEARNERS_PAGES)
def test_learners_pages_look_for_no_session_and_set_none(client, ins, path):
    client.get(path)
    with CaptureQueriesContext(connection) as without:
        before = client.get(path)
    client.cookies["instructor"] = logged_in(ins).cookies["instructor"].value
    with CaptureQueriesContext(connection) as asked:
        after = client.get(path)
    tables = " ".join(query["sql"] for query in asked.captured_queries)
    assert not re.search("django_session|auth_user|tutor_loginguesses", tables)
    assert len(asked) == len(without)
    assert "instructor" not in after.cookies
    assert after.headers["Vary"] == before.headers["Vary"]
    assert after.headers["Cache-Control"] == before.headers["Cache-Control"]
    assert "Log out" not in after.content.decode()
