"""The catalogue: lessons by track, each with the learner's progress."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from tutor import offered, progress
from tutor.library import LessonFile
from tutor.progress import LessonProgress, Overall


@dataclass(frozen=True, slots=True)
class Listed:
    """A lesson in the catalogue, with the learner's progress."""

    slug: str
    title: str
    summary: str
    level: str
    minutes: int
    progress: LessonProgress

    @property
    def total(self) -> int:
        """The number of steps in the lesson."""
        return self.progress.steps.total

    @property
    def position(self) -> int:
        """The number of steps that the learner has seen."""
        return self.progress.steps.done

    @property
    def is_finished(self) -> bool:
        """Whether the learner has seen every step."""
        return self.progress.steps.is_complete


@dataclass(frozen=True, slots=True)
class Track:
    """A series of lessons."""

    name: str
    lessons: tuple[Listed, ...]


def tracks(learner: UUID) -> list[Track]:
    """Return all lessons by track, with the learner's progress."""
    files = offered.all_lessons()
    done = progress.of(learner, {file.slug: file.lesson for file in files})
    listed = [_listed(file, done[file.slug]) for file in files]
    grouped = groupby(zip(files, listed, strict=True), key=lambda pair: pair[0].lesson.track)
    return [Track(name.replace("-", " ").capitalize(), tuple(item for _, item in pairs)) for name, pairs in grouped]


def overall(tracks: Iterable[Track]) -> Overall:
    """Return the learner's progress in all lessons of these tracks together."""
    return progress.overall(lesson.progress for track in tracks for lesson in track.lessons)


def _listed(file: LessonFile, done: LessonProgress) -> Listed:
    lesson = file.lesson
    return Listed(file.slug, lesson.title, lesson.summary, lesson.level, lesson.minutes, done)
