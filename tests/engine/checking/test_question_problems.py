"""Problems of a lesson's questions that are found without running a proof."""

import pytest

from tests.engine.plays import lesson
from tests.lessons import but_unused
from tests.tables import for_each
from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.problem import Path, Problem

STEPS = ({"command": "LPUSH queue a"}, {"command": "RPOP queue", "save": "task"}, {"print": "Got {task!r}"})
CHOICE: dict[str, object] = {"question": "What?", "choices": {"A": "x", "B": "y", "C": "z"}, "answer": "B"}
SOLUTION = {"steps": ["Look."], "answer": "x"}


def problems(question: dict[str, object], part: str = "quiz") -> list[Problem]:
    found = but_unused(problems_of(lesson(*STEPS, **{part: [{"question": "What?", **question}]})))
    # That "What?" does not name the proof's step is the subject of test_proof_subjects.py.
    return [problem for problem in found if problem.severity != "strict"]


def only(question: dict[str, object], part: str = "quiz") -> tuple[Path, str, str]:
    (problem,) = problems(question, part)
    return problem.path[2:], problem.message, problem.severity


@for_each(
    "question",
    [
        {**CHOICE, "steps": [1, 3], "mistakes": {"A": "No."}, "hint": "See the first steps."},
        {"choices": {"A": "x", "B": "y"}, "answers": ["A", "B"], "mistakes": ["Taking one."]},
        {"text": "x", "pattern": "x|y", "also": ["z"]},
        {"number": 3, "tolerance": 0.5},
        {"order": ["a", "a", "b"]},
        {"state": []},
        {**CHOICE, "proof": {"after": 3, "output": True}},
        {**CHOICE, "proof": {"after": 0, "variable": "task"}},
        {**CHOICE, "proof": {"first": {"key": "queue", "equals": []}}},
        {**CHOICE, "proof": {"after": 1, "key": "queue", "replace": {1: "RPUSH queue {task}"}}},
        {**CHOICE, "proof": {"after": 1, "key": "queue", "swap": {"lpush": "rpush", "RPOP": "LPOP"}}},
    ],
)
def test_a_sound_question_has_no_problems(question: dict[str, object]):
    assert problems(question) == []


@for_each(
    ("question", "path", "message"),
    [
        ({**CHOICE, "answer": "D"}, ("answer",), "there is no choice 'D'; choices: A, B, C"),
        ({**CHOICE, "answer": "b"}, ("answer",), "there is no choice 'b'; choices: A, B, C"),
        (
            {"choices": {"A": "x", "B": "y"}, "answers": ["A", "C"]},
            ("answers", 1),
            "there is no choice 'C'; choices: A, B",
        ),
        ({"choices": {"A": "x", "B": "y"}, "answers": ["A", "A"]}, ("answers", 1), "the choice A is already there"),
        (
            {"choices": {"A": "x", "B": {"text": " x ", "value": 1}}, "answer": "A"},
            ("choices", "B"),
            "the choice B reads like the choice A",
        ),
        ({**CHOICE, "mistakes": {"D": "No."}}, ("mistakes", "D"), "there is no choice 'D'; choices: A, B, C"),
        ({**CHOICE, "mistakes": {"B": "No."}}, ("mistakes", "B"), "the choice B is right: no mistake leads to it"),
        (
            {"text": "x", "mistakes": {"A": "No."}},
            ("mistakes",),
            "only wrong choices have mistakes of their own; write a list here",
        ),
        ({**CHOICE, "steps": [1, 4]}, ("steps", 1), "there is no step 4; the lesson has 3 steps"),
        ({"text": "`'`"}, ("text",), "an answer can't consist of spaces and quote marks alone"),
        ({"text": "x", "also": ["y", " "]}, ("also", 1), "an answer can't consist of spaces and quote marks alone"),
        (
            {"text": "x", "pattern": "[x"},
            ("pattern",),
            "this is no regular expression: unterminated character set at position 0",
        ),
        (
            {"text": "x", "pattern": "(?=x)(x+)+"},
            ("pattern",),
            "a repeated group that itself repeats or has alternatives can take for ever; list answers under `also`",
        ),
    ],
)
def test_a_problem_of_a_question(question: dict[str, object], path: Path, message: str):
    assert only(question) == (path, message, "error")


