"""`manage.py lessons new`: the new lesson is sound, and nothing is overwritten."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.lessons_command import run_lessons
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving
from tutor.ports import corners


@pytest.fixture
def shelf(settings, tmp_path: Path) -> Path:
    """The lessons' folder, which does not exist yet."""
    settings.LESSONS_DIR = tmp_path / "lessons"
    settings.BASE_DIR = tmp_path
    return settings.LESSONS_DIR


def new(capsys: pytest.CaptureFixture[str], slug: str) -> tuple[int, str]:
    return run_lessons(capsys, "new", slug)


def test_a_new_lesson_has_no_problems(shelf: Path, capsys):
    status, said = new(capsys, "my-first-queue")
    path = shelf / "my-first-queue.yaml"
    assert status == 0
    assert f"lessons check {path}" in said
    assert proving.check([path], lambda lesson: corners.of_run(f"test-{uuid4()}", lesson)) == []
    assert library.find("my-first-queue").lesson.title == "My first queue"


def test_a_new_lesson_names_its_schema_for_editors(shelf: Path, capsys):
    new(capsys, "my-first-queue")
    text = (shelf / "my-first-queue.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../docs/lesson.schema.json\n")
    assert "lessons check lessons/my-first-queue.yaml" in text
    assert not {"SCHEMA", "TITLE", "FILE"}.intersection(text.split())


@pytest.mark.parametrize("slug", ["5", "9" * 30, "1e999", "null", "true", "a-1"])
def test_a_name_that_yaml_would_read_otherwise_becomes_a_title(shelf: Path, capsys, slug: str):
    assert new(capsys, slug)[0] == 0
    assert library.find(slug).lesson.title == slug.replace("-", " ").capitalize()


def test_an_existing_file_is_not_overwritten(shelf: Path, capsys):
    shelf.mkdir()
    path = shelf / "mine.yaml"
    path.write_text("mine")
    status, said = new(capsys, "mine")
    assert status == 1
    assert "exists already" in said
    assert path.read_text() == "mine"


@for_each(
    ("slug", "said"),
    [
        ("My First Queue", "Did you mean my-first-queue?"),
        ("queue.yaml", "Did you mean queue?"),
        ("../../etc/passwd", "Did you mean etc-passwd?"),
        ("a--b", "Did you mean a-b?"),
        ("日本", "a-z, 0-9, and - between them."),
        ("", "a-z, 0-9, and - between them."),
        ("a" * 61, "at most 60 characters"),
    ],
)
def test_a_bad_name_is_refused(shelf: Path, capsys, slug: str, said: str):
    status, answer = new(capsys, slug)
    assert status == 1
    assert said in answer
    assert not shelf.exists()


def test_an_unwritable_folder_is_reported(shelf: Path, capsys):
    shelf.write_text("a file")
    status, said = new(capsys, "mine")
    assert status == 1
    assert "mine.yaml can't be written: " in said
