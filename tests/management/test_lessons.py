"""`manage.py lessons`."""

import json
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import fakeredis
import pytest
from django.core.management import CommandError, call_command

from tests.lessons import SOUND
from tests.lessons_command import run_lessons
from tests.servers import ROOT, broker_at, running_redis
from tutor.broker import connection, status
from tutor.engine.errors import BrokerAway
from tutor.ports import corners

# The check asks the database for answers that a change would orphan.
pytestmark = pytest.mark.django_db

WRONG = SOUND.replace("title: A test", "titel: A test")
ASKED = "quiz:\n  - question: Why?\n    choices: {A: so, B: or so}\n    answer: A\n    hint: See step 9.\n"
# Its key has a source.
ASKED += "    source: {title: Redis, url: https://redis.io/}\n"
FALSE = SOUND.replace("LPUSH queue a}", "LPUSH queue a, expect: {reply: 2}}")


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Return the exit status of `lessons check` and the lines that it prints."""
    status, said = run_lessons(capsys, "check", *arguments)
    return status, said.splitlines()


def headlines(lines: list[str]) -> list[str]:
    """Return the lines for programs, without the indented explanations."""
    return [line for line in lines if not line.startswith(" ")]


def test_sound_lessons_end_with_status_0(shelf: Path, capsys):
    assert check(capsys) == (0, ["1 lesson checked, no problems"])


def test_lessons_are_counted(shelf: Path, capsys):
    (shelf / "second.yaml").write_text(SOUND)
    (shelf / "third.yaml").write_text(SOUND)
    assert check(capsys) == (0, ["3 lessons checked, no problems"])


def test_warnings_alone_end_with_status_0(shelf: Path, capsys):
    (shelf / "warned.yaml").write_text(SOUND + ASKED)
    status, lines = check(capsys)
    assert status == 0
    assert headlines(lines) == [
        "lessons/warned.yaml:12:11: warning: the hint speaks of step 9; the lesson has 1 step",
        "1 warning in 1 of 2 lessons",
    ]


def test_warnings_are_counted_beside_problems(shelf: Path, capsys):
    (shelf / "warned.yaml").write_text(SOUND + ASKED)
    (shelf / "false.yaml").write_text(FALSE)
    assert check(capsys)[1][-1] == "1 problem and 1 warning in 2 of 3 lessons"


def test_problems_of_all_files_are_printed_and_end_with_status_1(shelf: Path, capsys):
    (shelf / "wrong.yaml").write_text(WRONG)
    (shelf / "false.yaml").write_text(FALSE)
    status, lines = check(capsys)
    assert status == 1
    assert headlines(lines) == [
        "lessons/false.yaml:7:77: claims that reply is 2, but it is 1",
        "lessons/wrong.yaml:1:1: the field 'title' is missing",
        "lessons/wrong.yaml:1:1: unknown field 'titel'; did you mean 'title'?",
        "3 problems in 2 of 3 lessons",
    ]


def test_each_problem_is_explained_below_its_line(shelf: Path, capsys):
    (shelf / "false.yaml").write_text(FALSE)
    assert check(capsys)[1] == [
        "lessons/false.yaml:7:77: claims that reply is 2, but it is 1",
        "  7 |   - {actor: producer, action: Push, command: LPUSH queue a, expect: {reply: 2}}",
        "    |                                                                             ^",
        "    expected: 2",
        "        came: 1",
        "1 problem in 1 of 2 lessons",
    ]


def test_errors_come_before_warnings(shelf: Path, capsys):
    (shelf / "a-warned.yaml").write_text(SOUND + ASKED)
    (shelf / "false.yaml").write_text(FALSE)
    assert [line.split(":")[0] for line in headlines(check(capsys)[1])[:2]] == [
        "lessons/false.yaml",
        "lessons/a-warned.yaml",
    ]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "has_colours"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(shelf: Path, monkeypatch, environment: dict[str, str], has_colours):
    (shelf / "false.yaml").write_text(FALSE)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    with pytest.raises(SystemExit):
        call_command("lessons", "check", stdout=terminal)
    assert ("\x1b[" in terminal.getvalue()) == has_colours


def test_a_character_that_the_output_can_not_print_is_escaped(shelf: Path):
    (shelf / "wrong.yaml").write_text("größe: 1\n", encoding="utf-8")
    printed = BytesIO()
    terminal = TextIOWrapper(printed, encoding="ascii", write_through=True)
    with pytest.raises(SystemExit):
        call_command("lessons", "check", stdout=terminal)
    assert b"gr\\xf6\\xdfe" in printed.getvalue()


def test_problems_can_be_printed_as_annotations_for_github(shelf: Path, capsys):
    (shelf / "false.yaml").write_text(FALSE)
    assert check(capsys, "--format", "github") == (
        1,
        [
            "::error file=lessons/false.yaml,line=7,col=77::claims that reply is 2, but it is 1",
            "1 problem in 1 of 2 lessons",
        ],
    )


def test_more_problems_than_anybody_reads_are_left_out(shelf: Path, capsys):
    false = "  - {actor: producer, action: A, print: a, expect: {output: b}}\n"
    (shelf / "sound.yaml").write_text(SOUND + false * 300)
    status, lines = check(capsys)
    assert status == 1
    assert lines[-1] == "201 problems in 1 of 1 lesson"
    assert lines[0] == "lessons/sound.yaml:1:1: only the first 200 problems are listed"


def test_only_the_files_that_are_named_are_checked(shelf: Path, capsys):
    (shelf / "wrong.yaml").write_text(WRONG)
    assert check(capsys, "lessons/sound.yaml") == (0, ["1 lesson checked, no problems"])


def test_a_file_named_twice_is_checked_once(shelf: Path, capsys):
    assert check(capsys, "lessons/sound.yaml", "lessons/sound.yaml")[1] == ["1 lesson checked, no problems"]


def test_a_folder_means_all_lessons_in_it(shelf: Path, capsys):
    (shelf / "second.yaml").write_text(SOUND)
    (shelf / "notes.txt").write_text("no lesson")
    assert check(capsys, "lessons", "lessons/sound.yaml") == (0, ["2 lessons checked, no problems"])


def test_a_folder_without_lessons_is_a_problem(shelf: Path, capsys):
    (shelf / "empty").mkdir()
    assert check(capsys, "lessons/empty")[1][0] == "lessons/empty:1:1: the file can't be read: it is a folder"


def test_a_lesson_can_be_named_without_its_folder(shelf: Path, capsys):
    (shelf / "wrong.yaml").write_text(WRONG)
    status, lines = check(capsys, "wrong")
    assert status == 1
    assert lines[0].startswith("lessons/wrong.yaml:1:1: ")


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
                "expected": "2",
                "came": "1",
                "suggestion": None,
                "see_line": None,
            }
        ],
    }


def test_without_a_server_the_command_says_so(shelf: Path, monkeypatch: pytest.MonkeyPatch):
    def away(lesson: object) -> None:
        raise BrokerAway("Redis does not answer right now.")

    monkeypatch.setattr(corners, "temporary", away)
    with pytest.raises(CommandError, match=r"^Redis does not answer right now\. Playing lessons needs a server\.$"):
        call_command("lessons", "check")


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_fault():
    command = [sys.executable, "manage.py", "lessons", "schema"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()
        assert program.stderr.read() == b""


@pytest.fixture
def imitation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker that answers where no server can be started."""
    server = fakeredis.FakeRedis(protocol=2)
    server.response_callbacks.clear()
    monkeypatch.setattr(connection, "_client", server)
    monkeypatch.setattr(status, "_status", None)


