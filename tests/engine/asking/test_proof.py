"""Proofs, run on a real server."""

import pytest

from tests.engine.fake_corner import FakeCorner
from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.asking import proof
from tutor.engine.asking.proof import NotProvable, cut, variant
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json
from tutor.ports import corners

LESSON = lesson(
    {"command": "LPUSH queue task1"},
    {"command": "lpush  queue 'task2'", "expect": {"queue": ["task2", "task1"]}},
    {"command": ["RPOP", "queue"], "save": "task", "line": 1, "box": 1},
    {"print": "Got {task!r}"},
    {"command": "RPOP queue", "save": "task"},
    sample={"code": "one"},
    flow={"boxes": ["one"]},
    quiz=[{"question": "What?", "number": 1}],
)


def run(written: dict[str, object], of: Lesson = LESSON) -> tuple[Json, list[TraceEntry]]:
    asked = Proof.model_validate(written)
    return proof.run(of, asked, corners.temporary(variant(of, asked)))


@for_each(
    ("written", "value"),
    [
        ({"after": 0, "key": "queue"}, []),
        ({"after": 0, "variable": "task"}, None),
        ({"after": 2, "key": "queue"}, ["task2", "task1"]),
        ({"after": 3, "variable": "task"}, "task1"),
        ({"after": 3, "output": True}, "task1"),
        ({"after": 4, "output": True}, "Got 'task1'"),
        ({"after": 1, "output": True}, None),
        ({"first": {"key": "queue", "equals": []}}, 5),
        ({"first": {"variable": "task", "equals": "task1"}}, 3),
        ({"first": {"variable": "task", "equals": "task1", "after": 3}}, 4),
        ({"first": {"variable": "task", "equals": "task1", "after": 5}}, None),
        ({"first": {"variable": "task", "equals": "never"}}, None),
        ({"after": 2, "key": "queue", "swap": {"LPUSH": "RPUSH"}}, ["task1", "task2"]),
        ({"after": 2, "key": "queue", "swap": {"lpush": "rpush"}}, ["task1", "task2"]),
        ({"after": 3, "variable": "task", "swap": {"RPOP": "LPOP"}}, "task2"),
        ({"after": 4, "output": True, "swap": {"RPOP": "LPOP", "LPUSH": "RPUSH"}}, "Got 'task1'"),
        ({"after": 2, "key": "queue", "replace": {2: "RPUSH queue task2"}}, ["task1", "task2"]),
        ({"after": 3, "variable": "task", "replace": {3: "LPOP queue"}}, "task2"),
        ({"after": 3, "variable": "task", "replace": {3: "LLEN queue"}}, 2),
        ({"after": 5, "key": "queue", "replace": {5: "LPUSH queue {task}"}}, ["task1", "task2"]),
        ({"first": {"key": "queue", "equals": []}, "replace": {3: "LPOP queue 2"}}, 3),
    ],
)
def test_what_a_proof_finds(written: dict[str, object], value: Json):
    assert run(written)[0] == value


def test_a_proof_gives_the_trace_that_led_there():
    _, entries = run({"after": 2, "key": "queue", "swap": {"LPUSH": "RPUSH"}})
    assert [(each.command, each.value_text("queue")) for each in entries] == [
        ("RPUSH queue task1", "['task1']"),
        ("RPUSH  queue 'task2'", "['task1', 'task2']"),
    ]


@for_each(
    ("written", "reason"),
    [
        ({"after": 6, "key": "queue"}, "there is no step 6"),
        ({"after": 0, "output": True}, "nothing is put out before the first step"),
        ({"after": 1, "key": "que"}, "nothing is called 'que'"),
        ({"after": 0, "key": "que"}, "nothing is called 'que'"),
        ({"after": 1, "variable": "tsk"}, "nothing is called 'tsk'"),
        ({"first": {"key": "que", "equals": []}}, "nothing is called 'que'"),
        ({"after": 1, "key": "queue", "replace": {6: "PING"}}, "there is no command in step 6 to replace"),
        ({"after": 1, "key": "queue", "replace": {0: "PING"}}, "there is no command in step 0 to replace"),
        ({"after": 1, "key": "queue", "replace": {4: "PING"}}, "there is no command in step 4 to replace"),
        (
            {"after": 1, "key": "queue", "replace": {1: "LPUSH queue {tsk}"}},
            "there is no variable 'tsk'; variables: task",
        ),
        ({"after": 1, "key": "queue", "replace": {1: "LPUSH queue '"}}, "the quote ' is never closed: LPUSH queue '"),
        ({"after": 1, "key": "queue", "replace": {1: "SET queue x"}}, "queue is of another type after step 1"),
        (
            {"after": 1, "key": "queue", "replace": {1: "RPUSH queue " + " ".join("a" * 49)}},
            "queue is too long to be compared after step 1",
        ),
    ],
)
def test_a_proof_that_cannot_be_run(written: dict[str, object], reason: str):
    with pytest.raises(NotProvable) as raised:
        run(written)
    assert str(raised.value) == reason


@pytest.mark.parametrize("change", [{"replace": {1: "FLUSHALL"}}, {"swap": {"LPUSH": "EVAL"}}, {"swap": {"RPOP": ""}}])
def test_what_a_lesson_may_not_send_does_not_reach_a_corner(change: dict[str, object]):
    corner = FakeCorner()
    with pytest.raises(NotProvable, match="is not a command that a lesson may send"):
        proof.run(LESSON, Proof.model_validate({"after": 1, "key": "queue", **change}), corner)
    assert corner.sent == []


def test_a_proof_that_changes_nothing_runs_the_lesson_itself():
    assert variant(LESSON, Proof(after=1, key="queue")) is LESSON


def test_a_changed_step_keeps_all_but_its_command_and_its_claims():
    changed = variant(LESSON, Proof(after=1, key="queue", replace={3: "LPOP queue"}, swap={"LPUSH": "RPUSH"}))
    second, third = changed.steps[1], changed.steps[2]
    assert isinstance(second, CommandStep)
    assert isinstance(third, CommandStep)
    assert (second.command, second.expect) == ("RPUSH  queue 'task2'", {})
    assert (third.command, third.save, third.line, third.box) == ("LPOP queue", "task", 1, 1)


def test_a_command_given_as_words_is_swapped_too():
    assert variant(LESSON, Proof(after=1, key="queue", swap={"RPOP": "LPOP"})).command_steps[2].template[0] == "LPOP"


def test_a_name_in_quotes_is_swapped_too():
    quoted = lesson({"command": "'LPUSH' queue 'a b'"})
    (step,) = variant(quoted, Proof(after=1, key="queue", swap={"LPUSH": "RPUSH"})).command_steps.values()
    assert step.template == ["RPUSH", "queue", "a b"]


def test_a_changed_lesson_knows_the_keys_that_its_steps_touch():
    assert LESSON.keys == ("queue",)
    assert variant(LESSON, Proof(after=1, key="queue", replace={1: "SET other x"})).keys == ("queue", "other")


def test_a_changed_lesson_has_no_questions():
    assert variant(LESSON, Proof(after=1, key="queue", swap={"LPUSH": "RPUSH"})).quiz == []


def test_a_lesson_can_be_cut_short():
    short = cut(LESSON, 2)
    assert (len(short.steps), list(short.command_steps), len(LESSON.command_steps)) == (2, [0, 1], 4)
