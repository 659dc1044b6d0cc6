"""A learner's progress: steps seen, questions answered and the best test, per lesson and overall."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from tutor import runs
from tutor.assessment import quizzes, sittings
from tutor.engine.lesson.lesson import Lesson


@dataclass(frozen=True, slots=True)
class ItemCount:
    """A done/total count."""

    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether everything is done; False if there was nothing to do."""
        return self.total > 0 and self.done >= self.total


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """The learner's progress in one lesson; `best` is the best test's share of the points, None before the first."""

    steps: ItemCount
    quiz: ItemCount
    practice: ItemCount
    best: float | None

    @property
    def best_percent(self) -> int | None:
        """The best test in percent, rounded down as on its own page."""
        return None if self.best is None else int(self.best * 100 + 1e-6)

    @property
    def has_begun(self) -> bool:
        """Whether the learner did anything in the lesson."""
        return bool(self.steps.done or self.quiz.done or self.practice.done or self.best is not None)

    @property
    def questions(self) -> ItemCount:
        """Quiz and practice together."""
        return ItemCount(self.quiz.done + self.practice.done, self.quiz.total + self.practice.total)


@dataclass(frozen=True, slots=True)
class Overall:
    """The learner's progress in all lessons together."""

    lessons: ItemCount
    steps: ItemCount
    questions: ItemCount
    tests: ItemCount
    has_begun: bool


def of(learner: UUID, lessons: Mapping[str, Lesson]) -> dict[str, LessonProgress]:
    """Return the learner's progress in each lesson, by slug; a few queries, however many lessons there are."""
    slugs = list(lessons)
    seen = runs.steps_seen(learner, lessons)
    answered = quizzes.answered(learner, lessons)
    best = sittings.best_scores(learner, slugs)
    return {
        slug: _progress(lesson, seen.get(slug, 0), answered.get(slug, (0, 0)), best.get(slug))
        for slug, lesson in lessons.items()
    }


def _progress(lesson: Lesson, seen: int, answered: tuple[int, int], best: float | None) -> LessonProgress:
    quiz, practice = (
        ItemCount(done, sum(not question.ahead for question in asked))
        for done, asked in zip(answered, (lesson.quiz, lesson.practice), strict=True)
    )
    return LessonProgress(ItemCount(seen, len(lesson.steps)), quiz, practice, best)


def overall(found: Iterable[LessonProgress]) -> Overall:
    """Return the sum over lessons; a test counts as done once one was finished."""
    each = list(found)
    return Overall(
        lessons=ItemCount(sum(progress.steps.is_complete for progress in each), len(each)),
        steps=_sum(progress.steps for progress in each),
        questions=_sum(progress.questions for progress in each),
        tests=ItemCount(sum(progress.best is not None for progress in each), len(each)),
        has_begun=any(progress.has_begun for progress in each),
    )


@dataclass(frozen=True, slots=True)
class LinkedPart:
    """A part of a lesson in the navigation between parts; its texts are "" until something in it is done."""

    name: str
    label: str
    url: str
    done_text: str = ""
    spoken_text: str = ""
    is_complete: bool = False


def parts_of(learner: UUID, slug: str, lesson: Lesson) -> list[LinkedPart]:
    """Return the parts of a lesson with the learner's progress in each."""
    return linked_parts(slug, of(learner, {slug: lesson})[slug])


def linked_parts(slug: str, found: LessonProgress) -> list[LinkedPart]:
    """Return the parts of a lesson with this progress."""
    asked = [("quiz", "Quiz", found.quiz), ("practice", "Practice", found.practice)]
    best = found.best_percent
    return [
        _counted("steps", "Steps", reverse("lesson", kwargs={"slug": slug}), found.steps),
        *(_counted(name, label, reverse("part", kwargs={"slug": slug, "part": name}), n) for name, label, n in asked),
        LinkedPart(
            "test",
            "Test",
            reverse("lesson_test", kwargs={"slug": slug}),
            done_text="" if best is None else f"{best} %",
            spoken_text="" if best is None else f"best result {best} %",
        ),
    ]


def _counted(name: str, label: str, url: str, count: ItemCount) -> LinkedPart:
    if not count.done:
        return LinkedPart(name, label, url)
    done, spoken = f"{count.done}/{count.total}", f"{count.done} of {count.total} done"
    return LinkedPart(name, label, url, done, spoken, count.is_complete)


def _sum(counts: Iterable[ItemCount]) -> ItemCount:
    each = list(counts)
    return ItemCount(sum(count.done for count in each), sum(count.total for count in each))
