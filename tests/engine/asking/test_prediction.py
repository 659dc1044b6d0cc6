"""The preview and the question before a step runs, and the difference between guess and result."""

from dataclasses import replace

import pytest

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.asking import prediction
from tutor.engine.asking.prediction import Difference, Fate, PredictedPart
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry, start_keys

POP = {"command": "RPOP queue", "save": "task"}
RIGHT, ELSEWHERE, EXTRA, MISSING = Fate
QUEUE = PredictedPart("key", "queue", "list")


def push(*values: str) -> dict[str, object]:
    return {"command": ["LPUSH", "queue", *values]}


def played(*steps: dict[str, object], **fields: object) -> tuple[Lesson, list[TraceEntry]]:
    made = lesson(*steps, **fields)
    return made, player.play(made, FakeCorner())


def asked(*steps: dict[str, object], **fields: object) -> PredictedPart:
    """Return the part to predict of the last of these steps."""
    made, entries = played(*steps, **fields)
    return prediction.asked_of(made, made.steps[-1], prediction.state_before(entries[-1])[1])


def asked_first(made: Lesson) -> PredictedPart:
    """Return the part to predict of a lesson's first step."""
    return prediction.asked_of(made, made.steps[0], start_keys(made.watched))


def compared(guess: str, *steps: dict[str, object], **fields: object) -> Difference:
    """Return the difference between a guess and the result of the last of these steps."""
    return prediction.difference(asked(*steps, **fields), guess, played(*steps, **fields)[1][-1])


def fates(found: Difference) -> tuple[list[tuple[object, Fate]], list[tuple[object, Fate]]]:
    return tuple([(part.value, part.fate) for part in side] for side in (found.guess, found.truth))


# The part to predict


def test_a_push_asks_for_the_key():
    assert asked(push("a")) == QUEUE


def test_a_pop_asks_for_the_key_while_there_is_something_in_it():
    assert asked(push("a"), POP) == QUEUE


def test_a_pop_of_nothing_asks_what_the_program_gets():
    assert asked(POP) == PredictedPart("variable", "task", "value")


def test_a_print_asks_for_the_line():
    assert asked({"print": "done"}) == PredictedPart("output", "", "line")


def test_an_assignment_asks_for_the_variable():
    assert asked({"assign": {"task": "a"}}) == PredictedPart("variable", "task", "value")


def test_a_command_that_changes_nothing_asks_for_the_reply_or_what_is_saved():
    assert asked({"command": "LLEN queue"}) == PredictedPart("reply", "", "value")
    assert asked({"command": "LLEN queue", "save": "task"}) == PredictedPart("variable", "task", "value")


@for_each(
    ("command", "about"),
    [
        ("SINTERSTORE dest tags", PredictedPart("key", "dest", "set")),
        ("SORT_RO tags", PredictedPart("reply", "", "value")),
        ("SORT tags ALPHA", PredictedPart("reply", "", "value")),
        ("COPY tags dest", PredictedPart("key", "dest", "set")),
        ("PFADD seen a", PredictedPart("reply", "", "value")),
        ("SETBIT seen 7 1", PredictedPart("reply", "", "value")),
        ("SET seen a", PredictedPart("key", "seen", "value")),
    ],
)
def test_what_is_asked_of_a_command_is_a_key_that_it_changes_to_something_readable(command: str, about: PredictedPart):
    made = lesson({"command": command}, watch={"tags": "set", "dest": "set", "seen": "string"})
    assert prediction.asked_of(made, made.steps[0], start_keys(made.watched)) == about


def test_a_key_that_is_not_watched_is_not_asked_for():
    assert asked({"command": "LPUSH other a"}) == PredictedPart("reply", "", "value")


def test_of_a_long_list_the_length_is_asked():
    assert asked(push(*"abcdefghijkl")) == QUEUE
    assert asked(push(*"abcdefghijkl"), push("m")) == PredictedPart("length", "queue", "number")


