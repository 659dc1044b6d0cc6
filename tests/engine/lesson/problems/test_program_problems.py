"""Problems of a lesson's program that need no run."""

from typing import Any

import pytest

from tests.engine.plays import lesson
from tutor.engine.lesson.problems.program_problems import program_problems

STEPS = [{"actor": "anna", "action": "Anna prints", "print": "x"}]


def messages(**fields: Any) -> list[str]:
    steps = fields.pop("steps", STEPS)
    found = list(program_problems(lesson(*steps, **{"actors": ["anna"], "format": 2, "watch": [], **fields})))
    assert {problem.severity for problem in found} <= {"strict"}
    return [f"{'.'.join(map(str, problem.path))}: {problem.message}" for problem in found]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"program": {"anna.py": "print(\n"}}, "anna.py: anna.py is not Python: '(' was never closed in its line 1"),
        ({"program": {"other.py": "1\n"}}, "actors.0: anna acts, and no part of `program` is its own: write a file"),
        (
            {"program": {"work.py": "1\n"}, "actors": [{"name": "anna", "runs": "works.py"}]},
            "actors.0.runs: `program` has no file works.py; it has work.py",
        ),
        (
            {"program": {"work.py": "def one(): 1\n"}, "actors": [{"name": "anna", "runs": "work.py:two"}]},
            "actors.0.runs: work.py has no function two; it has one",
        ),
        ({"program": {"work.py": "def anna(a, *, b, c=1): 1\n"}}, "is called without arguments, and needs a, b"),
        ({"actors": [{"name": "anna", "runs": "work.py"}]}, "anna runs work.py, and the lesson has no `program`"),
    ],
)  # fmt: skip
def test_each_fault_has_its_sentence(fields, said):
    (message,) = messages(**fields)
    assert said in message


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"program": {"anna.py": "1\n"}},
        {"program": {"work.py": "def anna(a=1, *rest, **more): 1\n"}},
        {"program": {"anna.py": "1\n"}, "actors": ["anna", "watcher"]},
        {
            "program": {"anna.py": "1\n"},
            "actors": ["anna", "clock"],
            "steps": [*STEPS, {"actor": "clock", "action": "Time passes", "wait": 1}],
        },
    ],
)
def test_a_sound_program_has_none(fields):
    assert messages(**fields) == []


HOSTILE = ["-" * 9_000 + "1", "a" + ".b" * 4_900, "f" + "()" * 4_900, "1" + "+1" * 4_900, "not " * 2_400 + "1",
    "(" * 9_000, "lambda: " * 1_200 + "1", "[" * 90 + "]" * 90 + "\0", "x = 0x" + "f" * 9_000]  # fmt: skip
"""Sources on which Python's own parser, or a reader that calls itself for each level, gives up."""


@pytest.mark.parametrize("source", HOSTILE, ids=[source[:8] for source in HOSTILE])
def test_code_that_python_gives_up_on_is_a_problem_of_its_file(source):
    (message,) = messages(program={"work.py": source}, actors=[{"name": "anna", "runs": "work.py:anna"}])
    assert message.startswith("program.work.py: work.py is not Python: ")
    (message,) = messages(django={"files": {"views.py": source}, "runs": [{"get": "/"}]})
    assert message.startswith("django.files.views.py: views.py is not Python: ")
