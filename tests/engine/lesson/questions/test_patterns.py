"""Authors' patterns: dangerous ones are refused, and all accepted ones match quickly."""

import re

from tests.tables import for_each
from tests.timing import within
from tutor.engine.lesson.questions.patterns import complaint_about

NESTED = "a repeated group that itself repeats or has alternatives can take for ever; list answers under `also`"


@for_each(
    "pattern",
    [
        "task1",
        r"r\.publish\('updates', .+\)",
        r"\[?task2,? ?task1\]?",
        "(a|b)c",
        "(ab)?c",
        "(?:ab){2}c",
        r"(\+\*\|)+",
        r"([*+|])+",
        "(?P<name>ab)+",
        "a*b*c*d*",
        "(?:ab)??c?+d{2}" + "e?" * 13,
    ],
)
def test_a_pattern_that_can_be_used(pattern: str):
    assert complaint_about(pattern) is None


@for_each(
    "pattern",
    [
        "(a+)+b",
        "(a*)*",
        "(a|aa)+$",
        "((ab?)+c)*",
        r"(\w+\s?)*x",
        "(a{1,9})+",
        "(?:a+){5}",
        "((x)|y){2,}",
        "(([a-z])+.)+[A-Z]",
    ],
)
def test_a_repetition_of_what_varies_is_refused(pattern: str):
    assert complaint_about(pattern) == NESTED


@for_each("pattern", ["a*a*a*a*a*b", "a{0,99}" * 5, "a?" * 21 + "a" * 21, ".*.*.*" + ",?" * 6, "a{,9}" * 5])
def test_many_repetitions_are_refused(pattern: str):
    complaint = "at most 4 repetitions (*, + and {1,9}) are allowed, where 5 ? count as one"
    assert complaint_about(pattern) == complaint


def test_an_invalid_pattern_is_reported():
    assert complaint_about("(a") == "this is no regular expression: missing ), unterminated subpattern at position 0"


@for_each("pattern", ["a*a*a*a*b", ".*.*.*x", r"\w+\s?\w+\s?\w+!", "a?" * 20 + "a" * 199 + "b", "a{0,99}" * 3 + "b"])
def test_the_slowest_that_is_let_through_ends_soon(pattern: str):
    assert complaint_about(pattern) is None
    with within(2):
        re.fullmatch(pattern, "a" * 200)