@pytest.mark.parametrize(
    ("type_", "command", "shape"),
    [("string", "SET queue a", "value"), ("set", "SADD queue a", "set"), ("hash", "HSET queue f a", "number")],
)
def test_every_type_is_asked_for_as_one_can_write_it(type_: str, command: str, shape: str):
    made = lesson({"command": command}, watch={"queue": type_})
    assert prediction.asked_of(made, made.steps[0], start_keys(made.watched)).shape == shape


def test_what_the_server_chooses_is_not_asked():
    made = lesson({"command": "SPOP queue", "save": "task"}, watch={"queue": "set"})
    assert asked_first(made) == PredictedPart("length", "queue", "number")
    made = lesson({"command": "XADD queue * f a", "save": "task"}, watch={"queue": "stream"})
    assert asked_first(made) == PredictedPart("length", "queue", "number")


def test_a_reply_that_is_saved_is_asked_where_of_the_key_only_the_length_could_be():
    made = lesson({"command": "HSET queue f a", "save": "task"}, watch={"queue": "hash"})
    assert asked_first(made) == PredictedPart("variable", "task", "value")


@pytest.mark.parametrize("step", [{"wait": 5}, {"crash": True}, {"command": "EXEC"}])
def test_what_may_change_anything_asks_for_a_watched_key_that_can_expire_if_there_is_one(step: dict[str, object]):
    made = lesson({"command": "SET lock me EX 5"}, step, watch={"queue": "list", "lock": "string"})
    assert prediction.asked_of(made, made.steps[1], start_keys(made.watched)) == PredictedPart("key", "lock", "value")
    unwatched = lesson(step, watch={})
    assert prediction.asked_of(unwatched, unwatched.steps[0], {}) == PredictedPart("reply", "", "value")


def test_a_question_is_stored_as_words():
    assert [str(QUEUE), str(PredictedPart("output", "", "line"))] == ["key queue", "output"]


# The preview


def told(step: dict[str, object], **variables: object) -> prediction.StepPreview:
    made = lesson(step, variables={"task": None, **variables})
    return prediction.preview_of(made.steps[0], made.start_variables)


def test_a_command_is_previewed_with_the_variables_before_the_step():
    found = told({"action": "Push {task!r} again", "command": "LPUSH queue {task}"}, task="a")
    assert (found.code, found.is_command) == ("LPUSH queue a", True)


@for_each(
    ("step", "announced"),
    [
        ({"command": "RPOP queue", "save": "task", "action": "Pop {task!r}"}, "Anna sends RPOP"),
        ({"command": "xgroup create jobs team 0", "action": "Nothing is done"}, "Anna sends XGROUP CREATE"),
        ({"print": "Got {task}"}, "Anna prints a line"),
        ({"assign": {"task": "a", "done": 1}}, "Anna sets task and done"),
        ({"wait": 60}, "60 s pass"),
        ({"wait": 1}, "1 s passes"),
        ({"crash": True}, "Anna's connection is cut"),
        ({"read": "task"}, "Anna reads from its client's buffer"),
    ],
)
def test_a_step_is_announced_without_its_action_which_is_written_about_the_result(
    step: dict[str, object], announced: str
):
    made = lesson(step, variables={"task": None, "done": 0})
    assert prediction.preview_of(made.steps[0], made.start_variables, who="Anna").announced == announced


@for_each(
    ("step", "code"),
    [
        ({"print": "Processed {task!r}"}, 'print(f"Processed {task!r}")'),
        ({"print": 'a "quiet" day'}, 'print("a \\"quiet\\" day")'),
        ({"assign": {"done": "{task}", "task": None}}, "done = task; task = None"),
        ({"wait": 5}, "# 5 seconds pass"),
        ({"wait": 1}, "# 1 second passes"),
        ({"crash": True}, "# the program crashes, its connection is cut"),
    ],
)
def test_a_step_of_the_program_is_previewed_as_python(step: dict[str, object], code: str):
    assert told(step, done=0).code == code


# The difference


