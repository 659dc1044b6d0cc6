"""Lines of two texts go together soon, also where the same ones come again and again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lessons import long_lesson
from tests.timing import within
from tutor.studio.alignment import aligned

AGAIN = [["a", "b"] * 1_500, ["b", "b", "a"] * 1_000]
SOME = [f"line {number % 300}" for number in range(6_000)]
EVERY_OTHER = [str(number) for number in range(20_000)], [str(number - number % 2) for number in range(20_000)]


@pytest.mark.slow
@pytest.mark.parametrize("old_and_new", [AGAIN, [SOME, SOME[1_000:] + SOME[::-2]], EVERY_OTHER])
def test_lines_that_come_again_and_again_do_not_take_for_ever(old_and_new):
    with within(4):
        matching = aligned(*old_and_new)
        assert matching.get_opcodes()


def test_of_a_long_lesson_every_line_finds_its_own():
    old = long_lesson(400).splitlines()
    new = ["# new", *(f"{line} #" if number % 9 == 0 else line for number, line in enumerate(old)), "# last"]
    changed = {
        number
        for tag, start, end, _, _ in aligned(old, new).get_opcodes()
        if tag != "equal"
        for number in range(start, end)
    }
    assert changed == set(range(0, len(old), 9))


LINES = st.lists(st.sampled_from("abc"), max_size=12)


@given(LINES, LINES)
def test_what_is_aligned_is_the_same(old: list[str], new: list[str]):
    for start, other, size in aligned(old, new).get_matching_blocks():
        assert old[start : start + size] == new[other : other + size]
