"""How much of a learner's is stored, and the removal of old runs and tests that no page shows any more."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Model, QuerySet

from tutor.engine.errors import TutorError
from tutor.models import Run, Sitting, sql_key


class StorageFull(TutorError):
    """The learner has stored as much as one learner can, and nothing of it can be removed."""


def make_room(learner: UUID, slug: str) -> None:
    """Remove what is no longer needed of the learner's before another run or test of the lesson begins.

    The newest runs and tests of the lesson are kept, and those that progress counts. If the learner has stored too
    much all the same, only the newest of each lesson and those that count are kept. Raises: StorageFull.
    """
    limits = settings.LIMITS
    runs, tests, taken = _stored(learner, slug)
    if limits.kept_runs is not None and runs >= max(1, limits.kept_runs):
        remove_runs(learner, [slug], newest=max(1, limits.kept_runs - 1))
    if limits.kept_tests is not None and tests >= max(1, limits.kept_tests):
        remove_tests(learner, [slug], newest=max(1, limits.kept_tests - 1))
    if limits.storage is None or taken < limits.storage or stored_bytes(learner) < limits.storage:
        return
    remove_runs(learner, _slugs(Run.objects.filter(learner=learner)), newest=1)
    remove_tests(learner, _slugs(Sitting.objects.filter(learner=learner)), newest=1)
    if stored_bytes(learner) >= limits.storage:
        raise StorageFull(f"One learner can store {limits.storage // 1_000_000} MB here, and yours are used")


def remove_runs(learner: UUID, slugs: Collection[str], *, newest: int) -> None:
    """Remove the learner's runs of these lessons except the newest, and the farthest under each text of the lesson."""
    for slug in slugs:
        found = Run.objects.filter(learner=learner, slug=slug).order_by("-number")
        if found[newest : newest + 1].exists():
            runs = found.annotate(top=Max("entries__position")).order_by("number").values_list("pk", "text_id", "top")
            rows = list(runs)
            # Progress counts the steps seen under any text (runs.steps_seen). Of equal runs the newest stays.
            farthest = {text: pk for pk, text, _ in sorted(rows, key=lambda row: row[2] or 0)}
            old = [pk for pk, _, _ in rows[:-newest]]
            _remove(Run.objects.filter(pk__in=set(old) - set(farthest.values())))


def remove_tests(learner: UUID, slugs: Collection[str], *, newest: int) -> None:
    """Remove the learner's finished tests of these lessons except the newest and the best, the earliest of equals."""
    for slug in slugs:
        found = Sitting.objects.filter(learner=learner, slug=slug).order_by("-number")
        if found[newest : newest + 1].exists():
            rows = list(found.values_list("pk", "score"))
            finished = [(pk, score) for pk, score in rows if score is not None]
            best = max(reversed(finished), key=lambda row: row[1])[0] if finished else None
            kept = {pk for pk, _ in rows[:newest]} | {best}
            _remove(Sitting.objects.filter(pk__in=[pk for pk, _ in finished if pk not in kept]))


def _remove(rows: "QuerySet[Run] | QuerySet[Sitting]") -> None:
    with transaction.atomic():
        # A row that a request is working on is left for the next time. The others are locked, so that no step is
        # recorded for a run while it goes.
        locked: Sequence[Model] = list(rows.select_for_update(skip_locked=True).only("pk"))
        rows.filter(pk__in=[row.pk for row in locked]).delete()


def _slugs(rows: "QuerySet[Run] | QuerySet[Sitting]") -> list[str]:
    return list(rows.order_by().values_list("slug", flat=True).distinct())


_COUNTS = """
    (SELECT COUNT(*) FROM tutor_run WHERE learner = %s AND slug = %s),
    (SELECT COUNT(*) FROM tutor_sitting WHERE learner = %s AND slug = %s),
"""

_BYTES = """
    (SELECT COALESCE(SUM({record}), 0) FROM tutor_entry entry JOIN tutor_run run ON run.id = entry.run_id
     WHERE run.learner = %s)
    + (SELECT COALESCE(SUM({drawn}), 0) FROM tutor_sitting sitting WHERE sitting.learner = %s)
    + (SELECT COALESCE(SUM({answer}), 0) FROM tutor_attempt attempt WHERE attempt.learner = %s)
"""


def stored_bytes(learner: UUID) -> int:
    """Return the bytes of the learner's entries, tests and answers, without the databases' own."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_bytes()}", [sql_key(learner)] * 3)
        return int(cursor.fetchone()[0])


def _stored(learner: UUID, slug: str) -> tuple[int, int, int]:
    """Return the learner's runs and tests of the lesson, and the bytes of all lessons, in one query."""
    key = sql_key(learner)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COUNTS} {_bytes()}", [key, slug, key, slug, key, key, key])
        runs, tests, taken = cursor.fetchone()
    return int(runs), int(tests), int(taken)


def _bytes() -> str:
    # PostgreSQL knows a text's bytes without reading it; SQLite's LENGTH counts the characters of a text.
    size = "OCTET_LENGTH(CAST({} AS TEXT))" if connection.vendor == "postgresql" else "LENGTH(CAST({} AS BLOB))"
    columns = {
        name.partition(".")[2]: size.format(name) for name in ("entry.record", "sitting.drawn", "attempt.answer")
    }
    return _BYTES.format(**columns)
