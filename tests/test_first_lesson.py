"""The first lesson, played on a real server: every cell of its table and of its tracker."""

from collections import Counter
from functools import lru_cache
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
import redis

from tests.engine.plays import columns
from tests.polling import until
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving
from tutor.engine.asking import proof
from tutor.engine.asking.trace_questions import trace_questions
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.difficulty import DIFFICULTIES
from tutor.engine.lesson.questions.quiz.choice import ChoiceQuestion
from tutor.engine.lesson.references import told
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_redis_cli
from tutor.ports import corners

FILE = Path(__file__).parent.parent / "lessons" / "redis-as-message-broker.yaml"

TABLE = [
    (1, "Producer pushes 'task1'", "LPUSH queue 'task1'", "['task1']", "None"),
    (2, "Producer pushes 'task2'", "LPUSH queue 'task2'", "['task2', 'task1']", "None"),
    (3, "Consumer pops a task", "RPOP queue", "['task2']", "'task1'"),
    (4, "Consumer processes 'task1'", None, "['task2']", "Processed 'task1'"),
    (5, "Consumer pops next task", "RPOP queue", "[]", "'task2'"),
    (6, "Consumer processes 'task2'", None, "[]", "Processed 'task2'"),
    (7, "Consumer tries to pop from empty queue", "RPOP queue", "[]", "None"),
]

REPLIES = [["(integer) 1"], ["(integer) 2"], ['"task1"'], None, ['"task2"'], None, ["(nil)"]]

TRACKER = [
    ("Start", "[]", "None"),
    ("After step 1", "['task1']", "None"),
    ("After step 2", "['task2', 'task1']", "None"),
    ("After step 3", "['task2']", "'task1'"),
    ("After step 5", "[]", "'task2'"),
    ("Final", "[]", "None"),
]

COLUMNS_AFTER = [1, 2, 3, 4, 4, 5, 5, 6]
"""How many columns the tracker has after 0 to 7 steps."""


@lru_cache
def lesson() -> Lesson:
    found = library.read(FILE.read_text(), FILE.name).lesson
    assert found is not None
    return found


@lru_cache
def played() -> list[TraceEntry]:
    return player.play(lesson(), corners.temporary(lesson()))


@for_each("row", TABLE)
def test_a_row_of_the_table_is_what_really_came(row: tuple[int, str, str | None, str, str]):
    entry = played()[row[0] - 1]
    assert (entry.position, entry.action, entry.command, entry.value_text("queue"), entry.output_text) == row


def test_the_table_has_seven_rows():
    assert len(played()) == 7


def test_the_replies_are_those_that_redis_cli_shows():
    assert [as_redis_cli(entry.reply) if entry.words else None for entry in played()] == REPLIES


def test_the_tracker_has_the_columns_of_the_steps_that_changed_something():
    assert [(column.label, *column.values) for column in columns(lesson(), played())] == TRACKER


@for_each(("taken", "count"), list(enumerate(COLUMNS_AFTER)))
def test_the_tracker_shows_only_columns_that_were_reached(taken: int, count: int):
    assert len(columns(lesson(), played()[:taken])) == count


def test_every_claim_of_the_lesson_is_true():
    assert proving.prove(lesson(), lambda each: corners.of_run(f"test-{uuid4()}", each)) == []


def test_every_step_claims_the_queue_the_task_and_the_output():
    assert all({"queue", "task", "output"} <= step.expect.keys() for step in lesson().steps)


def test_the_flow_is_a_loop_of_five_boxes_each_of_which_some_step_lights():
    flow = lesson().flow
    assert flow is not None
    assert (flow.loop, len(flow.boxes)) == (True, 5)
    played = proving.play(lesson(), lambda each: corners.of_run(f"test-{uuid4()}", each))
    assert {entry.box for entry in played} == {1, 2, 3, 4, 5}


def test_each_step_runs_a_line_of_the_sample_that_does_the_same():
    assert lesson().sample is not None
    lines = lesson().sample.code.splitlines()
    done = [lines[(step.line or 0) - 1].split("(")[0] for step in lesson().steps]
    pop = "task = r.rpop"
    assert done == ["r.lpush", "r.lpush", pop, "print", pop, "print", pop]


