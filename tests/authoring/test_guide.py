"""The first lesson of docs/authoring.md: its commands are run, and their output is compared with the text."""

import re
import shlex
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

# The check asks the database for answers that a change would orphan.
pytestmark = pytest.mark.django_db

GUIDE = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text()
TUTORIAL = GUIDE.split("\n## A first lesson in ten minutes\n")[1].split("\n## ")[0]
PIECES = re.findall(r"^```(\w*)\n(.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE)
FILE = Path("lessons") / "coffee-orders.yaml"


def manage(line: str) -> str:
    """Return the output of `python manage.py …`."""
    python, manage_py, *words = shlex.split(line)
    assert (python, manage_py) == ("python", "manage.py")
    printed = StringIO()
    with suppress(SystemExit):
        call_command(*words, stdout=printed)
    return printed.getvalue()


def changed(text: str, difference: str) -> str:
    """Return the text with the lines that begin with - replaced by those that begin with +."""
    old = "".join(line[1:] for line in difference.splitlines(keepends=True) if line.startswith("-"))
    new = "".join(line[1:] for line in difference.splitlines(keepends=True) if line.startswith("+"))
    assert text.count(old) == 1
    return text.replace(old, new)


def test_the_first_lesson_comes_out_as_the_text_says(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings.LESSONS_DIR = tmp_path / "lessons"
    settings.LESSONS_DIR.mkdir()
    monkeypatch.chdir(tmp_path)
    FILE.write_text("")
    for language, piece in PIECES:
        if language == "yaml":
            FILE.write_text(FILE.read_text() + piece)
        elif language == "diff":
            FILE.write_text(changed(FILE.read_text(), piece))
        else:
            command, _, output = piece.partition("\n")
            assert manage(command.removeprefix("$ ")) == output


def test_the_first_lesson_has_pieces_of_each_kind_and_ends_without_problems():
    assert {language for language, _ in PIECES} == {"yaml", "diff", ""}
    assert PIECES[-1][1].endswith("1 lesson checked, no problems\n")
