"""Beginning a run, taking its steps, starting over: each form with and without htmx, by strangers, twice, forged."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.signing import get_cookie_signer
from django.http import HttpResponse
from django.test import Client

from tests.markup import elements, find
from tests.shelves import shelf_of
from tests.tables import for_each
from tests.views.stepping import HTMX, LENGTH, PAGE, SLUG, START, begin, begun, newest, shelve, take, visitor
from tests.visitor import rows_of
from tutor.models import Entry, LessonText, Run

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


@pytest.fixture
def client() -> Client:
    return visitor()


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


# The first press


def test_the_first_press_begins_a_run_and_shows_its_first_step(client):
    answer = begin(client)
    assert answer.status_code == 200
    changes = "queue [] → ['task1']"
    row = ("1", "Push", f"LPUSH queue task1(integer) 1{changes}", "['task1']", "None")
    assert rows_of(text(answer)) == [row]
    assert (Run.objects.count(), Entry.objects.count()) == (1, 1)


def test_the_first_press_of_a_plain_form_leads_back_to_the_lesson(client):
    answer = client.post(START, {"number": "1"})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert len(rows_of(text(client.get(PAGE)))) == 1


def test_a_first_press_that_comes_twice_begins_one_run(client):
    first, second = begin(client), begin(client)
    assert without_token(second) == without_token(first)
    assert (Run.objects.count(), Entry.objects.count(), LessonText.objects.count()) == (1, 1, 1)


def test_each_learner_begins_a_run_of_their_own(client):
    begin(client)
    begin(visitor())
    assert Run.objects.values("learner").distinct().count() == 2
    assert LessonText.objects.count() == 1


def test_a_lesson_that_is_not_there_begins_nothing(client):
    assert client.post("/lessons/nothing/runs/", {"number": "1"}).status_code == 404
    assert not Run.objects.exists()


@for_each(("number", "status"), [("0", 409), ("2", 409), ("-1", 404), ("one", 404), ("", 404)])
def test_a_number_that_is_not_the_next_begins_nothing(client, number, status):
    assert client.post(START, {"number": number}, headers=HTMX).status_code == status
    assert not Run.objects.exists()


def test_there_is_no_run_before_the_first(client):
    begun(client, 2)
    assert client.post(START, {"number": "0"}, headers=HTMX).status_code == 409


def test_an_answer_holds_nothing_of_another_learners_run(client):
    """Even though both took the same step, and its drawing is shared."""
    first, answer = begun(client), begin(visitor())
    assert newest() != first
    assert str(first.pk) not in text(answer)
    assert str(newest().pk) in text(answer)


# A step


def test_a_step_is_answered_with_its_row_and_moves_the_next_button(client):
    run = begun(client)
    answer = take(client, run, 2)
    changes = "queue ['task1'] → []task None → 'task1'"
    assert rows_of(text(answer)) == [("2", "Pop", f'RPOP queue"task1"{changes}', "[]", "'task1'")]
    # In the middle of a lesson tutor.js moves the button to step 3, as tests/browser/test_same_page.py proves.
    (say,) = find(elements(text(answer)), "p", id="say")
    assert say["data-at"] == "2"
    (form,) = find(elements(text(client.get(f"/lessons/{SLUG}/"))), "form", id="next")
    assert form["action"] == f"/runs/{run.pk}/steps/3/"


def test_the_last_step_is_answered_without_a_button(client):
    answer = take(client, begun(client, 2), 3)
    assert not find(elements(text(answer)), "form", id="next")
    assert find(elements(text(answer)), "a", id="done")


def test_a_step_of_a_plain_form_leads_back_to_the_lesson(client):
    answer = client.post(f"/runs/{begun(client).pk}/steps/2/")
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert Entry.objects.count() == 2


def test_a_double_click_takes_one_step_and_gets_the_same_answer_twice(client):
    run = begun(client)
    first, second = take(client, run, 2), take(client, run, 2)
    assert without_token(second) == without_token(first)
    assert Entry.objects.count() == 2


def test_a_step_taken_long_ago_is_answered_as_it_was_then(client):
    run = begun(client)
    then = take(client, run, 2)
    take(client, run, 3)
    assert without_token(take(client, run, 2)) == without_token(then)


@for_each("position", [0, 3, 4, 99, 10**9])
def test_a_step_that_is_not_the_next_is_not_taken(client, position):
    run = begun(client)
    assert take(client, run, position).status_code == 409
    assert Entry.objects.count() == 1


def test_there_is_no_step_after_the_last(client):
    assert take(client, begun(client, LENGTH), LENGTH + 1).status_code == 409


def test_without_htmx_a_refused_step_is_reported_on_a_page(client):
    answer = client.post(f"/runs/{begun(client).pk}/steps/9/", headers={"Referer": f"http://testserver{PAGE}?at=1"})
    assert answer.status_code == 409
    assert "Reload the page to go on from there." in text(answer)
    assert any(link["href"].endswith(f"{PAGE}?at=1") for link in find(elements(text(answer)), "a"))


def without_token(answer: HttpResponse) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text(answer))


# Starting over


def test_starting_over_begins_another_run_and_keeps_the_old_one(client):
    old = begun(client, 2)
    answer = client.post(f"/runs/{old.pk}/restart/")
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert (newest().number, newest().entries.count(), old.entries.count()) == (2, 0, 2)
    assert rows_of(text(client.get(PAGE))) == []


def test_starting_over_twice_begins_one_run(client):
    old = begun(client)
    for _ in range(2):
        assert client.post(f"/runs/{old.pk}/restart/").status_code == 303
    assert Run.objects.count() == 2


def test_starting_over_at_the_start_begins_nothing(client):
    client.post(f"/runs/{begun(client).pk}/restart/")
    for _ in range(3):
        assert client.post(f"/runs/{newest().pk}/restart/").status_code == 303
    assert Run.objects.count() == 2


def test_a_run_started_over_is_walked_from_the_first_step(client):
    client.post(f"/runs/{begun(client, LENGTH).pk}/restart/")
    for position in range(1, LENGTH + 1):
        assert take(client, newest(), position).status_code == 200
    assert len(rows_of(text(client.get(PAGE)))) == LENGTH


# Rows


def test_rows_before_and_after_are_fetched(client):
    run = begun(client, 3)
    before = client.get(f"/runs/{run.pk}/rows/?before=3", headers=HTMX)
    after = client.get(f"/runs/{run.pk}/rows/?after=1", headers=HTMX)
    assert [row[0] for row in rows_of(text(before))] == ["1", "2"]
    assert [row[0] for row in rows_of(text(after))] == ["2", "3"]


@for_each(("asked", "at"), [("before=3", 2), ("before=1", 0), ("before=0", 0), ("after=1", 2), ("after=9", 3)])
def test_rows_asked_for_without_htmx_are_a_page(client, asked, at):
    answer = client.get(f"/runs/{begun(client, 3).pk}/rows/?{asked}")
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?at={at}")


@for_each("asked", ["", "before=", "before=-1", "before=x", "after=1e3", "after=99999999", "before=%00"])
def test_rows_at_no_number_are_not_found(client, asked):
    assert client.get(f"/runs/{begun(client).pk}/rows/?{asked}", headers=HTMX).status_code == 404


@for_each("asked", ["before=0", "before=1", "after=999", "before=999999"])
def test_rows_that_are_not_there_are_no_fault(client, asked):
    assert client.get(f"/runs/{begun(client).pk}/rows/?{asked}", headers=HTMX).status_code == 200


# Every address with an id


FORMS: dict[str, Callable[[object], str]] = {
    "step": lambda run: f"/runs/{run}/steps/2/",
    "recorded step": lambda run: f"/runs/{run}/steps/1/",
    "restart": lambda run: f"/runs/{run}/restart/",
}
PAGES: dict[str, Callable[[object], str]] = {"rows": lambda run: f"/runs/{run}/rows/?before=2"}
STRANGERS = {"another learner": visitor, "nobody": Client}


@for_each("stranger", STRANGERS)
@for_each("address", [*FORMS, *PAGES])
@for_each("headers", [{}, HTMX])
def test_to_a_stranger_a_run_looks_like_a_missing_one(client, address, stranger, headers):
    run, url = begun(client), {**FORMS, **PAGES}[address]
    # Each request comes from another stranger: the first answer gives a browser without cookies some.
    existing, missing = (
        getattr(STRANGERS[stranger](), "post" if address in FORMS else "get")(url(each), headers=headers)
        for each in (run.pk, uuid4())
    )
    assert (existing.status_code, missing.status_code) == (404, 404)
    assert existing.content == missing.content
    assert "private" in existing["Cache-Control"]
    assert {*existing.headers} == {*missing.headers}
    assert (Run.objects.count(), Entry.objects.count()) == (1, 1)


@for_each("method", ["get", "head", "put", "patch", "delete", "options"])
@for_each("address", FORMS)
def test_nothing_is_changed_but_by_a_post(client, address, method):
    run = begun(client)
    answer = getattr(client, method)(FORMS[address](run.pk))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert (Run.objects.count(), Entry.objects.count()) == (1, 1)


def test_a_run_is_begun_by_nothing_but_a_post(client):
    assert client.get(START, {"number": "1"}).status_code == 405
    assert not Run.objects.exists()


def test_opening_the_address_of_a_form_as_a_page_gives_a_sentence(client):
    answer = client.get(f"/runs/{begun(client).pk}/steps/2/")
    assert re.search(r"[Nn]othing was run", text(answer))


# Forged forms


@pytest.fixture
def wary() -> Client:
    """A browser that is held to the rules that Django's test client is spared."""
    client = Client(enforce_csrf_checks=True)
    client.get(PAGE)
    return client


