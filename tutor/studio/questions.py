"""Questions of other systems into the text on an author's desk, and those of that text out."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from tutor import exchange, library
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.exchange import Part
from tutor.exchange.exporting import ExportFormat, File
from tutor.library import LocatedProblem
from tutor.models import Draft
from tutor.studio import drafts


class NotTaken(TutorError):
    """No question was taken over; the text says why, `problems` what is wrong with the file."""

    def __init__(self, reason: str, problems: Sequence[LocatedProblem] = ()) -> None:
        super().__init__(reason)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How many questions were put into the text, and what is to be said of them and of the others, by line."""

    count: int
    remarks: Sequence[LocatedProblem]


def lesson_on(draft: Draft, author: User) -> Lesson | None:
    """Return the lesson that the author's text is, None if it can't be read as one."""
    return library.read(drafts.desk(draft, author).source, "").lesson


def exported(draft: Draft, author: User, to: ExportFormat) -> File:
    """Return the questions of the author's text as a file of another system. Raises: NotTaken, NothingToExport."""
    return exchange.exported(_readable(lesson_on(draft, author)), draft.slug, to)


def take_over(draft: Draft, author: User, content: bytes, name: str, *, part: Part) -> TakenOver:
    """Put the questions of a file at the end of the author's text, without saving it.

    Raises: NotTaken, CannotBeKept.
    """
    found = exchange.imported(content, exchange.format_of(content), name)
    desk = drafts.desk(draft, author)
    lesson = _readable(library.read(desk.source, "").lesson)
    if not found.questions:
        raise NotTaken("There is no question in the file that could be taken over.", found.problems)
    chosen = exchange.choose(found.questions, lesson, part)
    left = [LocatedProblem(name, each.line, 1, f"left out: {reason}", "warning") for each, reason in chosen.left]
    if not chosen.questions:
        raise NotTaken("None of the file's questions can be added.", [*found.problems, *left])
    room = exchange.MOST_IN_PART - len(getattr(lesson, part))
    if len(chosen.questions) > room:
        raise NotTaken(f"There is room for {room} more in the {part}, and the file has {len(chosen.questions)}.", left)
    try:
        source = exchange.with_questions(desk.source, chosen.questions, part)
    except exchange.NotAdded as reason:
        raise NotTaken(str(reason), found.problems) from reason
    drafts.keep(draft, author, source, base=desk.base, is_sound=False)
    return TakenOver(len(chosen.questions), sorted([*found.problems, *left]))


def _readable(lesson: Lesson | None) -> Lesson:
    if lesson is None:
        raise NotTaken("The lesson has errors that keep it from being read. Mend them first.")
    return lesson
