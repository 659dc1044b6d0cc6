"""Runs: begun by a learner's first press, recorded with one entry per step, and resumed on return."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from tutor import library, offered, reference_plays, series, storage, stored_texts
from tutor.broker import status
from tutor.engine.errors import BrokerAway, StepOutOfOrder, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.library import LessonFile, NoSuchLesson
from tutor.models import Entry, LessonText, Run, sql_key
from tutor.ports import corners
from tutor.ports.eviction import with_room
from tutor.quotas.meter import note_stored
from tutor.series import OutOfOrder, Rows


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
    entry: TraceEntry
    is_new: bool
    before: TraceEntry | None
    """The entry of the step before, which the page showed when the button was pressed; None at the first step."""

    @property
    def lesson(self) -> Lesson:
        """The lesson as it was when the run began."""
        return bound_lesson(self.text_id)


def run_of(learner: UUID, run_id: UUID) -> Run:
    """Return the learner's run. Raises: NoSuchRun, also for another learner's."""
    run = Run.objects.filter(pk=run_id, learner=learner).first()
    if run is None:
        raise NoSuchRun
    return run


def latest_run(learner: UUID, slug: str) -> Run | None:
    """Return the learner's newest run of the lesson, None before the first press."""
    return Run.objects.filter(learner=learner, slug=slug).order_by("-number").first()


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
    owner = {"learner": learner, "slug": file.slug}

    def bound() -> dict[str, str]:
        if left := Run.objects.filter(**owner, number=number - 1).values_list("pk", flat=True).first():
            corners.forget(left)
        storage.make_room(learner, file.slug)
        note_stored()
        stored_texts.store(file.slug, file.digest, file.text)
        return {"text_id": file.digest}

    return series.claim(Rows(Run.objects, owner, bound, RunOutOfOrder), number)


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


def take_step(learner: UUID, run_id: UUID, position: int) -> TakenStep:
    """Perform step `position` of the learner's run, or return its record; one round trip, one transaction.

    Raises: NoSuchRun, StepOutOfOrder, BrokerAway (nothing is recorded then).
    """
    if not status.is_there():
        # Answered without the lock: its holder may be waiting for Redis until it times out.
        return _recorded(learner, run_id, position)
    try:
        return _taken(learner, run_id, position)
    except OperationalError:
        # One of twenty presses of the same button may have waited for the others for too long.
        with suppress(DatabaseError, BrokerAway):
            return _recorded(learner, run_id, position)
        raise


def _taken(learner: UUID, run_id: UUID, position: int) -> TakenStep:
    with transaction.atomic():
        # The lock serializes presses of the same button; the later ones find the entry.
        slug, text_id, last = _locked(learner, run_id)
        lesson = bound_lesson(text_id)
        reached = last.position if last else 0
        if 1 <= position <= reached:
            entry = last if last and position == reached else entry_at(run_id, position)
            return TakenStep(run_id, slug, text_id, entry, is_new=False, before=_entry_before(run_id, position))
        if position != reached + 1 or position > len(lesson.steps):
            raise StepOutOfOrder(f"Step {position} is not the next one: {reached} of {len(lesson.steps)} are done.")
        if not status.was_there():
            raise BrokerAway("Redis went away while this press waited for its turn.")
        entry = _performed(run_id, lesson, last)
        _record(run_id, entry)
        if position == len(lesson.steps) and not reference_plays.is_kept(lesson):
            # The first whole play is the one that links show to strangers. It holds nothing of a learner.
            reference_plays.keep(lesson, entries(run_id, up_to=position))
        return TakenStep(run_id, slug, text_id, entry, is_new=True, before=last)


def _recorded(learner: UUID, run_id: UUID, position: int) -> TakenStep:
    run = run_of(learner, run_id)
    if not 1 <= position <= reached(run_id):
        raise BrokerAway("Redis does not answer right now.")
    entry, before = entry_at(run_id, position), _entry_before(run_id, position)
    return TakenStep(run_id, run.slug, run.text_id, entry, is_new=False, before=before)


def _entry_before(run_id: UUID, position: int) -> TraceEntry | None:
    return entry_at(run_id, position - 1) if position > 1 else None


def _performed(run_id: UUID, lesson: Lesson, last: TraceEntry | None) -> TraceEntry:
    @cache
    def history() -> list[TraceEntry]:
        return entries(run_id, up_to=last.position if last else 0)

    return with_room(lambda: player.advance(lesson, last, corners.of_run(str(run_id), lesson), history))


# Plain SQL, because the ORM takes ten times as long to build a step's statements as the database to run them.

_LOCK = "SELECT id FROM tutor_run WHERE id = %s FOR UPDATE"

_WHERE_IT_IS = """
    SELECT run.slug, run.text_id, entry.record
    FROM tutor_run run LEFT JOIN tutor_entry entry ON entry.run_id = run.id
    WHERE run.id = %s AND run.learner = %s
    ORDER BY entry.position DESC LIMIT 1
"""

_RECORD = "INSERT INTO tutor_entry (run_id, position, record, taken_at) VALUES (%s, %s, %s, %s)"


def _locked(learner: UUID, run_id: UUID) -> tuple[str, str, TraceEntry | None]:
    """Lock the learner's run, and return its slug, the digest of its text and its last entry. Raises: NoSuchRun."""
    with connection.cursor() as cursor:
        # With row locks, a separate statement reads the entry: one that waited for the lock itself would not see rows
        # stored meanwhile. SQLite's transaction has already locked the whole database.
        if connection.features.has_select_for_update:
            cursor.execute(_LOCK, [sql_key(run_id)])
        cursor.execute(_WHERE_IT_IS, [sql_key(run_id), sql_key(learner)])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchRun
    slug, text_id, record = row
    return slug, text_id, TraceEntry.from_json(json.loads(record)) if record else None


def _record(run_id: UUID, entry: TraceEntry) -> None:
    now, record = connection.ops.adapt_datetimefield_value(timezone.now()), json.dumps(entry.as_json())
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [sql_key(run_id), entry.position, record, now])
    note_stored(record)


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
    of_lessons = Entry.objects.filter(run__learner=learner, run__slug__in=list(lessons))
    rows = list(of_lessons.values_list("run__slug", "run__text").annotate(top=Max("position")).order_by())
    texts = _texts({text for _, text, _ in rows})
    seen: dict[str, set[str]] = {}
    for slug, text, top in rows:
        seen.setdefault(slug, set()).update(texts[text].step_ids[:top] if text in texts else ())
    return {slug: sum(id_ in ids for id_ in lessons[slug].step_ids) for slug, ids in seen.items()}


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
