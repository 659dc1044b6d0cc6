"""Reading lesson files: every problem at its line and column; and the shelf of lessons."""

import json
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from tests.lessons import HEAD, PUSH, SOUND, but_unused, lesson
from tests.tables import for_each
from tutor import library
from tutor.engine.lesson.steps.command import CommandStep
from tutor.library import LocatedProblem, NoSuchLesson, digest_of, find, lesson_of, read


def said(text: str | bytes) -> list[str]:
    """Return the problems of a file named x.yaml."""
    return but_unused(str(problem) for problem in read(text, "x.yaml").problems)


def test_a_sound_lesson_is_read_without_problems():
    reading = read(SOUND, "x.yaml")
    assert (reading.problems, reading.lesson and reading.lesson.title) == ((), "A test")


def test_a_lesson_is_read_from_bytes_as_well():
    assert read(SOUND.encode(), "x.yaml").lesson == read(SOUND, "x.yaml").lesson


def test_a_file_with_a_problem_gives_no_lesson():
    assert read(SOUND.replace("actor: producer", "actor: cook"), "x.yaml").lesson is None


def test_a_problem_is_printed_as_compilers_print_theirs():
    assert str(LocatedProblem("lessons/x.yaml", 57, 9, "message")) == "lessons/x.yaml:57:9: message"


@for_each(
    ("text", "problem"),
    [
        (
            "title: a: b",
            "x.yaml:1:9: text without quotes can't contain a colon and a space; quote it, or check the indentation",
        ),
        (
            "title: 'a",
            "x.yaml:1:8: the quote that opens here is never closed; a quote inside the text is written twice: ''",
        ),
        ("title: a\n\tlevel: b", "x.yaml:2:1: there is a tab where YAML allows only spaces"),
        (
            "title: a\n  level: b",
            "x.yaml:2:3: this line is indented by 2, the field above it by 0: fields of one entry begin in one column",
        ),
        (
            "title:\u00a0a\nlevel: b\n",
            "x.yaml:1:7: there is a no-break space where YAML needs an ordinary one: delete it, and type a space",
        ),
        (
            "steps:\n  - actor: a\n\u00a0   action: b\n    print: c\n",
            "x.yaml:3:1: there is a no-break space where YAML needs an ordinary one: delete it, and type a space",
        ),
        (
            "steps:\n  - actor: a\n  \u2013 actor: b\n",
            "x.yaml:3:3: an entry of a list begins with a hyphen, -, and not with \u2013",
        ),
        ("", "x.yaml:1:1: the file is empty"),
        ("# nothing\n", "x.yaml:1:1: the file is empty"),
        ("- title: a\n", "x.yaml:1:1: a lesson is a mapping: its first line is like `title: …`"),
        ("just text", "x.yaml:1:1: a lesson is a mapping: its first line is like `title: …`"),
        (b"title: caf\xe9\n", "x.yaml:1:11: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("title: a\nabout: \x01", "x.yaml:2:8: the character '\\x01' is not allowed in a YAML file"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n", "x.yaml:1:4: anchors are not read: remove &a, or quote the text"),
        ("a: [*b]\n", "x.yaml:1:5: aliases are not read: write the value out instead of *b, or quote the text"),
        (
            "a: !!python/name:os.system x\n",
            "x.yaml:1:4: tags are not read: remove tag:yaml.org,2002:python/name:os.system, or quote the text",
        ),
        ("a: 1\n---\nb: 1\n", "x.yaml:2:1: a second document starts here; a file holds one lesson"),
        ("? [a]\n: b\n", "x.yaml:1:3: a mapping's key must be text"),
        ("a: " + "[" * 100, "x.yaml:1:19: lists and mappings are nested more than 16 deep"),
        ("- x\n" * 50_000, "x.yaml:30000:3: the file holds more than 30,000 values"),
        ("- x\n" * 250_000, "x.yaml:1:1: the file has 1,000,000 bytes; at most 262,144 are read"),
        (
            'a: "\\U99999999"',
            "x.yaml:1:7: there is no such escape in double quotes; a backslash is written twice, or use single quotes",
        ),
    ],
)
def test_a_file_that_is_no_lesson_at_all_has_one_problem(text: str | bytes, problem: str):
    assert said(text) == [problem]