@for_each(
    ("proof", "path", "message"),
    [
        ({"after": 4, "key": "queue"}, ("after",), "there is no step 4; the lesson has 3 steps"),
        ({"after": 0, "output": True}, ("after",), "nothing is put out before the first step"),
        ({"after": 3, "key": "que"}, ("key",), "no watched key is called 'que'; watched: queue"),
        ({"after": 3, "variable": "tsk"}, ("variable",), "there is no variable 'tsk'; variables: task"),
        (
            {"first": {"key": "que", "equals": []}},
            ("first", "key"),
            "no watched key is called 'que'; watched: queue",
        ),
        (
            {"first": {"variable": "tsk", "equals": 1}},
            ("first", "variable"),
            "there is no variable 'tsk'; variables: task",
        ),
        (
            {"first": {"variable": "task", "equals": "a", "after": 5}},
            ("first", "after"),
            "there is no step 5; the lesson has 3 steps",
        ),
        (
            {"after": 3, "key": "queue", "replace": {4: "PING"}},
            ("replace", "4"),
            "there is no step 4; the lesson has 3 steps",
        ),
        (
            {"after": 3, "key": "queue", "replace": {3: "PING"}},
            ("replace", "3"),
            "step 3 sends no command that could be replaced",
        ),
        (
            {"after": 3, "key": "queue", "replace": {1: "FLUSHALL"}},
            ("replace", "1"),
            "FLUSHALL is not a command that a lesson may send: it empties the server, which all lessons share",
        ),
        (
            {"after": 3, "key": "queue", "replace": {1: "LPUSH queue '"}},
            ("replace", "1"),
            "the quote ' is never closed: LPUSH queue '",
        ),
        (
            {"after": 3, "key": "queue", "replace": {1: "LPUSH queue {tsk}"}},
            ("replace", "1"),
            "there is no variable 'tsk'; variables: task",
        ),
        ({"after": 3, "key": "queue", "swap": {"LPOP": "RPOP"}}, ("swap", "LPOP"), "no step sends LPOP"),
        (
            {"after": 3, "key": "queue", "swap": {"RPOP": "EVAL"}},
            ("swap", "RPOP"),
            "EVAL is not a command that a lesson may send: it runs a script, which can reach the keys of all lessons",
        ),
    ],
)
def test_a_proof_that_refers_to_what_is_not_there(proof: dict[str, object], path: Path, message: str):
    assert only({**CHOICE, "proof": proof}) == (("proof", *path), message, "error")


def test_a_practice_task_needs_a_solution():
    assert only(CHOICE, "practice") == ((), "a practice task needs a solution: its steps and its answer", "error")
    assert problems({**CHOICE, "solution": SOLUTION}, "practice") == []


@for_each(
    ("hint", "number"),
    [("See step 4.", "4"), ("See steps 1, 2 and 9.", "9"), ("Steps 1-8 show it.", "8"), ("Before step 0.", "0")],
)
def test_a_hint_that_names_a_step_that_is_not_there_is_a_warning(hint: str, number: str):
    message = f"the hint speaks of step {number}; the lesson has 3 steps"
    assert only({**CHOICE, "hint": hint}) == (("hint",), message, "warning")


def test_an_explanation_that_names_a_step_that_is_not_there_is_a_warning():
    assert only({**CHOICE, "explanation": "As in step 7."}) == (
        ("explanation",),
        "the explanation speaks of step 7; the lesson has 3 steps",
        "warning",
    )


@pytest.mark.parametrize("hint", ["Take 9 steps back.", "Step by step 1 is enough.", "Two steps 's"])
def test_a_hint_that_names_no_such_step_is_none(hint: str):
    assert problems({**CHOICE, "hint": hint}) == []


def keyed(*keys: str, texts: dict[str, str]) -> list[Problem]:
    quiz = [{"question": f"What {i}?", "choices": texts, "answer": key} for i, key in enumerate(keys)]
    return but_unused(problems_of(lesson(*STEPS, quiz=quiz)))


def test_keys_that_always_have_the_same_letter_are_a_warning():
    assert keyed("B", "B", "B", texts={"A": "one", "B": "two"}) == [
        Problem(("quiz", 0, "answer"), "the right choice of all 3 questions is B; learners will notice", "warning")
    ]


def test_keys_that_are_always_the_longest_are_a_warning():
    quiz = [
        {"question": f"What {key}?", "choices": {"A": "one", "B": "two", "C": "six", key: "seven"}, "answer": key}
        for key in "ABC"
    ]
    assert but_unused(problems_of(lesson(*STEPS, quiz=quiz))) == [
        Problem(
            ("quiz", 0, "answer"),
            "the right choice of all 3 questions is the longest one; learners will notice",
            "warning",
        )
    ]


@pytest.mark.parametrize("keys", ["BB", "BBA"])
def test_two_questions_or_different_letters_are_no_pattern(keys: str):
    assert keyed(*keys, texts={"A": "one", "B": "two"}) == []


def test_the_quiz_and_the_practice_are_looked_at_together():
    asked = {**CHOICE, "solution": SOLUTION}
    found = but_unused(problems_of(lesson(*STEPS, quiz=[CHOICE], practice=[asked, asked])))
    assert [problem.message for problem in found] == ["the right choice of all 3 questions is B; learners will notice"]


def test_a_lesson_whose_steps_are_wrong_too_has_its_questions_looked_at():
    wrong = lesson({"command": "LPUSH queue '"}, watch=["queue"], quiz=[{**CHOICE, "proof": {"after": 1, "key": "x"}}])
    found = [problem for problem in problems_of(wrong) if problem.severity == "error"]
    assert [problem.path for problem in found] == [("steps", 0, "command"), ("quiz", 0, "proof", "key")]
