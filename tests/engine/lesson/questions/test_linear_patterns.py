"""Patterns that RE2 matches: the same answers match as by Python's re, and no answer takes long."""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tables import for_each
from tests.timing import within
from tutor.engine.lesson.questions.linear_patterns import NotLinear, linear

# Letters with odd case (K of Kelvin, long s, dotless i, sharp s, titlecase), digits and spaces beyond ASCII.
CHARS = "aAbBkK\u212asS\u017fiI\u0130\u0131ßẞǅǆ\u03a3\u03c3\u03c2é\u0301_0\u0663٣² \u00a0\u2003-.'\U00010400\U00010428"
ATOMS = [
    *"aKs\u017fßi_é٣.",
    r"\d",
    r"\D",
    r"\w",
    r"\W",
    r"\s",
    r"\S",
    r"\.",
    "[a-k]",
    "[^a-s]",
    "[\u0130-\u212a]",
    r"[\d_]",
    r"[^\w]",
]
ANCHORS = ["^", "$", r"\A", r"\Z", r"\b", r"\B"]
REPEATS = ["*", "+", "?", "*?", "{2}", "{,2}", "{1,}", "{0,300}"]
FLAGS = ["(?:{})", "({})", "(?i:{})", "(?a:{})", "(?s:{})", "(?m:{})", "(?-i:{})", "(?P<n>{})", "(?x:{})"]


def _patterns():
    leaves = st.sampled_from([*ATOMS, *ATOMS, *ANCHORS])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map("".join),
            st.lists(inner, min_size=1, max_size=3).map("|".join).map("(?:{})".format),
            st.tuples(inner, st.sampled_from(REPEATS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
            st.tuples(st.sampled_from(FLAGS), inner).map(lambda pair: pair[0].format(pair[1])),
        ),
        max_leaves=8,
    )


@given(_patterns(), st.text(st.sampled_from(CHARS + "\n"), max_size=8), st.booleans())
def test_a_pattern_matches_what_re_matches(pattern: str, text: str, ignore_case: bool):
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    try:
        expected = re.fullmatch(pattern, text, flags) is not None
    except re.error:  # the same group twice
        return
    with suppress(NotLinear):  # re matches it then
        assert linear(pattern, flags).matches(text) == expected


EVERY_CHARACTER = "".join(map(chr, range(sys.maxunicode + 1)))


@pytest.mark.slow
@for_each("ignore_case", [True, False])
@for_each("atom", [r"\d", r"\W", r"\s", "[^a-\u017f]", "[ksßİ]", r"(?a:\w)"])
def test_every_character_fits_the_atoms_that_it_fits_in_re(atom: str, ignore_case: bool):
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    fitting = "".join(re.findall(atom, EVERY_CHARACTER, flags))
    all_fit = linear(f"(?:{atom})*", flags)
    assert all(all_fit.matches(chunk) for chunk in _chunks(fitting))
    one_fits = linear(f"(?s:.*){atom}(?s:.*)", flags)
    assert not any(one_fits.matches(chunk) for chunk in _chunks(re.sub(atom, "", EVERY_CHARACTER, flags=flags)))


def _chunks(text: str) -> Iterator[str]:
    return (text[start : start + 1000] for start in range(0, len(text), 1000))


@for_each(
    "pattern",
    [
        "(aa|a)" * 30 + "b",
        "(a+)+b",
        "(a|a)*b",
        "(a*)*b",
        "(.*)*.*.*.*b",
        r"(\w+\s?)*!",
        "a{0,99}" * 10 + "b",
        "a?" * 90 + "a" * 20 + "b",
    ],
)
def test_a_pattern_on_which_re_backtracks_for_years_ends_at_once(pattern: str):
    with within(0.5):
        assert not linear(pattern, re.IGNORECASE).matches("a" * 200 + "-")


@for_each(
    ("pattern", "reason"),
    [
        ("(?=a)a", "it looks ahead or behind"),
        ("(?<!a)b", "it looks ahead or behind"),
        (r"(a)\1", "it refers to a group"),
        ("(a)?(?(1)b|c)", "it refers to a group"),
        ("(?>a+)a", "it has an atomic group"),
        ("a++a", "it has a possessive repetition"),
        (r"\b(?a:\b)", "it has two kinds of word boundary"),
        ("(((a{200}){200}){200})", "it is too large for RE2"),
    ],
)
def test_a_pattern_that_re2_cannot_express_is_named(pattern: str, reason: str):
    with pytest.raises(NotLinear, match=re.escape(reason)):
        linear(pattern, re.IGNORECASE)


def test_an_answer_with_many_kinds_of_characters_is_matched_again_after_one_that_had_other_kinds():
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 300)]
    pattern = linear("".join(f"{letter}?" for letter in letters), re.NOFLAG)
    assert all(pattern.matches("".join(letters[i : i + 100])) for i in (0, 100, 200, 0))


def test_a_count_beyond_the_longest_answer_is_exact_for_answers():
    assert linear("a{0,1000}b", re.NOFLAG).matches("a" * 199 + "b")
    assert not linear("a{201,}", re.NOFLAG).matches("a" * 200)
