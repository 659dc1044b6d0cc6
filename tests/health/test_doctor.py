"""`manage.py doctor`, as an operator types it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT, Program, RedisServer, free_port, running_redis

pytestmark = pytest.mark.slow

WELL = ("--maxmemory", "256mb", "--maxmemory-policy", "noeviction")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A folder with a database, and static files that are collected."""
    folder = tmp_path_factory.mktemp("prepared")
    made = Program(folder, "", ROOT / "lessons", 1, {"DATABASE_URL": ""})
    made.manage("migrate", "--verbosity", "0")
    made.manage("collectstatic", "--no-input", "--verbosity", "0")
    return folder


@pytest.fixture(scope="module")
def healthy() -> Iterator[RedisServer]:
    with running_redis(*WELL) as server:
        yield server


@pytest.fixture
def site(prepared, healthy, tmp_path) -> Program:
    """The settings of a program that could be started: nothing runs."""
    folder, lessons = tmp_path / "var", tmp_path / "lessons"
    shutil.copytree(prepared, folder)
    shutil.copytree(ROOT / "lessons", lessons)
    return Program(folder, healthy.url, lessons, 1, {"DATABASE_URL": ""})


def doctor(site: Program, *words: str) -> tuple[int, str]:
    found = subprocess.run(
        [sys.executable, "manage.py", "doctor", *words],
        cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in found.stderr
    return found.returncode, found.stdout


def findings(site: Program) -> tuple[int, list[tuple[str, str]]]:
    """Return the exit code, and severity and sentence of each finding."""
    code, text = doctor(site, "--json")
    parts = json.loads(text)["parts"]
    return code, [(each["severity"], each["problem"]) for part in parts for each in part["findings"]]


def test_all_is_well(site):
    code, text = doctor(site)
    assert code == 0
    assert text.rstrip().endswith("All is well.")
    assert findings(site) == (0, [])


def test_each_problem_has_a_second_line_with_the_cure(site):
    site.environment["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    code, text = doctor(site)
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("Problem: No server listens at 127.0.0.1"))
    assert (code, lines[at + 1]) == (1, "   Cure: Start Redis, or correct the host and port in REDIS_URL.")


def no_static_files(site: Program) -> None:
    shutil.rmtree(site.folder / "staticfiles")


def old_static_file(site: Program) -> None:
    (site.folder / "staticfiles" / "css" / "base.css").write_text("/* of an older version */")


def no_database(site: Program) -> None:
    site.database.unlink()


def empty_database(site: Program) -> None:
    site.database.write_bytes(b"")


def damaged_database(site: Program) -> None:
    site.database.write_bytes(b"this is no database, but a text" * 100)


def missing_migration(site: Program) -> None:
    with sqlite3.connect(site.database) as other:
        other.execute("DELETE FROM django_migrations WHERE name = '0009_pulse'")
    other.close()


def broken_lesson(site: Program) -> None:
    (Path(site.environment["LESSONS_DIR"]) / "a-reliable-queue.yaml").write_text("title: [")


def no_lessons(site: Program) -> None:
    site.environment["LESSONS_DIR"] = str(site.folder / "nowhere")


def folder_is_a_file(site: Program) -> None:
    (site.folder / "file").write_text("")
    site.environment |= {"DATABASE_URL": f"sqlite:///{site.database}", "TUTOR_VAR": str(site.folder / "file")}


PROBLEMS = {
    no_static_files: "No static files are collected",
    old_static_file: "The collected static files are of another version: css/base.css differ.",
    no_database: "can't be found",
    empty_database: "The database lacks the tables",
    damaged_database: "The file is not a database",
    missing_migration: "The database lacks 1 migrations of this version: tutor.0009_pulse.",
    broken_lesson: "Lessons with errors are not offered: a-reliable-queue.yaml.",
    no_lessons: "LESSONS_DIR is",
    folder_is_a_file: "which can't be written",
}


@pytest.mark.parametrize("fault", PROBLEMS, ids=lambda fault: fault.__name__)
def test_a_problem_is_named(site, fault):
    fault(site)
    code, found = findings(site)
    assert code == 1
    assert any(severity == "problem" and PROBLEMS[fault] in sentence for severity, sentence in found), found


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": "short", "ALLOWED_HOSTS": "tutor.example.org"}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "tutor.example.org"}, "SECURE_SSL_REDIRECT"),
    ],
)
def test_settings_of_a_server_are_warnings(site, variables, sentence):
    site.environment |= variables
    code, found = findings(site)
    assert code == 0
    assert any(severity == "warning" and sentence in text for severity, text in found), found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_process_that_uses_a_deleted_database_is_named(site):
    with sqlite3.connect(site.database) as other:
        other.execute("SELECT * FROM tutor_run").fetchall()
        copy = site.database.read_bytes()
        site.database.unlink()
        site.database.write_bytes(copy)
        code, found = findings(site)
    other.close()
    assert code == 1
    assert any(f"Process {os.getpid()} uses a deleted file" in sentence for _, sentence in found), found


def test_it_works_on_ones_own_computer_without_any_setting(tmp_path, prepared):
    folder = tmp_path / "var"
    shutil.copytree(prepared, folder)
    site = Program(folder, "", ROOT / "lessons", 1, {"DATABASE_URL": ""})
    del site.environment["SECRET_KEY"], site.environment["ALLOWED_HOSTS"]
    assert doctor(site)[0] == 0
