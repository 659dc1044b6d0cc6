"""The lessons on the shelf: lessons/*.yaml as Lesson values, and problems of files with line and column."""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition
from typing import Any

from cachetools import LRUCache, cached
from django.conf import settings
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import CURRENT_FORMAT, Lesson
from tutor.engine.lesson.path import Placed, sections
from tutor.engine.lesson.problem import NO_FACTS, Facts, Problem, Severity
from tutor.engine.lesson.reserved import NOT_LESSONS
from tutor.engine.values.formatting import BIDI_CONTROLS
from tutor.files.inner_places import spot_of
from tutor.files.kept import Stamp, stamp_of
from tutor.files.regular import is_regular, start_of
from tutor.files.schema_errors import details_of, spot_at, spots_of
from tutor.files.sound_parts import SoundParts, sound_parts
from tutor.files.yaml_parser import BREAKS
from tutor.files.yaml_reader import LARGEST_FILE, Document, Node, Spot, read_document

log = logging.getLogger(__name__)

_SLUG = re.compile(r"[a-z0-9-]+")
_LEVELS = ("beginner", "intermediate", "advanced")


class NoSuchLesson(TutorError):
    """No lesson of that name is on the shelf, or its file has problems."""


@dataclass(frozen=True, slots=True, order=True)
class LocatedProblem:
    """Something wrong with a lesson file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str
    severity: Severity = "error"
    facts: Facts = field(default=NO_FACTS, compare=False)

    @property
    def is_error(self) -> bool:
        """Whether it keeps the lesson off the shelf; otherwise it is a warning."""
        return self.severity == "error"

    def __str__(self) -> str:
        kind = "" if self.is_error else "warning: "
        return f"{self.file}:{self.line}:{self.column}: {kind}{self.message}"


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a file: the lesson (None if it has errors), the problems, and the places of its values.

    `source`: what was read. `sound` are the valid parts of a lesson that has errors, None if they make no lesson.
    """

    lesson: Lesson | None
    problems: tuple[LocatedProblem, ...]
    document: Document
    source: str | bytes
    sound: SoundParts | None = None

    @property
    def errors(self) -> list[LocatedProblem]:
        """The problems without the warnings."""
        return [problem for problem in self.problems if problem.is_error]


@dataclass(frozen=True, slots=True)
class LessonFile:
    """A lesson on the shelf; `digest` names this version of its text."""

    slug: str
    digest: str
    text: str
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class _Shelved:
    stamp: Stamp
    digest: str
    found: LessonFile | None


# No cache of a fixed size: the shelf holds every lesson of the folder, and the catalogue reads all of them in a row.
# With one lesson more than the bound, a least-recently-used cache would miss each of them. Files that are gone leave.
_shelf: dict[Path, _Shelved] = {}
"""Each file as last read; it is read again when its time or size changes."""


def digest_of(text: str) -> str:
    """Return the name of this version of a lesson: SHA-256 in hex."""
    # A str with lone surrogates, which UTF-8 can't encode, has a digest as well.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(text: str | bytes, file: str) -> Reading:
    """Read a lesson and find all its problems that do not need a play. Never raises."""
    document = read_document(text)
    lesson, sound, spots = _lesson_in(document, text)
    located = sorted({_located(spot, file) for spot in [*spots, *_reordering(text)]})
    has_errors = any(problem.is_error for problem in located)
    return Reading(None if has_errors else lesson, tuple(located), document, text, sound)


_BIDI_CONTROL = re.compile(f"[{BIDI_CONTROLS}]")


def _reordering(source: str | bytes) -> Iterator[tuple[Spot, Severity]]:
    """Yield a warning for the first character in each line that reorders text: an editor shows the line falsely."""
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    if text.isascii():
        return
    for number, line in enumerate(BREAKS.split(text.removeprefix("\ufeff")), 1):
        if found := _BIDI_CONTROL.search(line):
            name, code = unicodedata.name(found[0]), f"{ord(found[0]):04x}"
            message = (
                f"there is a character that changes the order of the text around it, {name} (U+{code.upper()}); "
                f"remove it, or write \\u{code} in double quotes"
            )
            yield Spot(number, found.start() + 1, message), "warning"


def read_stored(text: str) -> Lesson | None:
    """Return the lesson of a stored text, which was sound then, None if it can't be read any more.

    Only the schema of its own format is applied, so that runs with this text can continue even if the program has new
    checks.
    """
    root = read_document(text).root
    if root is None or not isinstance(root.value, dict) or too_new(root.value):
        return None
    try:
        return Lesson.model_validate(root.value)
    except ValidationError:
        return None


def too_new(fields: Mapping[str, Any]) -> str:
    """Return a sentence on a lesson whose format is newer than this program, "" if it is not."""
    written = fields.get("format")
    if not isinstance(written, int) or isinstance(written, bool) or written <= CURRENT_FORMAT:
        return ""
    return (
        f"this lesson is written in format {written}, and this version of Redis Tutor reads formats up to"
        f" {CURRENT_FORMAT}: update Redis Tutor"
    )


_Judged = tuple[Lesson | None, SoundParts | None, list[tuple[Spot, Severity]]]
"""A lesson if it fits its schema, the valid parts if it has errors, and the problems of its text."""


def _lesson_in(document: Document, source: str | bytes) -> _Judged:
    unread: list[tuple[Spot, Severity]] = [(spot, "error") for spot in document.problems]
    root = document.root
    if root is None:
        return None, None, unread
    if not isinstance(root.value, dict):
        message = "a lesson is a mapping: its first line is like `title: …`"
        return None, None, [*unread, (Spot(root.line, root.column, message), "error")]
    if message := too_new(root.value):
        # Other errors by this schema may be valid in the newer format.
        return None, None, [*unread, (spot_at(root, ("format",), message), "error")]
    lesson, sound, spots = _judged(root, source)
    # An unreadable value has been reported; the schema would also report its stand-in.
    places = {(spot.line, spot.column) for spot, _ in unread}
    read = [*unread, *(found for found in spots if (found[0].line, found[0].column) not in places)]
    return lesson, None if unread else sound, read


