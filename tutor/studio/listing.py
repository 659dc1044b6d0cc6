"""The Studio's first page: every lesson that instructors can work on, in drafts and in files, and how the two stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from django.contrib.auth.models import User

from tutor.files.yaml_reader import text_of_field
from tutor.models import Revision
from tutor.studio import drafts

FileState = Literal["none", "same", "differs"]


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """A draft, the revision that learners get (None if none is published), and how its file compares to the newest.

    `is_changed` says whether the instructor who looks has typed something that is not saved.
    """

    slug: str
    title: str
    newest: int
    published: int | None
    author: str
    saved_at: datetime
    file: FileState
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A lesson file that has no draft yet."""

    slug: str
    title: str


def listed_drafts(shelf: Mapping[str, bytes], author: User) -> list[ListedDraft]:
    """Return all drafts by title, as `author` sees them; `shelf` holds the lessons' files by slug."""
    published, changed = drafts.published_numbers(), drafts.changed_by(author)
    found = [
        _listed(newest, published.get(newest.draft_id), shelf, is_changed=newest.draft_id in changed)
        for newest in drafts.newest_revisions()
    ]
    return sorted(found, key=lambda each: each.title.casefold())


def _listed(newest: Revision, published: int | None, shelf: Mapping[str, bytes], *, is_changed: bool) -> ListedDraft:
    slug, file = newest.draft.slug, shelf.get(newest.draft.slug)
    state: FileState = "none" if file is None else "same" if file == newest.source.encode() else "differs"
    author = newest.author.get_username() if newest.author else ""
    title = title_of(newest.source) or slug
    return ListedDraft(slug, title, newest.number, published, author, newest.saved_at, state, is_changed)


def listed_files(shelf: Mapping[str, bytes], listed: list[ListedDraft]) -> list[ListedFile]:
    """Return the files that have no draft, by title."""
    known = {each.slug for each in listed}
    found = [
        ListedFile(slug, title_of(content.decode("utf-8", "replace")) or slug)
        for slug, content in shelf.items()
        if slug not in known
    ]
    return sorted(found, key=lambda each: each.title.casefold())


@lru_cache(maxsize=512)
def title_of(source: str) -> str:
    """Return the title that a lesson's text has, "" if it can't be told."""
    return text_of_field(source, "title")
