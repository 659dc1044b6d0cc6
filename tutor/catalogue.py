"""The catalogue: the one thing to do next, and the path of all lessons with the learner's progress in each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tutor import library, offered, progress
from tutor.activity import Activity, activity_of
from tutor.addresses import address
from tutor.engine.values.wording import listed
from tutor.library import LessonFile
from tutor.onward import Onward
from tutor.progress import ItemCount, LessonProgress, Overall


@dataclass(frozen=True, slots=True)
class Listed:
    """A lesson in the catalogue: its place on the path from 1, the learner's progress, and what to do next in it."""

    number: int
    slug: str
    title: str
    summary: str
    level: str
    minutes: int
    progress: LessonProgress
    activity: Activity

    @property
    def total(self) -> int:
        """The number of steps in the lesson."""
        return self.progress.steps.total

    @property
    def is_done(self) -> bool:
        """Whether nothing in the lesson is left to do: all steps are run, and a test was finished."""
        return self.next is None

    @property
    def next(self) -> str | None:
        """The part of the lesson to go on with, None if it is done."""
        done, seen = self.progress, self.activity
        if seen.has_open_test:
            return "test"
        if not done.steps.is_complete:
            return "steps"
        if done.best is not None:
            return None
        is_open = {"quiz": seen.quiz_settled < done.quiz.total, "practice": seen.practice_settled < done.practice.total}
        return next((part for part, is_left in is_open.items() if is_left), "test")

    @property
    def button(self) -> Onward:
        """The button of the lesson: its next part, or another look."""
        if self.next in ("quiz", "practice"):
            return Onward(self.next.capitalize(), address("part", slug=self.slug, part=self.next))
        if self.next == "test":
            return Onward("Test", address("lesson_test", slug=self.slug))
        label = "Look again" if self.next is None else "Continue" if self.progress.has_begun else "Start"
        return Onward(label, address("lesson", slug=self.slug))

    @property
    def what_is_next(self) -> str:
        """The next part of a lesson under way in words, after its title for steps and before it for the others."""
        match self.next:
            case "steps":
                position = self.activity.position
                return f"{self.title}, step {position}" if position else f"{self.title}, from the start"
            case "quiz" | "practice" as part:
                count: ItemCount = getattr(self.progress, part)
                return f"{part} of {self.title}, {count.done} of {count.total} right"
            case _:
                return f"test of {self.title}"


@dataclass(frozen=True, slots=True)
class Track:
    """A section of the path: a series of lessons, or several series whose lessons need each other."""

    name: str
    lessons: tuple[Listed, ...]


def tracks(learner: UUID) -> list[Track]:
    """Return all lessons in the order of the path, with the learner's progress."""
    sections = library.in_sections(offered.all_lessons())
    lessons = {file.slug: file.lesson for section in sections for file in section}
    done, active = progress.of(learner, lessons), activity_of(learner, lessons)
    numbers = {slug: number for number, slug in enumerate(lessons, 1)}
    return [
        Track(
            _name_of(section),
            tuple(_listed(numbers[file.slug], file, done[file.slug], active[file.slug]) for file in section),
        )
        for section in sections
    ]


def _name_of(section: Sequence[LessonFile]) -> str:
    names = [name.replace("-", " ") for name in dict.fromkeys(file.lesson.track for file in section)]
    return listed(names).capitalize()


def _listed(number: int, file: LessonFile, done: LessonProgress, active: Activity) -> Listed:
    lesson = file.lesson
    return Listed(number, file.slug, lesson.title, lesson.summary, lesson.level, lesson.minutes, done, active)


def overall(tracks: Iterable[Track]) -> Overall:
    """Return the learner's progress in all lessons of these tracks together."""
    return progress.overall(lesson.progress for track in tracks for lesson in track.lessons)


@dataclass(frozen=True, slots=True)
class FirstThing:
    """The one thing to do: its button, and the lesson that it is about, None at the end of the path."""

    button: Onward
    lesson: Listed | None


def first_thing(tracks: Iterable[Track]) -> FirstThing | None:
    """Return what to do now: where the learner left off, else the next lesson; None if there is no lesson."""
    lessons = [lesson for track in tracks for lesson in track.lessons]
    if not lessons:
        return None
    latest = max(lessons, key=lambda each: (each.activity.at, -each.number))
    if not latest.activity.at:
        return FirstThing(Onward(f"Start here: {lessons[0].title}", lessons[0].button.url), lessons[0])
    if not latest.is_done:
        return FirstThing(Onward(f"Continue: {latest.what_is_next}", latest.button.url), latest)
    following = [*lessons[latest.number :], *lessons[: latest.number]]
    left = next((each for each in following if not each.is_done), None)
    if left is None:
        return FirstThing(Onward("You have come to the end of the path", address("path_end")), None)
    label = f"Continue: {left.what_is_next}" if left.progress.has_begun else f"Next lesson: {left.title}"
    return FirstThing(Onward(label, left.button.url), left)


def after_lesson(slug: str) -> Onward:
    """Return the lesson after this one on the path, or the end of the path; the first one for an unknown lesson."""
    files = offered.all_lessons()
    place = next((i for i, file in enumerate(files) if file.slug == slug), -1)
    if place + 1 >= len(files):
        return Onward("Finish the path", address("path_end"))
    following = files[place + 1]
    return Onward(f"Next lesson: {following.lesson.title}", address("lesson", slug=following.slug))
