"""Whether the texts of a question fit its letters: a mistake names its choice, and the worked solution the key.

So a wrong letter is noticed, or a mistake at the letter of another, although no machine understands the sentence.
"""

import re
from collections.abc import Iterator

from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.lesson.questions.named_words import is_quoted
from tutor.engine.lesson.questions.question import Choice, QuestionFields
from tutor.engine.lesson.questions.quiz import WithChoices
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values.formatting import as_repr, as_str


def key_word_problems(question: QuestionFields, at: Path) -> Iterator[Problem]:
    """Yield a problem for each text that would fit another key, letter or value as well."""
    if question.solution is not None and (unsaid := question.unsaid_by(question.solution.answer)):
        message = f"the solution's answer would fit another key as well: {unsaid}"
        yield Problem((*at, "solution", "answer"), message, "strict")
    if isinstance(question, WithChoices):
        yield from _mistake_problems(question, at)
        yield from _value_problems(question, at)
        yield from _command_problems(question, at)


def _mistake_problems(question: WithChoices, at: Path) -> Iterator[Problem]:
    """Yield a problem for each mistake that could be that of another letter."""
    mistakes = question.mistakes if isinstance(question.mistakes, dict) else {}
    for letter in (letter for letter, each in mistakes.items() if not isinstance(each, str) and each.made_by is None):
        message = "nothing says how this choice comes about: add `made_by`, or write the text alone"
        yield Problem((*at, "mistakes", letter), message, "strict")
    for letter, text in question.mistakes_by_letter:
        is_known = letter in question.choices and letter not in question.makers
        if is_known and (wanted := question.unexplained(letter, text)):
            message = (
                f"this could be about another choice than {letter}: name what only {letter} has ({wanted}),"
                " or add `made_by`"
            )
            yield Problem((*at, "mistakes", letter), message, "strict")


def _value_problems(question: WithChoices, at: Path) -> Iterator[Problem]:
    """Yield a problem for each wrong choice whose value nothing else confirms."""
    said = dict(question.mistakes_by_letter)
    for letter, choice in question.choices.items():
        if not isinstance(choice, Choice) or "value" not in choice.model_fields_set:
            continue
        if letter in question.right_letters or letter in question.makers:
            continue
        texts = choice.text, said.get(letter, "")
        if not any(is_said(choice.value, text) for text in texts):
            message = (
                f"nothing confirms that the choice {letter} claims {as_repr(choice.value)}: name the value in its text"
                " or in its mistake, or add `made_by` to the mistake"
            )
            yield Problem((*at, "choices", letter, "value"), message, "strict")


def _command_problems(question: WithChoices, at: Path) -> Iterator[Problem]:
    """Yield a problem for each right choice that is a command, in code, and that no explanation quotes."""
    solution = question.solution
    texts = [question.explanation, *((*solution.steps, solution.answer) if solution else ())]
    for letter in question.right_letters:
        found = _CODE.fullmatch(question.letter_text(letter).strip())
        name, _, arguments = (found[1] if found else "").partition(" ")
        if found and name in ALLOWED and arguments and not any(is_quoted(found[1], text) for text in texts):
            message = (
                f"another command could stand here as well: quote {found[1]} in the explanation, where learners read"
                " why it is right"
            )
            yield Problem((*at, "choices", letter), message, "strict")


_CODE = re.compile(r"`([^`]+)`")

_LISTED = re.compile(r"\[[^\]]*\]")


def is_said(value: object, text: str) -> bool:
    """Return whether a text has a value as Python prints it; what is in a list there is another value."""
    text = text if isinstance(value, list | dict) else _LISTED.sub(" ", text)
    return any(is_quoted(form, text) for form in {as_repr(value), as_str(value)} if form)
