"""Line ends come back as they were, although a browser's form sends every one as CRLF."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.tables import for_each
from tutor.studio.line_ends import is_same_but_for_ends, restored

TEXTS = st.lists(st.tuples(st.text("ab ", max_size=2), st.sampled_from(["\n", "\r\n", "\r"])), max_size=8).map(
    lambda lines: "".join(line + end for line, end in lines)
)
WITHOUT_LAST_END = st.builds(lambda text, last: text + last, TEXTS, st.sampled_from(["", "x"]))


def as_a_form_sends(text: str) -> str:
    return re.sub("\r\n|\r|\n", "\r\n", text)


@given(WITHOUT_LAST_END)
def test_a_text_that_was_not_changed_comes_back_byte_for_byte(text: str):
    assert restored(as_a_form_sends(text), text) == text


@for_each(
    ("before", "sent", "after"),
    [
        ("a\nb\n", "a\r\nc\r\nb\r\n", "a\nc\nb\n"),
        ("a\r\nb\r\n", "a\r\nc\r\nb\r\n", "a\r\nc\r\nb\r\n"),
        ("a\nb\r\nc\n", "a\r\nb\r\nnew\r\nc\r\n", "a\nb\r\nnew\nc\n"),
        ("a\nb\r\nc\r\nd\r\n", "a\r\nnew\r\nb\r\nc\r\nd\r\n", "a\nnew\r\nb\r\nc\r\nd\r\n"),
        ("a\r\nb\nc", "a\r\nb\r\nc\r\nd\r\n", "a\r\nb\nc\nd\n"),
        ("a\n", "a", "a"),
        ("", "a\r\n", "a\n"),
        ("a", "a\r\nb", "a\nb"),
    ],
)
def test_changed_lines_take_the_usual_end_and_others_keep_theirs(before: str, sent: str, after: str):
    assert restored(sent, before) == after


def test_what_only_looks_like_the_end_of_a_line_stays():
    text = "a\x85b\u2028c\x0bd\n"
    assert restored(as_a_form_sends(text), text) == text


@given(WITHOUT_LAST_END, WITHOUT_LAST_END)
def test_equal_lines_are_distinguished_from_others(one: str, other: str):
    assert is_same_but_for_ends(one, as_a_form_sends(one))
    assert is_same_but_for_ends(one, other) == (as_a_form_sends(one) == as_a_form_sends(other))