STEPS = {
    "unknown field": (
        "  - {actor: producer, action: Push, command: LPUSH queue a, lin: 3}\n",
        "x.yaml:7:61: unknown field 'lin'; did you mean 'line'?",
    ),
    "unknown field like no other": (
        "  - {actor: producer, action: Print, print: x, zzz: 3}\n",
        "x.yaml:7:48: unknown field 'zzz'; known: id, actor, action, line, box, why, expect, print",
    ),
    "misspelled kind": (
        "  - {actor: producer, action: Push, comand: LPUSH queue a}\n",
        "x.yaml:7:37: unknown field 'comand'; did you mean 'command'?",
    ),
    "no kind": (
        "  - actor: producer\n    action: Push\n",
        "x.yaml:7:5: a step needs one of: command, print, assign, wait, crash, read",
    ),
    "no mapping": ("  - LPUSH queue a\n", "x.yaml:7:5: expected a mapping, got 'LPUSH queue a'"),
    "missing field": ("  - action: Push\n    command: LPUSH queue a\n", "x.yaml:7:5: the field 'actor' is missing"),
    "wrong type": (
        "  - {actor: producer, action: 5, print: x}\n",
        "x.yaml:7:31: expected text, got the number 5; quote it to make it text: '5'",
    ),
    "yes or no for text": (
        "  - {actor: producer, action: Print, print: true}\n",
        "x.yaml:7:45: expected text, got true; quote it to make it text: 'true'",
    ),
    "text for a number": (
        "  - {actor: producer, action: Print, print: x, line: one}\n",
        "x.yaml:7:54: expected a whole number, got 'one'",
    ),
    "nothing": (
        "  - actor: producer\n    action: Print\n    print:\n",
        "x.yaml:9:5: expected text, got nothing",
    ),
    "neither of two types": (
        "  - {actor: producer, action: Push, command: {LPUSH: queue}}\n",
        "x.yaml:7:46: expected text or a list, got a mapping",
    ),
    "wrong type in one of two types": (
        "  - {actor: producer, action: Push, command: [LPUSH, queue, 1]}\n",
        "x.yaml:7:61: expected text, got the number 1; quote it to make it text: '1'",
    ),
    "too small": (
        "  - {actor: producer, action: Print, print: x, line: 0}\n",
        "x.yaml:7:54: expected at least 1, got the number 0",
    ),
    "empty": ("  - {actor: producer, action: '', print: x}\n", "x.yaml:7:31: this can't be empty"),
    "too long": (
        f"  - {{actor: producer, action: {'x' * 201}, print: x}}\n",
        "x.yaml:7:31: the text has 201 characters; at most 200 fit",
    ),
    "duplicate key": (
        "  - actor: producer\n    action: Print\n    print: x\n    action: Again\n",
        "x.yaml:10:5: 'action' is already there, in line 8",
    ),
    "a step that does two things": (
        "  - {actor: producer, action: Push, command: LPUSH queue a, print: x}\n",
        "x.yaml:7:61: a step does one thing, and this one has `command`; give `print` a step of its own",
    ),
    "no other word than true": (
        "  - {actor: producer, action: Crash, crash: yes}\n",
        "x.yaml:7:45: expected true, got 'yes'",
    ),
    "a name or true": (
        "  - {actor: producer, action: Read, read: false}\n",
        "x.yaml:7:43: expected text or true, got false",
    ),
    "a colon without a space": (
        "  - {actor: producer, action: Print, print:x}\n",
        "x.yaml:7:38: unknown field 'print:x'; did you mean 'print'?",
    ),
    "a call of redis-py": (
        "  - actor: producer\n    action: Push\n    command: r.lpush('queue', 'a')\n",
        "x.yaml:9:14: this is Python; a command is typed as in redis-cli, such as LPUSH key element [element ...]",
    ),
    "a variable that is never shown": (
        "  - actor: producer\n    action: Print\n    print: '{task.upper()}'\n",
        "x.yaml:9:12: warning: {task.upper()} stays as it is: only {name} and {name!r} show a variable; {{ is a brace",
    ),
    "an actor that does not exist": (
        "  - {actor: cook, action: Print, print: x}\n",
        "x.yaml:7:13: there is no actor 'cook'; actors: producer, consumer",
    ),
    "a variable that does not exist": (
        "  - actor: producer\n    action: Print\n    print: '{tsk}'\n",
        "x.yaml:9:12: there is no variable 'tsk'; variables: task",
    ),
    "a claim about nothing": (
        "  - actor: producer\n    action: Print\n    print: x\n    expect:\n      queu: []\n",
        "x.yaml:11:13: nothing is called 'queu' here; known: queue, task, output, reply, error",
    ),
    "a command that is not allowed": (
        "  - {actor: producer, action: Push, command: FLUSHALL}\n",
        "x.yaml:7:46: FLUSHALL is not a command that a lesson may send: it empties the server, which all lessons share",
    ),
    "a huge number": (
        f"  - {{actor: producer, action: Print, print: x, line: {'9' * 5000}}}\n",
        "x.yaml:7:54: the number has 5000 digits; at most 18 are read; quote it to make it text",
    ),
    "half a character": (
        '  - {actor: producer, action: Print, print: "\\uD800"}\n',
        "x.yaml:7:48: there is no such escape in double quotes; a backslash is written twice, or use single quotes",
    ),
    "a character that no database keeps": (
        '  - {actor: producer, action: Print, print: "a\\0"}\n',
        "x.yaml:7:45: the character '\\x00' is not allowed in a lesson",
    ),
}


