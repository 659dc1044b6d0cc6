"""Movements of a list's cells, and the sentence for the live region."""

from dataclasses import replace

import pytest

from tests.engine.plays import stories
from tests.tables import for_each
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.story.movements import Movement
from tutor.engine.story.story import Story
from tutor.engine.trace.entry import Sent, TraceEntry


def entry_of(was: list[str], words: str, now: list[str]) -> TraceEntry:
    """Return the entry of a step that made the list `queue` go from `was` to `now`."""
    return TraceEntry(
        position=1, kind="command", actor="producer", action="", command=words, sent=[Sent(words.split(), None)],
        output=None, printed=False, variables={}, keys={"queue": listed(now)}, was={"queue": listed(was)},
        refusal=None, elapsed_us=1, line=None, box=None,
    )  # fmt: skip


def story_of(entry: TraceEntry) -> Story:
    return Story(entry, CommandStep(actor="producer", action="Act", command=entry.command or "PING"), {})


def listed(items: list[str]) -> dict[str, object]:
    """Return the state of a list as keys.state records it: 24 elements of each end."""
    shown = items if len(items) <= 48 else items[:24] + items[-24:]
    return {"type": "list", "items": shown, "length": len(items)}


def moved(was: list[str], words: str, now: list[str]) -> Movement:
    return story_of(entry_of(was, words, now)).movement_of("queue")


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def test_a_push_on_the_left_enters_left_and_shifts_the_others_to_the_right():
    assert moved(["a"], "LPUSH queue b", ["b", "a"]) == Movement((0,), "left", shift=1)


def test_a_push_of_three_on_the_left_shifts_by_three():
    assert moved(["a"], "LPUSH queue b c d", ["d", "c", "b", "a"]) == Movement((0, 1, 2), "left", shift=3)


def test_a_push_on_the_right_enters_right_and_moves_nothing():
    assert moved(["a"], "RPUSH queue b", ["a", "b"]) == Movement((1,), "right")


def test_a_pop_on_the_left_shifts_the_others_to_the_left():
    assert moved(["a", "b"], "LPOP queue", ["b"]) == Movement(left_values=("a",), left_side="left", shift=-1)


def test_a_pop_on_the_right_moves_nothing():
    assert moved(["a", "b"], "RPOP queue", ["a"]) == Movement(left_values=("b",), left_side="right")


@pytest.mark.parametrize(
    ("command", "side", "shift"), [("RPOP queue", "right", 0), ("LPOP queue", "left", -1), ("lpop queue", "left", -1)]
)
def test_of_two_equal_elements_the_command_says_which_one_left(command: str, side: str, shift: int):
    assert moved(["a", "a"], command, ["a"]) == Movement(left_values=("a",), left_side=side, shift=shift)


@pytest.mark.parametrize(("command", "side", "shift"), [("RPUSH queue a", "right", 0), ("LPUSH queue a", "left", 1)])
def test_of_two_equal_elements_the_command_says_which_one_entered(command: str, side: str, shift: int):
    assert moved(["a"], command, ["a", "a"]) == Movement((1 if side == "right" else 0,), side, shift=shift)


def test_the_states_are_believed_before_the_command():
    assert moved(["a", "b"], "LPOP queue", ["a"]) == Movement(left_values=("b",), left_side="right")


def test_the_first_element_enters_on_the_side_that_the_command_names():
    assert moved([], "RPUSH queue a", ["a"]) == Movement((0,), "right")


def test_the_last_element_leaves_on_the_side_that_the_command_names():
    assert moved(["a"], "RPOP queue", []) == Movement(left_values=("a",), left_side="right")


def test_a_list_that_is_deleted_leaves_by_no_side():
    assert moved(["a", "b"], "DEL queue", []) == Movement(left_values=("a", "b"))


def test_a_list_that_appears_whole_enters_by_no_side():
    assert moved([], "RENAME other queue", ["a", "b"]) == Movement((0, 1))


def test_an_element_that_goes_round_leaves_at_one_end_and_enters_at_the_other():
    assert moved(["a", "b", "c"], "RPOPLPUSH queue queue", ["c", "a", "b"]) == Movement(
        (0,), "left", ("c",), "right", shift=1
    )


