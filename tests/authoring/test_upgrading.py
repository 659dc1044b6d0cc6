"""Lessons in older formats keep their meaning, both as they are and when upgraded."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lessons import HEAD, PUSH, SOUND, but_unused, lesson
from tests.servers import RedisServer
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving, starter, upgrading
from tutor.authoring.raised_errors import DECODES
from tutor.authoring.upgrading import NotUpgraded
from tutor.engine.lesson.lesson import CURRENT_FORMAT
from tutor.files.formats import UPGRADES
from tutor.files.yaml_reader import read_document
from tutor.ports.corners import temporary

FLOW = "{title: x, track: x, actors: [a], steps: [{actor: a, action: A, print: a}]}\n"


def upgraded(text: str, folder: Path) -> str:
    """Return the text after upgrading; upgrading again changes nothing, and it says the same but for its format."""
    path = folder / "x.yaml"
    path.write_bytes(text.encode())
    after = upgrading.upgrade(path).after
    path.write_bytes(after)
    assert upgrading.upgrade(path).diff == []
    said = [read_document(each).root.value for each in (text.encode(), after)]
    assert said[1] == {**said[0], "format": CURRENT_FORMAT}
    return after.decode()


@for_each(
    ("before", "after"),
    [
        (SOUND, f"format: 2\n{SOUND}"),
        (f"# About it.\n\n{SOUND}# The end.", f"# About it.\n\nformat: 2\n{SOUND}# The end."),
        (SOUND.replace("\n", "\r\n"), f"format: 2\r\n{SOUND}".replace("\n", "\r\n").replace("\r\r", "\r")),
        (f"\ufeff{SOUND}", f"\ufeffformat: 2\n{SOUND}"),
        (f"---\n{SOUND}", f"---\nformat: 2\n{SOUND}"),
        (f"format: 1\n{SOUND}", f"format: 2\n{SOUND}"),
        (f"{SOUND}format:   1 # old\n", f"{SOUND}format:   2 # old\n"),
        (f'"format": 1\n{SOUND}', f'"format": 2\n{SOUND}'),
        (f"format: 2\n{SOUND}", f"format: 2\n{SOUND}"),
        (FLOW, FLOW.replace("{title", "{format: 2, title")),
        (
            "".join(f"  {line}\n" for line in SOUND.splitlines()),
            "  format: 2\n" + "".join(f"  {line}\n" for line in SOUND.splitlines()),
        ),
    ],
)
def test_a_text_gets_its_format_and_keeps_every_other_byte(before: str, after: str, tmp_path: Path):
    assert upgraded(before, tmp_path) == after


def test_a_file_that_no_place_is_found_in_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(f"? title\n: A test\n{SOUND.partition(chr(10))[2]}")
    with pytest.raises(NotUpgraded, match="can't be upgraded without changing more"):
        upgrading.upgrade(path)


@for_each("text", ["", "- a\n", lesson("  - {actor: cook, action: A, print: a}\n"), "a: [\n"])
def test_a_file_with_errors_is_not_upgraded(text: str, tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(NotUpgraded, match="before its errors are corrected"):
        upgrading.upgrade(path)


def test_every_older_format_has_an_upgrade():
    assert sorted(UPGRADES) == list(range(1, CURRENT_FORMAT))


def test_a_text_without_a_format_is_in_the_first_one():
    assert library.read(SOUND, "x.yaml").lesson.format == 1


@given(st.integers(CURRENT_FORMAT + 1, 10**9))
def test_a_format_that_is_too_new_is_the_one_problem_of_its_file(number: int):
    text = f"title: x\nformat: {number}\nwhat_comes_later: 1\n"
    (problem,) = library.read(text, "x.yaml").problems
    assert str(problem) == (
        f"x.yaml:2:9: this lesson is written in format {number}, and this version of Redis Tutor reads formats up to"
        f" {CURRENT_FORMAT}: update Redis Tutor"
    )
    assert library.read_stored(text) is None


@for_each("written", ["0", "-1", "two", "1.5", "true", "[2]"])
def test_what_is_no_format_is_a_problem_at_its_place(written: str):
    (problem,) = library.read(f"format: {written}\n{SOUND}", "x.yaml").problems
    assert (problem.line, problem.is_error) == (1, True)


def test_new_lessons_are_in_the_current_format(tmp_path: Path):
    for text in (starter.text_for("new-one", tmp_path), starter.text_to_begin("new-one")):
        assert library.read(text, "x.yaml").lesson.format == CURRENT_FORMAT


UNSOUND_TODAY = [
    lesson("  - {actor: cook, action: A, print: a}\n"),
    lesson("  - {actor: producer, action: A, print: a, line: 7}\n"),
    lesson(PUSH, head=f"{HEAD}closing: one\nclosing: two\n"),
    lesson("  - {id: x, actor: producer, action: A, print: a}\n" * 2),
]


@for_each("text", UNSOUND_TODAY)
def test_a_stored_text_is_not_held_to_checks_of_today(text: str):
    """Examples of texts that were sound when they were stored, and that newer checks reject."""
    assert library.read(text, "x.yaml").lesson is None
    assert library.lesson_of(library.digest_of(text), lambda: text).title == "A test"


HASH = lesson(
    """\
  - {actor: producer, action: Set, command: HSET user name Ada age 36}
  - {actor: consumer, action: Get, command: HGETALL user, save: task, expect: {task: [name, Ada, age, '36']}}