def test_an_entry_without_its_hyphen_gets_a_hint():
    first, *_ = said(lesson("  - actor: producer\n    action: A\n    print: x\n    actor: consumer\n"))
    assert first == "x.yaml:10:5: 'actor' is already there, in line 7; if a new entry begins here, put - in front"


def test_a_choice_without_a_space_after_its_letter_gets_a_hint():
    text = f"{SOUND}quiz:\n  - {{question: a, choices: {{A:b, B: c}}, answer: B}}\n"
    (problem,) = said(text)
    assert problem.endswith("expected text or a mapping, got nothing; a colon needs a space behind it: `A: b`")


def test_a_list_of_right_choices_gets_the_name_of_its_field():
    (problem,) = said(f"{SOUND}quiz:\n  - {{question: a, choices: {{A: b, B: c}}, answer: [A, B]}}\n")
    assert problem.endswith("expected text, got a list; where several choices are right, write answers: [A, B]")


@pytest.mark.parametrize("command", ["FLUSHALL", "KEYS *", "EVAL x 0"])
def test_a_command_that_no_lesson_may_send_is_no_misspelt_one(command: str):
    (problem,) = read(lesson(f"  - {{actor: producer, action: A, command: {command}}}\n"), "x.yaml").problems
    assert problem.facts.suggestion == ""


@for_each(("steps", "problem"), STEPS.values())
def test_a_problem_of_a_step_is_reported_at_its_place(steps: str, problem: str):
    assert said(lesson(steps)) == [problem]