def tokens(client: Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}


def test_a_form_with_its_token_is_taken(wary):
    assert wary.post(START, {"number": "1", **tokens(wary)}, headers=HTMX).status_code == 200


def test_the_token_that_comes_with_an_answer_is_good_for_the_next_form(wary):
    answer = wary.post(START, {"number": "1", **tokens(wary)}, headers=HTMX)
    (form,) = find(elements(text(answer)), "form", id="next")
    fields = {field["name"]: field["value"] for field in form.descendants if field["name"]}
    assert wary.post(form["action"], fields, headers=HTMX).status_code == 200


Send = Callable[[Client, str], HttpResponse]

FORGERIES: dict[str, Send] = {
    "no token": lambda client, url: client.post(url, {"number": "1"}),
    "a wrong token": lambda client, url: client.post(url, {"number": "1", "csrfmiddlewaretoken": "x" * 32}),
    "no cookie": lambda client, url: Client(enforce_csrf_checks=True).post(url, good(client)),
    "a foreign origin": lambda client, url: client.post(url, good(client), headers={"Origin": "https://evil.example"}),
    "an origin that is hidden": lambda client, url: client.post(url, good(client), headers={"Origin": "null"}),
    "htmx without a token": lambda client, url: client.post(url, {"number": "1"}, headers=HTMX),
    "JSON": lambda client, url: client.post(url, {"number": 1}, content_type="application/json"),
}
"""Ways in which another site could have this browser send a form."""


