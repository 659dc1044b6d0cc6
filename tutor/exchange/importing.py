"""Reads a file of another system as questions for a lesson, with problems by line and column."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from tutor.apart import progress
from tutor.engine.lesson.problem import Severity
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.values.wording import cut
from tutor.exchange import gift, gift_reader, moodle_xml, moodle_xml_reader
from tutor.exchange.incoming import question_of
from tutor.exchange.item import Item, Unread
from tutor.exchange.xml_reader import Unreadable
from tutor.library import LocatedProblem

ImportFormat = Literal["moodle", "gift"]

MOST_QUESTIONS = 500
"""Maximum number of questions read from one file."""

LONGEST_REMARK = 400


@dataclass(frozen=True, slots=True)
class ImportedQuestion:
    """A question and the line of the file where it begins."""

    question: QuestionFields
    line: int


@dataclass(frozen=True, slots=True)
class Imported:
    """The questions in a file, and problems; it is an error if a question, or the whole file, can't be read."""

    questions: tuple[ImportedQuestion, ...]
    problems: tuple[LocatedProblem, ...]


def format_of(content: bytes) -> ImportFormat:
    """Guess the format of a file: XML begins with <, in any encoding."""
    start = content[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return "moodle" if start.startswith(b"<") else "gift"


def imported(content: bytes, of: ImportFormat, name: str = "questions") -> Imported:
    """Read the questions of a file; `name` is its name in problems. Never raises."""
    if content.startswith(b"PK\x03\x04"):
        message = "this is a zip archive; Moodle XML and GIFT can be imported, not QTI or other packages"
        return Imported((), (LocatedProblem(name, 1, 1, message),))
    problems: list[LocatedProblem] = []
    questions: list[ImportedQuestion] = []

    def add(line: int, column: int, message: str, severity: Severity) -> None:
        problems.append(LocatedProblem(name, line, column, cut(message, LONGEST_REMARK), severity))

    try:
        for found in _within_limit(_READERS[of](content, add)):
            progress.at_line(found.line)
            question = _taken(found, _REREADERS[of], add)
            questions += [ImportedQuestion(question, found.line)] if question else []
    except Unreadable as error:
        add(error.line, error.column, str(error), "error")
    if not questions and not problems:
        add(1, 1, "the file has no questions", "error")
    return Imported(tuple(questions), tuple(problems))


AddProblem = Callable[[int, int, str, Severity], None]


def _taken(found: Item | Unread, reread: Callable[[Item], Item | None], add: AddProblem) -> QuestionFields | None:
    if isinstance(found, Unread):
        add(found.line, found.column, found.reason, "error" if found.is_fault else "warning")
        return None
    taken = question_of(found, reread)
    for fault in taken.faults:
        add(found.line, found.column, f"this question can't be imported: {fault}", "error")
    for remark in taken.remarks:
        add(found.line, found.column, remark, "warning")
    return taken.question


def _within_limit(found: Iterable[Item | Unread]) -> Iterator[Item | Unread]:
    questions = iter(found)
    yield from islice(questions, MOST_QUESTIONS)
    beyond = next(questions, None)
    if beyond is not None:
        message = f"only the {MOST_QUESTIONS} questions before this one were read; split the file"
        raise Unreadable(beyond.line, beyond.column, message)


def _read_gift(content: bytes, add: AddProblem) -> Iterator[Item | Unread]:
    try:
        text, is_guessed = gift_reader.text_of(content)
    except ValueError as error:
        raise Unreadable(1, 1, str(error)) from None
    if is_guessed:
        add(1, 1, gift_reader.NOT_UTF8, "warning")
    yield from gift_reader.items_in(text)


def _read_moodle(content: bytes, _add: AddProblem) -> Iterator[Item | Unread]:
    yield from moodle_xml_reader.items_in(content)


_READERS: dict[ImportFormat, Callable[[bytes, AddProblem], Iterator[Item | Unread]]] = {
    "moodle": _read_moodle,
    "gift": _read_gift,
}


def _reread_moodle(item: Item) -> Item | None:
    return _first(moodle_xml_reader.items_in(moodle_xml.as_xml([("", [item])])))


def _reread_gift(item: Item) -> Item | None:
    return _first(gift_reader.items_in(gift.as_gift([("", [item])]).decode("utf-8")))


_REREADERS: dict[ImportFormat, Callable[[Item], Item | None]] = {"moodle": _reread_moodle, "gift": _reread_gift}


def _first(found: Iterator[Item | Unread]) -> Item | None:
    first = next(found, None)
    return first if isinstance(first, Item) else None