@for_each(
    ("line", "problem"),
    [
        (
            "level: beginer",
            "x.yaml:1:8: expected 'beginner', 'intermediate' or 'advanced', got 'beginer'; did you mean 'beginner'?",
        ),
        ("minutes: 1000", "x.yaml:1:10: expected at most 240, got the number 1000"),
        ("minutes: 1.5", "x.yaml:1:10: expected a whole number, got the number 1.5"),
        ("flow: {boxes: [a], lop: true}", "x.yaml:1:20: unknown field 'lop'; did you mean 'loop'?"),
        ("flow: {boxes: []}", "x.yaml:1:15: this can't be empty"),
        ("sample: {}", "x.yaml:1:9: the field 'code' is missing"),
        ("key_moments: [{question: a}]", "x.yaml:1:15: the field 'answer' is missing"),
        (
            "key_moments: [{question: a, answer: b, steps: [9]}]",
            "x.yaml:1:48: there is no step 9; the lesson has 1 step",
        ),
        ("snapshot: [a, 5]", "x.yaml:1:15: expected text, got the number 5; quote it to make it text: '5'"),
        ("summary: 2024-01-01", None),
    ],
)
def test_a_problem_of_the_head_is_reported_at_its_place(line: str, problem: str | None):
    assert said(f"{line}\n{SOUND}") == ([problem] if problem else [])


@for_each(
    ("field", "problem"),
    [
        ("actors: [producer, {name: x, rol: y}]", "x.yaml:3:30: unknown field 'rol'; did you mean 'role'?"),
        ("actors: [producer, {name: x, role: y}]", "x.yaml:3:36: expected 'producer' or 'consumer', got 'y'"),
        ("actors: [producer, Bad]", "x.yaml:3:20: 'Bad' is not allowed here: a-z, 0-9 and _ only, a letter first"),
        (
            "actors: [producer, 5]",
            "x.yaml:3:20: expected text or a mapping, got the number 5; quote it to make it text: '5'",
        ),
        ("actors: [producer, {name: X}]", "x.yaml:3:27: 'X' is not allowed here: a-z, 0-9 and _ only, a letter first"),
    ],
)
def test_where_a_field_takes_two_shapes_the_one_that_was_meant_is_judged(field: str, problem: str):
    assert said(SOUND.replace("actors: [producer, consumer]", field)) == [problem]


def test_a_watched_key_of_an_unknown_type_is_reported_at_the_type():
    assert said(SOUND.replace("{queue: list}", "{queue: lisst}")) == [
        "x.yaml:4:16: expected 'list', 'string', 'hash', 'set', 'zset' or 'stream', got 'lisst'; did you mean 'list'?"
    ]


def test_every_missing_field_is_reported_at_the_lessons_start():
    assert said("# A comment\nlevel: beginner\n") == [
        "x.yaml:2:1: the field 'actors' is missing",
        "x.yaml:2:1: the field 'steps' is missing",
        "x.yaml:2:1: the field 'title' is missing",
        "x.yaml:2:1: the field 'track' is missing",
    ]


def test_all_problems_of_a_file_come_in_one_go_whatever_finds_them():
    steps = (
        "  - {actor: producer, action: Push, command: LPUSH queue a, lin: 3}\n"
        "  - {actor: cook, action: Print, print: x}\n"
        "  - {actor: producer, action: Print, print: x, print: y}\n"
        "  - {actor: producer, action: Print, print: 5}\n"
        "  - {actor: producer, action: Pop, command: RPOP queue, save: tsk}\n"
    )
    assert said("level: x\n" + lesson(steps)) == [
        "x.yaml:1:8: expected 'beginner', 'intermediate' or 'advanced', got 'x'",
        "x.yaml:8:61: unknown field 'lin'; did you mean 'line'?",
        "x.yaml:9:13: there is no actor 'cook'; actors: producer, consumer",
        "x.yaml:10:48: 'print' is already there, in line 10",
        "x.yaml:11:45: expected text, got the number 5; quote it to make it text: '5'",
        "x.yaml:12:63: there is no variable 'tsk'; variables: task",
    ]


def test_references_to_what_is_broken_itself_are_not_complained_about():
    assert said(SOUND.replace("actors: [producer, consumer]", "actors: 5")) == [
        "x.yaml:3:9: expected a list, got the number 5"
    ]


