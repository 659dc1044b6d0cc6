"""`manage.py lessons`."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.lessons import SOUND
from tutor import broker
from tutor.engine.errors import BrokerAway

WRONG = SOUND.replace("title: A test", "titel: A test")
ASKED = "quiz:\n  - question: Why?\n    choices: {A: so, B: or so}\n    answer: A\n    hint: See step 9.\n"
FALSE = SOUND.replace("LPUSH queue a}", "LPUSH queue a, expect: {reply: 2}}")


@pytest.fixture
def shelf(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lessons' folder, with one sound lesson, as the current folder's `lessons`."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    settings.LESSONS_DIR = folder
    monkeypatch.chdir(tmp_path)
    (folder / "sound.yaml").write_text(SOUND)
    return folder


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Return the exit status of `lessons check` and the lines that it prints."""
    try:
        call_command("lessons", "check", *arguments)
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, capsys.readouterr().out.splitlines()


def test_sound_lessons_end_with_status_0(shelf: Path, capsys):
    assert check(capsys) == (0, ["1 lesson checked, no problems"])


def test_lessons_are_counted(shelf: Path, capsys):
    (shelf / "second.yaml").write_text(SOUND)
    (shelf / "third.yaml").write_text(SOUND)
    assert check(capsys) == (0, ["3 lessons checked, no problems"])


def test_warnings_alone_end_with_status_0(shelf: Path, capsys):
    (shelf / "warned.yaml").write_text(SOUND + ASKED)
    assert check(capsys) == (
        0,
        [
            "lessons/warned.yaml:12:11: warning: the hint speaks of step 9; the lesson has 1 steps",
            "1 warning in 1 of 2 lessons",
        ],
    )


def test_warnings_are_counted_beside_problems(shelf: Path, capsys):
    (shelf / "warned.yaml").write_text(SOUND + ASKED)
    (shelf / "false.yaml").write_text(FALSE)
    assert check(capsys)[1][-1] == "1 problem and 1 warning in 2 of 3 lessons"


def test_problems_of_all_files_are_printed_and_end_with_status_1(shelf: Path, capsys):
    (shelf / "wrong.yaml").write_text(WRONG)
    (shelf / "false.yaml").write_text(FALSE)
    assert check(capsys) == (
        1,
        [
            "lessons/false.yaml:7:77: claims that reply is 2, but it is 1",
            "lessons/wrong.yaml:1:1: the field 'title' is missing",
            "lessons/wrong.yaml:1:1: unknown field 'titel'; did you mean 'title'?",
            "3 problems in 2 of 3 lessons",
        ],
    )


def test_only_the_files_that_are_named_are_checked(shelf: Path, capsys):
    (shelf / "wrong.yaml").write_text(WRONG)
    assert check(capsys, "lessons/sound.yaml") == (0, ["1 lesson checked, no problems"])


def test_a_file_named_twice_is_checked_once(shelf: Path, capsys):
    assert check(capsys, "lessons/sound.yaml", "lessons/sound.yaml")[1] == ["1 lesson checked, no problems"]


def test_a_file_that_does_not_exist_is_a_problem(shelf: Path, capsys):
    assert check(capsys, "missing.yaml") == (
        1,
        ["missing.yaml:1:1: the file can't be read: No such file or directory", "1 problem in 1 of 1 lesson"],
    )


def test_a_file_whose_name_is_no_address_is_not_overlooked(shelf: Path, capsys):
    (shelf / "My lesson.yml").write_text(SOUND)
    assert check(capsys)[0] == 1


def test_problems_can_be_printed_as_json(shelf: Path, capsys):
    (shelf / "false.yaml").write_text(FALSE)
    status, lines = check(capsys, "--format", "json")
    assert status == 1
    assert json.loads("\n".join(lines)) == {
        "lessons": 2,
        "problems": [
            {
                "file": "lessons/false.yaml",
                "line": 7,
                "column": 77,
                "message": "claims that reply is 2, but it is 1",
                "severity": "error",
            }
        ],
    }


def test_without_a_server_the_command_says_so(shelf: Path, monkeypatch: pytest.MonkeyPatch):
    def away(run_id: str, lesson: object) -> None:
        raise BrokerAway("Redis does not answer right now.")

    monkeypatch.setattr(broker, "corner", away)
    with pytest.raises(CommandError, match=r"^Redis does not answer right now\. Playing lessons needs a server\.$"):
        call_command("lessons", "check")
