"""A lesson with questions of every kind, and ways to answer a test that is drawn from it."""

from itertools import permutations
from pathlib import Path

from tutor.engine.asking.sitting import DrawnQuestion
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz.several import SeveralQuestion
from tutor.engine.values.replies import Json

HEAD = """\
title: A lesson that asks
track: tests
actors: [producer, consumer]
watch: {queue: list}
variables: [task]
steps:
  - {actor: producer, action: Push, command: LPUSH queue task1}
  - {actor: producer, action: Push, command: LPUSH queue task2}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
  - {actor: consumer, action: Process, print: 'Processed {task!r}'}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
key_moments:
  - {question: Why is it a moment?, answer: Because., steps: [3]}
"""

SECRETS = ("secret hint", "secret explanation", "secret mistake", "secret solution", "sesame", "4711")
"""Texts that no page of a test under way may contain."""

_TOLD = "hint: a secret hint, explanation: a secret explanation, steps: [3]"
_SOLVED = "solution: {steps: [a secret solution], answer: the secret solution, check: secret solution}"

QUIZ = f"""\
quiz:
  - {{question: One choice?, choices: {{A: red, B: green}}, answer: B, mistakes: {{A: a secret mistake}}, {_TOLD}}}
  - {{question: Several?, choices: {{A: one, B: two, C: three}}, answers: [A, C], difficulty: medium, {_TOLD}}}
  - {{question: Which word?, text: sesame, difficulty: hard, concept: words, {_TOLD}}}
  - {{question: Which number?, number: 4711, difficulty: hard, concept: numbers, {_TOLD}}}
  - {{question: Which order?, order: [first, second, third], difficulty: medium, concept: orders, {_TOLD}}}
  - {{question: Which state?, state: [x, y], pool: [z], difficulty: hard, concept: states, {_TOLD}}}
"""
PRACTICE = "practice:\n" + "".join(
    f"  - {{question: 'Task {number}?', choices: {{A: yes {number}, B: not {number}}}, answer: A,"
    f" difficulty: {difficulty}, {_TOLD}, {_SOLVED}}}\n"
    for number, difficulty in enumerate(("easy", "easy", "easy", "medium", "medium", "hard"), 1)
)

LESSON = HEAD + QUIZ + PRACTICE
SLUG = "asking"

SHORT = f"""\
title: Little to ask
track: tests
actors: [producer]
steps:
  - {{actor: producer, action: Push, command: LPUSH queue task1}}
{"".join(QUIZ.splitlines(keepends=True)[:3]).replace("[3]", "[1]")}"""
"""A lesson with two questions, and none that could be made of its step."""


def shelve(folder: Path, text: str = LESSON) -> None:
    """Put the lesson on the shelf that is this folder."""
    (folder / f"{SLUG}.yaml").write_text(text)


def right_answer(drawn: DrawnQuestion) -> Json:
    """Return an answer that is worth one point."""
    question = drawn.question
    answers = {
        "choice": lambda q: q.key,
        "several": lambda q: sorted(q.key),
        "text": lambda q: q.text,
        "number": lambda q: str(q.number),
        "order": lambda q: list(q.options),
        "state": lambda q: list(q.state),
    }
    answer = answers[question.kind](question)
    assert question.mark(answer).is_right
    return answer


def wrong_answer(drawn: DrawnQuestion, seed: str = "") -> Json:
    """Return an answer that is worth nothing, and other than the lines as `seed` shows them."""
    question = drawn.question
    if question.kind in ("choice", "several"):
        wrong = next(pick for pick in question.options if not question.mark(_as_answer(question, pick)).score)
        return _as_answer(question, wrong)
    if question.kind == "order":
        shown = question.arranged(seed)
        orders = map(list, permutations(shown))
        return next(order for order in orders if order != shown and not question.mark(order).score)
    return {"text": "wrong", "number": "0", "state": ["wrong"]}[question.kind]


def _as_answer(question: QuestionFields, pick: str) -> Json:
    return [pick] if isinstance(question, SeveralQuestion) else pick


def fields(place: int, answer: Json) -> dict[str, str | list[str]]:
    """Return the form data for an answer at a place."""
    return {f"q{place}-answer": answer if isinstance(answer, list) and answer else str(answer)}
