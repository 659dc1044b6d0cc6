"""Proving the keys of questions: proofs that give something else, and warnings."""

from pathlib import Path

from tests.engine.fake_corner import FakeCorner, TemporaryFake
from tests.lessons import lesson
from tests.tables import for_each
from tutor import library
from tutor.authoring import proving
from tutor.engine.checking.proof_subjects import subject_problems
from tutor.engine.checking.reference_problems import reference_problems
from tutor.engine.lesson.lesson import Lesson
from tutor.ports import corners

STEPS = """\
  - {actor: producer, action: Push, command: LPUSH queue task1}
  - {actor: producer, action: Push, command: LPUSH queue task2}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
  - {actor: consumer, action: Print, print: 'Got {task!r}'}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
"""
"""Lines 7 to 11; a first question starts in line 13, and its proof or answer is in line 16."""


UNPROVED = "no proof and no source: add a `proof` that runs it, or a `source` with title and url that says it"


def said(tmp_path: Path, *questions: str, part: str = "quiz") -> list[str]:
    file = tmp_path / "x.yaml"
    file.write_text(f"{lesson(STEPS)}{part}:\n" + "".join(questions))
    found = proving.check([file], corners.temporary)
    others = of_texts_alone(file)
    kept = [problem for problem in found if problem.is_error or problem.message not in others]
    return [str(problem).removeprefix(f"{file}:") for problem in kept]


def of_texts_alone(file: Path) -> set[str]:
    """Return the warnings that a text does not name what its proof looks at, or names a step by its number.

    Most questions here are "What?"; test_proof_subjects.py and test_references.py are about these.
    """
    of = library.read(file.read_bytes(), file.name).lesson
    if of is None:
        return set()
    subjects = (
        problem
        for part, asked in (("quiz", of.quiz), ("practice", of.practice))
        for i, question in enumerate(asked)
        if question.proof
        for problem in subject_problems(of, question, question.proof, (part, i))
    )
    return {problem.message for problem in (*subjects, *reference_problems(of))}


def choice(choices: str, answer: str, proof: str = "") -> str:
    proof_line = f"    proof: {{{proof}}}\n" if proof else ""
    return f"  - question: What?\n    choices: {{{choices}}}\n    answer: {answer}\n{proof_line}"


VALUES = "A: None, B: \"'task2'\", C: \"'task1'\", D: \"'task3'\""
STATES = "A: \"['task2', 'task1']\", B: \"['task1', 'task2']\", C: {text: none, value: []}"
QUEUE = "{after: 1, key: queue}"
CANT = "16:12: the proof can't be run: "
NUMBERS = "A: Step 5, B: Step 3, C: step 4"


@for_each(
    "question",
    [
        choice(VALUES, "C", "after: 3, variable: task"),
        choice(VALUES, "C", "after: 3, output: true"),
        choice(VALUES, "A", "after: 0, variable: task"),
        choice(VALUES, "B", "after: 3, variable: task, replace: {3: LPOP queue}"),
        choice(VALUES, "B", "after: 3, variable: task, swap: {rpop: LPOP}"),
        choice(STATES, "A", "after: 2, key: queue"),
        choice(STATES, "B", "after: 2, key: queue, swap: {LPUSH: RPUSH}"),
        choice(STATES, "C", "after: 0, key: queue"),
        choice(NUMBERS, "A", "first: {key: queue, equals: []}"),
        choice(NUMBERS, "B", "first: {variable: task, equals: task1}"),
        choice(NUMBERS, "C", "first: {variable: task, equals: task1, after: 3}"),
        "  - {question: What?, state: [task2], proof: {after: 4, key: queue}}\n",
        "  - {question: What?, text: Got 'task1', proof: {after: 4, output: true}}\n",
        "  - {question: What?, number: 5, proof: {first: {key: queue, equals: []}}}\n",
        "  - {question: What?, order: [task2, task1], proof: {after: 2, key: queue}}\n",
        "  - {question: What?, choices: {A: task1, B: task2, C: x}, answers: [A, B], proof: {after: 2, key: queue}}\n",
    ],
)
def test_a_key_that_its_proof_gives_is_no_problem(tmp_path: Path, question: str):
    assert said(tmp_path, question) == []


@for_each(
    ("question", "problem"),
    [
        (
            choice(VALUES, "C", "after: 5, variable: task"),
            "16:12: the proof gives 'task2', the key says 'task1'; a wrong choice says what came: 'task2'",
        ),
        (
            choice(VALUES, "C", "after: 1, output: true"),
            "16:12: the proof gives None, the key says 'task1'; step 1 puts out nothing: a reply needs `save` for that",
        ),
        (
            choice(STATES, "A", "after: 1, key: queue"),
            "16:12: the proof gives ['task1'], the key says ['task2', 'task1']",
        ),
        (
            choice(NUMBERS, "A", "first: {variable: task, equals: x}"),
            "16:12: the proof gives no step, the key says Step 5",
        ),
        (
            choice("A: \"`'task1'`\", B: task1, C: x", "A", "after: 3, variable: task"),
            "16:12: the proof gives 'task1', and so says the wrong choice task1",
        ),
        (
            choice(VALUES, "C", "after: 3, variable: task, replace: {3: LPOP}"),
            f"{CANT}the server refused step 3: ERR wrong number of arguments for 'lpop' command",
        ),
        (
            choice(STATES, "A", "after: 2, key: queue, replace: {1: SET queue x, 2: PING}"),
            f"{CANT}queue is of another type after step 2",
        ),
        (
            "  - question: What?\n    state: [task1]\n    explanation: It is.\n    proof: {after: 3, key: queue}\n",
            "16:12: the proof gives ['task2'], the key says ['task1']",
        ),
        (
            f"  - question: What?\n    choices: {{A: task1, B: x}}\n    answers: [A, B]\n    proof: {QUEUE}\n",
            "16:12: the proof gives ['task1'], the key says task1; x",
        ),
    ],
)
def test_a_key_that_its_proof_contradicts_is_reported_at_the_proof(tmp_path: Path, question: str, problem: str):
    assert problem in said(tmp_path, question)


