"""A server that lacks a feature of a lesson: reported before the start, and never recorded as a result."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.lessons import lesson
from tests.servers import RedisServer, broker_at, running_redis
from tests.views.stepping import HTMX, newest, visitor
from tutor import library
from tutor.broker import status
from tutor.models import Entry
from tutor.ports import playable

pytestmark = pytest.mark.django_db

STEPS = (
    "  - {actor: producer, action: Push, command: LPUSH queue a}\n"
    "  - {actor: consumer, action: Move, command: LMOVE queue queue LEFT RIGHT, save: task}\n"
)


@pytest.fixture
def shelf(tmp_path: Path, settings) -> Path:
    settings.LESSONS_DIR = tmp_path
    (tmp_path / "moving.yaml").write_text(lesson(STEPS))
    return tmp_path


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server that LMOVE was renamed away on."""
    with running_redis("--rename-command", "LMOVE", "") as found, broker_at(found.url):
        yield found


def test_the_lesson_says_before_its_start_what_the_server_lacks(shelf, server):
    page = visitor().get("/lessons/moving/").content.decode()
    assert "This lesson sends LMOVE" in page
    assert 'id="next-button"' not in page


def test_a_step_is_refused_and_nothing_is_recorded(shelf, server):
    client = visitor()
    client.post("/lessons/moving/runs/", {"number": 1}, headers=HTMX)
    answer = client.post(f"/runs/{newest().pk}/steps/1/", headers=HTMX)
    assert answer.status_code == 503
    assert "This lesson sends LMOVE" in answer.content.decode()
    assert not Entry.objects.exists()


def test_a_server_that_hides_its_commands_is_tried_at_the_step(shelf, server, monkeypatch, caplog):
    monkeypatch.setattr(playable, "why_not_played", lambda *_: "")
    client = visitor()
    client.post("/lessons/moving/runs/", {"number": 1}, headers=HTMX)
    run = newest()
    assert client.post(f"/runs/{run.pk}/steps/1/", headers=HTMX).status_code == 200
    assert client.post(f"/runs/{run.pk}/steps/2/", headers=HTMX).status_code == 503
    assert Entry.objects.filter(run=run).count() == 1
    assert "unknown command" in caplog.text


def test_the_check_says_it_of_that_lesson_and_goes_on_with_the_others(shelf, server, capsys):
    (shelf / "still.yaml").write_text(lesson("  - {actor: producer, action: Push, command: LPUSH queue a}\n"))
    with pytest.raises(SystemExit):
        call_command("lessons", "check")
    out = capsys.readouterr().out
    assert "moving.yaml:7:3: not played, so nothing in it is proved: This lesson sends LMOVE" in out
    assert "1 problem in 1 of 2 lessons" in out


@pytest.mark.parametrize("verb", ["play"])
def test_a_verb_that_needs_it_ends_with_a_sentence(shelf, server, verb):
    with pytest.raises(CommandError, match="This lesson sends LMOVE"):
        call_command("lessons", verb, "moving")


def test_a_command_newer_than_the_server_is_reported_with_its_version(monkeypatch, shelf):
    known = status.BrokerStatus("Redis 6.0.16", "", is_up=True, commands=frozenset({"LPUSH"}))
    monkeypatch.setattr(status, "last_known", lambda: known)
    monkeypatch.setattr(playable, "OLDEST", (6, 0, 0))
    reason = playable.why_not_played(library.find("moving").lesson)
    assert reason == "This lesson needs Redis 6.2 or Valkey 6.2; the server that answers is Redis 6.0.16."
