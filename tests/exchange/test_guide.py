"""The section on other systems in docs/authoring.md: its commands are run, and their output is compared."""

import re
import shlex
from contextlib import suppress
from io import StringIO
from pathlib import Path
from shutil import copy
from typing import get_args

import pytest
from django.core.management import call_command

from tutor import exchange
from tutor.authoring import starter
from tutor.exchange.gift_reader import LARGEST_GIFT
from tutor.exchange.importing import MOST_QUESTIONS

# The check asks the database for answers that a change would orphan.
pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "authoring.md").read_text()
SECTION = GUIDE.split("\n## Questions from and for other systems\n")[1].split("\n## ")[0]
PIECES = re.findall(r"^```(\w*)\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)


def printed(line: str) -> str:
    python, manage_py, *words = shlex.split(line)
    assert (python, manage_py) == ("python", "manage.py")
    said = StringIO()
    with suppress(SystemExit):
        call_command(*words, stdout=said)
    return said.getvalue()


@pytest.fixture
def folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.LESSONS_DIR = tmp_path / "lessons"
    settings.LESSONS_DIR.mkdir()
    copy(ROOT / "lessons" / "waiting-with-brpop.yaml", settings.LESSONS_DIR)
    monkeypatch.chdir(tmp_path)
    starter.make("my-first-queue")
    return tmp_path


def test_what_the_section_types_gives_what_it_shows(folder: Path):
    assert [language for language, _ in PIECES] == ["", "gift", ""]
    for language, piece in PIECES:
        if language == "gift":
            (folder / "colours.txt").write_text(piece)
            continue
        command, _, output = piece.partition("\n")
        assert printed(command.removeprefix("$ ")) == output


def test_the_section_names_every_format_and_every_limit():
    assert set(re.findall(r"^\| [\w .]+ \| `(\w+)` \|", SECTION, re.MULTILINE)) == set(get_args(exchange.ExportFormat))
    assert f"may have {exchange.LARGEST_FILE // 1024**2} MB" in SECTION
    assert f"a GIFT file {LARGEST_GIFT // 1024**2} MB" in SECTION
    assert f"either {MOST_QUESTIONS} questions" in SECTION
    assert f"may have {exchange.MOST_IN_PART} questions in each part" in SECTION.replace("\n", " ")
