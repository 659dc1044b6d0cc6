"""Authors' patterns: those that only re can match get a warning, and dangerous ones among them are refused."""

from tests.tables import for_each
from tutor.engine.lesson.questions.patterns import complaint_about, warning_about

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


@for_each("pattern", ["(a+)+b", r"(\w+\s?)*x", "(?:a+){5}", "a*a*a*a*a*b", "a{0,99}" * 5, "(aa|a)" * 30 + "b"])
def test_repetitions_that_re2_matches_are_no_problem(pattern: str):
    assert complaint_about(pattern) is None
    assert warning_about(pattern) is None


@for_each(
    "pattern",
    [
        "(?=x)(a+)+b",
        "(?!x)(a|aa)+$",
        "(?<=x)((ab?)+c)*",
        r"(a)\1(\w+\s?)*x",
        "(?>a)(a{1,9})+",
        "(?=b)(?:a+){5}",
        "(?=b)((x)|y){2,}",
    ],
)
def test_a_repetition_of_what_varies_is_refused_where_re_has_to_match(pattern: str):
    assert complaint_about(pattern) == NESTED


@for_each("pattern", ["(?=x)a*a*a*a*a*b", "(?!x)" + "a{0,99}" * 5, "(?=a)" + ",?" * 6 + ".*" * 4])
def test_many_repetitions_are_refused_where_re_has_to_match(pattern: str):
    complaint = "at most 4 repetitions (*, + and {1,9}) are allowed, where 5 ? count as one"
    assert complaint_about(pattern) == complaint


@for_each(("pattern", "reason"), [("(?=a).*", "it looks ahead or behind"), (r"(a)\1", "it refers to a group")])
def test_a_pattern_that_only_re_matches_gets_a_warning(pattern: str, reason: str):
    assert complaint_about(pattern) is None
    assert warning_about(pattern) == (
        f"this pattern can't be matched in linear time: {reason}; marking gives up after 0.5 seconds, and the answer is"
        " not marked"
    )


def test_an_invalid_pattern_is_reported():
    assert complaint_about("(a") == "this is no regular expression: missing ), unterminated subpattern at position 0"