def good(client: Client) -> dict[str, str]:
    return {"number": "1", **tokens(client)}


@for_each("forgery", FORGERIES)
@for_each("address", ["start", "step", "restart"])
def test_a_forged_form_changes_nothing(wary, forgery, address):
    wary.post(START, {"number": "1", **tokens(wary)})
    url = START if address == "start" else f"/runs/{newest().pk}/{'steps/2' if address == 'step' else 'restart'}/"
    answer = FORGERIES[forgery](wary, url)
    assert answer.status_code == 403
    assert re.search(r"[Nn]othing was run", text(answer))
    assert (Run.objects.count(), Entry.objects.count()) == (1, 1)


def test_what_a_client_says_of_whose_run_it_is_does_not_count(client):
    run, mallory = begun(client, 2), visitor()
    claims = {"learner": str(run.learner), "learner_id": str(run.learner), "run": str(run.pk), "run_id": str(run.pk)}
    headers = {"X-Learner": str(run.learner), "X-Run-Id": str(run.pk), "X-User": str(run.learner), **HTMX}
    answer = mallory.post(
        START + "?" + "&".join(f"{k}={v}" for k, v in claims.items()), {"number": "1", **claims}, headers=headers
    )
    assert answer.status_code == 200
    assert newest().learner != run.learner
    assert run.entries.count() == 2
    assert mallory.post(f"/runs/{run.pk}/steps/3/", claims, headers=headers).status_code == 404


def test_a_cookie_that_is_forged_or_anothers_signature_is_a_new_learner(client):
    run = begun(client)
    cookie = client.cookies["learner"].value
    forged = [
        str(run.learner),
        f"{run.learner}:{cookie.split(':', 1)[1][::-1]}",
        cookie[:-1],
        "x" * 5000,
        "",
        ":",
        cookie.upper(),
    ]
    for value in forged:
        other = Client()
        other.cookies["learner"] = value
        assert other.post(f"/runs/{run.pk}/steps/2/").status_code == 404
    assert run.entries.count() == 1


def test_a_cookie_signed_for_something_else_is_a_new_learner(client):
    run = begun(client)
    for salt in ("", "tutor.learner", "learner", "theme" + "tutor.learner"):
        other = Client()
        other.cookies["learner"] = get_cookie_signer(salt=salt).sign(str(run.learner))
        assert other.get(f"/runs/{run.pk}/rows/?before=2").status_code == 404


def test_a_lesson_of_that_name_is_needed(client, shelf):
    (shelf / f"{SLUG}.yaml").unlink()
    assert begin(client).status_code == 404
    assert not LessonText.objects.exists()
