"""Items of other systems as our questions: what can be held is held, what is lost or left is said."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from tutor.engine.checking.question_problems import question_problems
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import DIFFICULTIES, QuestionFields
from tutor.engine.lesson.questions.typed import as_list, forgiven
from tutor.engine.values.wording import counted
from tutor.exchange.item import Answer, Item
from tutor.exchange.original import QUESTION, unpacked
from tutor.exchange.outgoing import STATE_TAG, item_of
from tutor.exchange.texts import LONGEST_HTML, choice_of, has_images, line_of, markdown_of, plain_of

Reread = Callable[[Item], Item | None]
"""Writes an item in a file's format and reads it again: what a question looks like in such a file."""

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an item: the question, None if it can't be one, and what there is to say."""

    question: QuestionFields | None
    remarks: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class _NotTaken(Exception):
    """The item is no question of ours; the text says why."""


def question_of(item: Item, reread: Reread) -> Taken:
    """Return an item as a question. One that we exported and nobody changed comes back as it was. Never raises."""
    remarks = list(item.remarks)
    if item.original:
        original = unpacked(item.original)
        if original is not None and _looks_like(original, item, reread):
            return Taken(original, item.remarks)
        remarks.append("it was changed after its export, so what only this program knows of it is not taken over")
    try:
        fields = _fields(item, remarks)
        question = QUESTION.validate_python(fields)
    except _NotTaken as reason:
        return Taken(None, (), (str(reason),))
    except ValidationError as error:
        said = (f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()[:3])
        return Taken(None, (), tuple(said))
    faults = tuple(_faults(question))
    return Taken(None, (), faults) if faults else Taken(question, tuple(dict.fromkeys(remarks)))


def _looks_like(original: QuestionFields, item: Item, reread: Reread) -> bool:
    if any(_faults(original)):
        return False
    again = reread(item_of(original))
    return again is not None and replace(again, name="", original="") == replace(item, name="", original="")


_STAGE = {"title": "x", "track": "x", "actors": ["x"], "steps": [{"actor": "x", "action": "x", "print": "x"}]}


def _faults(question: QuestionFields) -> Iterator[str]:
    """Yield what would be wrong with the question in any lesson, whatever its steps."""
    lesson = Lesson.model_validate(_STAGE).model_copy(update={"quiz": [question]})
    for problem in question_problems(lesson):
        if problem.severity == "error" and not {"steps", "proof"} & set(problem.path):
            yield problem.message


def _fields(item: Item, remarks: list[str]) -> dict[str, Any]:
    texts = [item.text, item.feedback, *item.hints, *(text for a in item.answers for text in (a.text, a.feedback))]
    if any(len(text) > LONGEST_HTML for text in texts):
        raise _NotTaken(f"a text of it has more than {LONGEST_HTML:,} characters")
    if any(map(has_images, texts)):
        remarks.append("images and sound are left out; a lesson has none")
    common: dict[str, Any] = {
        "question": markdown_of(item.text),
        "explanation": markdown_of(item.feedback),
        "hint": "\n\n".join(filter(None, map(markdown_of, item.hints))),
        "concept": _concept(item.tags),
        "difficulty": _tagged(item.tags, "difficulty", DIFFICULTIES),
    }
    if not common["question"]:
        raise _NotTaken("it asks nothing: its text is empty")
    if common["hint"] and 0 < item.penalty <= 1:
        common["hint_costs"] = item.penalty
    fields = common | _READERS[item.type](item, remarks)
    fields["explanation"] = "\n\n".join(filter(None, [fields["explanation"], fields.pop("praise", "")]))
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _tagged(tags: Sequence[str], name: str, known: Sequence[str]) -> str:
    said = [tag.partition(":")[2].strip() for tag in tags if tag.startswith(f"{name}:")]
    return next((value for value in said if value in known), "")


def _concept(tags: Sequence[str]) -> str:
    """Return what the tags say that the question tests: ours if there is one, else the first that is short enough."""
    ours = [tag.partition(":")[2].strip() for tag in tags if tag.startswith("concept:")]
    others = [tag.strip() for tag in tags if not re.match(r"(?:concept|difficulty|kind):", tag)]
    return next((tag for tag in [*ours, *others] if 0 < len(tag) <= 40), "")


def _choice_fields(item: Item, remarks: list[str]) -> dict[str, Any]:
    if not 2 <= len(item.answers) <= len(LETTERS):
        raise _NotTaken(f"it has {counted(len(item.answers), 'choice')}; a question can have 2 to {len(LETTERS)}")
    lettered = dict(zip(LETTERS, item.answers, strict=False))
    fields: dict[str, Any] = {"choices": {letter: choice_of(answer.text) for letter, answer in lettered.items()}}
    empty = [place for place, text in enumerate(fields["choices"].values(), 1) if not text]
    if empty:
        raise _NotTaken(f"choice {empty[0]} has no text")
    right = [letter for letter, answer in lettered.items() if answer.fraction > 0]
    if item.is_single:
        right = _single_key(lettered, remarks)
        fields["answer"] = right[0]
    elif right:
        fields["answers"] = right
        _say_weights(item.answers, remarks)
    else:
        raise _NotTaken("no choice is right")
    if not item.is_shuffled:
        fields["shuffle"] = False
    said = {letter: markdown_of(answer.feedback) for letter, answer in lettered.items()}
    fields["praise"] = _joined(said[letter] for letter in right)
    mistakes = {letter: text for letter, text in said.items() if text and letter not in right}
    return fields | ({"mistakes": mistakes} if mistakes else {})


