"""The syllabus that learners have now: all lessons that are offered, and the concepts that they name."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import DatabaseError

from tutor import concepts, library, offered
from tutor.engine.lesson.path import Placed, Syllabus
from tutor.library import LessonFile


def current() -> Syllabus:
    """Return the syllabus of the lessons that are offered; without a database, of the files."""
    with suppress(DatabaseError):
        return of_lessons(offered.all_lessons())
    return of_files()


def of_files() -> Syllabus:
    """Return the syllabus of the lesson files, without the Studio's."""
    return of_lessons(library.all_lessons())


def of_lessons(files: Iterable[LessonFile]) -> Syllabus:
    """Return the syllabus of these lessons."""
    return Syllabus(concepts.current().sentences, tuple(Placed.of(file.slug, file.lesson) for file in files))
