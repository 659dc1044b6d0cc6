"""Run by tests/recipes/test_recipes.py in a copy of the program in which every recipe has been carried out."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.markup import text_of
from tests.views.stepping import HTMX, newest, take
from tutor import library

pytestmark = pytest.mark.django_db

SLUG = "hello-list"
ROOT = Path(__file__).resolve().parents[2]
FILE = str(ROOT / "lessons" / f"{SLUG}.yaml")


@pytest.fixture
def run(client: Client) -> Client:
    """Return the browser of a learner who has taken all four steps."""
    client.get("/")
    client.post(f"/lessons/{SLUG}/runs/", {"number": "1"})
    for position in (2, 3, 4):
        assert take(client, newest(), position, **HTMX).status_code == 200
    return client


def page(client: Client, path: str) -> str:
    return text_of(client.get(path).content.decode())


def test_the_lesson_with_its_new_step_question_command_and_field_is_proved(capsys):
    call_command("lessons", "check", FILE)
    assert "1 lesson checked, no problems" in capsys.readouterr().out


def test_a_false_claim_beside_the_new_things_is_found(capsys, tmp_path: Path):
    false = tmp_path / f"{SLUG}.yaml"
    false.write_text(Path(FILE).read_text().replace("expect: {queue: [a]}", "expect: {queue: [b]}"))
    with pytest.raises(SystemExit):
        call_command("lessons", "check", str(false))
    assert "claims that queue is ['b'], but it is ['a']" in capsys.readouterr().out


def test_the_step_is_in_the_table_beside_the_picture_and_in_the_sentence(run: Client):
    html = run.get(f"/lessons/{SLUG}/?at=1").content.decode()
    assert text_of(html).count("The queue is empty") >= 3
    assert "#i-bulb" in html


def test_the_step_is_played_in_a_terminal(capsys):
    call_command("lessons", "play", FILE)
    assert "producer: Producer looks" in capsys.readouterr().out


def test_the_command_is_sent_and_its_reply_is_shown(run: Client):
    assert "LOLWUT VERSION 5 8 1 1" in page(run, f"/lessons/{SLUG}/?at=4")
    assert "| `LOLWUT` |" in (ROOT / "docs" / "commands.md").read_text()


def test_the_question_is_asked_marked_and_exported(run: Client):
    quiz = f"/lessons/{SLUG}/quiz/"
    assert "<option>yes</option>" in run.get(quiz).content.decode()
    assert "Answer yes or no first." in text_of(run.post(f"{quiz}1/attempts/1/", {"answer": "maybe"}).content.decode())
    run.post(f"{quiz}1/attempts/1/", {"answer": "yes"})
    assert "Right" in page(run, quiz)
    assert "The only element is gone." in page(run, quiz)


@pytest.mark.parametrize("format_", ["moodle", "gift", "qti"])
def test_each_export_has_the_question(capsys, tmp_path: Path, format_: str):
    output = tmp_path / "questions"
    call_command("lessons", "export-questions", SLUG, "--format", format_, "--output", str(output))
    assert "left out" not in capsys.readouterr().out
    assert output.stat().st_size > 100


def test_the_column_is_in_the_table_with_its_heading(run: Client):
    html = run.get(f"/lessons/{SLUG}/").content.decode()
    assert html.count('class="col-actor"') == 1 + 4
    assert html.count('data-label="Actor"') == 4


def test_the_page_is_there(client: Client):
    assert "Every step runs for real" in page(client, "/about/")


def test_the_field_is_on_the_page_and_in_the_schema(run: Client):
    assert "by Ana" in page(run, f"/lessons/{SLUG}/")
    assert library.find(SLUG).lesson.author == "Ana"
    schema = json.loads((ROOT / "docs" / "lesson.schema.json").read_text())
    assert schema["properties"]["author"]["description"] == "Who wrote the lesson."
    assert {"NoteStep", "TruthQuestion"} <= schema["definitions"].keys()