def test_a_proof_that_gives_a_wrong_choice_instead_of_the_key_is_one_problem(tmp_path: Path):
    assert said(tmp_path, choice(VALUES, "C", "after: 5, variable: task")) == [
        "16:12: the proof gives 'task2', the key says 'task1'; a wrong choice says what came: 'task2'"
    ]


def test_a_proof_of_a_practice_task_is_run_too(tmp_path: Path):
    task = choice(STATES, "A", "after: 1, key: queue") + "    solution: {steps: [Look.], answer: x}\n"
    assert said(tmp_path, task, part="practice") == [
        "16:12: the proof gives ['task1'], the key says ['task2', 'task1']"
    ]


def test_a_list_that_is_too_long_to_be_recorded_proves_nothing(tmp_path: Path):
    line = "RPUSH queue " + " ".join(map(str, range(50)))
    question = choice(STATES, "A", f"after: 1, key: queue, replace: {{1: {line}}}")
    assert said(tmp_path, question) == ["16:12: the proof can't be run: queue is too long to be compared after step 1"]


@for_each(
    ("question", "warning"),
    [
        (choice(VALUES, "C"), "the choices are values of the trace"),
        (choice(STATES, "B"), "the choices are values of the trace"),
        (choice(NUMBERS, "A"), "the choices are steps"),
        ("  - {question: What?, state: [task1]}\n", "the answer is a value of the trace"),
        ("  - {question: What?, text: Got 'task1'}\n", "the answer is a value of the trace"),
    ],
)
def test_a_question_without_a_proof_where_one_looks_possible_is_a_warning(tmp_path: Path, question: str, warning: str):
    assert said(tmp_path, question) == [f"13:5: warning: there is no proof, although {warning}"]


@for_each(
    "question",
    [
        choice("A: to pass messages, B: to store passwords", "A"),
        choice("A: None, B: 0, C: an error".replace("0", "'0'"), "A"),
        choice(VALUES.replace("task", "job"), "A"),
        "  - {question: What?, text: FIFO}\n",
        "  - {question: What?, number: 17}\n",
        "  - {question: What?, order: [push, pop]}\n",
    ],
)
def test_a_question_that_nothing_proves_is_a_warning_and_a_source_answers_it(tmp_path: Path, question: str):
    assert said(tmp_path, question) == [f"13:5: warning: {UNPROVED}"]
    indent = "    source: {title: Redis, url: https://redis.io/}\n"
    cited = question.replace("}\n", ", source: {title: Redis, url: https://redis.io/}}\n")
    assert said(tmp_path, question + indent if "choices" in question else cited) == []


def test_warnings_of_hints_and_keys_are_marked_as_warnings(tmp_path: Path):
    cited = "source: {title: Redis, url: https://redis.io/}"
    asked = f"  - question: Why?\n    choices: {{A: so, B: or so}}\n    answer: A\n    hint: See step 9.\n    {cited}\n"
    assert said(tmp_path, asked, asked, asked) == [
        "15:13: warning: the right choice of all 3 questions is A; learners will notice",
        "16:11: warning: the hint speaks of step 9; the lesson has 5 steps",
        "21:11: warning: the hint speaks of step 9; the lesson has 5 steps",
        "26:11: warning: the hint speaks of step 9; the lesson has 5 steps",
    ]


def test_a_letter_in_what_learners_read_is_a_warning_where_the_choices_are_shuffled(tmp_path: Path):
    asked = "  - question: Why?\n    choices: {A: so, B: or so}\n    answer: A\n"
    cited = "    source: {title: Redis, url: https://redis.io/}\n"
    told = f"{cited}    explanation: A is right, and B is not.\n    hint: A list called `B` and a key D.\n"
    assert said(tmp_path, f"{asked}{told}") == [
        "17:18: warning: this speaks of the choice A; learners see the choices shuffled, with other letters",
    ]
    assert said(tmp_path, f"{asked}    shuffle: false\n{told}") == []


def test_proofs_run_in_corners_of_their_own_that_are_cleared(tmp_path: Path):
    used: list[FakeCorner] = []

    def port_of(each: Lesson) -> FakeCorner:
        used.append(TemporaryFake())
        return used[-1]

    file = tmp_path / "x.yaml"
    proofs = ["after: 2, key: queue, swap: {LPUSH: RPUSH}", "after: 2, key: queue, replace: {1: RPUSH queue task1}"]
    file.write_text(lesson(STEPS) + "quiz:\n" + choice(STATES, "B", proofs[0]) + choice(STATES, "A", proofs[1]))
    assert [problem for problem in proving.check([file], port_of) if problem.is_error] == []
    assert [(len(corner.sent), corner.keys) for corner in used] == [(4, {}), (4, {}), (2, {}), (2, {})]
