"""Importing lesson files into drafts and exporting them, byte for byte, for lessons that are kept in git."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from tutor import library
from tutor.authoring.starter import refuse_bad_slug, text_to_begin
from tutor.files.changes import NotWritten, content_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.models import Draft, Revision
from tutor.studio import drafts, publishing
from tutor.studio.drafts import LONGEST_NOTE, CannotBeKept, DraftExists, NoSuchDraft


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The draft that a file was imported into, its newest revision, and whether the import made it."""

    draft: Draft
    revision: Revision
    is_new: bool


def import_content(slug: str, content: bytes, author: User | None, *, note: str) -> ImportedFile:
    """Make the content of a file the newest revision of the draft `slug`; begin the draft if there is none.

    Nothing is overwritten: earlier revisions stay in the history, and unsaved texts stay with their authors.
    Raises: CannotBeKept, NotMade for a bad slug.
    """
    refuse_bad_slug(slug)
    source = _text(content)
    # A second press may begin the draft between this query and `begin`.
    with suppress(DraftExists):
        if not Draft.objects.filter(slug=slug).exists():
            draft = drafts.begin(slug, source, author, note=note)
            return ImportedFile(draft, drafts.latest(draft), is_new=True)
    draft = drafts.find(slug)
    newest = drafts.latest(draft)
    if newest.source == source:
        return ImportedFile(draft, newest, is_new=False)
    return ImportedFile(draft, _appended(draft, source, author, note), is_new=True)


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
            continue  # another revision was saved at the same moment; the file becomes the one after it


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise CannotBeKept(f"The file has {len(content):,} bytes; a lesson may have {LARGEST_FILE:,}.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotBeKept(
            f"The byte 0x{content[error.start]:02x} at {error.start} is not UTF-8; save the file as UTF-8."
        ) from error


def begin_from_starter(slug: str, author: User) -> Draft:
    """Begin a draft with a short working lesson. Raises: NotMade for a bad slug, DraftExists."""
    refuse_bad_slug(slug)
    return drafts.begin(slug, text_to_begin(slug), author, note="Begun from the starter lesson")


def slug_of(file_name: str) -> str:
    """Return the slug that the name of an uploaded file gives; it may still be one that no lesson can have."""
    return file_name.removesuffix(".yaml").removesuffix(".yml")


def file_content(slug: str) -> bytes:
    """Return the content of a file in the lessons' folder. Raises: NoSuchDraft, CannotBeKept."""
    for path in library.lesson_paths():
        if path.stem == slug:
            return _content(path)
    raise NoSuchDraft(f"There is no file {slug}.yaml in the lessons' folder.")


def files() -> Mapping[str, bytes]:
    """Return the files of the lessons' folder by slug, without those that can't be read, such as dead links."""
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
    """Return the revision to export: the published one, else the newest."""
    current = publishing.current(draft)
    return current.revision if current else drafts.latest(draft)