""",
    head=HEAD.replace("queue: list", "user: hash"),
)


def refused(text: str, folder: Path) -> list[str]:
    """Return the problems that an author has to correct before the text can be upgraded."""
    path = folder / "x.yaml"
    path.write_text(text)
    assert but_unused(proving.check([path], temporary)) == []
    with pytest.raises(NotUpgraded) as reason:
        upgrading.upgrade(path)
    assert path.read_text() == text
    return [line.removeprefix(f"{path}:") for line in str(reason.value).splitlines()][:-1]


def test_a_claim_about_a_whole_value_is_written_as_the_value_is_now(server: RedisServer, tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text(HASH)
    change = upgrading.upgrade(path)
    assert change.after.decode() == "format: 2\n" + HASH.replace("[name, Ada, age, '36']", "{name: Ada, age: '36'}")
    assert change.notes == (
        f"{path}:8:5: warning: task is ['name', 'Ada', 'age', '36'], and in format 2 {{'name': 'Ada', 'age': '36'}}",
    )
    path.write_bytes(change.after)
    assert proving.check([path], temporary) == []


@for_each(
    ("step", "said"),
    [
        ("command: HGETALL user, save: task, pick: 1", "9:79: in format 2 the program raises KeyError: 1; redis-py"),
        ("print: '{task}'", "9:45: prints ['name', 'Ada', 'age', '36'], and in format 2 {'name': 'Ada', 'age': '36'}"),
        ("print: '{task!r}'", "9:45: prints ['name', 'Ada', 'age', '36'], and in format 2 {'name': 'Ada', 'age'"),
        ("assign: {task: 'a {task}'}", "9:53: is \"a ['name', 'Ada', 'age', '36']\", and in format 2 \"a {'name'"),
        ("command: 'APPEND greeting {task}'", "9:47: in format 2 this does not send APPEND greeting ['name', 'Ada'"),
    ],
)
def test_what_would_mean_something_else_is_for_the_author_to_change(
    server: RedisServer, step: str, said: str, tmp_path: Path
):
    found = refused(f"{HASH}  - {{actor: consumer, action: Do it, {step}}}\n", tmp_path)
    assert [line[: len(said)] for line in found] == [said]


def test_a_pick_that_finds_something_else_is_said_with_the_one_to_write(server: RedisServer, tmp_path: Path):
    (found,) = refused(
        HASH.replace(", expect: {task: [name, Ada, age, '36']}", ", pick: 1, expect: {task: Ada}"), tmp_path
    )
    assert found.endswith("redis-py returns {'name': 'Ada', 'age': '36'}: write `pick: name`")


def test_a_key_that_is_proved_no_longer_is_said(server: RedisServer, tmp_path: Path):
    key = "text: \"['name', 'Ada', 'age', '36']\", proof: {after: 2, variable: task}"
    quiz = f"quiz:\n  - {{question: 'What is in `task` after {{step get}}?', {key}}}\n"
    (found,) = refused(HASH + quiz, tmp_path)
    assert found.startswith("10:")
    assert "in format 2 the proof gives {'name': 'Ada', 'age': '36'}" in found


def test_a_reply_that_is_no_text_is_said(server: RedisServer, tmp_path: Path):
    steps = "  - {actor: producer, action: Push, command: 'LPUSH queue \"\\xff\"'}\n"
    found = refused(lesson(steps + "  - {actor: consumer, action: Pop, command: RPOP queue, save: task}\n"), tmp_path)
    raised = "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    assert [line.split(": ", 1)[1] for line in found] == [f"in format 2 the program raises {raised}: {DECODES}"]
