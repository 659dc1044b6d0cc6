"""Warnings of changes that would orphan stored answers and predictions."""

from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

from tests.asking import LESSON, SLUG, shelve
from tests.instructors import instructor, logged_in
from tests.shelves import shelf_of
from tutor import library, runs
from tutor.assessment import predictions, questions, quizzes
from tutor.authoring import orphans
from tutor.studio import checking, drafts

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


@pytest.fixture(autouse=True)
def learner(shelf: Path):
    """A learner who answered the first question twice, and predicted the first step."""
    learner = uuid4()
    sheet = quizzes.sheet_of(learner, SLUG)
    first = questions.find(sheet.lesson, "quiz/1")
    for number in (1, 2):
        quizzes.submit(sheet, first, number, "wrong")
    run = runs.start(learner, library.find(SLUG), 1)
    predictions.predict(learner, run.pk, 1, "['x']")
    return learner


QUESTION = (
    "x.yaml:15:3: warning: no question has the id 'one-choice' any more, and 2 stored answers would be left without it;"
    " write `id: one-choice` where the question is now"
)
STEP = (
    "x.yaml:7:3: warning: no step has the id 'push' any more, and 1 stored prediction would be left without it;"
    " write `id: push` where the step is now"
)
CHANGES = [
    (("", ""), []),
    (("One choice?", "Another choice?"), [QUESTION]),
    (("question: One choice?", "id: one-choice, question: Another choice?"), []),
    (("question: One choice?", "id: other, question: One choice?"), [QUESTION]),
    (("Several?", "Another?"), []),
    (("action: Push,", "action: Push it,"), [STEP]),
    (("action: Push,", "id: push, action: Push it,"), []),
    (("action: Pop,", "action: Take,"), []),
    (("quiz:\n", "quiz:\n  - {question: New?, number: 1}\n"), []),
    (("title:", "titel:"), []),
]


@pytest.mark.parametrize(("change", "warnings"), CHANGES)
def test_orphaned_answers_are_reported(change: tuple[str, str], warnings: list[str]):
    assert list(map(str, orphans.warnings_for(SLUG, LESSON.replace(*change), "x.yaml"))) == warnings


CITED = LESSON.replace("hint:", "source: {title: Redis, url: https://redis.io/}, hint:")
REWORDED = CITED.replace("One choice?", "Another choice?")


def test_once_learners_have_the_newer_text_there_are_no_warnings(shelf: Path):
    shelve(shelf, REWORDED)
    runs.start(uuid4(), library.find(SLUG), 1)
    assert orphans.warnings_for(SLUG, REWORDED, "x.yaml") == []


def test_a_lesson_without_runs_has_no_orphans():
    assert orphans.warnings_for("other", REWORDED, "x.yaml") == []


def test_many_orphans_are_reported_up_to_a_limit(learner):
    sheet = quizzes.sheet_of(learner, SLUG)
    for asked in [*questions.all_of(sheet.lesson, "quiz"), *questions.all_of(sheet.lesson, "practice")]:
        if asked.id != "one-choice":
            quizzes.submit(sheet, asked, 1, "wrong")
    bare = LESSON.split("quiz:")[0] + "quiz:\n  - {question: New?, number: 1}\n"
    assert len(orphans.warnings_for(SLUG, bare, "x.yaml")) == orphans.MOST_WARNINGS


def test_the_check_warns_and_is_content(shelf: Path):
    shelve(shelf, REWORDED)
    printed = StringIO()
    call_command("lessons", "check", "--format", "github", stdout=printed)
    assert "::warning file=" in printed.getvalue()
    assert "2 stored answers would be left without it" in printed.getvalue()
    assert printed.getvalue().endswith("1 warning in 1 of 1 lesson\n")


def test_the_studio_warns_beside_the_text_and_before_publishing():
    user = instructor()
    draft = drafts.begin(SLUG, LESSON, user)
    drafts.save(draft, user, REWORDED, base=1)
    assert [problem.message for problem in checking.check(SLUG, REWORDED, user).problems] == [
        QUESTION.split("warning: ")[1]
    ]
    ins = logged_in(user)
    assert "Before you publish" not in ins.get(f"/studio/drafts/{SLUG}/revisions/1/").content.decode()
    page = ins.get(f"/studio/drafts/{SLUG}/revisions/2/").content.decode()
    assert "Before you publish" in page
    assert "2 stored answers would be left without it" in page


@pytest.mark.parametrize("fault", [DatabaseError("away"), DatabaseError("no such table: tutor_run")])
def test_a_database_that_can_not_be_asked_knows_of_nothing_and_is_asked_once(shelf: Path, fault: DatabaseError):
    asked = []

    def refuse(*_: object) -> None:
        asked.append(1)
        raise fault

    paths = [shelf / "asking.yaml", shelf / "missing.yaml", shelf / "asking.yaml", shelf / "copy.yaml"]
    paths[-1].write_text(REWORDED)
    with connection.execute_wrapper(refuse):
        assert orphans.warnings_for(SLUG, REWORDED, "x.yaml") == []
        assert orphans.warnings_for_files(paths) == []
    assert len(asked) == 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite makes a database by asking it")
def test_no_database_is_made_by_asking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "none.sqlite3")
    assert orphans.warnings_for(SLUG, REWORDED, "x.yaml") == []
    assert not (tmp_path / "none.sqlite3").exists()
