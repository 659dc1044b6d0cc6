"""Lesson files into drafts and out again, byte for byte: for those who keep their lessons in git."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from tutor import library
from tutor.authoring.starter import refuse_bad_slug
from tutor.files.changes import NotWritten, content_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.models import Draft, Revision
from tutor.studio import drafts, publishing
from tutor.studio.drafts import LONGEST_NOTE, CannotBeKept, DraftExists, NoSuchDraft


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file: the draft, its newest revision, and whether that is new."""

    draft: Draft
    revision: Revision
    is_new: bool


def take_in(slug: str, content: bytes, author: User | None, *, note: str) -> TakenIn:
    """Make the content of a file the newest revision of the draft of that address; begun now if there is none.

    Nothing is overwritten: what the draft said before is its history, and what others typed stays theirs.
    Raises: CannotBeKept, NotMade for a bad slug.
    """
    refuse_bad_slug(slug)
    source = _text(content)
    # Whoever presses twice may begin it between the look and the beginning.
    with suppress(DraftExists):
        if not Draft.objects.filter(slug=slug).exists():
            draft = drafts.begin(slug, source, author, note=note)
            return TakenIn(draft, drafts.latest(draft), is_new=True)
    draft = drafts.find(slug)
    newest = drafts.latest(draft)
    if newest.source == source:
        return TakenIn(draft, newest, is_new=False)
    return TakenIn(draft, _appended(draft, source, author, note), is_new=True)


def _appended(draft: Draft, source: str, author: User | None, note: str) -> Revision:
    drafts.refuse_unkeepable(source)
    while True:
        number = drafts.latest(draft).number + 1
        try:
            with transaction.atomic():
                return Revision.objects.create(
                    draft=draft, number=number, source=source, author=author, note=note[:LONGEST_NOTE]
                )
        except IntegrityError:
            continue  # somebody saved at the same moment; the file comes after that


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise CannotBeKept(f"The file has {len(content):,} bytes; a lesson may have {LARGEST_FILE:,}.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotBeKept(
            f"The byte 0x{content[error.start]:02x} at {error.start} is not UTF-8; save the file as UTF-8."
        ) from error


def file_content(slug: str) -> bytes:
    """Return what the lessons' folder has under that name. Raises: NoSuchDraft, CannotBeKept."""
    for path in library.lesson_paths():
        if path.stem == slug:
            return _content(path)
    raise NoSuchDraft(f"There is no file {slug}.yaml in the lessons' folder.")


def files() -> Mapping[str, bytes]:
    """Return the files of the lessons' folder by slug; what can't be read, such as a dead link, is left out."""
    found: dict[str, bytes] = {}
    for path in library.lesson_paths():
        with suppress(CannotBeKept):
            found[path.stem] = _content(path)
    return found


def _content(path: Path) -> bytes:
    try:
        return content_of(path)
    except NotWritten as reason:
        raise CannotBeKept(str(reason)) from reason


def exported(draft: Draft) -> Revision:
    """Return the revision that stands for the draft outside: the published one, else the newest."""
    current = publishing.current(draft)
    return current.revision if current else drafts.latest(draft)
