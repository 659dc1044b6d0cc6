"""`manage.py lessons mutate`: the report, its options, and its exit status."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from tests.lessons_command import run_lessons
from tests.mutation.pages import LESSON
from tests.tables import for_each
from tutor.apart.limits import MUTANTS, WorkLimits, WorkStopped
from tutor.management.lessons import mutate as verb
from tutor.mutation import judging
from tutor.mutation.pace import Pace

ENTRY = """\
- class: practice keys
  where: practice/how-many-pushes/number
  was: "2"
  now: "3"
  reason: Nothing hangs on the number in this test.
"""


@pytest.fixture
def path(shelf: Path) -> Path:
    (shelf / "sound.yaml").unlink()
    path = shelf / "two-tasks.yaml"
    path.write_text(LESSON)
    return path


def mutate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    return run_lessons(capsys, "mutate", *arguments)


def records(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    return json.loads(mutate(capsys, "--format", "json", *arguments)[1])


def test_each_gap_is_a_line_in_an_authors_words(path: Path, capsys):
    status, said = mutate(capsys, "--class", "practice keys", "--class", "quiz keys")
    assert status == 0
    assert "lessons/two-tasks.yaml:63:13: practice keys: if this said `3` instead of `2`, nothing would notice" in said
    assert "quiz keys                   3       3        0      0    100 %" in said
    assert "30 % of claims have teeth: 3 of 10" in said
    assert "10 falsehoods tried" in said
    assert path.read_text() == LESSON


@pytest.mark.slow
@for_each(("required", "status"), [("0", 0), ("30", 0), ("30%", 0), ("30.5", 1), ("100", 1)])
def test_a_share_can_be_required(path: Path, capsys, required: str, status: int):
    arguments = ("--class", "practice keys", "--class", "quiz keys", "--require", required)
    assert mutate(capsys, *arguments)[0] == status


@for_each(
    ("option", "value"),
    [("--require", "110"), ("--require", "x"), ("--sample", "0"), ("--sample", "x"), ("--class", "y")],
)
def test_nonsense_is_refused(path: Path, capsys, option: str, value: str):
    with pytest.raises(CommandError, match=option):
        mutate(capsys, option, value)


def test_the_json_report_has_each_mutant_with_its_edits(path: Path, capsys):
    found = records(capsys, "--class", "practice keys")
    assert found["total"] == {
        "class": "all executable",
        "planted": 7,
        "found": 0,
        "equivalent": 0,
        "gaps": 7,
        "share": 0.0,
    }
    first = found["mutants"][0]
    (start, end, text) = first["edits"][0]
    assert LESSON[:start] + text + LESSON[end:] == LESSON.replace("number: 2\n", "number: 3\n")
    assert {
        name: first[name] for name in ("line", "column", "class", "where", "was", "now", "outcome", "found_by")
    } == {
        "line": 63,
        "column": 13,
        "class": "practice keys",
        "where": "practice/how-many-pushes/number",
        "was": "2",
        "now": "3",
        "outcome": "gap",
        "found_by": None,
    }


@pytest.mark.slow
def test_a_sample_is_the_same_each_time(path: Path, capsys):
    first, again, other = (records(capsys, "--sample", "5", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first["mutants"] != other["mutants"]
    assert len(first["mutants"]) == 5
    assert "a sample, drawn with seed 7" in mutate(capsys, "--sample", "3", "--seed", "7")[1]


def test_listed_changes_are_no_gaps(path: Path, capsys):
    _list(path, ENTRY)
    status, said = mutate(capsys, "--class", "practice keys")
    assert status == 0
    assert "practice keys               7       0        1      6      0 %" in said


def _list(path: Path, text: str) -> None:
    (path.parent / "equivalent").mkdir(exist_ok=True)
    (path.parent / "equivalent" / path.name).write_text(text)


@pytest.mark.slow
@for_each(
    ("entry", "problem"),
    [
        (ENTRY.replace('"3"', '"9"'), "1:1: no change of the lesson is like this any more (practice keys at"),
        (
            ENTRY.replace("practice keys", "quiz keys")
            .replace("practice/how-many-pushes/number", "quiz/what-is-task-after-step-3/answer")
            .replace('"2"', "A")
            .replace('"3"', "B"),
            "1:1: the change is not a gap any more (quiz keys at",
        ),
        ("- 1\n", "1:3: input should be"),
    ],
)
def test_a_list_that_is_out_of_date_is_reported(path: Path, capsys, entry: str, problem: str):
    _list(path, entry)
    status, said = mutate(capsys, "--class", "practice keys", "--class", "quiz keys")
    assert status == 1
    assert f"lessons/equivalent/two-tasks.yaml:{problem}" in said


@pytest.mark.django_db
def test_lists_are_no_lessons(path: Path, capsys):
    _list(path, ENTRY)
    status, said = run_lessons(capsys, "check")
    assert status == 0
    assert re.search(r"\b1 lesson( checked, no problems)?\n$", said)
    assert "equivalent" not in said


def test_a_lesson_with_errors_is_named_and_the_others_are_tried(path: Path, capsys):
    path.with_name("broken.yaml").write_text(LESSON.replace("reply: 2", "reply: 3"))
    status, said = mutate(capsys, "--class", "quiz keys")
    assert status == 1
    assert "lessons/broken.yaml:31:14: claims that reply is 3, but it is 2" in said
    assert "lessons/broken.yaml has errors. Correct them first, then plant falsehoods." in said
    assert "100 % of claims have teeth: 3 of 3" in said


def test_a_missing_file_is_reported(shelf: Path, capsys):
    status, said = mutate(capsys, "missing.yaml")
    assert status == 1
    assert "missing.yaml:1:1: the file can't be read: No such file or directory" in said


@pytest.mark.slow
def test_a_check_that_does_not_end_is_stopped_and_counts_as_found(path: Path, capsys, settings, monkeypatch):
    settings.WORK_APART = True
    monkeypatch.setattr(verb, "MUTANTS", replace(MUTANTS, name="hanging", seconds=0.5))
    monkeypatch.setattr(verb, "MUTANTS_AGAIN", replace(MUTANTS, name="hanging again", seconds=0.7))
    monkeypatch.setattr(judging, "judged", hangs)
    (first, *_) = records(capsys, "--class", "practice keys", "--sample", "1")["mutants"]
    assert first["outcome"] == "found"
    assert first["found_by"] == "1:1: the check was stopped: it takes longer than 0.7 seconds"


def test_a_check_that_is_stopped_once_is_tried_again(path: Path, capsys, monkeypatch):
    def run(limits: WorkLimits, function: Callable[..., object], *arguments: object) -> object:
        if limits is MUTANTS:
            raise WorkStopped("time", limits)
        return function(*arguments)

    monkeypatch.setattr(verb.pool, "run", run)
    assert records(capsys, "--class", "practice keys")["total"]["gaps"] == 7


def hangs(_text: str, _file: str) -> None:
    """Stand in for a check that has no end."""
    while True:
        pass


def test_progress_says_how_many_are_left_and_for_how_long():
    now, said = [0.0], []
    pace = Pace(100, said.append, lambda: now[0])
    for _ in range(50):
        now[0] += 0.25
        pace.step()
    pace.end()
    assert said[-2:] == ["50 of 100 · 4 a second · 12 s left", ""]
    assert len(said) == 51
