"""Runs: begun by a learner's first press, one entry a step, found again on return."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from tutor import broker, library
from tutor.engine import machine
from tutor.engine.errors import CornerBehind, StepOutOfOrder
from tutor.engine.lesson import Lesson
from tutor.engine.trace import TraceEntry
from tutor.library import LessonFile
from tutor.models import Entry, LessonText, Run


class NoSuchRun(Exception):
    """There is no such run, or it is another learner's: strangers can't tell which."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that a run has recorded, and whether this very call performed it."""

    run: Run
    lesson: Lesson
    entry: TraceEntry
    is_new: bool


def run_of(learner: UUID, run_id: UUID) -> Run:
    """Return the learner's run. Raises: NoSuchRun, also where it is another's."""
    run = Run.objects.filter(pk=run_id, learner=learner).first()
    if run is None:
        raise NoSuchRun
    return run


def latest_run(learner: UUID, slug: str) -> Run | None:
    """Return the learner's newest run of the lesson, None before the first press."""
    return Run.objects.filter(learner=learner, slug=slug).order_by("-number").first()


def lesson_of(run: Run) -> Lesson:
    """Return the lesson as it was when the run began; the text is fetched only if this process has not parsed it."""
    return library.lesson_of(run.text_id, lambda: LessonText.objects.get(pk=run.text_id).source)


def start(learner: UUID, file: LessonFile, number: int) -> Run:
    """Return the learner's run of that number, begun now if it is new; a second press finds the first's.

    Raises: StepOutOfOrder for a number that is neither recorded nor next.
    """
    latest = latest_run(learner, file.slug)
    if latest and number <= latest.number:
        return Run.objects.get(learner=learner, slug=file.slug, number=number)
    if number != (latest.number if latest else 0) + 1:
        raise StepOutOfOrder("Runs of a lesson are begun one after the other.")
    LessonText.objects.get_or_create(digest=file.digest, defaults={"source": file.text})
    run, _ = Run.objects.get_or_create(
        learner=learner, slug=file.slug, number=number, defaults={"text_id": file.digest}
    )
    return run


def take_step(learner: UUID, run_id: UUID, position: int) -> Taken:
    """Perform step `position` of the learner's run, or find it recorded; one round trip, one transaction.

    Raises: NoSuchRun, StepOutOfOrder, BrokerAway (nothing is recorded then).
    """
    with transaction.atomic():
        # The lock lets presses of the same button follow one another: the later ones find the entry.
        run = Run.objects.select_for_update().filter(pk=run_id, learner=learner).first()
        if run is None:
            raise NoSuchRun
        lesson = lesson_of(run)
        last = last_entry(run)
        reached = last.position if last else 0
        if position == reached and last:
            return Taken(run, lesson, last, is_new=False)
        if 1 <= position < reached:
            return Taken(run, lesson, entry_at(run, position), is_new=False)
        if position != reached + 1 or position > len(lesson.steps):
            raise StepOutOfOrder(f"Step {position} is not the next one: {reached} of {len(lesson.steps)} are done.")
        entry = _performed(run, lesson, last)
        Entry.objects.create(run=run, position=position, record=entry.as_json())
        return Taken(run, lesson, entry, is_new=True)


def _performed(run: Run, lesson: Lesson, last: TraceEntry | None) -> TraceEntry:
    corner = broker.corner(str(run.pk), lesson)
    try:
        return machine.advance(lesson, last, corner)
    except CornerBehind:
        # Redis lost the corner, or a worker died between Redis and the commit: the trace knows better.
        machine.rebuild(entries(run, up_to=last.position if last else 0), corner)
        return machine.advance(lesson, last, corner)


def last_entry(run: Run) -> TraceEntry | None:
    """Return the newest entry of the run, None before its first step."""
    record = run.entries.order_by("-position").values_list("record", flat=True).first()
    return TraceEntry.from_json(record) if record else None


def entry_at(run: Run, position: int) -> TraceEntry:
    """Return the entry of a step that the run has recorded."""
    return TraceEntry.from_json(run.entries.values_list("record", flat=True).get(position=position))


def entries(run: Run, *, after: int = 0, up_to: int) -> list[TraceEntry]:
    """Return the entries of the positions after + 1 … up_to that are recorded."""
    records = run.entries.filter(position__gt=after, position__lte=up_to).values_list("record", flat=True)
    return [TraceEntry.from_json(record) for record in records.order_by("position")]


def reached(run: Run) -> int:
    """Return how many steps the run has recorded."""
    return run.entries.aggregate(top=Max("position"))["top"] or 0


def steps_seen(learner: UUID, slugs: Sequence[str]) -> dict[str, int]:
    """Return how far the learner ever came in each lesson, in one query."""
    found = Entry.objects.filter(run__learner=learner, run__slug__in=slugs).values("run__slug")
    return {row["run__slug"]: row["top"] for row in found.annotate(top=Max("position"))}
