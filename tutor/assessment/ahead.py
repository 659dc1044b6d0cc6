"""Questions that look ahead: the lesson that teaches what they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tutor import offered, syllabus
from tutor.addresses import address
from tutor.engine.lesson.path import Syllabus
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.library import LessonFile


@dataclass(frozen=True, slots=True)
class LookAhead:
    """What a question looks ahead to: the title and the address of the lesson, "" if no lesson teaches it."""

    title: str = ""
    url: str = ""


class LooksAhead:
    """Where the questions of a page look ahead to; the lessons are looked up once, for the first that does."""

    def of(self, question: QuestionFields) -> LookAhead | None:
        """Return where a question looks ahead to, None if it is about its own lesson."""
        if not question.ahead:
            return None
        slug = self._syllabus.teacher_of(question.ahead)
        if slug is None:
            return LookAhead()
        return LookAhead(self._files[slug].lesson.title, address("lesson", slug=slug))

    @cached_property
    def _files(self) -> Mapping[str, LessonFile]:
        return {file.slug: file for file in offered.all_lessons()}

    @cached_property
    def _syllabus(self) -> Syllabus:
        return syllabus.of_lessons(self._files.values())
