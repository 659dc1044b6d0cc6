"""What a learner did in one lesson, as its link shows it: steps run, proofs seen, and the verdict of the best test."""

from dataclasses import dataclass
from uuid import UUID

from tutor import offered, progress
from tutor.assessment import questions, quizzes, sittings
from tutor.assessment.questions import PARTS
from tutor.assessment.sittings import StartedTest
from tutor.engine.lesson.lesson import Lesson
from tutor.progress import ItemCount, LessonProgress


@dataclass(frozen=True, slots=True)
class LessonResult:
    """A learner's result in a lesson, without anything that names the learner."""

    slug: str
    lesson: Lesson
    progress: LessonProgress
    proofs: ItemCount
    best: StartedTest | None


def result_of(learner: UUID, slug: str) -> LessonResult:
    """Return the learner's result in an offered lesson. Raises: NoSuchLesson."""
    lesson = offered.find(slug).lesson
    asked = [each for part in PARTS for each in questions.all_of(lesson, part)]
    provable = {each.id for each in asked if each.question.proof is not None}
    seen = provable & quizzes.proofs_seen(learner, slug)
    done = progress.of(learner, {slug: lesson})[slug]
    return LessonResult(slug, lesson, done, ItemCount(len(seen), len(provable)), sittings.record(learner, slug).best)
