"""A lesson's questions as a file for another system, and the parts of them that the file does not carry."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor import references
from tutor.assessment.questions import PARTS, Part
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange import gift, moodle_xml, outgoing, qti, qti_package
from tutor.exchange.item import Item
from tutor.exchange.outgoing import item_of
from tutor.exchange.qti_package import PackedItem
from tutor.exchange.texts import for_xml

ExportFormat = Literal["moodle", "gift", "qti"]


class NothingToExport(TutorError):
    """The lesson has no question in those parts."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be saved or sent; `notes` name the questions, or parts of them, that other systems can't read."""

    name: str
    media_type: str
    content: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportedQuestion:
    """A question with its place in the lesson; `number` counts from 1 within its part."""

    part: Part
    number: int
    question: QuestionFields


def exported(lesson: Lesson, slug: str, to: ExportFormat, parts: Sequence[Part] = PARTS) -> File:
    """Return the questions of the lesson called `slug` as a file. Raises: NothingToExport."""
    shown = references.told_lesson(lesson, "plain")
    asked = [each for part in parts for each in _questions_of(shown, part)]
    if not asked:
        raise NothingToExport(f"{slug} has no questions in {' and '.join(parts)}.")
    writer = _WRITERS[to]
    obstacles = [(each, writer.obstacle(each.question)) for each in asked]
    written = [each for each, obstacle in obstacles if not obstacle]
    notes = (*_lost(written, writer), *_left_out(obstacles))
    return File(f"{slug}{writer.suffix}", writer.media_type, writer.write(lesson, slug, written), notes)


def _questions_of(lesson: Lesson, part: Part) -> list[ExportedQuestion]:
    questions = lesson.quiz if part == "quiz" else lesson.practice
    return [ExportedQuestion(part, number, question) for number, question in enumerate(questions, 1)]


def _lost(written: Sequence[ExportedQuestion], writer: "_FormatWriter") -> list[str]:
    losses = _places_by_phrase((each, loss) for each in written for loss in writer.losses(each.question))
    return [f"not carried: {loss} ({places})" for loss, places in losses]


def _left_out(obstacles: Iterable[tuple[ExportedQuestion, str]]) -> list[str]:
    reasons = _places_by_phrase((each, obstacle) for each, obstacle in obstacles if obstacle)
    return [f"left out, because {reason}: {places}" for reason, places in reasons]


def _places_by_phrase(said: Iterable[tuple[ExportedQuestion, str]]) -> list[tuple[str, str]]:
    """Return each phrase with the places of its questions, as in `quiz 1, 3; practice 2`."""
    found: dict[str, dict[str, list[str]]] = {}
    for each, phrase in said:
        found.setdefault(phrase, {}).setdefault(each.part, []).append(str(each.number))
    return [
        (phrase, "; ".join(f"{part} {', '.join(of)}" for part, of in where.items())) for phrase, where in found.items()
    ]


@dataclass(frozen=True, slots=True)
class _FormatWriter:
    """A format. `obstacle`: why a question must be left out ("" if it need not), `losses`: the parts that it loses."""

    suffix: str
    media_type: str
    obstacle: Callable[[QuestionFields], str]
    losses: Callable[[QuestionFields], Iterable[str]]
    write: Callable[[Lesson, str, Sequence[ExportedQuestion]], bytes]


def _as_moodle(lesson: Lesson, _slug: str, asked: Sequence[ExportedQuestion]) -> bytes:
    return moodle_xml.as_xml(_sections(lesson, asked))


def _as_gift(lesson: Lesson, _slug: str, asked: Sequence[ExportedQuestion]) -> bytes:
    return gift.as_gift(_sections(lesson, asked))


def _as_qti(lesson: Lesson, slug: str, asked: Sequence[ExportedQuestion]) -> bytes:
    items = [PackedItem(f"{each.part}-{each.number:02}", each.part, each.question) for each in asked]
    # An identifier must be an XML name, but a file can have any name.
    return qti_package.as_package(re.sub(r"[^A-Za-z0-9._-]", "-", slug), lesson.title, items)


def _sections(lesson: Lesson, asked: Sequence[ExportedQuestion]) -> list[tuple[str, list[Item]]]:
    title = for_xml(" ".join(lesson.title.split())).replace("/", "//")
    found: dict[str, list[Item]] = {}
    for each in asked:
        found.setdefault(f"{title}/{each.part.capitalize()}", []).append(item_of(each.question))
    return list(found.items())


_WRITERS: Mapping[ExportFormat, _FormatWriter] = {
    "moodle": _FormatWriter(".moodle.xml", moodle_xml.MEDIA_TYPE, outgoing.obstacle, outgoing.losses, _as_moodle),
    "gift": _FormatWriter(".gift.txt", gift.MEDIA_TYPE, gift.obstacle, gift.losses, _as_gift),
    "qti": _FormatWriter(".qti.zip", qti_package.MEDIA_TYPE, qti.obstacle, qti.losses, _as_qti),
}
