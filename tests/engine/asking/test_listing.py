"""Steps beside a question: those that it needs, as they were sent, and never its answer."""

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor.engine.asking.listing import MOST_STEPS, steps_beside
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields


def asked(*steps: dict[str, object], question: dict[str, object]) -> tuple[QuestionFields, Lesson]:
    made = lesson(*steps, quiz=[question])
    return made.quiz[0], made


STEPS = (
    {"command": "LPUSH queue a"},
    {"command": "RPOP queue", "save": "task", "actor": "consumer"},
    {"print": "Got {task}", "actor": "consumer"},
)


@for_each(
    ("question", "numbers"),
    [
        ({"question": "What is `task` after step 2?", "text": "a", "proof": {"after": 2, "variable": "task"}}, [1, 2]),
        ({"question": "At which step?", "number": 2, "proof": {"first": {"key": "queue", "equals": []}}}, [1, 2, 3]),
        ({"question": "What is in `queue` at the end?", "state": []}, [1, 2, 3]),
        ({"question": "What does step 1 do?", "text": "a"}, [1]),
        ({"question": "What is Redis?", "text": "a"}, []),
        ({"question": "What does step 1 do?", "text": "a", "proof": {"run": ["LPUSH x a"], "key": "x"}}, []),
    ],
)
def test_the_steps_up_to_the_last_one_that_is_needed(question: dict[str, object], numbers: list[int]):
    assert [step.number for step in steps_beside(*asked(*STEPS, question=question))] == numbers


def test_a_step_is_what_was_sent_and_where_it_is_saved():
    question = {"question": "What is `task`?", "text": "a"}
    rows = steps_beside(*asked(*STEPS, question=question))
    assert [row.text for row in rows] == ["LPUSH queue a", "RPOP queue  -> task", "print Got {task}"]


def test_a_command_that_is_the_answer_is_not_shown():
    question = {"question": "Which command takes the message, at step 2 or later?", "text": "RPOP"}
    rows = steps_beside(*asked(*STEPS, question=question))
    assert [row.text for row in rows] == ["LPUSH queue a", ""]


def test_of_a_long_lesson_the_last_steps_are_shown():
    many = [{"command": f"LPUSH queue {n}"} for n in range(40)]
    rows = steps_beside(*asked(*many, question={"question": "What after step 38?", "text": "a"}))
    assert [row.number for row in rows] == list(range(39 - MOST_STEPS, 39))