def test_of_two_elements_that_change_places_the_command_says_which_one_went_round():
    assert moved(["a", "b"], "LMOVE queue queue LEFT RIGHT", ["b", "a"]) == Movement(
        (1,), "right", ("a",), "left", shift=-1
    )


def test_what_is_moved_into_an_empty_list_enters_where_lmove_says():
    assert moved([], "LMOVE source queue LEFT RIGHT", ["a"]) == Movement((0,), "right")


def test_of_two_equal_elements_lmpop_says_which_one_left():
    assert moved(["a", "a"], "LMPOP 1 queue LEFT", ["a"]) == Movement(left_values=("a",), left_side="left", shift=-1)
    assert moved(["a", "a"], "LMPOP 1 queue RIGHT", ["a"]) == Movement(left_values=("a",), left_side="right")


@pytest.mark.parametrize("command", ["SORT other STORE queue", "RENAME other queue", "COPY other queue REPLACE"])
def test_a_list_that_is_overwritten_is_another_list_even_if_it_only_seems_to_grow(command: str):
    assert moved(["a"], command, ["a", "b"]) == Movement((0, 1), None, ("a",))


def test_any_other_change_replaces_everything():
    assert moved(["a", "b"], "LSET queue 0 c", ["c", "b"]) == Movement((0, 1), None, ("a", "b"))


def test_a_key_that_did_not_change_has_no_movement():
    assert stories(("RPOP", "queue"))[0].movement_of("queue") == Movement()


def test_a_key_that_takes_another_type_leaves_an_empty_picture():
    story = stories(("LPUSH", "queue", "a"), ("SET", "queue", "text"))[1]
    assert story.movement_of("queue") == Movement()


def test_a_push_on_the_left_of_a_long_list_is_seen_although_its_middle_is_unknown():
    assert moved(numbers(1, 60), "LPUSH queue 0", numbers(0, 60)) == Movement((0,), "left", shift=1)


def test_a_push_on_the_right_of_a_long_list_enters_as_the_last_recorded_item():
    assert moved(numbers(1, 60), "RPUSH queue 61", numbers(1, 61)) == Movement((47,), "right")


def test_the_push_that_makes_a_list_too_long_to_be_recorded_whole_is_still_a_push():
    assert moved(numbers(1, 48), "LPUSH queue 0", numbers(0, 48)) == Movement((0,), "left", shift=1)


def test_a_pop_on_the_right_of_a_long_list_names_what_left():
    assert moved(numbers(1, 60), "RPOP queue", numbers(1, 59)) == Movement(left_values=("60",), left_side="right")


def said(*commands: tuple[str, ...]) -> str:
    return stories(*commands)[-1].sentence


def test_a_push_says_what_it_put_where_and_what_is_there_now():
    assert said(("LPUSH", "queue", "task1")) == "LPUSH put 'task1' into queue; queue is now ['task1']"


def test_a_pop_of_no_elements_took_nothing():
    entry = replace(entry_of(["a"], "LPOP queue 0", ["a"]), sent=[Sent(["LPOP", "queue", "0"], [])], was={})
    assert story_of(entry).sentence == "LPOP took nothing; queue is unchanged"


def test_a_push_of_several_lists_them():
    assert said(("RPUSH", "queue", "a", "b")) == "RPUSH put 'a' and 'b' into queue; queue is now ['a', 'b']"


def test_a_push_of_many_counts_the_rest():
    assert said(("RPUSH", "queue", *"abcde")).startswith("RPUSH put 'a', 'b', 'c' and 2 more into queue; ")


def test_a_pop_says_what_it_took():
    assert said(("LPUSH", "queue", "b", "a"), ("RPOP", "queue")) == "RPOP took 'b'; queue is now ['a']"


def test_a_pop_that_takes_the_last_element_says_that_the_list_is_empty():
    assert said(("LPUSH", "queue", "a"), ("RPOP", "queue")) == "RPOP took 'a'; queue is now empty"