@for_each(
    ("written", "value"),
    [
        ("task1", "task1"),
        ("'5'", "5"),
        ("5", 5),
        ("-5", -5),
        ("0x1F", 31),
        ("0o17", 15),
        ("007", 7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("yes", "yes"),
        ("null", None),
        ("~", None),
        ("", None),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("[a, 1]", ["a", 1]),
        ("{1: a, true: b}", {"1": "a", "true": "b"}),
        ("|\n        one\n        two\n", "one\ntwo\n"),
    ],
)
def test_values_are_those_of_yaml_1_2(written: str, value: object):
    reading = read(
        lesson(f"  - actor: producer\n    action: A\n    command: PING\n    expect:\n      task: {written}\n"), "x"
    )
    assert reading.lesson
    assert reading.lesson.steps[0].expect == {"task": value}


@for_each("written", [".inf", "-.inf", ".nan", "1e999"])
def test_a_number_that_is_none_is_a_problem(written: str):
    (problem,) = said(f"minutes: {written}\n{SOUND}")
    assert problem.startswith("x.yaml:1:10: ")
    assert problem.endswith("; quote it to make it text")


@pytest.fixture
def shelf(settings, tmp_path: Path) -> Path:
    """An empty lessons' folder."""
    settings.LESSONS_DIR = tmp_path
    return tmp_path


def test_a_lesson_is_found_by_its_name(shelf: Path):
    (shelf / "first-lesson.yaml").write_text(SOUND)
    found = find("first-lesson")
    assert (found.slug, found.text, found.digest, found.lesson.title) == (
        "first-lesson", SOUND, digest_of(SOUND), "A test",
    )  # fmt: skip


@for_each("slug", ["missing", "", ".", "..", "../x", "/etc/passwd", "A", "a.yaml", "a/b", "a\n", "é", "a\x00"])
def test_no_other_name_finds_anything(shelf: Path, slug: str):
    (shelf / "a.yaml").write_text(SOUND)
    (shelf.parent / "x.yaml").write_text(SOUND)
    with pytest.raises(NoSuchLesson, match=r"^There is no lesson of that name\.$"):
        find(slug)


def test_a_broken_lesson_is_not_found(shelf: Path):
    (shelf / "broken.yaml").write_text("title: A test\n")
    with pytest.raises(NoSuchLesson):
        find("broken")


def test_lessons_come_by_track_level_and_title(shelf: Path):
    for name, track, level, title in [
        ("a", "web", "beginner", "A"),
        ("b", "django", "advanced", "A"),
        ("c", "django", "beginner", "B"),
        ("d", "django", "beginner", "A"),
        ("e", "django", "intermediate", "A"),
    ]:
        head = HEAD.replace("title: A test", f"title: {title}\nlevel: {level}").replace("tests", track)
        (shelf / f"{name}.yaml").write_text(lesson(PUSH, head=head))
    assert [file.slug for file in library.all_lessons()] == ["d", "c", "e", "b", "a"]


def test_within_a_track_the_order_that_the_authors_gave_comes_before_level_and_title(shelf: Path):
    for name, order, level in [("a", 2, "beginner"), ("b", 1, "advanced"), ("c", 1, "beginner")]:
        head = HEAD.replace("title: A test", f"title: A\norder: {order}\nlevel: {level}")
        (shelf / f"{name}.yaml").write_text(lesson(PUSH, head=head))
    assert [file.slug for file in library.all_lessons()] == ["c", "b", "a"]


def test_tracks_are_sorted_by_their_lowest_order(shelf: Path):
    for name, track, order in [("a", "alpha", 2), ("b", "zulu", 1), ("c", "zulu", 9)]:
        head = HEAD.replace("track: tests", f"track: {track}").replace("title: A test", f"title: A\norder: {order}")
        (shelf / f"{name}.yaml").write_text(lesson(PUSH, head=head))
    assert [file.slug for file in library.all_lessons()] == ["b", "c", "a"]


def test_broken_files_and_odd_names_are_left_out_of_the_catalogue(shelf: Path):
    (shelf / "sound.yaml").write_text(SOUND)
    (shelf / "broken.yaml").write_text("title: A test\n")
    (shelf / "My lesson.yaml").write_text(SOUND)
    (shelf / "notes.txt").write_text("no lesson")
    assert [file.slug for file in library.all_lessons()] == ["sound"]


def test_a_broken_file_is_logged_once_for_each_content(shelf: Path, caplog: pytest.LogCaptureFixture):
    path = shelf / "broken.yaml"
    path.write_text("")
    with caplog.at_level(logging.WARNING):
        library.all_lessons()
        library.all_lessons()
        os.utime(path, (1, 1))
        library.all_lessons()
    assert caplog.messages == ["broken.yaml:1:1: the file is empty"]


def test_a_file_is_read_again_when_it_changes(shelf: Path):
    path = shelf / "first.yaml"
    path.write_text(SOUND)
    find("first")
    path.write_text(SOUND.replace("A test", "Another test"))
    assert find("first").lesson.title == "Another test"


def test_a_file_that_did_not_change_is_not_read_again(shelf: Path):
    (shelf / "first.yaml").write_text(SOUND)
    assert find("first").lesson is find("first").lesson


def test_a_file_that_is_removed_is_no_longer_found(shelf: Path):
    path = shelf / "first.yaml"
    path.write_text(SOUND)
    find("first")
    path.unlink()
    with pytest.raises(NoSuchLesson):
        find("first")


def test_a_missing_folder_is_an_empty_shelf(settings, tmp_path: Path):
    settings.LESSONS_DIR = tmp_path / "missing"
    assert library.all_lessons() == []


def test_a_run_keeps_the_lesson_that_it_started_with(shelf: Path):
    path = shelf / "first.yaml"
    path.write_text(SOUND)
    started = find("first")
    path.write_text(SOUND.replace("LPUSH queue a", "LPUSH queue b"))
    find("first")
    step = lesson_of(started.digest, lambda: started.text).steps[0]
    assert isinstance(step, CommandStep)
    assert step.command == "LPUSH queue a"


def test_the_lesson_of_a_run_is_read_once(shelf: Path):
    text = SOUND.replace("A test", "Read once")
    assert lesson_of(digest_of(text), lambda: text) is lesson_of(digest_of(text), lambda: text)


def test_the_lesson_of_a_run_is_read_once_though_many_threads_ask_for_it(shelf: Path):
    text = SOUND.replace("A test", "Asked by many")
    lesson_of(digest_of(text), lambda: text)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ask_often, digest_of(text)) for _ in range(8)]
            assert [each.result() for each in asked] == [None] * 8
    finally:
        sys.setswitchinterval(usual)


