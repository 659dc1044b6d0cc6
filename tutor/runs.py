"""Runs: begun by a learner's first press, recorded with one entry per step, and resumed on return."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.db.models import Max
from django.utils import timezone

from tutor import kept_steps, library, offered, reference_plays, series, storage, stored_texts, turns
from tutor.broker import status
from tutor.engine.errors import BrokerAway, StepOutOfOrder, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.trace.entry import TraceEntry
from tutor.kept_steps import PerformedStep, RunState
from tutor.library import LessonFile, NoSuchLesson
from tutor.models import Entry, LessonText, Run, rows_of, sql_key, sql_now
from tutor.past_steps import RunEntry
from tutor.ports import corners
from tutor.ports.eviction import with_room
from tutor.quotas.meter import note_stored
from tutor.series import OutOfOrder
from tutor.turns import SqlStatement


class NoSuchRun(Exception):
    """The run does not exist or is another learner's; strangers can't distinguish the two."""


class LessonGone(TutorError):
    """The lesson's file is gone or can't be read, so that no new run of it can begin."""


class RunOutOfOrder(OutOfOrder, StepOutOfOrder):
    """The requested run is neither begun nor the next one."""


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that a run has recorded, and whether this very call performed it."""

    run_id: UUID
    slug: str
    text_id: str
    now: RunEntry
    """The entry of the step."""
    is_new: bool
    earlier: RunEntry | None
    """The entry of the step before, which the page showed when the button was pressed; None at the first step."""

    @property
    def lesson(self) -> Lesson:
        """The lesson as it was when the run began."""
        return bound_lesson(self.text_id)

    @property
    def entry(self) -> TraceEntry:
        """The entry of the step, whole."""
        return self.now.whole


class Companion(Protocol):
    """What a press brings besides a step that is new: a prediction."""

    def check(self, state: RunState) -> None:
        """Raise an exception if the step after this state must not be taken with it."""
        ...

    def rows(self, taken: TakenStep) -> Sequence[SqlStatement]:
        """Return what is stored with the step, or neither is."""
        ...


def run_of(learner: UUID, run_id: UUID) -> Run:
    """Return the learner's run. Raises: NoSuchRun, also for another learner's."""
    run = Run.objects.filter(pk=run_id, learner=learner).first()
    if run is None:
        raise NoSuchRun
    return run


def lesson_of(run: Run) -> Lesson:
    """Return the lesson as it was when the run began; the text is fetched only if this process has not parsed it."""
    return bound_lesson(run.text_id)


def bound_lesson(digest: str) -> Lesson:
    """Return the lesson of a text that runs are bound to."""
    return library.lesson_of(digest, lambda: LessonText.objects.get(pk=digest).source)


def start(learner: UUID, file: LessonFile, number: int) -> Run:
    """Return the learner's run of that number, beginning it if it is new; a second press returns the same run.

    What the learner leaves by beginning anew is tidied.
    Raises: RunOutOfOrder for a number that is neither recorded nor next; StorageFull.
    """
    return series.claim(_Runs(learner, file), number)


_LATEST = "SELECT COALESCE(MAX(number), 0) FROM tutor_run WHERE learner = %s AND slug = %s"

_BEGIN = "INSERT INTO tutor_run (id, learner, slug, number, text_id, started_at) VALUES (%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class _Runs:
    """The learner's runs of a lesson, as a series."""

    learner: UUID
    file: LessonFile
    out_of_order: type[OutOfOrder] = RunOutOfOrder

    def latest_number(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_LATEST, [sql_key(self.learner), self.file.slug])
            return int(cursor.fetchone()[0])

    def stored(self, number: int) -> Run:
        found = Run.objects.filter(learner=self.learner, slug=self.file.slug, number=number).first()
        if found is None:
            raise self.out_of_order(f"{number} is not stored any more.")
        return found

    def make(self, number: int) -> Run:
        file = self.file
        before = Run.objects.filter(learner=self.learner, slug=file.slug, number=number - 1)
        if number > 1 and (left := before.values_list("pk", flat=True).first()):
            corners.forget(left)
        storage.make_room(self.learner, file.slug)
        note_stored()
        stored_texts.store(file.slug, file.digest, file.text)
        run = Run(learner=self.learner, slug=file.slug, number=number, text_id=file.digest, started_at=timezone.now())
        begun = connection.ops.adapt_datetimefield_value(run.started_at)
        key = sql_key(run.pk), sql_key(self.learner)
        turns.store_alone(_BEGIN, [*key, run.slug, number, run.text_id, begun])
        run._state.adding = False  # noqa: SLF001 - as Django notes it of a row that it has stored
        return run


def restart(learner: UUID, run_id: UUID) -> Run:
    """Return the run after the learner's run, beginning it if it is new. Raises: NoSuchRun, LessonGone."""
    run = run_of(learner, run_id)
    try:
        file = offered.find(run.slug)
    except NoSuchLesson as gone:
        raise LessonGone("The lesson can't be started over: its file is gone.") from gone
    if run.text_id == file.digest and not reached(run_id):
        return run  # still at its start, so that repeated presses begin no further run
    return start(learner, file, run.number + 1)


