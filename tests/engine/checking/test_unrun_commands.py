"""Command lines in prose: each is run by a step, a proof, a choice or a session of the lesson."""

from collections.abc import Mapping
from typing import Any

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.checking.unrun_commands import unrun_commands

SESSION = "So:\n\n```redis-cli\n> LLEN queue\n(integer) 0\nanna> LPUSH queue {x}\n(integer) 1\n```\n"


def unrun(text: str, **fields: Any) -> list[str]:
    """Return the commands of a closing that nothing runs."""
    found = list(unrun_commands(lesson({"command": "LPUSH queue a"}, closing=text, **fields)))
    assert {each.severity for each in found} <= {"strict"}
    return [each.facts.came for each in found]


@for_each(
    ("text", "expected"),
    [
        ("`LPUSH queue a` adds.", []),
        ("`LPUSH queue` adds.", []),  # its beginning
        ("`LPUSH queue {a after step-1}` adds.", []),
        ("`LPUSH queue b` adds.", ["LPUSH queue b"]),
        ("`RPUSH queue a`, then `LPOP queue`.", ["RPUSH queue a", "LPOP queue"]),
        ("`RPUSH` adds, and so does `RPUSH key element`.", []),  # names and forms
        ("`LPUSH queue …` adds.", []),
        ("LPUSH queue b, and ``LPUSH queue b``, and `lpush queue b`.", []),  # no code, or another kind of it
        ("`r.lpush('queue', 'b')` adds.", []),
        (f"{SESSION}\n`LLEN queue` counts.", []),
        (f"{SESSION}\n`LPUSH queue b` adds; {{x}} was any.", []),
        ("```\n`LPUSH queue b`\n```\n", []),
    ],
)
def test_a_command_line_in_prose_is_run_somewhere(text: str, expected: list[str]):
    assert unrun(text) == expected


RUN = {"question": "What?", "number": 1}


@for_each(
    ("question", "line"),
    [
        ({**RUN, "proof": {"run": ["anna: RPUSH queue z"], "reply": True}}, "RPUSH queue z"),
        ({**RUN, "proof": {"after": 1, "reply": True, "replace": {"1": "RPUSH queue z"}}}, "RPUSH queue z"),
        ({**RUN, "proof": {"after": 1, "reply": True, "swap": {"LPUSH": "RPUSH"}}}, "RPUSH queue a"),
        ({"question": "Which?", "text": "RPUSH queue z", "also": ["LPUSHX queue z"]}, "LPUSHX queue z"),
        ({"question": "Which?", "order": ["RPUSH queue z", "RPOP queue"]}, "RPOP queue"),
        ({"question": "Which?", "choices": {"A": "`RPUSH queue z`", "B": "x"}, "answer": "A"}, "RPUSH queue z"),
    ],
)
def test_what_a_question_runs_or_offers_counts_everywhere(question: Mapping[str, Any], line: str):
    assert unrun(f"`{line}` it is.") == [line]
    assert unrun(f"`{line}` it is.", quiz=[question]) == []


def test_the_problem_is_at_the_words():
    (problem,) = unrun_commands(lesson({"command": "LPUSH queue a"}, closing="One line\nand `RPUSH queue a`."))
    assert (problem.path, problem.inside) == (("closing",), (2, 6))
