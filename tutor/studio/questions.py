"""Importing questions of other systems into an author's text, and exporting the text's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from tutor import exchange, library
from tutor.apart.limits import AUTHORS, WorkStopped
from tutor.apart.pool import run
from tutor.assessment.questions import Part
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.exchange.exporting import ExportFormat, File
from tutor.library import LocatedProblem
from tutor.models import Draft
from tutor.studio import drafts


class NotImported(TutorError):
    """No question was imported or exported; the text says why, `problems` lists those of the file."""

    def __init__(self, reason: str, problems: Sequence[LocatedProblem] = ()) -> None:
        super().__init__(reason)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """How many questions were added to the text, and remarks on these and the other questions, by line of the file."""

    count: int
    remarks: Sequence[LocatedProblem]


@dataclass(frozen=True, slots=True)
class _Added:
    """The text with the imported questions, and the summary."""

    source: str
    summary: ImportSummary


def lesson_on(draft: Draft, author: User) -> Lesson | None:
    """Return the author's text as a lesson, None if it can't be read as one. Raises: WorkBusy, WorkStopped."""
    return run(AUTHORS, _lesson_in, drafts.workspace(draft, author).source)


def _lesson_in(source: str) -> Lesson | None:
    return library.read(source, "").lesson


def exported(draft: Draft, author: User, to: ExportFormat) -> File:
    """Return the questions of the author's text as a file of another system.

    Raises: NotImported, NothingToExport, WorkBusy, WorkStopped.
    """
    return run(AUTHORS, _exported, drafts.workspace(draft, author).source, draft.slug, to)


def _exported(source: str, slug: str, to: ExportFormat) -> File:
    return exchange.exported(_readable(_lesson_in(source)), slug, to)


def import_questions(draft: Draft, author: User, content: bytes, name: str, *, part: Part) -> ImportSummary:
    """Add the questions of a file to the end of the author's unsaved text.

    Raises: NotImported, CannotBeKept, WorkBusy.
    """
    workspace = drafts.workspace(draft, author)
    try:
        added = run(AUTHORS, _with_imported, workspace.source, content, name, part, owner=author.pk)
    except WorkStopped as stopped:
        place = LocatedProblem(
            name, max(1, stopped.line), 1, f"the import stopped here, because {stopped}; split the file"
        )
        raise NotImported("The file can't be imported.", [place]) from stopped
    drafts.keep(draft, author, added.source, base=workspace.base)
    return added.summary


def _with_imported(source: str, content: bytes, name: str, part: Part) -> _Added:
    """Return the text with the questions of the file. Raises: NotImported."""
    found = exchange.imported(content, exchange.format_of(content), name)
    lesson = _readable(_lesson_in(source))
    if not found.questions:
        raise NotImported("The file has no question that can be imported.", found.problems)
    chosen = exchange.choose(found.questions, lesson, part)
    left = [LocatedProblem(name, each.line, 1, f"left out: {reason}", "warning") for each, reason in chosen.left]
    if not chosen.questions:
        raise NotImported("None of the file's questions can be added.", [*found.problems, *left])
    room = exchange.MOST_IN_PART - len(getattr(lesson, part))
    if len(chosen.questions) > room:
        raise NotImported(
            f"There is room for {room} more in the {part}, but the file has {len(chosen.questions)}.", left
        )
    try:
        text = exchange.with_questions(source, chosen.questions, part)
    except exchange.NotAdded as reason:
        raise NotImported(str(reason), found.problems) from reason
    return _Added(text, ImportSummary(len(chosen.questions), sorted([*found.problems, *left])))


def _readable(lesson: Lesson | None) -> Lesson:
    if lesson is None:
        raise NotImported("The lesson has errors, so that it can't be read. Correct them first.")
    return lesson
