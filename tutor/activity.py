"""Where a learner left off in each lesson: the place of the newest run, settled questions, an open test, and when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from tutor.assessment import quizzes
from tutor.engine.lesson.lesson import Lesson
from tutor.models import Attempt, Run, Sitting


@dataclass(frozen=True, slots=True)
class Activity:
    """What a learner did last in one lesson; `at` is the time in seconds since 1970, 0 for never.

    `position`: the step of the newest run. A question is settled if it is answered rightly or given up.
    """

    at: float = 0
    position: int = 0
    quiz_settled: int = 0
    practice_settled: int = 0
    has_open_test: bool = False


NOTHING = Activity()


def activity_of(learner: UUID, lessons: Mapping[str, Lesson]) -> dict[str, Activity]:
    """Return the learner's activity in each lesson; a few queries, however many lessons there are."""
    slugs = list(lessons)
    found = dict.fromkeys(slugs, NOTHING)
    for slug, position, at in _runs(learner, slugs):
        found[slug] = _later(replace(found[slug], position=position or 0), at)
    answered = Attempt.objects.filter(learner=learner, slug__in=slugs).values_list("slug")
    for slug, at in answered.annotate(at=Max("taken_at")).order_by():
        found[slug] = _later(found[slug], at)
    for slug, score, begun, ended in Sitting.objects.filter(learner=learner, slug__in=slugs).values_list(
        "slug", "score", "started_at", "finished_at"
    ):
        active = _later(found[slug], ended or begun)
        found[slug] = replace(active, has_open_test=active.has_open_test or score is None)
    for slug, (quiz, practice) in quizzes.settled(learner, lessons).items():
        found[slug] = replace(found[slug], quiz_settled=quiz, practice_settled=practice)
    return found


def _runs(learner: UUID, slugs: Collection[str]) -> Iterable[tuple[str, int | None, datetime]]:
    """Return each run's place and the time of its latest step, the newest run of a lesson last."""
    found = Run.objects.filter(learner=learner, slug__in=slugs).order_by("number")
    rows = found.annotate(top=Max("entries__position"), latest=Max("entries__taken_at"))
    fields = rows.values_list("slug", "top", "latest", "started_at")
    return [(slug, top, latest or begun) for slug, top, latest, begun in fields]


def _later(active: Activity, at: datetime) -> Activity:
    return replace(active, at=max(active.at, at.timestamp()))
