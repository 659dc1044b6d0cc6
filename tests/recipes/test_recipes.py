"""The recipes of docs/architecture.md work: a copy of the program in which each is carried out has the new things."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.blocks import Block, blocks_of
from tests.servers import ROOT

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text()
PARTS = ("docs", "lessons", "static", "templates", "tests", "tutor", "manage.py", "pyproject.toml")


def run(command: list[str], folder: Path) -> str:
    """Run a command in the copy, with none of this run's settings, and return its output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "PYTEST_", "DJANGO_"))}
    environment = {**kept, "DEBUG": "1", "PYTHONPATH": str(folder), "REDIS_URL": "", "DATABASE_URL": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "vendor.gz"))
        else:
            shutil.copy(ROOT / part, folder / part)
    for block in blocks_of(DOCUMENT):
        block.apply(folder)
    run([sys.executable, "-m", "tests.command_table"], folder)
    schema = run([sys.executable, "manage.py", "lessons", "schema"], folder)
    (folder / "docs" / "lesson.schema.json").write_text(schema)
    return folder


@pytest.mark.slow
def test_what_the_recipes_add_is_checked_shown_asked_and_exported(copy: Path):
    run([sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/recipes/inside.py"], copy)


@pytest.mark.slow
def test_what_the_recipes_add_keeps_the_layers(copy: Path):
    assert "0 broken" in run([str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], copy)


@pytest.mark.slow
def test_what_the_recipes_add_is_in_style(copy: Path):
    added = [block.file for block in blocks_of(DOCUMENT) if block.file.endswith(".py")]
    run([str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", *added], copy)


def test_a_change_whose_lines_are_not_there_is_no_recipe(tmp_path: Path):
    (tmp_path / "a.py").write_text("import this\none = 1\ntwo = 2\n")
    Block("diff", "a.py", " one = 1\n+more = 3\n").apply(tmp_path)
    assert (tmp_path / "a.py").read_text() == "import this\none = 1\nmore = 3\ntwo = 2\n"
    with pytest.raises(AssertionError, match="0 times"):
        Block("diff", "a.py", "-three = 3\n").apply(tmp_path)
