"""The catalogue: lessons by track, each with how far the learner is."""

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from tutor import library, runs
from tutor.library import LessonFile


@dataclass(frozen=True, slots=True)
class Listed:
    """A lesson in the catalogue; `position` is the step that the learner's furthest run came to."""

    slug: str
    title: str
    summary: str
    level: str
    minutes: int
    total: int
    position: int

    @property
    def is_finished(self) -> bool:
        """Whether the learner came to the end."""
        return self.position >= self.total


@dataclass(frozen=True, slots=True)
class Track:
    """A series of lessons."""

    name: str
    lessons: tuple[Listed, ...]


def tracks(learner: UUID) -> list[Track]:
    """Return all lessons by track, with the learner's progress."""
    files = library.all_lessons()
    seen = runs.steps_seen(learner, [file.slug for file in files])
    listed = [_listed(file, seen.get(file.slug, 0)) for file in files]
    grouped = groupby(zip(files, listed, strict=True), key=lambda pair: pair[0].lesson.track)
    return [Track(name.replace("-", " ").capitalize(), tuple(item for _, item in pairs)) for name, pairs in grouped]


def _listed(file: LessonFile, seen: int) -> Listed:
    lesson, total = file.lesson, len(file.lesson.steps)
    # A run of an earlier text may have had more steps than the lesson has now.
    return Listed(file.slug, lesson.title, lesson.summary, lesson.level, lesson.minutes, total, min(seen, total))