@for_each("guess", ["['b', 'a']", "b, a", "b a", '[ "b" , "a" ]'])
def test_a_list_is_right_however_it_is_typed(guess: str):
    assert compared(guess, push("a"), push("b")).is_right


def test_an_answer_from_the_wrong_end_is_marked_as_elsewhere():
    found = compared("a b", push("a"), push("b"))
    assert not found.is_right
    assert sorted(fate for _, fate in fates(found)[0]) == [ELSEWHERE, RIGHT]
    assert sorted(fate for _, fate in fates(found)[1]) == [ELSEWHERE, RIGHT]


def test_extra_and_missing_elements_are_distinguished():
    found = compared("x, a", push("a", "b"))
    assert fates(found) == ([("x", EXTRA), ("a", RIGHT)], [("b", MISSING), ("a", RIGHT)])


def test_equal_messages_are_counted():
    found = compared("a a", push("a"))
    assert sorted(fate for _, fate in fates(found)[0]) == [EXTRA, RIGHT]


def test_nothing_guessed_and_nothing_there():
    assert compared("[]", push("a"), POP).is_right
    assert fates(compared("[]", push("a"))) == ([], [("a", MISSING)])


@for_each(("guess", "is_right"), [("None", True), ("nil", True), (" 'None' ", True), ("a", False), ("[]", False)])
def test_none_is_forgiven_its_names(guess: str, is_right: bool):
    assert compared(guess, POP).is_right is is_right


def test_a_value_is_right_without_its_quotes_and_wrong_in_another_case():
    step = {"assign": {"task": "task1"}}
    assert compared("task1", step).is_right
    assert compared('"task1"', step).is_right
    assert fates(compared("Task1", step)) == ([("Task1", EXTRA)], [("task1", MISSING)])


def test_a_printed_line_is_compared_word_by_word():
    steps = ({"assign": {"task": "a"}}, {"print": "Processed {task!r}"})
    assert compared("processed  a", *steps).is_right
    found = compared("Processed 'b'", *steps)
    assert fates(found)[0] == [("Processed", RIGHT), ("'b'", EXTRA)]
    assert fates(found)[1] == [("Processed", RIGHT), ("'a'", MISSING)]


@pytest.mark.parametrize("guess", ["1", "(integer) 1", " 1.0 "])
def test_a_number_is_a_number(guess: str):
    assert compared(guess, push("a"), {"command": "LLEN queue"}).is_right


@for_each("guess", ["[b, a]", "b a", '1) "b" 2) "a"', "['b', 'a']"])
def test_a_reply_of_several_parts_is_compared_by_its_words(guess: str):
    is_right = "1)" not in guess
    assert compared(guess, push("a", "b"), {"command": "LRANGE queue 0 -1"}).is_right is is_right


def test_a_wrong_number_is_shown_as_a_number():
    assert fates(compared("2", {"command": "LLEN queue"})) == ([(2, EXTRA)], [(0, MISSING)])


def test_the_length_of_a_long_list():
    steps = [push(*"abcdefghijkl"), push("m")]
    assert compared("13", *steps).is_right
    assert not compared("12", *steps).is_right


def test_a_set_has_no_order():
    entry = played(push("a"))[1][-1]
    entry = replace(entry, keys={"queue": {"type": "set", "items": ["a", "b"], "length": 2}})
    assert prediction.difference(PredictedPart("key", "queue", "set"), "b a", entry).is_right


@for_each(
    ("shape", "guess", "is_readable"),
    [
        ("list", "'a' b 'c'", False),
        ("list", "[]", True),
        ("number", "two", False),
        ("number", "2", True),
        ("value", "  ", False),
        ("line", "done", True),
    ],
)
def test_an_unparsable_guess_is_distinguished_from_a_wrong_one(shape: str, guess: str, is_readable: bool):
    assert prediction.is_readable(PredictedPart("key", "queue", shape), guess) is is_readable


