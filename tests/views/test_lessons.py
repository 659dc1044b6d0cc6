"""The catalogue, and a lesson's page: at every step, by link and by htmx, while its file changes."""

import re

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client

from tests.lessons import lesson
from tests.markup import elements, find
from tests.shelves import shelf_of
from tests.tables import for_each
from tests.views.stepping import (
    HTMX,
    LENGTH,
    OTHER_STEPS,
    PAGE,
    SLUG,
    STEPS,
    begin,
    begun,
    newest,
    shelve,
    take,
    visitor,
)
from tests.visitor import rows_of
from tutor import library
from tutor.models import LessonText, Run

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


@pytest.fixture
def client() -> Client:
    return visitor()


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def words_of(answer: HttpResponse, tag: str, **attributes: str) -> list[str]:
    """Return the texts of the elements of that kind."""
    return [element.text for element in find(elements(text(answer)), tag, **attributes)]


# Opening pages


@for_each("headers", [{}, HTMX])
@for_each("path", ["/", PAGE, f"{PAGE}?at=0", f"{PAGE}?at=1", f"{PAGE}?at=9", "/nothing/"])
def test_opening_pages_creates_no_rows(client, path, headers):
    client.get(path, headers=headers)
    assert not [model.__name__ for model in apps.get_app_config("tutor").get_models() if model.objects.exists()]


def test_a_run_is_found_again_on_return(client):
    begun(client, 2)
    back = Client()
    back.cookies["learner"] = client.cookies["learner"].value
    assert len(rows_of(text(back.get(PAGE)))) == 2


def test_another_learner_starts_at_the_beginning(client):
    begun(client, 2)
    assert rows_of(text(visitor().get(PAGE))) == []


def test_a_lesson_page_answers_to_head(client):
    answer = client.head(PAGE)
    assert (answer.status_code, answer.content) == (200, b"")


@for_each("method", ["post", "put", "delete"])
@for_each("path", ["/", PAGE, "/health/"])
def test_pages_are_only_for_reading(client, path, method):
    assert getattr(client, method)(path).status_code == 405


@for_each("slug", ["nothing", "Small", "small.yaml", "..", "..%2Fsmall", "a" * 300, "small%00", "sm%C3%A4ll", "-"])
def test_a_lesson_that_is_not_there_is_not_found(client, slug):
    answer = client.get(f"/lessons/{slug}/")
    assert answer.status_code == 404
    assert "This page does not exist" in text(answer)


# Steps by address


@pytest.mark.slow
@for_each("at", [0, 1, 2, 3])
def test_an_address_shows_the_run_at_that_step(client, at):
    begun(client, 3)
    answer = client.get(f"{PAGE}?at={at}")
    rows = find(elements(text(answer)), "tr", aria_current="step")
    assert [row["id"] for row in rows] == ([f"row-{at}"] if at else [])
    (controls,) = find(elements(text(answer)), "div", id="controls")
    assert controls["data-at"] == str(at)


def test_looking_back_shows_the_values_of_then(client):
    begun(client, 3)
    assert "['task1']" in words_of(client.get(f"{PAGE}?at=1"), "p", id="say")[0]
    assert "'task1'" in words_of(client.get(f"{PAGE}?at=2"), "p", id="say")[0]


def test_looking_back_leads_to_the_newest_step_and_takes_none(client):
    begun(client, 2)
    answer = client.get(f"{PAGE}?at=1")
    assert not find(elements(text(answer)), "form", id="next")
    assert words_of(answer, "a", id="return") == ["Return to step 2"]


def test_a_step_that_is_not_reached_yet_is_a_sentence(client):
    begun(client, 1)
    answer = client.get(f"{PAGE}?at=3")
    assert answer.status_code == 200
    assert "You have not reached step 3 yet.You are at step 1." in words_of(answer, "div", role="alert")[0]


def test_a_step_asked_for_before_the_first_press_is_a_sentence(client):
    answer = client.get(f"{PAGE}?at=2")
    assert "You have not started yet." in words_of(answer, "div", role="alert")[0]


NO_STEPS = ["4", "99", "-1", "1e0", "abc", "", "1.0", "%D9%A1", "%00", "1%00", "9999999", "9" * 5000]


