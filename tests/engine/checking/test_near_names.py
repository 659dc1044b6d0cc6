"""Names that differ by a slip of the typist."""

from hypothesis import given
from hypothesis import strategies as st

from tests.tables import for_each
from tutor.engine.checking.near_names import is_slip
from tutor.engine.lesson.problems.command_refusals import distance

WORDS = st.text("abC", min_size=4, max_size=8)


@given(WORDS, WORDS)
def test_two_words_are_a_slip_if_one_edit_or_their_case_parts_them(one: str, other: str):
    assert is_slip(one, other) == (one != other and (distance(one, other) == 1 or one.casefold() == other.casefold()))
    assert is_slip(one, other) == is_slip(other, one)


@for_each(
    ("name", "other", "is_one"),
    [
        ("orders", "ordrs", True),
        ("orders", "ordesr", True),
        ("orders", "Orders", True),
        ("orders", "ordersss", False),
        ("job:1", "job:2", False),
        ("job:{task}", "job:{other_task}", False),
        ("jobs:{task}", "jbos:{task}", True),
        ("team:a", "team:b", False),
        ("queue:new", "queue:nwe", True),
        ("q" * 65, "q" * 64 + "r", False),
    ],
)
def test_a_slip_is_in_a_part_that_is_a_word(name: str, other: str, is_one: bool):
    assert is_slip(name, other) is is_one
