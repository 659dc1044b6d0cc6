"""A separate site to measure, with runs at the positions that measurements need."""

from dataclasses import dataclass

from django.db import connection

from tests.benches import site
from tests.benches.caller import Learner
from tutor.engine.playing import player
from tutor.models import Entry, LessonText, Run
from tutor.ports import corners


@dataclass(frozen=True, slots=True)
class Walker:
    """A learner with a run of the long lesson."""

    learner: Learner
    run: Run

    def step_path(self, position: int) -> str:
        """Return where the step is posted to."""
        return f"/runs/{self.run.pk}/steps/{position}/"


def prepare() -> None:
    """Create the texts that runs are bound to."""
    LessonText.objects.create(digest=site.LONG, source="")
    LessonText.objects.create(digest=site.digest, source=site.text)


def walker() -> Walker:
    """Return a new learner with a run of the long lesson that has not taken a step."""
    learner = Learner()
    run = Run.objects.create(learner=learner.id, slug=site.LONG, number=1, text_id=site.LONG)
    learner.get(site.application, f"/lessons/{site.LONG}/")
    return Walker(learner, run)


def walkers_at(position: int, count: int) -> list[Walker]:
    """Return as many walkers whose runs have come to that position."""
    walkers = [walker() for _ in range(count)]
    first = walkers[0].run
    entries = player.play(site.lesson, corners.of_run(str(first.pk), site.lesson), steps=position)
    rows = (Entry(run=first, position=entry.position, record=entry.as_json()) for entry in entries)
    Entry.objects.bulk_create(rows, batch_size=500)
    for other in walkers[1:]:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tutor_entry (run_id, position, record, taken_at)"
                " SELECT %s, position, record, taken_at FROM tutor_entry WHERE run_id = %s ORDER BY position",
                [other.run.pk.hex, first.pk.hex],
            )
    return walkers


def fresh_run(learner: Learner) -> Run:
    """Return a new run of the first lesson, beside those that the learner has of it."""
    number = Run.objects.filter(learner=learner.id, slug=site.SLUG).count() + 1
    return Run.objects.create(learner=learner.id, slug=site.SLUG, number=number, text_id=site.digest)