@pytest.mark.parametrize(
    ("value", "code"),
    [("b'Ada'", "task = b'Ada'"), (["b'a'", 1], "task = [b'a', 1]"), ({"b'k'": "v"}, "task = {b'k': 'v'}")],
)
def test_assigned_bytes_are_previewed_as_python_literals(value: object, code: str):
    fields = {"format": 2, "client": {"decode_responses": False}}
    made = lesson({"assign": {"task": value}}, variables={"task": None}, **fields)
    assert prediction.preview_of(made.steps[0], made.start_variables, made.redis_client).code == code


# Steps that read


def read_entry(push: list[object] | None, value: object) -> TraceEntry:
    """Return the entry of a step that has read this."""
    [entry] = player.play(lesson({"print": "x"}), FakeCorner())
    return replace(entry, kind="read", read=push, variables={"task": value})


RECEIVED = {"type": "message", "pattern": None, "channel": "news", "data": "one"}


@for_each(
    ("step", "code"),
    [
        ({"read": "task"}, "task = pubsub.get_message()"),
        ({"read": True}, "pubsub.get_message()"),
        ({"read": "task", "pick": "data"}, 'task = pubsub.get_message()["data"]'),
        (
            {"read": "task", "ignore_subscribe_messages": True},
            "task = pubsub.get_message(ignore_subscribe_messages=True)",
        ),
    ],
)
def test_a_read_is_previewed_as_its_line_of_python(step: dict[str, object], code: str):
    made = lesson(step)
    assert prediction.preview_of(made.steps[0], made.start_variables).code == code


def test_a_read_asks_what_the_program_gets():
    made = lesson({"read": "task"}, watch={"queue": "list"})
    assert asked_first(made) == PredictedPart("variable", "task", "value")


@for_each(
    ("guess", "is_right"),
    [
        ("one", True),
        ("'one'", True),
        ("{'type': 'message', 'pattern': None, 'channel': 'news', 'data': 'one'}", True),
        ("type: message, pattern: None, channel: news, data: one", True),
        ("{'type': 'message', 'pattern': None, 'channel': 'news', 'data': 'two'}", False),
        ("two", False),
        ("None", False),
        ("message", False),
    ],
)
def test_the_data_of_a_message_will_do_as_a_guess(guess: str, is_right: bool):
    entry = read_entry(["message", "news", "one"], RECEIVED)
    assert prediction.difference(PredictedPart("variable", "task", "value"), guess, entry).is_right is is_right


def test_a_confirmation_is_no_message():
    confirmed = {"type": "subscribe", "pattern": None, "channel": "news", "data": 1}
    entry, asked = read_entry(["subscribe", "news", 1], confirmed), PredictedPart("variable", "task", "value")
    assert prediction.difference(asked, str(confirmed), entry).is_right
    assert not prediction.difference(asked, "1", entry).is_right


def test_nothing_to_read_is_none():
    entry = read_entry(None, None)
    assert prediction.difference(PredictedPart("variable", "task", "value"), "None", entry).is_right
    assert not prediction.difference(PredictedPart("variable", "task", "value"), "one", entry).is_right


@for_each(
    ("guess", "truth", "is_right"),
    [
        ("b'task1'", b"task1", True),
        ("task1", b"task1", False),
        ("2", 2.0, True),
        ("{'name': 'Ada'}", {"name": "Ada"}, True),
        ("name: Ada", {"name": "Ada"}, True),
        ("{'name': 'Ben'}", {"name": "Ada"}, False),
        ("{'b', 'a'}", {"a", "b"}, True),
        ("{'b', 'c'}", {"a", "b"}, False),
        ("('queue', 'a')", ("queue", "a"), True),
        ("queue a", ("queue", "a"), True),
        ("[('a', 1.0)]", [("a", 1.0)], True),
        ("True", True, True),
    ],
)
def test_a_guess_of_a_value_of_redis_py_is_judged_as_python_shows_it(guess: str, truth: object, is_right: bool):
    assert prediction.is_same_answer(guess, truth) is is_right
