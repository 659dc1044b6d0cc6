"""Logging in to the Studio and out of it, and the pages for strangers, learners and former instructors."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.instructors import PASSWORD, alert_of, instructor, log_in, logged_in, the
from tests.markup import elements, find
from tests.servers import broker_at, free_port
from tests.site.test_headers import assert_guarded
from tests.tables import for_each
from tests.views.stepping import HTMX
from tests.views.test_pages import ELSEWHERE
from tutor.accounts import instructors as accounts
from tutor.accounts import logins
from tutor.models import LoginGuesses

pytestmark = pytest.mark.django_db

FETCH = {"Sec-Fetch-Mode": "cors", "Accept": "*/*"}
LOGIN = "/studio/login/?next=%2Fstudio%2F"


@pytest.fixture
def ins() -> User:
    return instructor()


def is_inside(client: Client) -> bool:
    return client.get("/studio/").status_code == 200


# Logging in


def test_an_instructor_logs_in_and_is_in_the_studio(client, ins):
    answer = log_in(client)
    assert (answer.status_code, answer["Location"]) == (303, "/studio/")
    page = client.get("/studio/")
    assert page.status_code == 200
    assert "Logged in as ins" in " ".join(element.text for element in elements(page.content.decode()))


def test_the_login_leads_back_to_where_one_wanted_to_go(client, ins):
    asked = client.get("/studio/password/?x=1&y=2")
    assert (asked.status_code, asked["Location"]) == (
        303,
        "/studio/login/?next=%2Fstudio%2Fpassword%2F%3Fx%3D1%26y%3D2",
    )
    form = client.get(asked["Location"])
    login = the(form, "form", class_="account-form")
    (target,) = (element["value"] for element in login.descendants if element["name"] == "next")
    assert log_in(client, next=target)["Location"] == "/studio/password/?x=1&y=2"


@for_each("url", ELSEWHERE)
def test_the_login_leads_to_no_other_site(client, ins, url):
    for answer in (log_in(client, next=url), client.get("/studio/login/", {"next": url})):
        assert (answer.status_code, answer["Location"]) == (303, "/studio/")


@for_each("detour", ["/studio/login/", "/studio/login/?next=/studio/login/", "/studio/logout/", "/"])
def test_the_login_leads_to_no_page_that_would_be_none(client, ins, detour):
    assert log_in(client, next=detour)["Location"] == "/studio/"


def test_the_login_page_redirects_a_logged_in_instructor(ins):
    answer = logged_in(ins).get("/studio/login/", {"next": "/studio/password/"})
    assert (answer.status_code, answer["Location"]) == (303, "/studio/password/")


def test_the_form_can_be_filled_in_by_a_password_manager_and_by_ear(client):
    answer = client.get("/studio/login/")
    name, password = the(answer, "input", id="username"), the(answer, "input", id="password")
    assert (name["autocomplete"], password["autocomplete"]) == ("username", "current-password")
    assert (password["type"], password["value"]) == ("password", "")
    assert "autofocus" in name.attributes
    for field in (name, password):
        assert the(answer, "label", for_=field["id"]).text


@for_each(
    ("name", "password"),
    [("ins", "wrong"), ("nobody", PASSWORD), ("INS", PASSWORD), ("x" * 5000, PASSWORD), ("ins", PASSWORD.upper())],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_message(client, ins, name, password):
    answer = log_in(client, name, password)
    assert answer.status_code == 422
    assert alert_of(answer) == (
        "You are not logged in.No account has this name and this password. Capital letters matter in both."
    )
    assert password not in answer.content.decode()
    field = the(answer, "input", id="password")
    assert "autofocus" in field.attributes
    assert the(answer, "title").text.startswith("Error: ")
    assert find(elements(answer.content.decode()), "div", id=field["aria-describedby"])
    assert not is_inside(client)


@for_each(
    "fields",
    [{}, {"username": "ins"}, {"password": PASSWORD}, {"username": "", "password": ""},
     {"username": "a\0b", "password": "x"}, {"username": "ins", "password": "a\0b"}],
)  # fmt: skip
def test_a_form_that_is_not_filled_in_is_refused(client, ins, fields):
    answer = client.post("/studio/login/", fields)
    assert answer.status_code == 422
    assert not LoginGuesses.objects.exists()


def test_a_name_is_shown_again_as_text(client):
    answer = log_in(client, '"><script>alert(1)</script>', "x")
    assert the(answer, "input", id="username")["value"] == '"><script>alert(1)</script>'
    assert not [element for element in elements(answer.content.decode()) if element.texts and element.tag == "script"]


def test_an_account_that_was_switched_off_can_not_log_in(client, ins):
    User.objects.update(is_active=False)
    assert log_in(client).status_code == 422
    assert not is_inside(client)


def test_only_the_right_password_reveals_that_an_account_may_not_write_lessons(client):
    User.objects.create_user("ali", password=PASSWORD)
    assert "may not write lessons" in alert_of(log_in(client, "ali"))
    assert "may not write lessons" not in alert_of(log_in(client, "ali", "wrong"))
    assert "instructor" not in client.cookies


def test_roles_in_the_form_are_ignored(client):
    User.objects.create_user("ali", password=PASSWORD)
    roles = {
        "is_staff": "1",
        "is_superuser": "1",
        "is_active": "1",
        "permissions": "tutor.write_lessons",
        "groups": "1",
    }
    assert log_in(client, "ali", **roles).status_code == 422
    ali = User.objects.get(username="ali")
    assert (ali.is_staff, ali.is_superuser, ali.get_all_permissions()) == (False, False, set())


def test_the_login_works_while_redis_is_away(client, ins):
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert client.get("/studio/login/").status_code == 200
        assert log_in(client).status_code == 303
        assert is_inside(client)


def test_a_database_that_is_busy_puts_no_password_on_a_page(client, ins, monkeypatch):
    def busy(_: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(logins, "claim_guess", busy)
    answer = log_in(client)
    assert answer.status_code == 503
    assert PASSWORD not in answer.content.decode()


# Sessions


def test_a_login_has_a_new_session_and_a_planted_one_is_dead(client, ins):
    client.session.save()  # a session set by another user
    planted = client.cookies["instructor"].value
    log_in(client)
    assert client.cookies["instructor"].value != planted
    thief = Client()
    thief.cookies["instructor"] = planted
    assert not is_inside(thief)
    assert not Session.objects.filter(session_key=planted).exists()


def test_after_the_logout_the_old_session_is_dead(client, ins):
    log_in(client)
    kept = client.cookies["instructor"].value
    answer = client.post("/studio/logout/")
    assert (answer.status_code, answer["Location"]) == (303, "/studio/login/")
    client.cookies["instructor"] = kept
    assert not is_inside(client)
    assert not Session.objects.exists()


def test_logging_out_without_a_login_is_no_error(client):
    for _ in range(2):
        assert client.post("/studio/logout/").status_code == 303


@for_each("forged", ["", "x", "0" * 32, "' OR 1=1 --", "\\x00", "a" * 5000, "../../etc/passwd"])
def test_a_forged_session_gives_no_access(client, ins, forged):
    client.cookies["instructor"] = forged
    answer = client.get("/studio/")
    assert (answer.status_code, answer["Location"]) == (303, LOGIN)


def test_a_session_signed_with_another_key_gives_no_access(client, ins, settings):
    log_in(client)
    assert is_inside(client)
    settings.SECRET_KEY = "another key, as after a leak of the first"
    assert not is_inside(client)


def test_a_session_ends_two_weeks_after_its_last_day(client, ins):
    log_in(client)
    assert client.cookies["instructor"]["max-age"] == 14 * 24 * 60 * 60
    client.get("/studio/")
    stored = Session.objects.get()
    assert timedelta(days=13) < stored.expire_date - timezone.now() <= timedelta(days=14)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_inside(client)


def test_a_session_is_stored_once_a_day_and_lasts_longer_then(client, ins):
    log_in(client)
    client.get("/studio/")
    assert "instructor" not in client.get("/studio/").cookies
    session = client.session
    session["used_on"] = "2020-01-01"
    session.save()
    assert "instructor" in client.get("/studio/").cookies


def test_pages_work_while_the_session_cannot_be_prolonged(client, ins):
    log_in(client)
    is_sqlite = connection.vendor == "sqlite"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if is_sqlite else "SET TRANSACTION READ ONLY")
        try:
            answer = client.get("/studio/")
        finally:
            if is_sqlite:
                cursor.execute("PRAGMA query_only = OFF")
            transaction.set_rollback(True)  # which is how PostgreSQL can write again
    assert (answer.status_code, "instructor" in answer.cookies) == (200, False)
    assert "instructor" in client.get("/studio/").cookies


def test_sessions_that_are_over_are_not_kept(client, ins):
    other = logged_in(ins)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    log_in(client)
    assert Session.objects.count() == 1
    assert not is_inside(other)


def test_a_right_that_was_taken_away_ends_with_the_next_request(ins):
    client = logged_in(ins)
    assert is_inside(client)
    accounts.take_right(ins)
    assert client.get("/studio/").status_code == 404


def test_an_account_that_is_switched_off_is_out_with_the_next_request(ins):
    client = logged_in(ins)
    User.objects.update(is_active=False)
    assert client.get("/studio/")["Location"] == LOGIN


def test_an_account_that_is_gone_is_out_with_the_next_request(ins):
    client = logged_in(ins)
    ins.delete()
    assert client.get("/studio/")["Location"] == LOGIN


def test_the_learner_in_a_browser_stays_the_same_before_and_after(client, ins):
    client.get("/")
    before = client.cookies["learner"].value.split(":")[0]
    log_in(client)
    client.get("/studio/")
    client.post("/studio/logout/")
    client.get("/")
    assert client.cookies["learner"].value.split(":")[0] == before


# Guessing


def test_after_too_many_guesses_the_page_shows_how_long_to_wait(client, ins):
    for _ in range(logins.MOST_OF_NAME):
        assert log_in(client, password="wrong").status_code == 422
    refused = log_in(client)
    assert refused.status_code == 429
    assert 890 <= int(refused["Retry-After"]) <= 900
    assert "Wait 15 minutes" in alert_of(refused)
    assert not is_inside(client)
    LoginGuesses.objects.update(ends_at=timezone.now() + timedelta(seconds=40))
    assert "Wait a minute" in alert_of(log_in(client))
    LoginGuesses.objects.update(ends_at=timezone.now())
    assert log_in(client).status_code == 303


def test_a_name_that_does_not_exist_is_held_back_alike(client, ins):
    for _ in range(logins.MOST_OF_NAME):
        log_in(client, "nobody", "wrong")
    assert log_in(client, "nobody", "wrong").status_code == 429


def test_other_ways_to_write_a_name_are_no_way_round(client, ins):
    spellings = ["ins", " ins ", "\uff49ns", "i\uff4es", "in\uff53", "\uff49\uff4es"]  # in full width, the same name
    answers = [log_in(client, name, "wrong").status_code for name in spellings]
    assert answers == [422] * 5 + [429]


def test_a_learner_in_the_same_room_can_not_keep_an_instructor_out(client, ins):
    log_in(client)
    client.post("/studio/logout/")
    for _ in range(logins.MOST_OF_NAME + 1):
        held_back = log_in(Client(), password="wrong")
    assert held_back.status_code == 429
    assert log_in(client).status_code == 303


def test_a_browser_is_known_to_the_account_that_logged_in_with_it_only(client, ins):
    instructor("other")
    log_in(client)
    client.post("/studio/logout/")
    thief = Client()
    for _ in range(logins.MOST_OF_NAME):
        log_in(thief, "other", "wrong")
    thief.cookies["known_browser"] = client.cookies["known_browser"].value
    assert log_in(thief, "other").status_code == 429
    thief.cookies["known_browser"] = "made-up:1x:y"
    assert log_in(thief, "other").status_code == 429


def test_guessing_on_the_page_for_the_password_is_slowed_down_too(ins):
    client = logged_in(ins)
    fields = {"old_password": "wrong", "new_password1": "x" * 20, "new_password2": "x" * 20}
    answers = [client.post("/studio/password/", fields) for _ in range(logins.MOST_OF_NAME + 1)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "Retry-After" in answers[-1]
    assert "Too many wrong passwords" in alert_of(answers[-1])


def send_from(client: Client, forwarded: str) -> int:
    return client.post(
        "/studio/login/", {"username": "ins", "password": "wrong"}, headers={"X-Forwarded-For": forwarded}
    ).status_code


def test_without_a_proxy_an_address_that_is_claimed_counts_for_nothing(client, ins):
    assert [send_from(client, f"198.51.100.{n}") for n in range(6)] == [422] * 5 + [429]


def test_behind_a_proxy_its_own_word_counts_and_not_what_visitors_claim(client, ins, settings):
    settings.BEHIND_TLS = True
    assert [send_from(client, f"198.51.100.{n}, 203.0.113.9") for n in range(6)] == [422] * 5 + [429]
    assert send_from(client, "203.0.113.9, 198.51.100.1") == 422


# One's own password


def change(client: Client, old: str = PASSWORD, new: str = "a lamp behind the clock", again: str = "") -> HttpResponse:
    return client.post("/studio/password/", {"old_password": old, "new_password1": new, "new_password2": again or new})


def test_a_new_password_ends_all_sessions_but_this(ins):
    here, there = logged_in(ins), logged_in(ins)
    answer = change(here)
    assert (answer.status_code, answer["Location"]) == (303, "/studio/password/?changed")
    assert "Your password is changed" in here.get(answer["Location"]).content.decode()
    assert is_inside(here)
    assert not is_inside(there)
    assert log_in(Client(), password=PASSWORD).status_code == 422
    assert log_in(Client(), password="a lamp behind the clock").status_code == 303


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"old": "wrong"}, "old_password"),
        ({"new": "short"}, "new_password2"),
        ({"again": "a lamp behind the door"}, "new_password2"),
    ],
)
def test_a_bad_new_password_changes_nothing(ins, fields, field):
    client = logged_in(ins)
    answer = change(client, **fields)
    assert answer.status_code == 422
    assert the(answer, "p", id=f"{field}-error").text
    assert is_inside(client)
    assert User.objects.get().check_password(PASSWORD)


def test_a_stranger_changes_no_password(client, ins):
    change(client)
    assert User.objects.get().check_password(PASSWORD)


# Everything


def test_every_answer_has_the_headers_and_stays_out_of_caches(client, ins):
    inside = logged_in(ins)
    answers = [
        client.get("/studio/"), client.get("/studio/login/"), log_in(client, password="wrong"), log_in(client),
        Client().post("/studio/password/"), Client().get("/studio/", headers=HTMX),
        Client().get("/studio/", headers=FETCH), inside.get("/studio/"), inside.get("/studio/password/"),
         inside.post("/studio/logout/"),
    ]  # fmt: skip
    for answer in answers:
        assert_guarded(answer.headers)
        assert "Cookie" in answer.headers["Vary"] or answer.status_code == 403
        if answer.status_code == 200:
            assert "private" in answer.headers["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, ins):
    log_in(client)
    assert {"instructor", "known_browser", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", ""), cookie.key


def test_forms_of_other_sites_are_refused(ins):
    wary = Client(enforce_csrf_checks=True)
    wary.get("/studio/login/")
    good = {"username": "ins", "password": PASSWORD, "csrfmiddlewaretoken": wary.cookies["csrftoken"].value}
    assert wary.post("/studio/login/", good, headers={"Origin": "https://evil.example"}).status_code == 403
    assert wary.post("/studio/login/", {**good, "csrfmiddlewaretoken": ""}).status_code == 403
    assert wary.post("/studio/login/", good).status_code == 303
    assert wary.post("/studio/logout/").status_code == 403
    assert wary.post("/studio/password/", {"old_password": PASSWORD}).status_code == 403
    assert is_inside(wary)


def test_nothing_changes_by_a_link(client, ins):
    client.get("/studio/login/", {"username": "ins", "password": PASSWORD})
    assert not is_inside(client)
    log_in(client)
    for method in (client.get, client.head, client.put, client.delete):
        assert method("/studio/logout/").status_code == 405
    client.get("/studio/password/", {"old_password": PASSWORD, "new_password1": "x" * 20, "new_password2": "x" * 20})
    assert User.objects.get().check_password(PASSWORD)
    assert is_inside(client)
