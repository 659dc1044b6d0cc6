"""Warnings for changes of a lesson that would orphan stored answers and predictions: their question or step is gone.

The new text is compared with the newest text that a run or an answer of learners is bound to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count

from tutor import library
from tutor.apart.limits import AUTHORS, WorkStopped
from tutor.apart.pool import run
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path as FieldPath
from tutor.engine.values.wording import counted
from tutor.files.regular import start_of
from tutor.files.schema_errors import spot_at
from tutor.files.yaml_reader import LARGEST_FILE, Node
from tutor.library import LocatedProblem
from tutor.models import Attempt, LessonText, Prediction, Run

MOST_WARNINGS = 10
"""Most warnings for steps, and for questions, of one lesson."""

_Counts = Sequence[tuple[str, int]]
"""The number of rows by id."""


@dataclass(frozen=True, slots=True)
class _Orphans:
    """The ids missing from the new text, each with its stored data in words; and the field to report them at."""

    noun: str
    at: FieldPath
    gone: Mapping[str, str]

    @property
    def first(self) -> Sequence[str]:
        """The ids to report."""
        return list(self.gone)[:MOST_WARNINGS]


def warnings_for(slug: str, text: str | bytes, file: str) -> list[LocatedProblem]:
    """Return a warning for each question and step that `text` lacks and for which something is stored.

    Without a database there are no warnings: checking a file needs none.
    """
    return _warnings({file: (slug, text)})


def warnings_for_files(paths: Iterable[Path]) -> list[LocatedProblem]:
    """Return the warnings for lesson files, without those that can't be read: the check reports them."""
    texts = {}
    for path in paths:
        with suppress(OSError):
            texts[str(path)] = path.stem, start_of(path, LARGEST_FILE + 1)
    return _warnings(texts)


def _warnings(texts: Mapping[str, tuple[str, str | bytes]]) -> list[LocatedProblem]:
    found: list[LocatedProblem] = []
    if not _has_database():
        return found
    # One timeout is enough: waiting for an absent database again for each file would take minutes.
    with suppress(DatabaseError):
        for file, (slug, text) in texts.items():
            found += _warnings_for(slug, text, file)
    return found


def _warnings_for(slug: str, text: str | bytes, file: str) -> Iterator[LocatedProblem]:
    before = _text_of_learners(slug)
    if before is None:
        return
    stored = _stored(slug)
    if any(stored):
        # Both texts are read apart, because reading a long one takes a while.
        with suppress(WorkStopped):  # the check of the text stops as well, and reports it
            yield from run(AUTHORS, _compared, before, text, file, *stored)


def _compared(
    before: str, text: str | bytes, file: str, answers: _Counts, predictions: _Counts
) -> list[LocatedProblem]:
    was, reading = library.read_stored(before), library.read(text, file)
    root = reading.document.root
    if was is None or reading.lesson is None or root is None:
        return []
    found = _orphans(was, reading.lesson, answers, predictions)
    return [_warning(orphans, id_, root, file) for orphans in found for id_ in orphans.first]


def _warning(orphans: _Orphans, id_: str, root: Node, file: str) -> LocatedProblem:
    message = (
        f"no {orphans.noun} has the id {id_!r} any more, and {orphans.gone[id_]} would be left without it;"
        f" write `id: {id_}` where the {orphans.noun} is now"
    )
    spot = spot_at(root, orphans.at, message)
    return LocatedProblem(file, spot.line, spot.column, spot.message, "warning")


def _has_database() -> bool:
    # Connecting to a missing SQLite file would create it: https://docs.python.org/3/library/sqlite3.html#sqlite3.connect
    return connection.vendor != "sqlite" or Path(connection.settings_dict["NAME"]).is_file()


def _stored(slug: str) -> tuple[_Counts, _Counts]:
    """Return how many answers each question has, and how many predictions each step, by their ids."""
    answers = Attempt.objects.filter(slug=slug).values_list("question").annotate(rows=Count("pk")).order_by("question")
    predictions = Prediction.objects.filter(run__slug=slug).values_list("step").annotate(rows=Count("pk"))
    return tuple(answers), tuple(predictions.order_by("step"))


def _orphans(before: Lesson, after: Lesson, answers: _Counts, predictions: _Counts) -> list[_Orphans]:
    was, now = ({*each.quiz_ids, *each.practice_ids} for each in (before, after))
    lost = {*before.step_ids} - {*after.step_ids}
    part = "quiz" if after.quiz else "practice"
    return [
        _Orphans("question", (part,), _gone(answers, was - now, "stored answer")),
        _Orphans("step", ("steps",), _gone(predictions, lost, "stored prediction")),
    ]


def _gone(rows: Iterable[tuple[str, int]], lost: set[str], noun: str) -> dict[str, str]:
    return {id_: counted(count, noun) for id_, count in rows if id_ in lost}


def _text_of_learners(slug: str) -> str | None:
    """Return the text of the newest run or answer, None if there is none."""
    run = Run.objects.filter(slug=slug).order_by("-started_at").values_list("started_at", "text").first()
    answer = Attempt.objects.filter(slug=slug).order_by("-taken_at").values_list("taken_at", "text").first()
    newest = max(filter(None, (run, answer)), default=None)
    return LessonText.objects.get(pk=newest[1]).source if newest else None
