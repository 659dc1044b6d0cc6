"""The lessons offered to learners: files, and lessons that instructors published in the Studio.

A published lesson replaces a file of the same name until it is withdrawn.
"""

from contextlib import suppress
from threading import Condition

from cachetools import LRUCache, cached

from tutor import library
from tutor.library import LessonFile, NoSuchLesson
from tutor.models import LessonText, Publication

MOST_KEPT = 128
"""Maximum number of published lessons cached per process, the most recently used ones."""


def find(slug: str) -> LessonFile:
    """Return the lesson of that name. Raises: NoSuchLesson."""
    current = Publication.objects.filter(draft__slug=slug, withdrawn_at=None)
    digest = current.values_list("text_id", flat=True).first()
    # Every publication was valid, but perhaps for a newer version of the program, whose format this one can't read.
    with suppress(NoSuchLesson):
        if digest:
            return _published(slug, digest)
    return library.find(slug)


def all_lessons() -> list[LessonFile]:
    """Return all lessons in the catalogue's order; one that can't be read any more is left out."""
    found = {file.slug: file for file in library.all_lessons()}
    current = Publication.objects.filter(withdrawn_at=None)
    for slug, digest in current.values_list("draft__slug", "text_id"):
        with suppress(NoSuchLesson):
            found[slug] = _published(slug, digest)
    return library.in_order(found.values())


@cached(LRUCache(MOST_KEPT), condition=Condition())
def _published(slug: str, digest: str) -> LessonFile:
    """Return the published lesson; both names are its key, since drafts may share a text. Raises: NoSuchLesson."""
    text = LessonText.objects.get(pk=digest).source
    return LessonFile(slug, digest, text, library.lesson_of(digest, lambda: text))
