"""The lessons that learners are offered: those in files, and those that instructors published in the Studio.

A published lesson takes the place of a file of the same name until it is withdrawn.
"""

from threading import Lock

from tutor import library
from tutor.library import LessonFile, NoSuchLesson
from tutor.models import LessonText, Publication

MOST_KEPT = 128

_kept: dict[tuple[str, str], LessonFile] = {}
"""Published lessons by slug and digest, the longest unused first."""

_lock = Lock()


def find(slug: str) -> LessonFile:
    """Return the lesson of that name. Raises: NoSuchLesson."""
    return _published(slug) or library.find(slug)


def all_lessons() -> list[LessonFile]:
    """Return all lessons in the catalogue's order; one that can't be read any more is left out."""
    found = {file.slug: file for file in library.all_lessons()}
    current = Publication.objects.filter(withdrawn_at=None)
    for slug, digest in current.values_list("draft__slug", "text_id"):
        file = _file_of(slug, digest)
        if file:
            found[slug] = file
    return library.in_order(found.values())


def _published(slug: str) -> LessonFile | None:
    current = Publication.objects.filter(draft__slug=slug, withdrawn_at=None)
    digest = current.values_list("text_id", flat=True).first()
    return _file_of(slug, digest) if digest else None


def _file_of(slug: str, digest: str) -> LessonFile | None:
    with _lock:
        known = _kept.pop((slug, digest), None)
    file = known or _read(slug, digest)
    if file is None:
        return None
    with _lock:
        _kept[slug, digest] = file
        while len(_kept) > MOST_KEPT:
            _kept.pop(next(iter(_kept)))
    return file


def _read(slug: str, digest: str) -> LessonFile | None:
    text = LessonText.objects.get(pk=digest).source
    try:
        return LessonFile(slug, digest, text, library.lesson_of(digest, lambda: text))
    except NoSuchLesson:
        # It was sound when it was published, by a newer version of the program whose format this one can't read.
        return None