def _judged(root: Node, source: str | bytes) -> _Judged:
    spots: list[tuple[Spot, Severity]] = []
    details: list[ErrorDetails] = []
    lesson, found = None, list[Problem]()
    try:
        lesson = Lesson.model_validate(root.value)
        found = problems_of(lesson)
    except ValidationError as error:
        details = details_of(error)
        spots += [(spot, "error") for spot in spots_of(details, root)]
    strict = root.value.get("strict")
    sound = None
    if lesson is None or any(each.weighed_in(strict) == "error" for each in found):
        sound = sound_parts(details, root)
        found = list(dict.fromkeys([*found, *(sound.problems if sound else ())]))
    for each in found:
        spots.append((spot_of(each, root, source), each.weighed_in(strict)))
    return lesson, sound, spots


def _located(found: tuple[Spot, Severity], file: str) -> LocatedProblem:
    spot, severity = found
    return LocatedProblem(file, spot.line, spot.column, spot.message, severity, spot.facts)


def find(slug: str) -> LessonFile:
    """Return the lesson of that name. Raises: NoSuchLesson."""
    # The pattern excludes paths, so that only the folder's own files can be named.
    is_name = bool(_SLUG.fullmatch(slug)) and is_lesson_name(f"{slug}.yaml")
    found = _shelved(_folder() / f"{slug}.yaml") if is_name else None
    if found is None:
        raise NoSuchLesson("There is no lesson of that name.")
    return found


def all_lessons() -> list[LessonFile]:
    """Return the lessons in the catalogue's order. Files with problems are left out."""
    return in_order(shelved for shelved in map(_shelved, lesson_paths()) if shelved)


def in_order(files: Iterable[LessonFile]) -> list[LessonFile]:
    """Return lessons in the order of the path: what they need first, then track, order, level, title."""
    return [file for section in in_sections(files) for file in section]


def in_sections(files: Iterable[LessonFile]) -> list[list[LessonFile]]:
    """Return lessons in the order of the path, in sections: a track, or several whose lessons need each other.

    The tracks follow one another by the lowest `order` in them.
    """
    found = {file.slug: file for file in files}
    first: dict[str, int] = {}
    for file in found.values():
        track, order = file.lesson.track, file.lesson.order
        first[track] = min(order, first.get(track, order))
    by_track = sorted(found.values(), key=lambda file: (first[file.lesson.track], *_order_in_track(file)))
    path = sections(Placed.of(file.slug, file.lesson) for file in by_track)
    return [[found[each.slug] for each in section] for section in path]


def is_lesson_name(name: str) -> bool:
    """Return whether a file of that name would be on the shelf."""
    path = Path(name)
    return path.suffix == ".yaml" and bool(_SLUG.fullmatch(path.stem)) and path.name not in NOT_LESSONS


def lesson_paths() -> list[Path]:
    """Return the files of the lessons' folder whose names can be a lesson's, sorted."""
    return sorted(path for path in _folder().glob("*.yaml") if is_lesson_name(path.name) and is_regular(path))


MOST_BOUND = 128
"""Maximum number of runs' lessons cached per process, the most recently used ones."""

_bound: LRUCache[str, Lesson] = LRUCache(MOST_BOUND)
_bound_changed = Condition()


# With a condition, threads that ask for the same text at once wait for the first of them to parse it:
# https://cachetools.readthedocs.io/en/stable/#cachetools.cached
@cached(_bound, key=lambda digest, _source: digest, condition=_bound_changed)
def lesson_of(digest: str, source: Callable[[], str]) -> Lesson:
    """Return the lesson that a run is bound to, regardless of its file; `source` fetches a text not yet parsed.

    Raises: NoSuchLesson.
    """
    lesson = _on_shelf(digest) or read_stored(source())
    if lesson is None:
        raise NoSuchLesson("This version of the lesson can't be read any more.")
    return lesson


def is_known(digest: str) -> bool:
    """Return whether this process has read that text already."""
    with _bound_changed:
        return digest in _bound or _on_shelf(digest) is not None


def _on_shelf(digest: str) -> Lesson | None:
    files = (shelved.found for shelved in list(_shelf.values()) if shelved.digest == digest)
    return next((file.lesson for file in files if file), None)


def _folder() -> Path:
    return Path(settings.LESSONS_DIR)


def _order_in_track(file: LessonFile) -> tuple[str, int, int, str]:
    lesson = file.lesson
    return lesson.track, lesson.order, _LEVELS.index(lesson.level), lesson.title


def _shelved(path: Path) -> LessonFile | None:
    try:
        # One stat per request instead of a watcher, so that a new file counts at once in every process and file system.
        stamp = stamp_of(path)
        known = _shelf.get(path)
        if known is None or known.stamp != stamp:
            known = _shelf[path] = _take_in(path, stamp, known)
    except OSError:
        _shelf.pop(path, None)
        return None
    return known.found


def _take_in(path: Path, stamp: Stamp, before: _Shelved | None) -> _Shelved:
    content = start_of(path, LARGEST_FILE + 1)
    digest = hashlib.sha256(content).hexdigest()
    if before and before.digest == digest:
        return _Shelved(stamp, digest, before.found)
    reading = read(content, path.name)
    for problem in reading.problems:
        log.warning("%s", problem)
    found = LessonFile(path.stem, digest, content.decode("utf-8"), reading.lesson) if reading.lesson else None
    return _Shelved(stamp, digest, found)