def ask_often(digest: str) -> None:
    def never() -> str:
        raise AssertionError("it is read again")

    for _ in range(20_000):
        lesson_of(digest, never)


def test_threads_that_ask_for_an_unread_text_at_once_share_one_reading():
    text, fetched = SOUND.replace("A test", "Asked for at once"), []

    def source() -> str:
        fetched.append(text)
        sleep(0.05)
        return text

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: lesson_of(digest_of(text), source), range(4)))
    assert len(fetched) == 1
    assert all(each is found[0] for each in found)


@pytest.mark.parametrize("command", ["LPUSH queue a\nLPUSH queue b", "LPUSH\u00a0queue a", "LPUSH queue \u22121"])
def test_a_run_goes_on_though_its_lesson_would_be_refused_by_now(command: str):
    text = SOUND.replace("LPUSH queue a", json.dumps(command))
    assert read(text, "x.yaml").lesson is None
    (step,) = lesson_of(digest_of(text), lambda: text).steps
    assert (isinstance(step, CommandStep) and step.template) == command.split()


def test_a_run_whose_lesson_can_no_longer_be_read_says_so():
    with pytest.raises(NoSuchLesson, match=r"^This version of the lesson can't be read any more\.$"):
        lesson_of(digest_of("title: x"), lambda: "title: x")
