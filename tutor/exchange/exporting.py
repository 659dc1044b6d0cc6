"""A lesson's questions as a file for another system, and what of them the file does not carry."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange import gift, moodle_xml, outgoing, qti, qti_package
from tutor.exchange.item import Item
from tutor.exchange.outgoing import item_of
from tutor.exchange.qti_package import PackedItem
from tutor.exchange.texts import for_xml

ExportFormat = Literal["moodle", "gift", "qti"]
Part = Literal["quiz", "practice"]
PARTS: tuple[Part, ...] = ("quiz", "practice")


class NothingToExport(TutorError):
    """The lesson has no question in those parts."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be saved or sent; `notes` say what of the questions is not in it, or not for others to read."""

    name: str
    media_type: str
    content: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its place in the lesson; `number` counts from 1 within its part."""

    part: Part
    number: int
    question: QuestionFields


def exported(lesson: Lesson, slug: str, to: ExportFormat, parts: Sequence[Part] = PARTS) -> File:
    """Return the questions of the lesson called `slug` as a file. Raises: NothingToExport."""
    asked = [Asked(part, i, each) for part in parts for i, each in enumerate(getattr(lesson, part), 1)]
    if not asked:
        raise NothingToExport(f"{slug} has no questions in {' and '.join(parts)}.")
    return _WRITERS[to](lesson, slug, asked)


def _as_moodle(lesson: Lesson, slug: str, asked: Sequence[Asked]) -> File:
    content = moodle_xml.as_xml(_sections(lesson, asked))
    return File(f"{slug}.moodle.xml", moodle_xml.MEDIA_TYPE, content, _notes(asked, outgoing.losses))


def _as_gift(lesson: Lesson, slug: str, asked: Sequence[Asked]) -> File:
    writable = [each for each in asked if gift.can_be_written(item_of(each.question))]
    left_out = [each for each in asked if each not in writable]
    notes = [*_notes(writable, lambda question: [*outgoing.losses(question), *gift.losses(question)])]
    if left_out:
        notes.append(f"left out, because GIFT has no way to write the arrow -> in an answer: {_places(left_out)}")
    return File(f"{slug}.gift.txt", gift.MEDIA_TYPE, gift.as_gift(_sections(lesson, writable)), tuple(notes))


def _as_qti(lesson: Lesson, slug: str, asked: Sequence[Asked]) -> File:
    items = [PackedItem(f"{each.part}-{each.number:02}", each.part, each.question) for each in asked]
    # Identifiers are names of XML, and a file can be called anything.
    content = qti_package.as_package(re.sub(r"[^A-Za-z0-9._-]", "-", slug), lesson.title, items)
    return File(f"{slug}.qti.zip", qti_package.MEDIA_TYPE, content, _notes(asked, qti.losses))


def _sections(lesson: Lesson, asked: Sequence[Asked]) -> list[tuple[str, list[Item]]]:
    title = for_xml(" ".join(lesson.title.split())).replace("/", "//")
    found: dict[str, list[Item]] = {}
    for each in asked:
        found.setdefault(f"{title}/{each.part.capitalize()}", []).append(item_of(each.question))
    return list(found.items())


def _notes(asked: Sequence[Asked], losses: Callable[[QuestionFields], Iterator[str] | list[str]]) -> tuple[str, ...]:
    found: dict[str, list[Asked]] = {}
    for each in asked:
        for loss in losses(each.question):
            found.setdefault(loss, []).append(each)
    return tuple(f"not carried: {loss} ({_places(where)})" for loss, where in found.items())


def _places(asked: Sequence[Asked]) -> str:
    """Return where questions stand, as in `quiz 1, 3; practice 2`."""
    found: dict[str, list[str]] = {}
    for each in asked:
        found.setdefault(each.part, []).append(str(each.number))
    return "; ".join(f"{part} {', '.join(numbers)}" for part, numbers in found.items())


_WRITERS: Mapping[ExportFormat, Callable[[Lesson, str, Sequence[Asked]], File]] = {
    "moodle": _as_moodle,
    "gift": _as_gift,
    "qti": _as_qti,
}
