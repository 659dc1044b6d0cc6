"""Texts that would keep each learner's page waiting are errors, at their lines."""

import pytest

from tests.lessons import HEAD, PUSH, lesson
from tests.tables import for_each
from tutor.authoring import proving
from tutor.ports import corners

BRACKETS = "[![a](" * 30_000
SLOW_TEXT = "this text takes too long to draw: shorten it, or put fewer [, * and ` into it"


def problems_of(text: str) -> list[tuple[int, str]]:
    found = proving.check_text(text, "slow.yaml", corners.temporary).problems
    return [(problem.line, problem.message) for problem in found]


SOURCE = "  source: {title: T, url: 'https://x.test/'}\n"


@pytest.mark.slow
@for_each(
    ("text", "line"),
    [
        (lesson(PUSH) + f"closing: '{BRACKETS}'\n", 8),
        (lesson(PUSH) + f"key_moments:\n- question: Why?\n  answer: '{BRACKETS}'\n", 10),
        (
            lesson(PUSH) + f"quiz:\n- question: q\n  number: 1\n{SOURCE}  hint: '{BRACKETS}'\n",
            12,
        ),
        (
            lesson(PUSH)
            + f"quiz:\n- question: q\n  number: 1\n{SOURCE}  solution: {{steps: ['{BRACKETS}'], answer: a}}\n",
            12,
        ),
    ],
)
def test_a_text_that_takes_long_to_draw_is_an_error(text: str, line: int):
    assert problems_of(text) == [(line, SLOW_TEXT)]


@pytest.mark.slow
def test_code_that_takes_long_to_highlight_is_an_error():
    head = f"{HEAD}sample:\n  language: html+ng2\n  code: '{'(' * 9_999}'\n"
    message = "this code takes too long to highlight: shorten it, or write `language: text`"
    assert problems_of(lesson(PUSH, head=head)) == [(8, message)]


def test_long_ordinary_prose_is_no_problem():
    prose = "Redis keeps `lists`, and *a list* is [a queue](https://redis.io). " * 300
    assert problems_of(lesson(PUSH) + f"closing: '{prose}'\n") == []
