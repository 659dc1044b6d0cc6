"""A kind of question is one class and one name in the registry: a copy of the program gets two more, and has them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

MADE_UP = ROOT / "tests" / "made_up_kinds"


def copy_with_the_kinds(to: Path) -> None:
    """Copy the program, and add the kinds as docs/architecture.md says: their class, their name, their fragment."""
    for part in ("tutor", "templates"):
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("static", "tests", "pyproject.toml"):
        (to / part).symlink_to(ROOT / part)
    quiz = to / "tutor" / "engine" / "lesson" / "questions" / "quiz"
    shutil.copy(MADE_UP / "made_up.py", quiz)
    shutil.copy(MADE_UP / "_truth.html", to / "templates" / "quizzes")
    registry = quiz / "__init__.py"
    text = registry.read_text()
    for before, after in (
        ("\n__all__", "from tutor.engine.lesson.questions.quiz.made_up import SpotQuestion, TruthQuestion\n\n__all__"),
        ("    StateQuestion,\n)", "    StateQuestion,\n    TruthQuestion,\n    SpotQuestion,\n)"),
    ):
        assert text.count(before) == 1
        text = text.replace(before, after)
    registry.write_text(text)


@pytest.mark.slow
def test_a_kind_that_is_registered_is_checked_asked_marked_shown_and_exported(tmp_path: Path):
    copy_with_the_kinds(tmp_path)
    # A separate test run with its own folder, and without this run's settings.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    inside = [*command, "tests/made_up_kinds/inside.py"]
    run = subprocess.run(inside, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
