"""Reading the questions of lesson files: every problem at its line and column."""

from tests.lessons import PUSH, lesson
from tests.tables import for_each
from tutor import library

HEAD = lesson(PUSH)
"""Seven lines; the questions start in line 8, their first entry in line 9."""

CHOICES = "  - question: What?\n    choices: {A: x, B: y}\n"


def said(question: str, part: str = "quiz") -> list[str]:
    found = library.read(f"{HEAD}{part}:\n{question}", "x.yaml").problems
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in found]


@for_each(
    ("question", "problem"),
    [
        (f"{CHOICES}    answer: C\n", "11:13: there is no choice 'C'; choices: A, B"),
        (f"{CHOICES}    answers: [A, C]\n", "11:18: there is no choice 'C'; choices: A, B"),
        (f"{CHOICES}    answer: 1\n", "11:13: expected text, got the number 1; quote it to make it text: '1'"),
        (CHOICES, "9:5: the field 'answer' is missing"),
        (
            "  - {question: What?, choices: {A: x, B: y, C: x}, answer: A}\n",
            "9:48: the choice C reads like the choice A",
        ),
        ("  - {question: What?, choices: {A: x}, answer: A}\n", "9:32: at least 2 entries are needed, got 1"),
        ("  - {question: What?, text: 5}\n", "9:29: expected text, got the number 5; quote it to make it text: '5'"),
        (
            "  - {question: What?, text: x, pattern: (}\n",
            "9:41: this is no regular expression: missing ), unterminated subpattern at position 0",
        ),
        ("  - {question: What?, number: many}\n", "9:31: expected a number, got 'many'"),
        ("  - {question: What?, state: [1]}\n", "9:31: expected text, got the number 1; quote it to make it text: '1'"),
        ("  - {question: What?, order: [a]}\n", "9:30: at least 2 entries are needed, got 1"),
        (
            "  - {question: What?}\n",
            "9:5: a question needs its key: choices with answer or answers, text, number, order or state",
        ),
        ("  - {question: What?, answr: A}\n", "9:23: unknown field 'answr'; did you mean 'answer'?"),
        ("  - What?\n", "9:5: expected a mapping, got 'What?'"),
        ("  - {question: What?, text: x, hnt: y}\n", "9:32: unknown field 'hnt'; did you mean 'hint'?"),
        (
            f"{CHOICES}    answers: [A]\n    credit: most\n",
            "12:13: expected 'all_or_nothing', 'each_choice' or 'right_minus_wrong', got 'most'",
        ),
        (
            f"{CHOICES}    answer: A\n    proof: {{after: 1}}\n",
            "12:12: a proof needs `after` and one of key, variable, output; or `first`",
        ),
        (
            f"{CHOICES}    answer: A\n    proof:\n      after: 2\n      key: queue\n",
            "13:14: there is no step 2; the lesson has 1 step",
        ),
        (
            f"{CHOICES}    answer: A\n    proof: {{after: 1, key: que}}\n",
            "12:28: no watched key is called 'que'; watched: queue",
        ),
        (
            f"{CHOICES}    answer: A\n    proof: {{after: 1, key: queue, replace: {{1: FLUSHALL}}}}\n",
            "12:48: FLUSHALL is not a command that a lesson may send: it empties the server, which all lessons share",
        ),
        (
            f"{CHOICES}    answer: A\n    proof: {{after: 1, key: queue, replace: {{one: PING}}}}\n",
            "12:45: there is no step 'one'; steps: push",
        ),
        (
            f"{CHOICES}    answer: A\n    proof: {{after: 1, key: queue, swap: {{RPOP: LPOP}}}}\n",
            "12:48: no step sends RPOP",
        ),
        (
            f"{CHOICES}    answer: A\n    hint: Look at step 5\n",
            "12:11: the hint speaks of step 5; the lesson has 1 step",
        ),
        (f"{CHOICES}    answer: A\n    mistakes: {{C: No.}}\n", "12:19: there is no choice 'C'; choices: A, B"),
    ],
)
def test_a_problem_of_a_question_is_reported_at_its_place(question: str, problem: str):
    assert said(question) == [problem]


def test_a_practice_task_without_a_solution():
    assert said(f"{CHOICES}    answer: A\n", "practice") == [
        "9:5: a practice task needs a solution: its steps and its answer"
    ]


def test_an_unknown_field_of_a_solution():
    task = f"{CHOICES}    answer: A\n    solution: {{steps: [Look.], answr: x, answer: x}}\n"
    assert said(task, "practice") == ["12:32: unknown field 'answr'; did you mean 'answer'?"]


def test_a_broken_question_does_not_hide_the_problems_of_the_others():
    assert said(f"  - {{question: What?, text: 5}}\n{CHOICES}    answer: C\n") == [
        "9:29: expected text, got the number 5; quote it to make it text: '5'",
        "12:13: there is no choice 'C'; choices: A, B",
    ]


def test_steps_to_be_replaced_are_numbers_although_a_file_has_only_text_there():
    question = f"{CHOICES}    answer: A\n    proof: {{after: 1, key: queue, replace: {{1: RPUSH queue a}}}}\n"
    read = library.read(f"{HEAD}quiz:\n{question}", "x.yaml").lesson
    assert read
    assert read.quiz[0].proof
    assert read.quiz[0].proof.replace == {1: "RPUSH queue a"}


def test_a_lesson_with_warnings_alone_is_on_the_shelf():
    assert library.read(f"{HEAD}quiz:\n{CHOICES}    answer: A\n    hint: Look at step 5\n", "x.yaml").lesson
