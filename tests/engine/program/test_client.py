"""The client of a lesson's program: picked parts of a value, and the spelling of bytes in a lesson's file."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.errors import Raised
from tutor.engine.playing import player
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values import serialization
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import decode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.binary(max_size=8).map(decode)
    | st.binary(max_size=8)
)
KEYS = (
    st.text(max_size=4).filter(lambda text: text < "\udc80" or text.isascii()) | st.binary(max_size=4) | st.integers()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.sets(TEXT | st.binary(max_size=4), max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_stored_exactly(value: object):
    written = json.dumps(serialization.as_stored(value), allow_nan=False)
    again = serialization.from_stored(json.loads(written))
    assert as_repr(again) == as_repr(value)
    assert type(again) is type(value)


@given(VALUES)
def test_a_value_is_what_its_claim_says(value: object):
    assert is_same(as_claim(value), value)


@for_each(
    ("claimed", "value"),
    [
        (["a", "b"], {"b", "a"}),
        (["a", 1.5], ("a", 1.5)),
        ([["a", 1]], [("a", 1.0)]),
        ({"name": "Ada"}, {"name": "Ada"}),
        ({"b'name'": "b'Ada'"}, {b"name": b"Ada"}),
        ("b'task1'", b"task1"),
        (2, 2.0),
        (True, True),
    ],
)
def test_a_claim_says_what_python_has(claimed: object, value: object):
    assert is_same(claimed, value)


@for_each(
    ("claimed", "value"),
    [
        ("task1", b"task1"),
        (["a"], {"a", "b"}),
        (["a", "a"], {"a", "b"}),
        (["b", "a"], ["a", "b"]),
        (["b", "a"], ("a", "b")),
        ({"name": "Ada"}, {b"name": "Ada"}),
        ({"a": 1, "b": 2}, {"a": 1}),
        (["name", "Ada"], {"name": "Ada"}),
        ([], {}),
        ([], None),
        (1, True),
        (1, "1"),
        (1.5, "1.5"),
        ("1.5", 1.5),
        (2.0, 2),
    ],
)
def test_a_claim_that_says_something_else_is_false(claimed: object, value: object):
    assert not is_same(claimed, value)


DICT = {"name": "Ada", "age": "36"}


@for_each(
    ("value", "places", "part"),
    [
        (DICT, ["name"], "Ada"),
        ([DICT], [0, "name"], "Ada"),
        ({b"name": b"Ada"}, ["name"], b"Ada"),
        ((b"q", b"a"), [1], b"a"),
        ([("a", 1.5)], [0, -1], 1.5),
        (None, [1], None),
        ([], [0, "name"], None),
        ({}, ["name"], None),
        ("text", [], "text"),
    ],
)
def test_a_part_is_taken_as_python_takes_it(value: object, places: list[int | str], part: object):
    assert Client().part(value, places) == part


@for_each(
    ("value", "place", "part"),
    [
        ({b"name": b"Ada"}, "name", b"Ada"),
        ({b"name": b"Ada"}, "b'name'", b"Ada"),
        ({b"b\xff": 1}, "b'b\\xff'", 1),
        ({b"b'x'": 1, b"x": 2}, "b'x'", 1),
        ({"type": "message"}, "type", "message"),
    ],
)
def test_a_name_leads_to_bytes_in_a_program_that_does_not_decode(value: object, place: str, part: object):
    assert Client(decode_responses=False).part(value, [place]) == part


@for_each(
    ("value", "places"),
    [({"a"}, [0]), (set(), [0]), (["a"], [1]), (DICT, [0]), (DICT, ["x"]), (["a"], ["x"]), (3, [0])],
)
def test_a_part_that_is_not_there_raises_what_python_raises(value: object, places: list[int | str]):
    with pytest.raises((TypeError, LookupError)) as real:
        value[places[0]]  # type: ignore[index]
    with pytest.raises(Raised) as ours:
        Client().part(value, places)
    assert str(ours.value) == f"{real.type.__name__}: {real.value}"


@for_each(("value", "places"), [(["a"], [1]), ("a", [0]), (3, [0]), (None, [0])])
def test_in_format_1_a_part_that_is_not_there_is_none(value: object, places: list[int | str]):
    assert PLAIN.part(value, places) is None


@given(st.binary(max_size=20))
def test_bytes_in_a_file_are_written_as_python_shows_them(raw: bytes):
    assert Client(decode_responses=False).literal([repr(raw), {"a": repr(raw)}]) == [raw, {"a": raw}]
    assert Client().literal(repr(raw)) == PLAIN.literal(repr(raw)) == repr(raw)


@for_each("text", ["b'", "b'a", "b''a'", "b'a' + b'b'", "b'\\x'", "b'\\x0'", "b'ä'", "bytes", "b'a'\n"])
def test_other_text_stays_text(text: str):
    assert Client(decode_responses=False).literal(text) == text


@pytest.mark.parametrize(
    ("client", "value"), [({}, "a"), ({"decode_responses": True}, "a"), ({"decode_responses": False}, b"a")]
)
def test_an_entry_keeps_the_values_of_its_client(client: dict[str, bool], value: object):
    fields = {"format": 2, **({"client": client} if client else {})}
    of = lesson({"command": "LPUSH queue a"}, {"command": "RPOP queue", "save": "task"}, **fields)
    entry = player.play(of, FakeCorner())[-1]
    assert (entry.variables["task"], entry.output) == (value, value)
    assert TraceEntry.from_json(json.loads(json.dumps(entry.as_json()))) == entry


def test_a_value_that_an_earlier_version_stored_is_read_as_it_was():
    entry = player.play(lesson({"assign": {"task": {"set": ["a"]}}}), FakeCorner())[0]
    written = {**entry.as_json(), "variables": {"task": {"set": ["a"]}}}
    written.pop("values")
    assert TraceEntry.from_json(written).variables == {"task": {"set": ["a"]}}


def test_numbers_that_json_has_not_are_stored_as_text():
    assert math.isinf(
        serialization.from_stored(json.loads(json.dumps(serialization.as_stored([math.inf]), allow_nan=False)))[0]
    )
