"""`manage.py lessons fill`: it shows what would change, asks, and writes."""

from io import StringIO
from pathlib import Path

import pytest

from tests.lessons import SOUND, lesson
from tests.lessons_command import run_lessons

AFTER = SOUND.replace("producer, action", "producer, id: push, action").replace(
    "queue a}", "queue a, expect: {queue: [a], reply: 1}}"
)


@pytest.fixture
def path(shelf: Path) -> Path:
    """A lesson without claims, alone on the shelf."""
    return shelf / "sound.yaml"


def fill(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    return run_lessons(capsys, "fill", *arguments)


def answer(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(typed))


@pytest.mark.parametrize(
    ("typed", "text"), [("y\n", AFTER), ("yes\n", AFTER), ("n\n", SOUND), ("\n", SOUND), ("", SOUND)]
)
def test_nothing_is_written_without_a_yes(path: Path, capsys, monkeypatch, typed: str, text: str):
    answer(monkeypatch, typed)
    status, said = fill(capsys)
    assert status == 0
    assert (
        "+  - {actor: producer, id: push, action: Push, command: LPUSH queue a, expect: {queue: [a], reply: 1}}" in said
    )
    assert path.read_text() == text


def test_the_answer_can_be_given_beforehand(path: Path, capsys):
    assert "lessons/sound.yaml: written" in fill(capsys, "--yes", "lessons/sound.yaml")[1]
    assert path.read_text() == AFTER
    assert fill(capsys, "--yes") == (0, "lessons/sound.yaml: nothing to fill in\n")


def test_the_difference_can_be_seen_alone(path: Path, capsys):
    status, said = fill(capsys, "--diff")
    assert status == 0
    assert said.startswith("--- lessons/sound.yaml\n+++ lessons/sound.yaml (filled)\n")
    assert path.read_text() == SOUND


def test_a_lesson_with_errors_does_not_keep_others_from_being_filled(path: Path, capsys):
    path.with_name("broken.yaml").write_text(lesson("  - {actor: cook, action: A, print: a}\n"))
    status, said = fill(capsys, "--yes")
    assert status == 1
    assert "broken.yaml:7:13: there is no actor 'cook'" in said
    assert path.read_text() == AFTER


def test_a_missing_file_is_reported(path: Path, capsys):
    assert fill(capsys, "missing.yaml") == (1, "missing.yaml can't be read: No such file or directory.\n")