def take_step(learner: UUID, run_id: UUID, position: int, companion: Companion | None = None) -> TakenStep:
    """Perform step `position` of the learner's run, or return its record.

    Raises: NoSuchRun, StepOutOfOrder, BrokerAway; what `companion` raises. Nothing is recorded then.
    """
    if not status.is_there():
        # Answered without the turn: its holder may be waiting for Redis until it times out.
        return _recorded(learner, run_id, position)
    try:
        taken = _taken(learner, run_id, position, companion)
    except OperationalError:
        # One of twenty presses of the same button may have waited for the others for too long.
        with suppress(DatabaseError, BrokerAway):
            return _recorded(learner, run_id, position)
        raise
    except IntegrityError:
        # The run was removed meanwhile, or the position was claimed by a press that this one could not see.
        return _recorded(learner, run_id, position)
    if (
        taken.is_new
        and position == len(taken.lesson.steps)
        and not reference_plays.is_kept(taken.text_id, taken.lesson)
    ):
        # The first whole play is the one that links show to strangers. It holds nothing of a learner.
        reference_plays.keep(taken.lesson, entries(run_id, up_to=position))
    return taken


def _taken(learner: UUID, run_id: UUID, position: int, companion: Companion | None) -> TakenStep:
    # Presses of the same button take turns; the later ones find the entry.
    with turns.turn_at(learner, run_id) as turn:
        if turn.place is None:
            raise NoSuchRun
        slug, text_id, record = turn.place
        state = kept_steps.state_of(text_id, bound_lesson(text_id), record)
        last, lesson = state.last, state.lesson
        reached = last.position if last else 0
        if 1 <= position <= reached:
            now = last if last and position == reached else RunEntry.of(entry_at(run_id, position))
            return TakenStep(run_id, slug, text_id, now, is_new=False, earlier=_entry_before(run_id, position))
        if position != reached + 1 or position > len(lesson.steps):
            raise StepOutOfOrder(f"Step {position} is not the next one: {reached} of {len(lesson.steps)} are done.")
        if not status.was_there():
            raise BrokerAway("Redis went away while this press waited for its turn.")
        if companion:
            companion.check(state)
        performed = _performed(run_id, state)
        taken = TakenStep(run_id, slug, text_id, performed.entry, is_new=True, earlier=last)
        turn.store([_row_of(taken, performed.record), *(companion.rows(taken) if companion else ())])
        return taken


def _recorded(learner: UUID, run_id: UUID, position: int) -> TakenStep:
    run = run_of(learner, run_id)
    if not 1 <= position <= reached(run_id):
        raise BrokerAway("Redis does not answer right now.")
    now, before = RunEntry.of(entry_at(run_id, position)), _entry_before(run_id, position)
    return TakenStep(run_id, run.slug, run.text_id, now, is_new=False, earlier=before)


def _entry_before(run_id: UUID, position: int) -> RunEntry | None:
    return RunEntry.of(entry_at(run_id, position - 1)) if position > 1 else None


def _performed(run_id: UUID, state: RunState) -> PerformedStep:
    def history() -> list[TraceEntry]:
        return entries(run_id, up_to=state.last.position if state.last else 0)

    return with_room(lambda: state.perform(str(run_id), history))


# Plain SQL, because the ORM takes ten times as long to build a step's statement as the database to run it.
_RECORD = "INSERT INTO tutor_entry (run_id, position, record, taken_at) VALUES (%s, %s, %s, %s)"


def _row_of(taken: TakenStep, record: str) -> SqlStatement:
    note_stored(record)
    return _RECORD, [sql_key(taken.run_id), taken.now.position, record, sql_now()]


def entry_at(run_id: UUID, position: int) -> TraceEntry:
    """Return the entry of a step that the run has recorded."""
    return TraceEntry.from_json(Entry.objects.values_list("record", flat=True).get(run=run_id, position=position))


def entries(run_id: UUID, *, after: int = 0, up_to: int) -> list[TraceEntry]:
    """Return the recorded entries of positions after + 1 … up_to."""
    found = Entry.objects.filter(run=run_id, position__gt=after, position__lte=up_to).order_by("position")
    return [TraceEntry.from_json(record) for record in found.values_list("record", flat=True)]


def reached(run_id: UUID) -> int:
    """Return the number of recorded steps."""
    return Entry.objects.filter(run=run_id).aggregate(top=Max("position"))["top"] or 0


def steps_seen(learner: UUID, lessons: Mapping[str, Lesson]) -> dict[str, int]:
    """Return the number of steps of each lesson that the learner ever saw, under any text of it, in one query.

    A second query fetches older texts that this process has not read yet.
    """
    rows = rows_of(_SEEN, learner, lessons)
    texts = _texts({text for _, text, _ in rows})
    seen: dict[str, set[str]] = {}
    for slug, text, top in rows:
        seen.setdefault(slug, set()).update(texts[text].step_ids[:top] if text in texts else ())
    return {slug: sum(id_ in ids for id_ in lessons[slug].step_ids) for slug, ids in seen.items()}


_SEEN = """
    SELECT run.slug, run.text_id, MAX(entry.position) FROM tutor_entry entry JOIN tutor_run run ON run.id = entry.run_id
    WHERE run.learner = %s AND run.slug IN ({slugs}) GROUP BY run.slug, run.text_id
"""


def _texts(digests: Collection[str]) -> dict[str, Lesson]:
    """Return the lessons of these texts; one that can't be read any more is left out."""
    unread = [digest for digest in digests if not library.is_known(digest)]
    sources = dict(LessonText.objects.filter(pk__in=unread).values_list("pk", "source")) if unread else {}
    found = {}
    for digest in digests:
        with suppress(NoSuchLesson):
            found[digest] = library.lesson_of(digest, partial(_source, digest, sources))
    return found


def _source(digest: str, fetched: Mapping[str, str]) -> str:
    # A text that was cached when the sources were fetched may have been evicted since.
    return fetched[digest] if digest in fetched else LessonText.objects.get(pk=digest).source