@for_each("steps", [0, 3])
def test_an_address_of_no_step_is_not_found(client, steps):
    if steps:
        begun(client, steps)
    for turn, at in enumerate(NO_STEPS):
        headers = HTMX if (turn + steps) % 2 else {}
        assert client.get(f"{PAGE}?at={at}", headers=headers).status_code == 404, at


@for_each("steps", [0, 1, 3])
def test_a_step_is_shown_by_its_id_as_by_its_number(client, steps: int):
    if steps:
        begun(client, steps)
    for id_, position in library.find(SLUG).lesson.positions.items():
        by_id, by_number = (without_tokens(text(client.get(f"{PAGE}?at={at}"))) for at in (id_, position))
        # The switch of the theme leads back to the address as it was asked for.
        assert by_id.replace(f'?at={id_}"', f'?at={position}"') == by_number
        assert bool(find(elements(by_id), "th", id=f"step-{id_}")) == (position <= steps)


def without_tokens(html: str) -> str:
    """Return a page without the parts that differ each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)


def test_an_id_leads_to_the_step_at_its_current_position(client, shelf):
    begun(client, 2)
    (id_,) = (each for each, at in library.find(SLUG).lesson.positions.items() if at == 2)
    shelve(shelf, f"  - {{actor: producer, action: Before it all, command: PING}}\n{STEPS}")
    (row,) = find(elements(text(client.get(f"{PAGE}?at={id_}"))), "tr", aria_current="step")
    assert row["id"] == "row-2"
    assert "You have not reached step 3 yet." in text(visitor().get(f"{PAGE}?at={id_}"))


# By htmx


def test_htmx_gets_what_changes_and_no_page(client):
    begun(client, 3)
    answer = client.get(f"{PAGE}?at=1", headers=HTMX)
    assert text(answer).lstrip().startswith("<hx-partial")
    assert not find(elements(text(answer)), "body")


def test_htmx_gets_a_page_when_it_goes_back_in_history(client):
    begun(client, 3)
    restoring = {**HTMX, "HX-History-Restore-Request": "true"}
    assert find(elements(text(client.get(f"{PAGE}?at=1", headers=restoring))), "body")


@for_each("headers", [{}, HTMX])
@for_each("path", ["/", PAGE, f"{PAGE}?at=1"])
def test_no_cache_shows_an_answer_to_htmx_as_a_page_or_one_learners_page_to_another(client, path, headers):
    begun(client, 2)
    answer = client.get(path, headers=headers)
    assert {"HX-Request", "HX-History-Restore-Request", "Cookie"} <= {
        name.strip() for name in answer["Vary"].split(",")
    }
    assert {"private", "no-cache"} <= {word.strip() for word in answer["Cache-Control"].split(",")}


def test_an_answer_to_a_step_is_not_kept_by_caches(client):
    assert "no-cache" in begin(client)["Cache-Control"]


# While the file changes


def finish(client: Client, run: Run, first: int) -> list[tuple[str, ...]]:
    for position in range(first, LENGTH + 1):
        assert take(client, run, position).status_code == 200
    return rows_of(text(client.get(PAGE)))


def is_said_to_have_changed(client: Client) -> bool:
    return "This lesson has changed since you started it." in text(client.get(PAGE))


def test_a_run_under_way_keeps_the_text_it_began_with(client, shelf):
    run = begun(client, 1)
    shelve(shelf, OTHER_STEPS)
    rows = finish(client, run, 2)
    commands = [row[2].partition("queue [")[0] for row in rows]
    assert commands == ["LPUSH queue task1(integer) 1", 'RPOP queue"task1"', "N/A"]


def test_a_page_says_that_the_lesson_has_changed(client, shelf):
    begun(client, 1)
    assert not is_said_to_have_changed(client)
    shelve(shelf, OTHER_STEPS)
    assert is_said_to_have_changed(client)


def test_a_new_run_has_the_new_text(client, shelf):
    old = begun(client, 1)
    shelve(shelf, OTHER_STEPS)
    client.post(f"/runs/{old.pk}/restart/")
    take(client, newest(), 1)
    assert rows_of(text(client.get(PAGE)))[0][2].startswith("LPUSH queue task9(integer) 1")
    assert not is_said_to_have_changed(client)


def test_each_distinct_text_is_stored_once(client, shelf):
    begun(client, 1)
    begun(visitor(), 1)
    shelve(shelf, OTHER_STEPS)
    begun(visitor(), 1)
    shelve(shelf, STEPS)
    begun(visitor(), 1)
    assert sorted(LessonText.objects.values_list("source", flat=True)) == sorted([lesson(STEPS), lesson(OTHER_STEPS)])


def test_a_run_goes_on_while_the_file_has_a_mistake(client, shelf):
    run = begun(client, 1)
    (shelf / f"{SLUG}.yaml").write_text("title: [")
    assert len(finish(client, run, 2)) == LENGTH


def test_a_run_goes_on_without_the_file(client, shelf):
    run = begun(client, 1)
    (shelf / f"{SLUG}.yaml").unlink()
    assert len(finish(client, run, 2)) == LENGTH


def test_a_run_is_parsed_from_the_stored_text_where_the_file_is_not_known(client, shelf, monkeypatch):
    """As in a process that was started after the file had changed."""
    run = begun(client, 1)
    shelve(shelf, OTHER_STEPS)
    monkeypatch.setattr("tutor.library._bound", {})
    monkeypatch.setattr("tutor.library._shelf", {})
    assert len(finish(client, run, 2)) == LENGTH


def test_a_lesson_that_is_gone_can_not_be_started_over_and_says_so(client, shelf):
    run = begun(client, 2)
    (shelf / f"{SLUG}.yaml").unlink()
    answer = client.post(f"/runs/{run.pk}/restart/")
    assert answer.status_code == 409
    assert "This lesson is no longer offered." in text(answer)
    assert (Run.objects.count(), len(rows_of(text(client.get(PAGE))))) == (1, 2)


def test_other_learners_do_not_see_a_lesson_that_is_gone(client, shelf):
    begun(client, 2)
    (shelf / f"{SLUG}.yaml").unlink()
    assert visitor().get(PAGE).status_code == 404


# The catalogue


def test_the_catalogue_shows_how_far_a_learner_is(client):
    begun(client, 2)
    assert "Step 2 of 3" in text(client.get("/"))
    assert "Step 2 of 3" not in text(visitor().get("/"))


def test_the_catalogue_shows_that_all_steps_are_run_and_what_is_not_done(client):
    begun(client, LENGTH)
    assert "All 3 steps run" in text(client.get("/"))
    assert "No test yet" in text(client.get("/"))
    assert "Look again" not in text(client.get("/"))


def test_starting_over_takes_nothing_back_in_the_catalogue(client):
    client.post(f"/runs/{begun(client, LENGTH).pk}/restart/")
    assert "All 3 steps run" in text(client.get("/"))


def test_a_lesson_that_grew_shorter_is_not_over_its_end(client, shelf):
    begun(client, LENGTH)
    shelve(shelf, STEPS.splitlines(keepends=True)[0])
    (bar,) = find(elements(text(client.get("/"))), "progress")
    assert (bar["value"], bar["max"]) == ("1", "1")


def test_an_empty_shelf_is_a_sentence(client, shelf):
    (shelf / f"{SLUG}.yaml").unlink()
    answer = client.get("/")
    assert (answer.status_code, "There are no lessons yet" in text(answer)) == (200, True)


def test_a_file_with_a_mistake_leaves_the_others_on_the_shelf(client, shelf):
    shelve(shelf, "  - nonsense\n", slug="broken")
    assert [link for link in words_of(client.get("/"), "a") if link == "A test"] == ["A test"]
    assert client.get("/lessons/broken/").status_code == 404


@pytest.mark.parametrize("text_of_file", ["", "[]", "&a [*a, *a]", "a: " * 5000, "\0", "- " * 100_000])
def test_a_file_that_is_a_bomb_harms_no_page(client, shelf, text_of_file):
    (shelf / "bomb.yaml").write_text(text_of_file)
    assert client.get("/").status_code == 200
    assert client.get("/lessons/bomb/").status_code == 404