def test_the_sample_of_five_lines_runs_and_prints_the_task(
    own_server: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    sample = lesson().sample
    assert sample is not None
    assert len(sample.code.splitlines()) == 5
    client = redis.Redis(unix_socket_path=str(own_server))
    monkeypatch.setattr(redis, "Redis", lambda: client)
    exec(compile(sample.code, "sample", "exec"), {})
    client.close()
    assert capsys.readouterr().out == "task1\n"


def test_the_key_moments_point_at_their_steps():
    assert [moment.steps for moment in lesson().key_moments] == [[1, 3], [7]]


def test_the_snapshot_has_six_lines():
    assert len(lesson().snapshot) == 6


def as_learners_read_it() -> Lesson:
    """Return the lesson with the numbers of its named steps in its texts."""
    return told(lesson(), {}, "plain")


QUIZ = [
    (["None", "'task2'", "'task1'", "'task3'"], "'task1'"),
    (["Step 5", "Step 3", "Step 6", "Step 7"], "Step 5"),
    (["['task2', 'task1']", "['task1', 'task2']", "['task1'] only", "Empty"], "['task1', 'task2']"),
]

PRACTICE = [
    ("easy", "Passing messages quickly between parts of the app"),
    ("easy", "r.publish('updates', 'New data')"),
    ("medium", "Received: Hello everyone"),
    ("medium", "The loop waits without end and blocks the thread that serves requests"),
    ("hard", "Let a background thread or task run the listening loop and pass each message on to the page"),
]


def test_the_quiz_has_three_questions_with_their_choices_and_keys():
    asked = [question for question in as_learners_read_it().quiz if isinstance(question, ChoiceQuestion)]
    assert [([choice.text for choice in each.options.values()], each.key_text) for each in asked] == QUIZ


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_key_of_a_quiz_question_is_proved(place: int):
    question = as_learners_read_it().quiz[place]
    assert question.proof is not None
    value, _ = proof.run(lesson(), question.proof, corners.temporary(proof.variant(lesson(), question.proof)))
    assert value == ["task1", 5, ["task1", "task2"]][place]
    assert question.key_says(value)
    assert question.distractor_that_says(value) is None


def test_the_practice_has_five_tasks_with_their_difficulties_and_keys():
    assert [(task.difficulty, task.key_text) for task in lesson().practice] == PRACTICE


def test_every_task_has_a_worked_solution_a_check_a_hint_and_what_each_wrong_choice_comes_of():
    for task in lesson().practice:
        assert isinstance(task, ChoiceQuestion)
        assert isinstance(task.mistakes, dict)
        assert task.solution is not None
        assert len(task.solution.steps) >= 3
        assert task.solution.check
        assert task.hint
        assert sorted([*task.mistakes, task.answer]) == list(task.choices)


def test_every_question_has_a_concept_an_explanation_and_a_hint():
    asked = [*lesson().quiz, *lesson().practice]
    assert all(question.concept and question.explanation and question.hint for question in asked)


def test_nothing_is_said_against_the_lesson_not_even_a_warning():
    assert library.read(FILE.read_text(), FILE.name).problems == ()


def test_there_is_enough_to_ask_for_a_test_of_every_difficulty():
    def play(each: Lesson) -> list[TraceEntry]:
        return player.play(each, corners.temporary(each))

    made = [each.question for each in trace_questions(lesson(), play, 1)]
    counted = Counter(question.difficulty for question in [*lesson().quiz, *lesson().practice, *made])
    assert min(counted[difficulty] for difficulty in DIFFICULTIES) >= 4


def test_the_subscriber_of_the_practice_prints_what_the_key_says(
    own_server: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    code = lesson().practice[2].question.split("```python\n")[1].split("```")[0]
    client = redis.Redis(unix_socket_path=str(own_server))
    subscriber = redis.Redis(unix_socket_path=str(own_server))
    monkeypatch.setattr(redis, "Redis", lambda: subscriber)
    listening = Thread(target=exec, args=(compile(code, "practice", "exec"), {"redis": redis}), daemon=True)
    listening.start()
    until(lambda: client.publish("chat", "Hello everyone"), "the subscriber")
    listening.join(timeout=10)
    client.close()
    subscriber.close()
    assert capsys.readouterr().out == f"{lesson().practice[2].key_text}\n"
