"""The imported questions that are added to a lesson: those that are chosen, new to it, and valid there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.assessment.questions import Part
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange.importing import ImportedQuestion


@dataclass(frozen=True, slots=True)
class Selection:
    """The questions to add; `left` has the others, each with the reason."""

    questions: tuple[QuestionFields, ...]
    left: tuple[tuple[ImportedQuestion, str], ...]


def numbers_in(text: str) -> list[int]:
    """Return the numbers in a text such as `1,3-5`. Raises: ValueError."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?", part)
        if match is None:
            raise ValueError(f"{part!r} is no number and no range such as 3-5")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return found


def choose(found: Sequence[ImportedQuestion], lesson: Lesson, part: Part) -> Selection:
    """Return which of the questions can be added to a part of the lesson."""
    there = [*lesson.quiz, *lesson.practice]
    questions: list[QuestionFields] = []
    left: list[tuple[ImportedQuestion, str]] = []
    for each in found:
        question = each.question
        if question in [*there, *questions]:
            left.append((each, "this question is in the lesson already"))
        elif part == "practice" and question.solution is None and not question.explanation.strip():
            left.append((each, "a practice task needs a worked solution, and there is no explanation to make it of"))
        else:
            questions.append(question)
    return Selection(tuple(questions), tuple(left))


def without_run(question: QuestionFields) -> QuestionFields:
    """Return a question without its references to its lesson's run: the proof and the steps to look at."""
    kept = question.model_dump(exclude_unset=True, exclude={"proof", "steps"})
    return type(question).model_validate(kept)
