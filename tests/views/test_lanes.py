"""A lesson's page with lanes, rows about others, and lessons that the broker in process can't play."""

from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest
from django.test import Client

from tests.markup import elements, find, targets
from tests.views.stepping import PAGE, START, begin, begun, shelve, take, visitor
from tutor.broker import connection, status
from tutor.models import Entry

pytestmark = pytest.mark.django_db

STEPS = """\
  - {actor: consumer, action: Waits, command: BRPOP queue 0, save: task, pick: 1}
  - {actor: producer, action: Push, command: LPUSH queue task1}
  - {actor: producer, action: Time passes, wait: 60}
  - {actor: consumer, action: The consumer crashes, crash: true}
"""


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, settings) -> None:
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path, STEPS)


@pytest.fixture
def client() -> Client:
    """A browser with its own cookie."""
    return visitor()


@pytest.fixture
def imitation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The broker that answers where no server can be started."""
    server = fakeredis.FakeRedis(protocol=2)
    server.response_callbacks.clear()
    monkeypatch.setattr(connection, "_client", server)
    monkeypatch.setattr(status, "_status", None)
    yield
    status._status = None


def text(answer) -> str:
    return answer.content.decode()


def columns(page: str) -> list[str]:
    """Return the steps that have a column on the lanes."""
    [listed] = find(elements(page), "ol", id="lane-columns")
    return [each["id"] for each in listed.children if each.tag == "li"]


def test_every_step_taken_has_its_column(client):
    begun(client, 3)
    assert columns(text(client.get(PAGE))) == ["lane-1", "lane-2", "lane-3"]


def test_a_step_adds_its_column_and_nothing_of_the_others(client):
    run = begun(client)
    answer = text(take(client, run, 2))
    [partial] = find(elements(answer), "hx-partial", id="lane-columns")
    assert partial["hx-swap"] == "beforeend"
    assert [each["id"] for each in find(partial.descendants, "li")] == ["lane-2"]


def test_the_view_is_chosen_by_a_link_and_kept(client):
    begun(client)
    assert find(elements(text(client.get(PAGE))), "nav", id="views")[0]["class"] == "views is-picture"
    client.get(f"{PAGE}?view=lanes")
    assert find(elements(text(client.get(PAGE))), "nav", id="views")[0]["class"] == "views is-lanes"


def test_a_view_that_there_is_not_changes_nothing(client):
    answer = client.get(f"{PAGE}?view=movie")
    assert find(elements(text(answer)), "nav", id="views")[0]["class"] == "views is-picture"
    assert "view" not in answer.cookies


def test_who_looks_back_stays_there_with_the_other_view(client):
    begun(client, 2)
    [link] = find(elements(text(client.get(f"{PAGE}?at=1"))), "a", id="view-lanes")
    assert link["href"] == f"{PAGE}?view=lanes&at=1"


def test_looking_back_with_htmx_brings_the_links_and_not_the_lanes(client):
    begun(client, 2)
    answer = text(client.get(f"{PAGE}?at=1", headers={"HX-Request": "true"}))
    assert "#views" in targets(answer)
    assert "#lane-columns" not in targets(answer)


def test_a_lesson_without_waiting_pays_nothing_for_lanes(client, tmp_path):
    shelve(tmp_path)
    answer = text(begin(client))
    assert "lane" not in answer
    assert 'id="views"' not in text(client.get(PAGE))


def test_a_command_that_waits_is_no_nil(client):
    answer = text(begin(client))
    assert "(waiting…)" in answer
    assert "(nil)" not in answer


def test_a_row_shows_its_steps_effects_on_other_actors(client):
    run = begun(client)
    [row] = find(elements(text(take(client, run, 2))), "tr")
    assert "→ Consumer got 'task1' (waiting since step 1)" in row.text


def test_passing_time_is_shown_with_a_bar(client):
    run = begun(client, 2)
    answer = elements(text(take(client, run, 3)))
    [bar] = [each for each in answer if each["class"] == "time-bar"]
    assert bar["aria-hidden"] == "true"
    assert "60 s pass" in next(each.text for each in answer if "is-time" in each["class"])


def test_a_crash_is_shown_in_place_of_a_command(client):
    run = begun(client, 3)
    [row] = find(elements(text(take(client, run, 4))), "tr")
    assert "Connection cut" in row.text


def test_a_crash_ends_what_was_in_the_connection_and_nothing_is_said_of_variables_which_stay(client):
    run = begun(client, 3)
    answer = text(take(client, run, 4))
    assert "dropped everything that this connection waited for, listened to or had queued" in answer


def test_fakeredis_is_reported_before_the_first_press(client, imitation):
    page = text(client.get(PAGE))
    assert "This lesson needs a real Redis server" in page
    assert "REDIS_URL=redis://localhost make run" in page
    assert 'id="next-button"' not in page


def test_fakeredis_is_reported_to_predicting_learners_too(client, imitation):
    client.cookies["predict"] = "1"
    page = text(client.get(PAGE))
    assert 'id="predict-form"' not in page
    assert "This lesson needs a real Redis server" in page


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_a_press_that_needs_more_than_the_imitation_gives_is_answered_in_words(client, imitation, headers):
    answer = client.post(START, {"number": "1"}, headers=headers)
    assert answer.status_code == 503
    assert "This lesson needs a real Redis server." in text(answer)
    assert not Entry.objects.exists()


def test_a_run_that_was_begun_on_a_real_server_is_kept_and_says_why_it_stops(client, monkeypatch):
    begun(client, 2)
    server = fakeredis.FakeRedis(protocol=2)
    monkeypatch.setattr(connection, "_client", server)
    monkeypatch.setattr(status, "_status", None)
    page = text(client.get(PAGE))
    assert "This lesson needs a real Redis server." in page
    assert columns(page) == ["lane-1", "lane-2"]
    status._status = None


def test_other_lessons_run_on_the_imitation(client, imitation, tmp_path):
    shelve(tmp_path)
    assert begin(client).status_code == 200
