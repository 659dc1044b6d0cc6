"""Predict first: the switch, guesses with and without JavaScript, and that no page reveals the result."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from tests.corners import AwayPort
from tests.markup import Element, elements, find, targets, text_of
from tests.predicting import PAGE, RIGHT, SLUG, shelve
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor.models import Entry, Prediction, Run
from tutor.ports import corners

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)

FIRST = f"/lessons/{SLUG}/predictions/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser that has been here before, with the switch on."""
    client.get("/")
    client.post("/predicting/", {"predict": "1", "next": PAGE})
    return client


def predict(visitor: Client, position: int, guess: str | None, **headers: str):
    fields = {"skip": "1"} if guess is None else {"guess": guess}
    if position == 1 and not Run.objects.exists():
        return visitor.post(FIRST, {"number": 1, **fields}, headers=headers)
    return visitor.post(f"/runs/{Run.objects.get().pk}/predictions/{position}/", fields, headers=headers)


def walk(visitor: Client, *guesses: str | None) -> Run:
    for position, guess in enumerate(guesses, 1):
        assert predict(visitor, position, guess).status_code == 303
    return Run.objects.get()


def page(visitor: Client, query: str = "", **headers: str) -> str:
    return visitor.get(PAGE + query, headers=headers).content.decode()


def one(html: str, tag: str, **attributes: str) -> Element:
    (found,) = find(elements(html), tag, **attributes)
    return found


def has(html: str, tag: str, **attributes: str) -> bool:
    return bool(find(elements(html), tag, **attributes))


# The switch


def test_the_switch_turns_predicting_on_and_off(client):
    assert has(page(client), "form", id="next")
    answer = client.post("/predicting/", {"predict": "1", "next": PAGE})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert client.cookies["predict"]["httponly"]
    client.post(f"{PAGE}runs/", {"number": 1})
    html = page(client)
    assert has(html, "form", id="predict-form")
    assert not has(html, "form", id="next")
    assert one(html, "button", id="predict-switch")["aria-pressed"] == "true"
    client.post("/predicting/", {"predict": "0", "next": PAGE})
    assert has(page(client), "form", id="next")


def test_now_and_then_is_a_setting_of_its_own(client):
    client.post("/predicting/", {"predict": "3", "next": PAGE})
    assert client.cookies["predict"].value == "3"
    client.post(f"{PAGE}runs/", {"number": 1})
    asked = []
    for position in range(2, 7):
        html = page(client)
        assert one(html, "button", id="predict-often")["aria-pressed"] == "true"
        asked += [position] if has(html, "form", id="predict-form") else []
        client.post(f"/runs/{Run.objects.get().pk}/steps/{position}/")
    assert asked == [2, 4]


@for_each("chosen", ["", "2", "on", "x" * 200])
def test_a_setting_that_there_is_not_is_off(client, chosen: str):
    client.post("/predicting/", {"predict": "1", "next": PAGE})
    client.post("/predicting/", {"predict": chosen, "next": PAGE})
    assert one(page(client), "button", id="predict-switch")["aria-pressed"] == "false"


def test_pressing_a_choice_is_a_guess(visitor):
    walk(visitor, "task1")
    choices = find(elements(page(visitor, "?ask=2")), "button", name="choice")
    assert [choice["value"] for choice in choices] == [
        "['task1', 'task2']",
        "['task1']",
        "['task2', 'task1']",
        "['task2']",
    ]
    run = Run.objects.get()
    answer = visitor.post(f"/runs/{run.pk}/predictions/2/", {"guess": "", "choice": choices[0]["value"]})
    assert answer.status_code == 303
    assert Prediction.objects.get(position=2).guess == "['task1', 'task2']"
    assert "So it would be with RPUSH in place of LPUSH" in text_of(page(visitor))


def test_a_step_with_nothing_to_predict_is_just_run(visitor):
    html = page(visitor)
    assert not has(html, "form", id="predict-form")
    assert has(html, "form", id="next")
    assert "Step 1 leaves nothing to predict: just run it." in text_of(html)


