"""The list of the Studio's first page: all drafts, and the lesson files that have no draft yet."""

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
    """A draft: its newest and its published revision (None if none is), and how its file compares to the newest.

    `is_changed`: the instructor who looks at the list has unsaved text in it.
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
    """Return all drafts by title, as `author` sees them; `shelf` maps slugs to the content of lesson files."""
    published, changed = drafts.published_numbers(), drafts.changed_by(author)
    found = [
        ListedDraft(
            slug=newest.draft.slug,
            title=title_of(newest.source) or newest.draft.slug,
            newest=newest.number,
            published=published.get(newest.draft_id),
            author=newest.author.get_username() if newest.author else "",
            saved_at=newest.saved_at,
            file=_file_state(newest, shelf.get(newest.draft.slug)),
            is_changed=newest.draft_id in changed,
        )
        for newest in drafts.newest_revisions()
    ]
    return sorted(found, key=lambda each: each.title.casefold())


def _file_state(newest: Revision, content: bytes | None) -> FileState:
    if content is None:
        return "none"
    return "same" if content == newest.source.encode() else "differs"


def listed_files(shelf: Mapping[str, bytes], listed: list[ListedDraft]) -> list[ListedFile]:
    """Return the files that have no draft, by title."""
    known = {each.slug for each in listed}
    found = [
        ListedFile(slug, title_of(content.decode("utf-8", "replace")) or slug)
        for slug, content in shelf.items()
        if slug not in known
    ]
    return sorted(found, key=lambda each: each.title.casefold())


# The list reads every text at each visit, and most texts have not changed since the last one.
@lru_cache(maxsize=512)
def title_of(source: str) -> str:
    """Return the title in a lesson's text, "" if it can't be read."""
    return text_of_field(source, "title")
