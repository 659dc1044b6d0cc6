"""Converting items of other systems into interactions, with remarks on parts that our questions can't express.

Weights, wildcards and feedback follow Moodle: fractions are percent, and in an answer * matches anything.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation

from tutor.engine.lesson.questions.interactions import (
    ChoiceInteraction,
    Interaction,
    NumberInteraction,
    Option,
    OrderInteraction,
    Scoring,
    TextInteraction,
)
from tutor.engine.lesson.questions.marks import Credit
from tutor.engine.lesson.questions.typed_answers import forgiven
from tutor.engine.values.wording import counted
from tutor.exchange.item import Answer, Item, ItemType
from tutor.exchange.texts import choice_of, line_of, markdown_of, plain_of

LETTERS = "ABCDEFGHIJ"

LARGEST_NUMBER = 10**15

LONGEST_UNIT = 20
"""Maximum number of characters of the field `unit`."""

SMALLEST_DIFFERENCE = 0.01
"""Minimum difference in percent between two weights beyond rounding."""


class NotConvertible(Exception):
    """The item can't become a question of ours; the text says why."""


def interaction_of(item: Item, remarks: list[str]) -> tuple[Interaction, str]:
    """Return how the item is answered, and the feedback to right answers as Markdown; append to `remarks`.

    Raises: NotConvertible.
    """
    return _READERS[item.type](item, remarks)


def _multichoice(item: Item, remarks: list[str]) -> tuple[Interaction, str]:
    _check_count(item, "choice")
    is_right = _right_choice(item.answers, remarks) if item.is_single else _right_choices(item.answers, remarks)
    options = tuple(
        Option(letter, choice_of(answer.text), is_right(answer), markdown_of(answer.feedback))
        for letter, answer in zip(LETTERS, item.answers, strict=False)
    )
    empty = [place for place, option in enumerate(options, 1) if not option.text]
    if empty:
        raise NotConvertible(f"choice {empty[0]} has no text")
    praise = _joined(option.feedback for option in options if option.is_right)
    scoring: Scoring = "single" if item.is_single else Credit.RIGHT_MINUS_WRONG
    return ChoiceInteraction(options, scoring, "shuffled" if item.is_shuffled else "fixed"), praise


def _check_count(item: Item, noun: str) -> None:
    count = len(item.answers)
    if not 2 <= count <= len(LETTERS):
        raise NotConvertible(f"it has {counted(count, noun)}; a question can have 2 to {len(LETTERS)}")


def _right_choice(answers: Sequence[Answer], remarks: list[str]) -> Callable[[Answer], bool]:
    """Return a test for the right choice, if one choice is picked."""
    right_count = sum(answer.fraction >= 100 for answer in answers)
    if right_count != 1:
        raise NotConvertible(f"{f'each of {right_count} choices' if right_count else 'no choice'} alone is worth 100 %")
    if any(0 < answer.fraction < 100 for answer in answers):
        remarks.append("a choice that is worth a part of the marks is worth nothing here")
    if any(answer.fraction < 0 for answer in answers):
        remarks.append("a wrong choice costs no marks here")
    return lambda answer: answer.fraction >= 100


def _right_choices(answers: Sequence[Answer], remarks: list[str]) -> Callable[[Answer], bool]:
    """Return a test for the right choices, if several are picked."""
    right = [answer.fraction for answer in answers if answer.fraction > 0]
    if not right:
        raise NotConvertible("no choice is right")
    share = 100 / len(right)
    wrong = (answer.fraction for answer in answers if answer.fraction <= 0)
    if len(set(right)) > 1 or any(abs(-share - fraction) > SMALLEST_DIFFERENCE for fraction in wrong):
        remarks.append("its weights are not taken over: each right pick earns its share, each wrong one takes one away")
    return lambda answer: answer.fraction > 0


def _shortanswer(item: Item, remarks: list[str]) -> tuple[Interaction, str]:
    full = _right_answers(item.answers, remarks)
    plain = [_unescaped(answer.text) for answer in full if not _has_wildcard(answer.text)]
    patterns = [_pattern(answer.text) for answer in full if _has_wildcard(answer.text)]
    # A question needs an answer besides its pattern: the text around the wildcards matches them.
    spellings = _different(plain) if plain else _different(map(_without_wildcards, (each.text for each in full)))[:1]
    if not spellings:
        raise NotConvertible("its right answer is empty, or anything at all")
    interaction = TextInteraction(spellings, "counts" if item.does_case_count else "ignored", "|".join(patterns))
    return interaction, _joined(markdown_of(answer.feedback) for answer in full)


def _right_answers(answers: Sequence[Answer], remarks: list[str]) -> list[Answer]:
    """Return the answers that are right; a question of ours has no place for any others."""
    full = [answer for answer in answers if answer.fraction >= 100]
    if not full:
        raise NotConvertible("no answer is worth 100 %")
    if any(0 < answer.fraction < 100 for answer in answers):
        remarks.append("an answer that is worth a part of the marks is worth nothing here")
    if any(answer.feedback and answer.fraction < 100 for answer in answers):
        remarks.append("its feedback to wrong typed answers is left out")
    return full


_WILDCARD = re.compile(r"(?<!\\)\*")


def _has_wildcard(text: str) -> bool:
    return _WILDCARD.search(text) is not None


def _without_wildcards(text: str) -> str:
    return _unescaped(_WILDCARD.sub("", text))


def _unescaped(text: str) -> str:
    return text.replace(r"\*", "*").strip()


def _pattern(text: str) -> str:
    """Return the regular expression for an answer with wildcards, to be matched against forgiven answers."""
    parts = (forgiven(f"'{_unescaped(part)}'") for part in _WILDCARD.split(text))
    return re.sub(r"(?:\.\*)+", ".*", ".*".join(map(re.escape, parts)))


def _different(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts without empty answers and without repetitions of an earlier one."""
    found: dict[str, str] = {}
    for text in filter(forgiven, texts):
        found.setdefault(forgiven(text), text)
    return tuple(found.values())


def _numerical(item: Item, remarks: list[str]) -> tuple[Interaction, str]:
    full = _right_answers(item.answers, remarks)
    if len(full) > 1:
        raise NotConvertible(f"it has {len(full)} right numbers; a question can have one, with a tolerance")
    (answer,) = full
    number, tolerance = _number(answer.text), _number(answer.tolerance or "0")
    if number is None or tolerance is None or tolerance < 0:
        raise NotConvertible(f"{answer.text[:40]!r} with the tolerance {answer.tolerance[:40]!r} is no number")
    if len(item.unit) > LONGEST_UNIT:
        remarks.append(f"its unit has more than {LONGEST_UNIT} characters and is left out")
    unit = item.unit if len(item.unit) <= LONGEST_UNIT else ""
    return NumberInteraction(number, tolerance, unit), markdown_of(answer.feedback)


def _number(text: str) -> int | float | None:
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > LARGEST_NUMBER:
        return None
    return int(number) if re.fullmatch(r"[+-]?\d+", text.strip()) else float(number)


def _ordering(item: Item, remarks: list[str]) -> tuple[Interaction, str]:
    _check_count(item, "line")
    if any(plain_of(answer.feedback) for answer in item.answers):
        remarks.append("its feedback to single lines is left out")
    return OrderInteraction(tuple(line_of(answer.text) for answer in item.answers)), ""


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(dict.fromkeys(filter(None, texts)))


_READERS: dict[ItemType, Callable[[Item, list[str]], tuple[Interaction, str]]] = {
    "multichoice": _multichoice,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "ordering": _ordering,
}