def test_a_pop_that_finds_nothing_says_so():
    assert said(("RPOP", "queue")) == "RPOP found queue empty and returned None; queue is unchanged"


def test_a_status_is_read_as_it_is():
    assert said(("SET", "greeting", "hello")) == "SET answered OK"


def test_any_other_command_is_narrated_by_its_answer():
    assert said(("LLEN", "queue")) == "LLEN answered (integer) 0"


def test_an_answer_of_several_elements_is_narrated_as_a_list():
    assert said(("RPUSH", "queue", "a", "b"), ("LRANGE", "queue", "0", "-1")) == "LRANGE answered ['a', 'b']"


def test_a_refusal_gives_the_reason():
    assert said(("SET", "other", "x"), ("LPUSH", "other", "a")) == (
        "LPUSH was refused: WRONGTYPE Operation against a key holding the wrong kind of value"
    )


def test_a_printed_line_is_quoted_as_it_is():
    assert said(("LPUSH", "queue", "a"), ("print", "Processed 'a'")) == "The program printed: Processed 'a'"


def test_an_assignment_says_what_the_variable_is_now():
    assert said(("assign", "task", "done")) == "task = 'done'"


def test_an_assignment_that_changes_nothing_says_so():
    assert said(("assign", "task", "done"), ("assign", "task", "done")) == "Nothing changed"


def test_a_long_list_is_counted():
    assert said(("RPUSH", "queue", *numbers(1, 60))).endswith("; queue now has 60 elements")


def test_a_long_value_is_cut():
    assert said(("LPUSH", "queue", "x" * 30), ("LPUSH", "queue", "y" * 50)).startswith(f"LPUSH put '{'y' * 38}… into")


def narrated(command: str, reply: object) -> str:
    return story_of(replace(entry_of([], command, []), sent=[Sent(command.split(), reply)], was={})).sentence


TOLD = [
    ("SADD tags a b", 2, "SADD put 'a' and 'b' into tags"),
    ("SADD tags a", 0, "SADD answered (integer) 0"),
    ("RPUSHX queue a", 0, "RPUSHX answered (integer) 0"),
    ("ZADD scores NX 1 ann", 1, "ZADD put 'ann' into scores"),
    ("XADD log * f v", "1-0", "XADD put 'v' into log as 1-0"),
    ("SPOP tags", "a", "SPOP took 'a'"),
    ("SPOP tags", None, "SPOP found tags empty and returned None"),
    ("GETDEL key", "a", "GETDEL took 'a'"),
    ("BLPOP a b 0", ["b", "x"], "BLPOP took 'x'"),
    ("BLPOP a b 1", None, "BLPOP found a and b empty and returned None"),
    ("LMPOP 2 a b LEFT COUNT 2", ["b", ["x", "y"]], "LMPOP took 'x' and 'y'"),
    ("ZPOPMIN scores 2", ["ann", "1", "ben", "2"], "ZPOPMIN took 'ann' and 'ben'"),
    ("BZPOPMIN scores 0", ["scores", "ann", "1"], "BZPOPMIN took 'ann'"),
    ("ZMPOP 1 scores MIN COUNT 2", ["scores", [["ann", "1"], ["ben", "2"]]], "ZMPOP took 'ann' and 'ben'"),
    ("LMOVE a b LEFT RIGHT", "x", "LMOVE moved 'x' from a to b"),
    ("RPOPLPUSH a b", None, "RPOPLPUSH found a empty and returned None"),
    ("SPUBLISH news hi", 0, "SPUBLISH reached 0 subscribers: 'hi' is lost"),
    ("SSUBSCRIBE news", ["ssubscribe", "news", 1], "Producer listens on the sharded channel news"),
]


@for_each(("command", "reply", "told"), TOLD)
def test_every_command_is_narrated_with_the_elements_it_puts_takes_and_moves(command: str, reply: object, told: str):
    assert narrated(command, reply) == told


def test_a_pop_from_an_unwatched_key_is_narrated_without_its_state():
    assert narrated("LPOP other", "a") == "LPOP took 'a'"
    assert narrated("LPOP queue", None) == "LPOP found queue empty and returned None; queue is unchanged"
