"""Help on the lesson's page: the signs, the keys, the tour, and what a browser without cookies is told."""

from uuid import uuid4

import pytest
from django.test import Client

from tests.markup import Element, elements, find, text_of
from tests.tables import for_each
from tests.test_lessons import SLUGS, lesson
from tutor import library, runs
from tutor.assessment import sittings
from tutor.drawing.legend import legend_of
from tutor.models import Run

pytestmark = pytest.mark.django_db

SLUG = "redis-as-message-broker"
PAGE = f"/lessons/{SLUG}/"
HTMX = {"HX-Request": "true"}


def page(client: Client, url: str = PAGE) -> str:
    return client.get(url).content.decode()


# The legend


def test_the_legend_has_only_what_the_lesson_uses():
    names = {slug: {sign.name for sign in legend_of(lesson(slug)).signs} for slug in SLUGS}
    assert "Tube with two ends" in names[SLUG]
    assert not {"Subscribed", "Arrow", "Number under a token"} & names[SLUG]
    assert {"Subscribed", "Lost", "Crashed", "Lane"} <= names["a-message-nobody-hears"]
    assert "Number under a token" in names["delayed-jobs"]
    assert "In a transaction" in names["watch-and-a-lost-race"]
    assert "Id over a token" in names["streams-and-consumer-groups"]


def test_the_legend_and_the_keys_open_on_the_page(client):
    html = page(client)
    assert len(find(elements(html), "details", id="help")) == 1
    text = text_of(html)
    assert "The same text has the same colour and shape everywhere." in text
    assert "next step, or forward" in text


# The tour


def test_the_tour_is_on_the_first_visit_until_it_is_dismissed(client):
    assert "How this page works" in page(client)
    answer = client.post("/tour/", {"next": PAGE})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert "How this page works" not in page(client)
    assert "How this page works" not in page(client, "/lessons/waiting-with-brpop/")


def test_the_tour_leads_nowhere_else(client):
    assert client.post("/tour/", {"next": "https://elsewhere.example/"})["Location"] == "/"


def test_the_tour_is_ended_by_a_post_alone(client):
    assert client.get("/tour/").status_code == 405
    assert "tour" not in client.cookies


def test_once_a_step_ran_the_tour_is_out_of_the_way(client):
    client.get(PAGE)
    client.post(f"{PAGE}runs/", {"number": 1})
    assert "How this page works" not in page(client)


# Cookies


@for_each("headers", [HTMX, {}])
def test_a_browser_without_cookies_is_told_so(headers: dict[str, str]):
    blocked = Client(enforce_csrf_checks=True)
    answer = blocked.post(f"{PAGE}runs/", {"number": 1, "csrfmiddlewaretoken": "x" * 64}, headers=headers)
    assert answer.status_code == 403
    said = text_of(answer.content.decode())
    assert "Your browser does not keep cookies for this site" in said
    assert "Allow cookies for this site" in said
    assert ("<hx-partial" in answer.content.decode()) == bool(headers)


@for_each("headers", [HTMX, {}])
def test_a_page_that_is_too_old_is_another_matter(headers: dict[str, str]):
    wary = Client(enforce_csrf_checks=True)
    wary.get(PAGE)
    answer = wary.post(f"{PAGE}runs/", {"number": 1, "csrfmiddlewaretoken": "x" * 64}, headers=headers)
    assert answer.status_code == 403
    assert "This page was open for too long" in text_of(answer.content.decode())


def test_a_lost_cookie_is_named(client):
    client.get(PAGE)
    client.post(f"{PAGE}runs/", {"number": 1})
    run = Run.objects.get()
    del client.cookies["learner"]
    answer = client.post(f"/runs/{run.pk}/steps/2/", headers=HTMX)
    assert answer.status_code == 404
    assert "no longer has the cookie of this site" in text_of(answer.content.decode())
    client.get(PAGE)
    stranger = client.post(f"/runs/{run.pk}/steps/2/", headers=HTMX)
    assert "cookie" not in text_of(stranger.content.decode())


FORMS = [
    *(f"runs/{{run}}/{form}/" for form in ("steps/1", "steps/2", "steps/99", "restart")),
    *(f"runs/{{run}}/predictions/{form}/" for form in ("2", "1/reason", "99/reason")),
    *(f"tests/{{test}}/{form}/" for form in ("answers", "finish")),
]


@pytest.mark.slow
@for_each("form", FORMS)
@for_each("headers", [HTMX, {}])
def test_a_browser_without_a_cookie_can_not_find_out_what_others_have(form: str, headers: dict[str, str]):
    owner, file = uuid4(), library.find(SLUG)
    run, test = runs.start(owner, file, 1).pk, sittings.start(owner, file, 1, layout="one").pk
    data = {"guess": "x", "reason": "ends", "place": 1, "number": 1}
    is_there, is_not = (
        Client().post(f"/{form.format(**ids)}", data, headers=headers)
        for ids in ({"run": run, "test": test}, {"run": uuid4(), "test": uuid4()})
    )
    assert (is_there.status_code, is_there.content) == (404, is_not.content)
    assert is_not.status_code == 404
    assert runs.reached(run) == 0


# Languages


def test_no_value_command_or_reply_is_translated(client):
    client.get(PAGE)
    client.post(f"{PAGE}runs/", {"number": 1})
    run = Run.objects.get()
    for step in range(2, 8):
        client.post(f"/runs/{run.pk}/steps/{step}/")
    for url in (PAGE, f"{PAGE}?at=3", f"{PAGE}quiz/", f"{PAGE}practice/"):
        assert translated(elements(page(client, url))) == [], url


def translated(found: list[Element]) -> list[str]:
    """Return the code, output and messages that a translating browser would change."""
    kept = {id(each) for whole in found if whole["translate"] == "no" for each in (whole, *whole.descendants)}
    values = [each for each in found if each.text and is_value(each)]
    return [each.tag + each["class"] + each.text for each in values if id(each) not in kept]


def is_value(each: Element) -> bool:
    return each.tag in ("code", "samp") or "token" in each["class"].split()
