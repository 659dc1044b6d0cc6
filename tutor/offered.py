"""The lessons offered to learners: files, and lessons that instructors published in the Studio.

A published lesson replaces a file of the same name until it is withdrawn.
"""

from contextlib import suppress
from threading import Condition

from cachetools import LRUCache, cached
from django.db import connection

from tutor import library
from tutor.library import LessonFile, NoSuchLesson
from tutor.models import LessonText, Publication

MOST_KEPT = 128
"""Maximum number of published lessons cached per process, the most recently used ones."""


def find(slug: str) -> LessonFile:
    """Return the lesson of that name. Raises: NoSuchLesson."""
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, [slug])
        digest = next((text_id for (text_id,) in cursor.fetchall()), None)
    # Every publication was valid, but perhaps for a newer version of the program, whose format this one can't read.
    with suppress(NoSuchLesson):
        if digest:
            return _published(slug, digest)
    return library.find(slug)


# Plain SQL, because each page of a lesson asks, and the ORM takes ten times as long to build a statement.
_PUBLISHED = """
    SELECT publication.text_id FROM tutor_publication publication
    JOIN tutor_draft draft ON draft.id = publication.draft_id
    WHERE draft.slug = %s AND publication.withdrawn_at IS NULL ORDER BY publication.id LIMIT 1
"""


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
