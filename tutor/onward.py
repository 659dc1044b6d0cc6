"""The way through the parts of a lesson: steps, quiz, practice, test."""

from dataclasses import dataclass

from tutor.addresses import address
from tutor.engine.lesson.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Onward:
    """Where to go next: the words of the button, and its address."""

    label: str
    url: str


def after(slug: str, lesson: Lesson, part: str) -> Onward:
    """Return the part of the lesson after "steps", "quiz" or "practice"; a part without questions is passed over."""
    if part == "steps" and lesson.quiz:
        return Onward("Go to the quiz", address("part", slug=slug, part="quiz"))
    if part in ("steps", "quiz") and lesson.practice:
        return Onward("Go to the practice", address("part", slug=slug, part="practice"))
    return Onward("Go to the test", address("lesson_test", slug=slug))
