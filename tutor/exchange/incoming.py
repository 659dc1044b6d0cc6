"""Items of other systems as our questions, and remarks on the parts that are lost or changed."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from tutor.engine.checking.question_problems import question_problems
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.difficulty import DIFFICULTIES
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import QUESTION_KINDS, question_fields
from tutor.exchange.comments import QUESTION, unpacked
from tutor.exchange.item import Item
from tutor.exchange.item_interactions import NotConvertible, interaction_of
from tutor.exchange.outgoing import item_of, obstacle
from tutor.exchange.texts import LONGEST_HTML, has_images, markdown_of

Reread = Callable[[Item], Item | None]
"""Writes an item in a file's format and reads it back, to see the parts of a question that survive."""

LONGEST_CONCEPT = 40
"""Maximum number of characters of the field `concept`."""


@dataclass(frozen=True, slots=True)
class ConvertedItem:
    """The question made from an item, None if that is impossible, with remarks on lost parts, and any faults."""

    question: QuestionFields | None
    remarks: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def question_of(item: Item, reread: Reread) -> ConvertedItem:
    """Return an item as a question. An item exported by us and unchanged since is restored exactly. Never raises."""
    remarks = list(item.remarks)
    if item.original:
        original = unpacked(item.original)
        if original is not None and _looks_like(original, item, reread):
            return ConvertedItem(original.written, item.remarks)
        remarks.append("it was changed after its export, so what only this program knows of it is not taken over")
    try:
        question = QUESTION.validate_python(_fields(item, remarks))
    except NotConvertible as reason:
        return ConvertedItem(None, (), (str(reason),))
    except ValidationError as error:
        said = (f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()[:3])
        return ConvertedItem(None, (), tuple(said))
    faults = tuple(faults_of(question))
    return ConvertedItem(None, (), faults) if faults else ConvertedItem(question, tuple(dict.fromkeys(remarks)))


def _looks_like(original: QuestionFields, item: Item, reread: Reread) -> bool:
    if obstacle(original) or any(faults_of(original)):
        return False
    again = reread(item_of(original))
    return again is not None and replace(again, name="", original="") == replace(item, name="", original="")


_STAGE = {"title": "x", "track": "x", "actors": ["x"], "steps": [{"actor": "x", "action": "x", "print": "x"}]}


def faults_of(question: QuestionFields) -> Iterator[str]:
    """Yield the errors that the question would have in any lesson, whatever its steps."""
    lesson = Lesson.model_validate(_STAGE).model_copy(update={"quiz": [question]})
    for problem in question_problems(lesson):
        if problem.severity == "error" and not {"steps", "proof"} & set(problem.path):
            yield problem.message


def _fields(item: Item, remarks: list[str]) -> dict[str, Any]:
    """Return the fields of the question, and append to `remarks`. Raises: NotConvertible."""
    _check_texts(item, remarks)
    text, hint = markdown_of(item.text), _joined(map(markdown_of, item.hints))
    if not text:
        raise NotConvertible("it asks nothing: its text is empty")
    interaction, praise = interaction_of(item, remarks)
    fields = {
        "question": text,
        "explanation": _joined([markdown_of(item.feedback), praise]),
        "hint": hint,
        "hint_costs": item.penalty if hint and 0 < item.penalty <= 1 else None,
        "concept": _concept(item.tags),
        "difficulty": _tagged(item.tags, "difficulty", DIFFICULTIES),
        **question_fields(interaction, _tagged(item.tags, "kind", list(QUESTION_KINDS))),
    }
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _check_texts(item: Item, remarks: list[str]) -> None:
    texts = [item.text, item.feedback, *item.hints, *(text for a in item.answers for text in (a.text, a.feedback))]
    if any(len(text) > LONGEST_HTML for text in texts):
        raise NotConvertible(f"a text of it has more than {LONGEST_HTML:,} characters")
    if any(map(has_images, texts)):
        remarks.append("images and sound are left out; a lesson has none")


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _tagged(tags: Sequence[str], name: str, known: Sequence[str]) -> str:
    said = [tag.partition(":")[2].strip() for tag in tags if tag.startswith(f"{name}:")]
    return next((value for value in said if value in known), "")


def _concept(tags: Sequence[str]) -> str:
    """Return the concept named by the tags: ours if present, else the first that is short enough."""
    ours = [tag.partition(":")[2].strip() for tag in tags if tag.startswith("concept:")]
    others = [tag.strip() for tag in tags if not re.match(r"(?:concept|difficulty|kind):", tag)]
    return next((tag for tag in [*ours, *others] if 0 < len(tag) <= LONGEST_CONCEPT), "")
