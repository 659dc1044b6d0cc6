"""Differences between two texts, as pages show them."""

from hypothesis import given
from hypothesis import strategies as st

from tutor.studio.diffs import diff

TEN = "".join(f"line {i}\n" for i in range(1, 11))


def shown(before: str, after: str) -> list[tuple[str, int | None, int | None, str]]:
    return [(line.kind, line.old, line.new, line.text) for line in diff(before, after)]


def test_a_change_is_shown_with_what_is_around_it():
    assert shown(TEN, TEN.replace("line 9", "other")) == [
        ("gap", None, None, ""),
        ("same", 6, 6, "line 6"),
        ("same", 7, 7, "line 7"),
        ("same", 8, 8, "line 8"),
        ("removed", 9, None, "line 9"),
        ("added", None, 9, "other"),
        ("same", 10, 10, "line 10"),
    ]


def test_a_line_whose_end_alone_changed_says_so():
    assert [(line.kind, line.is_end_changed) for line in diff("a\n", "a\r\n")] == [("removed", True), ("added", True)]


def test_a_new_text_is_all_added():
    assert shown("", "a\nb") == [("added", None, 1, "a"), ("added", None, 2, "b")]


@given(st.text("ab\n\r", max_size=30), st.text("ab\n\r", max_size=30))
def test_there_is_a_difference_where_texts_differ_and_only_there(one: str, other: str):
    assert bool(diff(one, other)) == (one != other)
