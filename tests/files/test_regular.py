"""Irregular files in a lessons' folder: nothing hangs or fails, and none is taken for a lesson."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.lessons import SOUND
from tests.needs import need
from tutor import library
from tutor.authoring import watched_files
from tutor.authoring.watched_files import NothingToWatch, WatchedFiles
from tutor.files.regular import is_regular, start_of, why_not_regular
from tutor.management.lessons.shelf import lesson_files
from tutor.studio import files as studio_files

# A check asks whether a change leaves stored answers without their question.
pytestmark = pytest.mark.django_db

SECONDS = 5


@pytest.fixture(autouse=True)
def impatience() -> Iterator[None]:
    """Fail a test that waits, instead of waiting with it."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"it still waits after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def shelf(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one lesson, sound.yaml."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "sound.yaml").write_text(SOUND)
    settings.LESSONS_DIR = folder
    monkeypatch.chdir(tmp_path)
    return folder


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's path may have 107 bytes
        bound.bind(path.name)
        os.chdir(before)


NOT_LESSONS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a named pipe": ("x.yaml", os.mkfifo, "it is a named pipe, not a file"),
    "a socket": ("x.yaml", bind, "it is a socket, not a file"),
    "a folder": ("x.yaml", Path.mkdir, "it is a folder"),
    "a device": ("x.yaml", lambda path: path.symlink_to("/dev/zero"), "it is a device, not a file"),
    "a terminal": ("x.yaml", lambda path: path.symlink_to("/dev/tty"), "it is a device, not a file"),
    "a dangling link": ("x.yaml", lambda path: path.symlink_to("nowhere.yaml"), "No such file or directory"),
    "a link to itself": ("x.yaml", lambda path: path.symlink_to("x.yaml"), "Too many levels of symbolic links"),
    "a link to a pipe": (
        "x.yaml",
        lambda path: (os.mkfifo(path.with_name("pipe")), path.symlink_to("pipe")),
        "it is a named pipe, not a file",
    ),
}
HIDDEN = ["._ok.yaml", ".hidden.yaml", "._ok.yml"]


@pytest.fixture(params=NOT_LESSONS)
def odd(request, shelf: Path) -> tuple[Path, str]:
    """An irregular file beside the lesson, and the message about it."""
    name, make, said = NOT_LESSONS[request.param]
    make(shelf / name)
    return shelf / name, said


def test_an_irregular_file_is_not_read(odd):
    path, said = odd
    assert (is_regular(path), why_not_regular(path)) == (False, said)
    with pytest.raises(OSError) as refused:  # noqa: PT011 - of many kinds
        start_of(path, 10)
    assert refused.value.strerror == said


def test_an_irregular_file_is_not_on_the_shelf(odd):
    assert [file.slug for file in library.all_lessons()] == ["sound"]
    with pytest.raises(library.NoSuchLesson):
        library.find("x")
    assert list(studio_files.files()) == ["sound"]


def test_an_irregular_file_is_not_checked_with_its_folder(odd, capsys):
    call_command("lessons", "check")
    call_command("lessons", "check", "lessons")
    assert capsys.readouterr().out.splitlines() == ["1 lesson checked, no problems"] * 2


def test_an_irregular_file_is_reported_when_it_is_named(odd, capsys):
    _, said = odd
    for verb, sentence in (("check", f"the file can't be read: {said}"), ("fill", f"x.yaml can't be read: {said}.")):
        with pytest.raises(SystemExit):
            call_command("lessons", verb, "lessons/x.yaml")
        assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("export-questions", "{}", "--format", "gift"),
        ("import-questions", "{}", "sound"),
        ("record", "--output", "made.yaml", "{}"),
    ],
)
def test_other_verbs_report_it_too(odd, capsys, words):
    path, said = odd
    with suppress(SystemExit, CommandError):
        call_command("lessons", *(word.format(path) for word in words))
    assert said in capsys.readouterr().out


def test_an_irregular_file_is_not_watched(odd, shelf):
    path, said = odd
    watched = WatchedFiles(shelf)
    assert [news.file.slug for news in watched.scan()] == ["sound"]
    if not path.is_dir():
        with pytest.raises(NothingToWatch) as refused:
            watched_files.open_at(path)
        told = (
            f"{path} can't be watched: {said}." if said.startswith("it is") else f"There is no file or folder {path}."
        )
        assert str(refused.value) == told


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_file_is_no_lesson(shelf, capsys, name):
    (shelf / name).write_bytes(b"\x00\x05\x16\x07Mac OS X")
    assert [file.slug for file in library.all_lessons()] == ["sound"]
    assert [news.file.slug for news in WatchedFiles(shelf).scan()] == ["sound"]
    assert [path.name for path in lesson_files([])] == ["sound.yaml"]
    call_command("lessons", "check")
    assert capsys.readouterr().out == "1 lesson checked, no problems\n"


def test_a_hidden_file_that_is_named_is_checked(shelf, capsys):
    (shelf / ".draft.yaml").write_text(SOUND)
    with pytest.raises(SystemExit):
        call_command("lessons", "check", "lessons/.draft.yaml")
    assert "a lesson's file name is its address" in capsys.readouterr().out


def unreadable(path: Path) -> None:
    """A regular file whose reading fails, also for root."""
    path.symlink_to(need(Path("/proc/self/mem").exists() and "/proc/self/mem", "Linux's /proc"))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)


@pytest.mark.parametrize(("make", "said"), [(unreadable, "the file can't be read: "), (sparse, "at most 262,144")])
def test_a_file_that_cannot_be_a_lesson_leaves_the_others_alone(shelf, capsys, make, said):
    make(shelf / "x.yaml")
    assert [file.slug for file in library.all_lessons()] == ["sound"]
    with pytest.raises(SystemExit):
        call_command("lessons", "check")
    out = capsys.readouterr().out
    assert said in out
    assert out.endswith("1 problem in 1 of 2 lessons\n")
    watched = WatchedFiles(shelf)
    assert [news.file.slug for news in watched.scan()] == ["sound", "x"]


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text(SOUND)
    regular = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: regular)
    with pytest.raises(OSError, match="it is a named pipe"):
        start_of(path, 10)


def test_a_file_is_read_to_the_given_size(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a" * 3_000_000)
    assert [len(start_of(path, most)) for most in (0, 10, 2_999_999, 3_000_001)] == [0, 10, 2_999_999, 3_000_000]