def test_the_switch_leads_nowhere_else(client):
    answer = client.post("/predicting/", {"predict": "1", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_with_the_switch_off_a_step_costs_no_query_more(client, django_assert_num_queries):
    client.get("/")
    client.post(f"{PAGE}runs/", {"number": 1})
    url = f"/runs/{Run.objects.get().pk}/steps/2/"
    # Savepoint, where the run is, the entry, release; and the lock of the run, where rows have locks.
    with django_assert_num_queries(4 + connection.features.has_select_for_update) as seen:
        client.post(url, headers=HTMX)
    assert not any("prediction" in query["sql"] for query in seen.captured_queries)


# A guess


def test_the_first_guess_begins_the_run(visitor):
    answer = predict(visitor, 1, "task1")
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert Prediction.objects.get().is_right
    html = page(visitor)
    assert "You saw it coming" in html
    assert "1 of 1" in text_of(html)


def test_a_guess_is_answered_to_htmx_with_the_step_and_the_difference(visitor):
    walk(visitor, "task1")
    html = predict(visitor, 2, "task1, task2, x", **HTMX).content.decode()
    assert {"#rows", "#predict", "#controls"} <= set(targets(html))
    text = text_of(html)
    assert "Not quite" in text
    assert "You said [ 'task1' right 'task2' at another place 'x' not there ]" in text
    assert "It is [ 'task2' you had it elsewhere 'task1' right ]" in text
    assert has(html, "a", id="ask-next")


def test_what_is_missing_is_said_in_words(visitor):
    walk(visitor, "task1", "task1")
    assert "It is [ 'task2' you did not have it 'task1' right ]" in text_of(page(visitor))


def test_a_skip_goes_on_to_the_next_question(visitor):
    walk(visitor, None)
    html = page(visitor)
    assert has(html, "form", id="predict-form")
    assert "No predictions yet, 1 skipped" in text_of(html)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_double_click_answers_twice_the_same_and_stores_once(visitor, headers: dict[str, str]):
    walk(visitor, "task1")
    one_, two = (predict(visitor, 2, "task1 task2", **headers) for _ in range(2))
    assert one_.status_code == two.status_code

    def tokenless(answer):
        return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)

    assert tokenless(one_) == tokenless(two)
    assert Prediction.objects.count() == Entry.objects.count() == 2


def test_a_guess_sent_again_with_another_answer_changes_nothing(visitor):
    walk(visitor, "task1", "task1 task2")
    predict(visitor, 2, "task2 task1")
    assert Prediction.objects.get(position=2).guess == "task1 task2"


@for_each("guess", ["", "   ", "'a' b 'c'"])
@for_each("headers", [HTMX, {}])
def test_what_is_no_answer_takes_no_step(visitor, guess: str, headers: dict[str, str]):
    answer = predict(visitor, 1, guess, **headers)
    assert answer.status_code == 422
    assert "Type your prediction first." in answer.content.decode()
    assert not Entry.objects.exists()


def test_a_very_long_guess_and_a_nul_are_no_trouble(visitor):
    assert predict(visitor, 1, "x" * 5000 + "\0").status_code == 303
    assert len(Prediction.objects.get().guess) == 1000


def test_a_step_out_of_order_is_refused_in_words(visitor):
    walk(visitor, "task1")
    answer = predict(visitor, 4, "x", **HTMX)
    assert answer.status_code == 409
    assert "not at your latest step" in answer.content.decode()


def test_markup_in_a_guess_stays_text(visitor):
    walk(visitor, "<b>x</b>")
    assert "<b>x</b>" not in page(visitor)


@for_each("number", [None, "", "x", "-1"])
def test_a_run_of_no_number_is_not_begun(visitor, number: str | None):
    fields = {"guess": "task1"} if number is None else {"guess": "task1", "number": number}
    assert visitor.post(FIRST, fields).status_code == 404
    assert not Run.objects.exists()


# While the broker is away


@pytest.fixture
def away(monkeypatch) -> None:
    monkeypatch.setattr(corners, "of_run", AwayPort)


def test_away_nothing_is_recorded_and_only_the_notice_is_swapped(visitor, away):
    answer = predict(visitor, 1, "task1", **HTMX)
    assert answer.status_code == 503
    assert targets(answer.content.decode()) == ["#notice"]
    assert not Prediction.objects.exists()


def test_away_without_javascript_the_guess_is_kept_for_the_next_try(visitor, away):
    answer = predict(visitor, 1, "task1, x")
    assert answer.status_code == 503
    form = find(elements(answer.content.decode()), "form", action=FIRST)[0]
    kept = {each["name"]: each["value"] for each in form.descendants if each.tag == "input"}
    assert (kept["guess"], kept["number"]) == ("task1, x", "1")


# The next question


def test_the_next_question_takes_the_place_of_the_result(visitor):
    run = walk(visitor, "task1")
    answer = visitor.get(f"/runs/{run.pk}/predictions/2/question/", headers=HTMX)
    html = answer.content.decode()
    assert targets(html) == ["#predict", "#controls"]
    assert has(html, "form", id="predict-form")


def test_the_next_question_without_javascript_is_a_page(visitor):
    run = walk(visitor, "task1")
    link = one(page(visitor), "a", id="ask-next")
    assert link["href"] == f"{PAGE}?ask=2#guess"
    assert has(page(visitor, "?ask=2"), "form", id="predict-form")
    assert visitor.get(f"/runs/{run.pk}/predictions/2/question/")["Location"] == f"{PAGE}?ask=2"


@pytest.mark.parametrize("position", [1, 3, 99])
def test_a_question_about_another_step_gets_a_notice_to_reload(visitor, position: int):
    run = walk(visitor, "task1")
    assert visitor.get(f"/runs/{run.pk}/predictions/{position}/question/", headers=HTMX).status_code == 409


def test_after_the_last_step_there_is_no_question(visitor):
    run = walk(visitor, *RIGHT)
    assert visitor.get(f"/runs/{run.pk}/predictions/7/question/", headers=HTMX).status_code == 409
    assert "6 of 6" in text_of(page(visitor))


# No page reveals the result


SECRETS = [
    ("task1", "['task1']", "(integer) 1"),
    ("task2 task1", "['task2', 'task1']", "(integer) 2"),
    ("task2", "['task2']", '"task1"', "Pop 'task1'"),
    ("Processed 'task1'", "Processed 'task1'"),
    ("[]", '"task2"'),
    ("(nil)", "got nothing"),
]
"""The result of each step on the page: its state, reply, output or sentence."""


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_no_page_holds_what_is_asked_before_the_guess(visitor, headers: dict[str, str]):
    predict(visitor, 1, SECRETS[0][0])
    for position, (guess, *secrets) in enumerate(SECRETS[1:], 2):
        if headers and position > 1:
            html = visitor.get(f"/runs/{Run.objects.get().pk}/predictions/{position}/question/", headers=HTMX)
            html = html.content.decode()
        else:
            html = page(visitor, f"?ask={position}")
        assert has(html, "form", id="predict-form")
        rows = re.sub(r'<(tr|td)[^>]*(id="row-|data-step=)[\s\S]*?</\1>', "", html)
        # The choices have the result among wrong ones, and in no order that tells it.
        rows = re.sub(r'<div class="predict-offered"[\s\S]*?</div>', "", rows)
        for secret in secrets:
            assert secret not in unescape(rows), (position, secret)
            assert secret not in text_of(rows), (position, secret)
        predict(visitor, position, guess)
        assert any(secret in text_of(page(visitor)) for secret in secrets), position


# Reasons


def reason_url(run: Run, position: int) -> str:
    return f"/runs/{run.pk}/predictions/{position}/reason/"


def test_a_wrong_guess_asks_for_the_reason_and_keeps_it(visitor):
    run = walk(visitor, "x")
    assert "What threw you off?" in page(visitor)
    answer = visitor.post(reason_url(run, 1), {"reason": "ends"}, headers=HTMX)
    html = answer.content.decode()
    assert one(html, "button", id="reason-ends")["aria-pressed"] == "true"
    assert one(html, "hx-partial", hx_target="#prediction")
    assert Prediction.objects.get().reason == "ends"


def test_a_right_guess_and_a_skip_ask_for_no_reason(visitor):
    walk(visitor, "task1")
    assert "What threw you off?" not in page(visitor)


def test_a_reason_without_javascript_leads_back_to_the_step(visitor):
    run = walk(visitor, "x")
    answers = [visitor.post(reason_url(run, 1), {"reason": "ends"}) for _ in range(2)]
    assert [(each.status_code, each["Location"]) for each in answers] == [(303, f"{PAGE}?at=1")] * 2
    assert one(page(visitor, "?at=1"), "button", id="reason-ends")["aria-pressed"] == "true"


@for_each(("position", "reason"), [(1, "sabotage"), (1, ""), (2, "ends"), (9, "ends")])
def test_a_reason_for_nothing_is_not_found(visitor, position: int, reason: str):
    run = walk(visitor, "x", "task2 task1")
    assert visitor.post(reason_url(run, position), {"reason": reason}).status_code == 404


# Looking back


def test_looking_back_shows_the_guess_made_there(visitor):
    walk(visitor, "task1", "task1, x", None, None)
    text = text_of(page(visitor, "?at=2", **HTMX))
    assert "Not quite Step 2: LPUSH queue task2" in text
    assert "You skipped this one" in page(visitor, "?at=3")
    assert "there is nothing to predict here" in page(visitor, "?at=0")


def test_looking_back_with_the_switch_off_says_it_in_a_sentence(visitor):
    walk(visitor, "task1", "task1, x", None)
    visitor.post("/predicting/", {"predict": "0"})
    html = page(visitor, "?at=2")
    assert "Not quite: you predicted ['task1', 'x']." in one(html, "p", id="say").text
    assert not find(elements(html), "section", class_="predict")


def test_a_step_taken_without_a_guess_says_so(visitor):
    run = walk(visitor, "task1")
    visitor.post(f"/runs/{run.pk}/steps/2/")
    visitor.post(f"/runs/{run.pk}/steps/3/")
    assert "You made no prediction for step 2." in page(visitor, "?at=2")
    assert has(page(visitor), "form", id="predict-form")


# Who may


def addresses() -> list[str]:
    pk = Run.objects.get().pk
    return [f"/runs/{pk}/predictions/2/", reason_url(Run.objects.get(), 1), FIRST, "/predicting/"]


def test_get_is_refused_where_something_is_stored(visitor):
    walk(visitor, "x")
    assert [visitor.get(url).status_code for url in addresses()] == [405] * 4


def test_a_stranger_finds_nothing(visitor):
    run = walk(visitor, "x")
    stranger = Client()
    stranger.get("/")
    assert stranger.post(f"/runs/{run.pk}/predictions/2/", {"guess": "a"}).status_code == 404
    assert stranger.post(reason_url(run, 1), {"reason": "ends"}).status_code == 404
    assert stranger.get(f"/runs/{run.pk}/predictions/2/question/", headers=HTMX).status_code == 404
    assert stranger.post("/lessons/nowhere/predictions/", {"number": 1, "guess": "a"}).status_code == 404
    assert Prediction.objects.count() == 1


def test_a_form_from_elsewhere_is_refused(visitor):
    walk(visitor, "x")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    assert [strict.post(url, {"guess": "a", "reason": "ends"}).status_code for url in addresses()] == [403] * 4
    assert Prediction.objects.count() == 1
