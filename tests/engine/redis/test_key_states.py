"""The states of watched keys."""

import pytest

from tutor.engine.redis import key_states
from tutor.engine.values.replies import error

NUMBERS = [str(number) for number in range(1, 101)]


def list_of(items: list[str]) -> key_states.KeyState:
    """Return the state that the replies for a list of these items show."""
    return key_states.state("list", [len(items), items[:24], items[-24:]])


@pytest.mark.parametrize("type_", ["list", "hash", "set", "zset", "stream"])
def test_a_key_that_does_not_exist_is_an_empty_collection(type_):
    assert key_states.empty(type_) == {"type": type_, "items": [], "length": 0}


def test_a_string_that_does_not_exist_is_none():
    assert key_states.empty("string") == {"type": "string", "value": None}


@pytest.mark.parametrize("type_", ["list", "string", "hash", "set", "zset", "stream"])
def test_reading_a_key_that_does_not_exist_shows_the_empty_state(type_, server):
    replies = [server.execute_command(*words) for words in key_states.reads(type_, "tutor:test:missing")]
    assert key_states.state(type_, replies) == key_states.empty(type_)


def test_a_list_is_read_in_a_fixed_number_of_elements():
    assert key_states.reads("list", "q") == [["LLEN", "q"], ["LRANGE", "q", "0", "23"], ["LRANGE", "q", "-24", "-1"]]


@pytest.mark.parametrize("length", [0, 1, 23, 24, 25, 47, 48])
def test_a_list_of_up_to_48_elements_is_kept_whole(length: int):
    assert list_of(NUMBERS[:length]) == {"type": "list", "items": NUMBERS[:length], "length": length}


@pytest.mark.parametrize("length", [49, 72, 100])
def test_a_longer_list_keeps_its_head_and_its_tail(length: int):
    items = NUMBERS[:length]
    assert list_of(items) == {"type": "list", "items": items[:24] + items[-24:], "length": length}


def test_a_key_of_another_type_is_other():
    assert key_states.state("list", [error("WRONGTYPE x")] * 3) == {"type": "other", "items": [], "length": 0}


def test_a_sets_members_are_sorted():
    assert key_states.state("set", [["b", "a"]]) == {"type": "set", "items": ["a", "b"], "length": 2}


def test_a_hash_is_kept_as_pairs():
    assert key_states.state("hash", [["f", "v", "g", "w"]])["items"] == [["f", "v"], ["g", "w"]]


@pytest.mark.parametrize(
    ("state", "value"),
    [
        (key_states.state("list", [2, ["b", "a"], ["b", "a"]]), ["b", "a"]),
        (key_states.state("string", ["hello"]), "hello"),
        (key_states.state("string", [None]), None),
        (key_states.state("hash", [["f", "v"]]), {"f": "v"}),
        (key_states.state("zset", [1, ["ali", "1"]]), {"ali": "1"}),
        (key_states.state("stream", [1, [["1-1", ["f", "v"]]]]), [["1-1", ["f", "v"]]]),
    ],
)
def test_a_state_is_a_value_of_python(state: key_states.KeyState, value: object):
    assert key_states.as_value(state) == value


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (key_states.empty("list"), "[]"),
        (list_of(["task2", "task1"]), "['task2', 'task1']"),
        (key_states.state("string", [None]), "None"),
        (key_states.state("string", ["it's"]), '"it\'s"'),
        (key_states.state("hash", [["f", "v"]]), "{'f': 'v'}"),
        (key_states.state("set", [["b", "a"]]), "{'a', 'b'}"),
        (key_states.state("list", [error("WRONGTYPE x")] * 3), "(another type)"),
    ],
)
def test_a_state_is_shown_as_python_prints_it(state: key_states.KeyState, text: str):
    assert key_states.as_text(state) == text


def test_what_a_long_list_leaves_out_is_counted_in_the_middle():
    text = key_states.as_text(list_of([str(number) for number in range(2048)]))
    assert "'23', … 2,000 more …, '2024'" in text


def test_what_a_long_set_leaves_out_is_counted_at_the_end():
    assert key_states.as_text(key_states.state("set", [NUMBERS])).endswith(", … 52 more}")


def test_a_score_that_is_no_number_is_equal_to_none():
    found = key_states.scores(
        {"type": "zset", "items": [["a", "1.5"], ["b", "-inf"], ["c", "sqc8b49rny"]], "length": 3}
    )
    assert (found["a"], found["b"], found["c"] == found["c"]) == (1.5, float("-inf"), False)
