"""The states of watched keys."""

import pytest

from tests.tables import for_each
from tutor.engine import keys
from tutor.engine.values.replies import error

NUMBERS = [str(number) for number in range(1, 101)]


def list_of(items: list[str]) -> keys.KeyState:
    """Return the state that the replies for a list of these items show."""
    return keys.state("list", [len(items), items[:24], items[-24:]])


@for_each("type_", ["list", "hash", "set", "zset", "stream"])
def test_a_key_that_does_not_exist_is_an_empty_collection(type_):
    assert keys.empty(type_) == {"type": type_, "items": [], "length": 0}


def test_a_string_that_does_not_exist_is_none():
    assert keys.empty("string") == {"type": "string", "value": None}


@for_each("type_", ["list", "string", "hash", "set", "zset", "stream"])
def test_reading_a_key_that_does_not_exist_shows_the_empty_state(type_, server):
    replies = [server.execute_command(*words) for words in keys.reads(type_, "tutor:test:missing")]
    assert keys.state(type_, replies) == keys.empty(type_)


def test_a_list_is_read_in_a_fixed_number_of_elements():
    assert keys.reads("list", "q") == [["LLEN", "q"], ["LRANGE", "q", "0", "23"], ["LRANGE", "q", "-24", "-1"]]


@for_each("length", [0, 1, 23, 24, 25, 47, 48])
def test_a_list_of_up_to_48_elements_is_kept_whole(length: int):
    assert list_of(NUMBERS[:length]) == {"type": "list", "items": NUMBERS[:length], "length": length}


@pytest.mark.parametrize("length", [49, 72, 100])
def test_a_longer_list_keeps_its_head_and_its_tail(length: int):
    items = NUMBERS[:length]
    assert list_of(items) == {"type": "list", "items": items[:24] + items[-24:], "length": length}


def test_a_key_of_another_type_is_other():
    assert keys.state("list", [error("WRONGTYPE x")] * 3) == {"type": "other", "items": [], "length": 0}


def test_a_sets_members_are_sorted():
    assert keys.state("set", [["b", "a"]]) == {"type": "set", "items": ["a", "b"], "length": 2}


def test_a_hash_is_kept_as_pairs():
    assert keys.state("hash", [["f", "v", "g", "w"]])["items"] == [["f", "v"], ["g", "w"]]


@for_each(
    ("state", "value"),
    [
        (keys.state("list", [2, ["b", "a"], ["b", "a"]]), ["b", "a"]),
        (keys.state("string", ["hello"]), "hello"),
        (keys.state("string", [None]), None),
        (keys.state("hash", [["f", "v"]]), {"f": "v"}),
        (keys.state("zset", [1, ["ali", "1"]]), {"ali": "1"}),
        (keys.state("stream", [1, [["1-1", ["f", "v"]]]]), [["1-1", ["f", "v"]]]),
    ],
)
def test_a_state_is_a_value_of_python(state: keys.KeyState, value: object):
    assert keys.as_value(state) == value


@for_each(
    ("state", "text"),
    [
        (keys.empty("list"), "[]"),
        (list_of(["task2", "task1"]), "['task2', 'task1']"),
        (keys.state("string", [None]), "None"),
        (keys.state("string", ["it's"]), '"it\'s"'),
        (keys.state("hash", [["f", "v"]]), "{'f': 'v'}"),
        (keys.state("set", [["b", "a"]]), "{'a', 'b'}"),
        (keys.state("list", [error("WRONGTYPE x")] * 3), "(another type)"),
    ],
)
def test_a_state_is_shown_as_python_prints_it(state: keys.KeyState, text: str):
    assert keys.as_text(state) == text


def test_what_a_long_list_leaves_out_is_counted_in_the_middle():
    text = keys.as_text(list_of([str(number) for number in range(2048)]))
    assert "'23', … 2,000 more …, '2024'" in text


def test_what_a_long_set_leaves_out_is_counted_at_the_end():
    assert keys.as_text(keys.state("set", [NUMBERS])).endswith(", … 52 more}")


def test_a_score_that_is_no_number_is_equal_to_none():
    found = keys.scores({"type": "zset", "items": [["a", "1.5"], ["b", "-inf"], ["c", "sqc8b49rny"]], "length": 3})
    assert (found["a"], found["b"], found["c"] == found["c"]) == (1.5, float("-inf"), False)
