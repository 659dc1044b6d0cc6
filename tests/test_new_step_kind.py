"""A new kind of step needs only a class and a line in the registry; the rest of the program picks it up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pydantic import Field

from tests.engine.fake_corner import FakeCorner
from tests.markup import text_of
from tests.shelves import shelf_of
from tests.views.stepping import HTMX, newest, take, visitor
from tests.visitor import rows_of
from tutor import library
from tutor.authoring import filling, proving
from tutor.engine.asking import prediction
from tutor.engine.lesson.json_schema import lesson_schema
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import StepFields, Template
from tutor.engine.lesson.steps.kinds import STEP_KINDS
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.files.changes import write
from tutor.ports import corners

pytestmark = pytest.mark.django_db

LESSON = """\
title: A test
track: tests
actors: [producer, consumer, other]
watch: {queue: list, last: string}
variables: [task]
steps:
  - {actor: producer, action: Producer looks around, note: Nothing is here yet}
  - {actor: producer, action: Push, push_and_keep: a, expect: {queue: [a], last: a}}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
  - {actor: producer, action: Push again, push_and_keep: "{task} again", expect: {last: a again}}
"""

shelf = shelf_of(lambda folder: (folder / "new.yaml").write_text(LESSON))


class NoteStep(StepFields):
    """A minimal kind, which defines only its field."""

    kind = "note"

    note: str = Field(description="What is written down.", examples=["The queue is empty."])


class PushAndKeepStep(StepFields):
    """Send two commands."""

    kind = "push_and_keep"

    push_and_keep: str = Field(description="The message.", examples=["task1"])

    @property
    def templates(self) -> tuple[Template, ...]:
        return Template(["LPUSH", "queue", self.push_and_keep]), Template(["SET", "last", self.push_and_keep])


class EmptyStep(StepFields):
    """Send a command that no lesson may send."""

    kind = "empty"

    empty: bool = Field(description="Whether everything is removed.", examples=[True])

    @property
    def templates(self) -> tuple[Template, ...]:
        return (Template(["FLUSHALL"]),)


@pytest.fixture(autouse=True)
def new_kinds() -> Iterator[None]:
    """More lines in the registry, as if they were in kinds.py."""
    known = dict(STEP_KINDS)
    STEP_KINDS.update({step.kind: step for step in (NoteStep, PushAndKeepStep, EmptyStep)})
    Lesson.model_rebuild(force=True)
    yield
    STEP_KINDS.clear()
    STEP_KINDS.update(known)
    Lesson.model_rebuild(force=True)


def stories() -> list[Story]:
    lesson = library.find("new").lesson
    return [Story.of(lesson, entry) for entry in player.play(lesson, FakeCorner())]


def problems(steps: str) -> list[tuple[int, str]]:
    """Return the problems of a lesson of these steps, by line."""
    text = f"{LESSON.partition('steps:')[0]}steps:\n{steps}"
    return [(each.line, each.message) for each in library.read(text.encode(), "new.yaml").problems]


def test_the_check_reads_and_proves_it():
    lesson = library.find("new").lesson
    assert [step.kind for step in lesson.steps] == ["note", "push_and_keep", "command", "push_and_keep"]
    assert proving.prove(lesson, corners.temporary) == []
    false = library.read(LESSON.replace("last: a}", "last: b}").encode(), "new.yaml").lesson
    assert [each.message for each in proving.prove(false, corners.temporary)] == [
        "claims that last is 'b', but it is 'a'"
    ]


def test_the_check_finds_what_is_wrong_with_it():
    unknown_variable = problems("  - {actor: producer, action: Push, push_and_keep: '{nothing}'}\n")
    assert unknown_variable == [(7, "there is no variable 'nothing'; variables: task")]
    [(_, unknown_field)] = problems("  - {actor: producer, action: Act, note: x, save: task}\n")
    assert unknown_field.startswith("unknown field 'save'")
    [(_, of_two_kinds)] = problems("  - {actor: producer, action: Act, command: PING, note: x}\n")
    assert "give `note` a step of its own" in of_two_kinds
    [(_, not_allowed)] = problems("  - {actor: producer, action: Act, empty: true}\n")
    assert not_allowed.startswith("FLUSHALL")


def test_its_keys_are_the_lessons_and_its_commands_are_played_in_order():
    assert library.find("new").lesson.keys == ("queue", "last")
    _, push, _, again = stories()
    assert [each.words for each in push.entry.sent] == [["LPUSH", "queue", "a"], ["SET", "last", "a"]]
    # Its variable has a value only when the step before has taken one.
    assert again.entry.keys["last"]["value"] == "a again"


def test_it_is_narrated():
    note, push, *_ = stories()
    assert note.sentence == "Producer looks around"
    assert push.sentence == "LPUSH put 'a' into queue; SET answered OK; queue is now ['a']; last is now 'a'"


def test_it_is_predicted():
    lesson = library.find("new").lesson
    note, push, *_ = lesson.steps
    start = {"queue": {"type": "list", "items": [], "length": 0}, "last": {"type": "string", "value": None}}
    assert str(prediction.asked_of(lesson, push, start)) == "key queue"
    assert str(prediction.asked_of(lesson, note, start)) == "reply"
    told = prediction.preview_of(push, lesson.start_variables)
    assert (told.code, told.is_command) == ("LPUSH queue a; SET last a", True)
    assert prediction.preview_of(note, lesson.start_variables).code == "# note"


@pytest.mark.slow
def test_the_page_shows_it():
    client = visitor()
    client.post("/lessons/new/runs/", {"number": "1"})
    second = take(client, newest(), 2, **HTMX).content.decode()
    take(client, newest(), 3)
    page = _page(client)
    note, push, *_ = rows_of(page)
    assert note[1:3] == ("Producer looks around", "N/A")
    assert push[2].startswith("LPUSH queue a; SET last a(integer) 1OK")
    assert "LPUSH queue a; SET last a" in text_of(second)
    lanes = client.get("/lessons/new/?view=lanes").content.decode()
    assert all(f">{word}</text>" in lanes for word in ("note", "LPUSH"))
    assert "This step sends no Redis command." in client.get("/lessons/new/?at=1").content.decode()


def _page(client: Client) -> str:
    return client.get("/lessons/new/").content.decode()


def test_it_is_played_in_the_terminal(capsys):
    call_command("lessons", "play", "new")
    shown = capsys.readouterr().out
    # Its columns are narrow.
    assert all(text in shown for text in ("Producer looks", "> LPUSH queue a;", "SET last a", "(integer) 1", "OK"))


def test_the_schema_for_editors_has_it():
    definitions = lesson_schema()["definitions"]
    assert definitions["NoteStep"]["properties"]["note"]["description"] == "What is written down."
    kinds = lesson_schema()["properties"]["steps"]["items"]["oneOf"]
    assert {"$ref": "#/definitions/PushAndKeepStep"} in kinds


def test_its_claims_and_names_are_filled_in(shelf: Path):
    write(filling.fill(shelf / "new.yaml", corners.temporary))
    filled = library.find("new").lesson.steps
    assert filled[3].expect["queue"] == ["a again"]
    assert filled[0].id == "producer-looks-around"