WAITING = SOUND.replace("LPUSH queue a}", "BRPOP queue 0}\n  - {actor: producer, action: Push, command: LPUSH queue a}")
LACKING = (
    "lessons/waiting.yaml:7:3: not played, so nothing in it is proved: This lesson needs a real Redis server."
    " The one that answers here is an imitation without connections."
)


def test_with_fakeredis_playable_lessons_are_checked_and_the_others_reported(shelf: Path, capsys, imitation):
    (shelf / "waiting.yaml").write_text(WAITING)
    (shelf / "false.yaml").write_text(FALSE)
    status, lines = check(capsys)
    assert (status, headlines(lines)[-1]) == (1, "2 problems and 2 warnings in 2 of 3 lessons")
    assert headlines(lines)[0].startswith("lessons/false.yaml:")
    assert headlines(lines)[1] == LACKING


def test_an_unplayable_lesson_gets_the_problems_found_without_playing(shelf: Path, capsys, imitation):
    (shelf / "waiting.yaml").write_text(WAITING.replace("action: Push,", "action: 'Push {a b}',") + ASKED)
    _, lines = check(capsys)
    assert LACKING in headlines(lines)
    assert len([line for line in headlines(lines) if line.startswith("lessons/waiting.yaml:")]) > 1


def test_a_lesson_that_an_imitation_can_not_play_is_not_filled_in(shelf: Path, capsys, imitation):
    (shelf / "waiting.yaml").write_text(WAITING)
    with pytest.raises(SystemExit) as left:
        call_command("lessons", "fill", "--yes")
    out = capsys.readouterr().out
    assert (left.value.code, "lessons/waiting.yaml can't be filled in: This lesson needs a real Redis" in out) == (
        1,
        True,
    )
    assert "sound.yaml (filled)" in out
    assert (shelf / "waiting.yaml").read_text() == WAITING


def test_a_command_that_the_server_does_not_permit_is_one_lessons_problem(shelf: Path, capsys):
    (shelf / "popping.yaml").write_text(SOUND.replace("LPUSH queue a}", "LPOP queue}"))
    with running_redis() as server:
        server.ask("ACL", "SETUSER", "tutor", "on", ">password", "~tutor:*", "&*", "+@all", "-lpop")
        with broker_at(server.url.replace("redis://", "redis://tutor:password@")):
            status, lines = check(capsys)
    assert (status, headlines(lines)[-1]) == (1, "1 problem in 1 of 2 lessons")
    assert "not played, so nothing in it is proved: the server says NOPERM" in headlines(lines)[0]
