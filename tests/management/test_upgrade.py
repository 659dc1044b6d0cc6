"""`manage.py lessons upgrade`: it shows the changes, and writes them only on request."""

from pathlib import Path

import pytest

from tests.lessons import SOUND
from tests.lessons_command import run_lessons

AFTER = f"format: 2\n{SOUND}"
DIFFERENCE = "--- lessons/sound.yaml\n+++ lessons/sound.yaml (upgraded)\n@@ -1,3 +1,4 @@\n+format: 2\n title: A test\n"


@pytest.fixture(autouse=True)
def path(shelf: Path) -> Path:
    """A lesson in the first format, alone on the shelf."""
    return shelf / "sound.yaml"


def upgrade(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    return run_lessons(capsys, "upgrade", *arguments)


def test_the_difference_is_shown_and_nothing_written(path: Path, capsys):
    status, said = upgrade(capsys, "lessons/sound.yaml")
    assert (status, said.startswith(DIFFERENCE), path.read_text()) == (0, True, SOUND)


@pytest.mark.parametrize("named", [["lessons/sound.yaml"], ["sound"], ["lessons"], []])
def test_the_file_is_written_if_asked_and_only_once(path: Path, capsys, named: list[str]):
    status, said = upgrade(capsys, *named, "--write")
    assert (status, said.startswith(DIFFERENCE)) == (0, True)
    assert said.endswith("lessons/sound.yaml: written\n")
    assert path.read_text() == AFTER
    assert upgrade(capsys, *named, "--write") == (0, "lessons/sound.yaml: in format 2 already\n")
    assert path.read_text() == AFTER


def test_a_file_with_errors_keeps_no_other_from_being_upgraded(path: Path, capsys):
    path.with_name("broken.yaml").write_text(SOUND.replace("producer, action", "cook, action"))
    status, said = upgrade(capsys, "--write")
    assert status == 1
    assert "broken.yaml:7:13: there is no actor 'cook'" in said
    assert path.read_text() == AFTER


def test_a_format_that_is_too_new_says_which_program_is_too_old(path: Path, capsys):
    path.write_text(f"format: 3\n{SOUND}")
    status, said = upgrade(capsys, "--write")
    assert status == 1
    assert said.startswith(
        "lessons/sound.yaml:1:9: this lesson is written in format 3, and this version of Redis Tutor"
    )


def test_a_missing_file_is_reported(capsys):
    assert upgrade(capsys, "missing.yaml") == (1, "missing.yaml can't be read: No such file or directory.\n")
