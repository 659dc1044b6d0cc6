"""Typed answers are read as people type them: on other keyboards, on phones, and copied from the page."""

import string
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tutor.engine.lesson.questions.quiz.number import NumberQuestion
from tutor.engine.lesson.questions.quiz.state import StateQuestion
from tutor.engine.lesson.questions.quiz.text import TextQuestion
from tutor.engine.lesson.questions.typed_answers import as_list, as_number, forgiven, plain_form, text_in
from tutor.engine.values.formatting import as_redis_cli, as_repr, legible

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c\u2066\u2069\u061c\ufe0f\u3164"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
words = st.text(st.sampled_from(string.ascii_letters + string.digits + "-_:."), min_size=1, max_size=8)


@given(st.lists(texts, min_size=1, max_size=6))
@example(["it's", 'say "hi"', "a, b", "back\\slash", "line\nbreak", "[x]", " "])
def test_a_list_is_read_as_python_prints_it(elements: list[str]) -> None:
    assert as_list(as_repr(elements)) == elements


@given(st.lists(texts, min_size=1, max_size=6))
def test_a_list_is_read_as_the_page_prints_it(elements: list[str]) -> None:
    read = as_list(legible(as_repr(elements)))
    assert read is not None
    assert [plain_form(each) for each in read] == [plain_form(each) for each in elements]


@given(st.lists(st.text(st.sampled_from(string.printable), max_size=8), min_size=1, max_size=6))
def test_a_list_is_read_as_redis_cli_prints_it_without_line_breaks(elements: list[str]) -> None:
    assert as_list("".join(as_redis_cli(elements))) == elements  # type: ignore[arg-type]


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=4))
def test_bytes_are_read_as_python_prints_them(elements: list[bytes]) -> None:
    assert as_list(repr(elements)) == [each.decode("utf-8", "surrogateescape") for each in elements]


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


SEPARATORS = (", ", ",", " ", "\u3001", "\uff0c", "\uff64", "\u060c ", "\u3000", ",\u200b ", "\t", "\u00a0")
QUOTES = ("''", '""', "\u2018\u2019", "\u201c\u201d", "``", "\uff07\uff07", "\u201e\u201c", ("", ""))
BRACKETS = ("[]", "{}", "()", "\uff3b\uff3d", ("", ""))


@given(
    st.lists(words.filter(lambda word: forgiven(word).lower() not in ("empty", "none", "nil")), min_size=1, max_size=5),
    st.sampled_from(SEPARATORS),
    st.sampled_from(QUOTES),
    st.sampled_from(BRACKETS),
    st.booleans(),
)
def test_a_list_is_read_with_the_signs_of_any_keyboard(
    elements: list[str], separator: str, quotes: str, brackets: str, is_wide: bool
) -> None:
    typed = [f"{quotes[0]}{_full_width(each) if is_wide else each}{quotes[1]}" for each in elements]
    question = StateQuestion.model_validate(_asked(state=elements))
    answer = question.read([brackets[0] + separator.join(typed) + brackets[1]])
    assert answer is not None
    assert question.mark(answer).is_right


@given(words, st.lists(st.tuples(st.integers(0, 9), st.sampled_from(INVISIBLE)), max_size=5))
def test_invisible_characters_make_no_difference_to_a_text(word: str, strewn: list[tuple[int, str]]) -> None:
    typed = word
    for place, char in strewn:
        typed = typed[:place] + char + typed[place:]
    question = TextQuestion.model_validate(_asked(text=word))
    answer = question.read([typed])
    if forgiven(word):
        assert answer is not None
        assert question.mark(answer).is_right


@given(words.filter(forgiven))
def test_full_width_letters_are_letters(word: str) -> None:
    question = TextQuestion.model_validate(_asked(text=word))
    assert question.mark(_full_width(word)).is_right


@given(st.text(st.sampled_from(INVISIBLE + " \t\0"), max_size=8))
def test_nothing_visible_is_no_answer(typed: str) -> None:
    assert text_in([typed], 40) is None


MINUS = ("-", "\u2212", "\u2013", "\uff0d", "\ufe63", "\u2010", "\u2011")
GROUPS = ("", ",", "'", "\u2019", " ", "\u00a0", "\u202f", "\uff0c")


@given(st.integers(-(10**12), 10**12), st.sampled_from(MINUS), st.sampled_from(GROUPS), st.booleans())
def test_a_whole_number_is_read_with_any_minus_and_groups(number: int, minus: str, group: str, is_wide: bool) -> None:
    digits = f"{abs(number):,}".replace(",", group)
    typed = ("" if number >= 0 else minus) + (_full_width(digits) if is_wide else digits)
    question = NumberQuestion.model_validate(_asked(number=number))
    assert question.read([typed]) is not None
    assert question.mark(typed).is_right


@given(st.integers(0, 10**6), st.integers(0, 99), st.sampled_from([".", ",", "\uff0e", "\u066b"]))
def test_a_fraction_is_read_with_a_point_or_a_comma(whole: int, hundredths: int, point: str) -> None:
    assert as_number(f"{whole}{point}{hundredths:02}") == float(f"{whole}.{hundredths:02}")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1,000", 1000),
        ("0,500", 0.5),
        ("1.000", 1),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1.000.000", 1_000_000),
        ("12,34", 12.34),
        ("\u0661\u0662", 12),
        ("12,34,5", None),
        ("1,00,000", None),
        ("10\u00b2", None),
        ("x\u2082", None),
        ("\u221e", None),
        ("five", None),
        ("\u200b", None),
    ],
)
def test_a_number_is_read_in_one_way_only(typed: str, number: float | None) -> None:
    assert as_number(typed) == number


@pytest.mark.parametrize("typed", ["", "[]", "\uff3b\uff3d", " [ ] ", "empty", "(empty array)", "None", "nil"])
def test_an_empty_list_has_many_spellings(typed: str) -> None:
    assert as_list(typed) == []


@pytest.mark.parametrize("typed", ["'", "'a''b'", "'a' 'b", ",,", "1) a"])
def test_what_is_no_list_is_none_or_plain_words(typed: str) -> None:
    read = as_list(typed)
    assert read is None or all("'" not in each for each in read)


@given(texts)
def test_a_text_without_differences_has_none_left(text: str) -> None:
    assert forgiven(forgiven(text)) == forgiven(text)
    assert unicodedata.is_normalized("NFKC", plain_form(plain_form(text)))


@given(texts)
@example("\\x00")
@example("'\\ud800', b'\\xff'")
def test_what_a_database_can_not_store_is_no_answer(typed: str) -> None:
    answer = StateQuestion.model_validate(_asked(state=["a"])).read([typed])
    assert answer is None or "\0" not in "".join(map(str, answer))  # type: ignore[arg-type]
    assert answer is None or "".join(map(str, answer)).encode()  # type: ignore[arg-type]


def _asked(**own: object) -> dict[str, object]:
    return {"question": "What is it?", **own}