def _single_key(lettered: dict[str, Answer], remarks: list[str]) -> list[str]:
    right = [letter for letter, answer in lettered.items() if answer.fraction >= 100]
    if len(right) != 1:
        raise _NotTaken(f"{'no choice' if not right else f'each of {len(right)} choices'} alone is worth 100 %")
    if any(0 < answer.fraction < 100 for answer in lettered.values()):
        remarks.append("a choice that is worth a part of the marks is worth nothing here")
    if any(answer.fraction < 0 for answer in lettered.values()):
        remarks.append("a wrong choice costs no marks here")
    return right


def _say_weights(answers: Sequence[Answer], remarks: list[str]) -> None:
    right = {answer.fraction for answer in answers if answer.fraction > 0}
    wrong = {answer.fraction for answer in answers if answer.fraction <= 0}
    share = 100 / sum(answer.fraction > 0 for answer in answers)
    if len(right) > 1 or any(abs(-share - fraction) > 0.01 for fraction in wrong):
        remarks.append("its weights are not taken over: each right pick earns its share, each wrong one takes one away")


def _typed_fields(item: Item, remarks: list[str]) -> dict[str, Any]:
    full = _full(item.answers, remarks)
    plain = [_unstarred(answer.text) for answer in full if not _has_wildcard(answer.text)]
    patterns = [_pattern(answer.text) for answer in full if _has_wildcard(answer.text)]
    if STATE_TAG in item.tags and plain and (state := as_list(plain[0])) is not None:
        return {"state": state, "praise": ""}
    loose = [_unstarred(re.sub(r"(?<!\\)\*", "", answer.text)).strip() for answer in full]
    first, *also = _different([*plain, *(loose if not plain else [])]) or [""]
    if not first:
        raise _NotTaken("its right answer is empty, or anything at all")
    fields: dict[str, Any] = {"text": first, "praise": _joined(markdown_of(answer.feedback) for answer in full)}
    if also and plain:
        fields["also"] = also
    if patterns:
        fields["pattern"] = "|".join(patterns)
    if item.does_case_count:
        fields["ignore_case"] = False
    return fields


def _full(answers: Sequence[Answer], remarks: list[str]) -> list[Answer]:
    """Return the answers that are right; what others are worth or say has no place here."""
    full = [answer for answer in answers if answer.fraction >= 100]
    if not full:
        raise _NotTaken("no answer is worth 100 %")
    if any(0 < answer.fraction < 100 for answer in answers):
        remarks.append("an answer that is worth a part of the marks is worth nothing here")
    if any(answer.feedback and answer.fraction < 100 for answer in answers):
        remarks.append("what it says to wrong answers that are typed is left out")
    return full


def _has_wildcard(text: str) -> bool:
    return re.search(r"(?<!\\)\*", text) is not None


def _unstarred(text: str) -> str:
    return text.replace(r"\*", "*").strip()


def _pattern(text: str) -> str:
    """Return a pattern for an answer in which * stands for anything, as a learner's answer is compared here."""
    parts = (forgiven(f"'{_unstarred(part)}'") for part in re.split(r"(?<!\\)\*", text))
    return re.sub(r"(?:\.\*)+", ".*", ".*".join(map(re.escape, parts)))


def _different(texts: Sequence[str]) -> list[str]:
    """Return the texts without those that are the same answer as an earlier one."""
    found: dict[str, str] = {}
    for text in filter(forgiven, texts):
        found.setdefault(forgiven(text), text)
    return list(found.values())


def _number_fields(item: Item, remarks: list[str]) -> dict[str, Any]:
    full = _full(item.answers, remarks)
    if len(full) > 1:
        raise _NotTaken(f"it has {len(full)} right numbers; a question can have one, with a tolerance")
    number, tolerance = _number(full[0].text), _number(full[0].tolerance or "0")
    if number is None or tolerance is None or tolerance < 0:
        raise _NotTaken(f"{full[0].text[:40]!r} with the tolerance {full[0].tolerance[:40]!r} is no number")
    fields: dict[str, Any] = {"number": number, "praise": markdown_of(full[0].feedback)}
    if tolerance:
        fields["tolerance"] = tolerance
    if len(item.unit) <= 20:
        fields["unit"] = item.unit
    else:
        remarks.append("its unit has more than 20 characters and is left out")
    return fields


def _number(text: str) -> int | float | None:
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > Decimal(10**15):
        return None
    return int(number) if re.fullmatch(r"[+-]?\d+", text.strip()) else float(number)


def _order_fields(item: Item, remarks: list[str]) -> dict[str, Any]:
    if not 2 <= len(item.answers) <= len(LETTERS):
        raise _NotTaken(f"it has {counted(len(item.answers), 'line')}; a question can have 2 to {len(LETTERS)}")
    if any(plain_of(answer.feedback) for answer in item.answers):
        remarks.append("what it says of single lines is left out")
    return {"order": [line_of(answer.text) for answer in item.answers]}


_READERS: dict[str, Callable[[Item, list[str]], dict[str, Any]]] = {
    "multichoice": _choice_fields,
    "shortanswer": _typed_fields,
    "numerical": _number_fields,
    "ordering": _order_fields,
}


def _joined(texts: Iterator[str]) -> str:
    return "\n\n".join(dict.fromkeys(filter(None, texts)))
