"""Drafts: saved as revisions that are never overwritten; unsaved text is kept for its author."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from tutor import series
from tutor.engine.errors import TutorError
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.models import Draft, Publication, Revision, WorkingCopy
from tutor.series import Rows
from tutor.studio.line_ends import is_same_but_for_ends, restored

LONGEST_NOTE = 200


class NoSuchDraft(TutorError):
    """The draft, or the revision of it, does not exist."""


class DraftExists(TutorError):
    """A draft of that name already exists."""


class CannotBeKept(TutorError):
    """The text can't be stored, or the draft can't be removed; the error's own text says why."""


class UnsavedWork(TutorError):
    """The request would have replaced text that its author has not saved."""


class SavedMeanwhile(TutorError):
    """Another author saved a revision after the one that this text is based on; nothing was overwritten."""

    def __init__(self, latest: Revision) -> None:
        super().__init__(f"Revision {latest.number} was saved meanwhile.")
        self.latest = latest


@dataclass(frozen=True, slots=True)
class Workspace:
    """A draft as one author sees it: the newest revision, the author's text, and the revision that it is based on.

    `sound_source` is the last version of the text without errors, "" if there is none. `changed_at` is when the author
    typed last, None if there is nothing unsaved.
    """

    draft: Draft
    latest: Revision
    base: int
    source: str
    sound_source: str
    changed_at: datetime | None

    @property
    def is_saved(self) -> bool:
        """Whether the text is that of the newest revision."""
        return self.source == self.latest.source

    @property
    def is_behind(self) -> bool:
        """Whether a revision was saved after the one that this text is based on."""
        return self.base < self.latest.number


def published_numbers() -> dict[int, int]:
    """Return the number of the published revision by the draft's primary key."""
    return dict(Publication.objects.filter(withdrawn_at=None).values_list("draft_id", "revision__number"))


def newest_revisions() -> list[Revision]:
    """Return the newest revision of every draft, with its author, in one query."""
    # One query on every database: SQLite has no DISTINCT ON.
    later = Revision.objects.filter(draft=OuterRef("draft"), number__gt=OuterRef("number"))
    return list(Revision.objects.filter(~Exists(later)).select_related("author", "draft"))


def find(slug: str) -> Draft:
    """Return the draft of that address. Raises: NoSuchDraft."""
    draft = Draft.objects.filter(slug=slug).first()
    if draft is None:
        raise NoSuchDraft(f"There is no draft called {slug}.")
    return draft


def begin(slug: str, source: str, author: User | None, *, note: str = "") -> Draft:
    """Begin a draft with its first revision. Raises: DraftExists, CannotBeKept."""
    refuse_unkeepable(source)
    try:
        # A separate block: after an IntegrityError, PostgreSQL refuses all queries until the block is rolled back.
        # https://docs.djangoproject.com/en/5.2/topics/db/transactions/#controlling-transactions-explicitly
        with transaction.atomic():
            draft = Draft.objects.create(slug=slug)
            Revision.objects.create(draft=draft, number=1, source=source, author=author, note=note[:LONGEST_NOTE])
    except IntegrityError as taken:
        raise DraftExists(f"There is a draft called {slug} already; nothing was changed.") from taken
    return draft


def latest(draft: Draft) -> Revision:
    """Return the newest revision."""
    return draft.revisions.select_related("author").order_by("-number")[0]


def revision(draft: Draft, number: int) -> Revision:
    """Return the revision of that number. Raises: NoSuchDraft."""
    found = draft.revisions.select_related("author").filter(number=number).first()
    if found is None:
        raise NoSuchDraft(f"{draft.slug} has no revision {number}.")
    return found


def history(draft: Draft) -> Sequence[Revision]:
    """Return all revisions without their texts, the newest first."""
    # A text may have LARGEST_FILE bytes, and a list of revisions shows none of it.
    return list(draft.revisions.select_related("author").defer("source").order_by("-number"))


def workspace(draft: Draft, author: User) -> Workspace:
    """Return the author's workspace: the text they typed last, else the newest revision."""
    newest = latest(draft)
    copy = WorkingCopy.objects.filter(draft=draft, author=author).first()
    if copy is None:
        return Workspace(draft, newest, newest.number, newest.source, "", None)
    return Workspace(draft, newest, copy.base, copy.source, copy.sound_source, copy.changed_at)


def keep(draft: Draft, author: User, source: str, *, base: int) -> None:
    """Keep the author's unsaved text, based on revision `base`. Raises: CannotBeKept, NoSuchDraft."""
    _keep(draft, author, base, {"source": source})


def keep_sound(draft: Draft, author: User, source: str, *, base: int) -> None:
    """Keep the author's unsaved text, which has no errors. Raises: CannotBeKept, NoSuchDraft."""
    _keep(draft, author, base, {"source": source, "sound_source": source})


def _keep(draft: Draft, author: User, base: int, texts: Mapping[str, str]) -> None:
    source = texts["source"]
    refuse_unkeepable(source)
    newest = latest(draft)
    if not 1 <= base <= newest.number:
        raise NoSuchDraft(f"{draft.slug} has no revision {base}.")
    # Text that was typed and undone is not unsaved work.
    if (source, base) == (newest.source, newest.number):
        discard(draft, author)
        return
    WorkingCopy.objects.update_or_create(draft=draft, author=author, defaults={"base": base, **texts})


def discard(draft: Draft, author: User) -> None:
    """Forget the author's unsaved text."""
    WorkingCopy.objects.filter(draft=draft, author=author).delete()


def others_at_work(draft: Draft, author: User) -> Sequence[WorkingCopy]:
    """Return the unsaved work of the other authors, the latest first, without the texts themselves."""
    copies = WorkingCopy.objects.filter(draft=draft).exclude(author=author).select_related("author")
    return list(copies.defer("source", "sound_source").order_by("-changed_at"))


def changed_by(author: User) -> frozenset[int]:
    """Return the primary keys of the drafts in which the author has unsaved text."""
    return frozenset(WorkingCopy.objects.filter(author=author).values_list("draft_id", flat=True))


def save(draft: Draft, author: User, sent: str, *, base: int, note: str = "") -> Revision:
    """Store `sent` as the revision after `base` and return it; return the newest revision if nothing changed.

    Raises: SavedMeanwhile (the text is kept as the author's working copy), CannotBeKept, NoSuchDraft.
    """
    source = _as_typed(draft, author, sent, revision(draft, base))
    refuse_unkeepable(source)
    newest = latest(draft)
    if newest.source == source:
        discard(draft, author)
        return newest
    written = {"source": source, "author": author, "note": note[:LONGEST_NOTE]}
    with transaction.atomic():
        # Revision numbers are unique, so of two authors who save at once the second finds the revision of the first.
        saved = series.claim(Rows(Revision.objects, {"draft": draft}, lambda: written), base + 1)
        if saved.source == source:
            discard(draft, author)
            return saved
    keep(draft, author, source, base=base)
    raise SavedMeanwhile(latest(draft))


def rebase(draft: Draft, author: User, *, onto: int) -> None:
    """Base the author's unsaved text on revision `onto`, which they have seen. Raises: NoSuchDraft."""
    seen = revision(draft, onto)
    WorkingCopy.objects.filter(draft=draft, author=author).update(base=seen.number)


def reopen(draft: Draft, author: User, number: int) -> None:
    """Put the text of an old revision into the author's workspace, to be saved as the newest.

    Raises: NoSuchDraft, UnsavedWork.
    """
    if not workspace(draft, author).is_saved:
        raise UnsavedWork("You have changes that are not saved. Save or discard them first.")
    source = revision(draft, number).source
    keep(draft, author, source, base=latest(draft).number)


def remove(draft: Draft) -> None:
    """Remove a draft with its history. Raises: CannotBeKept if it was ever published."""
    if draft.publications.exists():
        raise CannotBeKept("A lesson that was published keeps its history; withdraw it instead.")
    draft.delete()


def refuse_unkeepable(source: str) -> None:
    """Raise CannotBeKept for a text that is too long, or that a database can't store."""
    if "\x00" in source:
        raise CannotBeKept("The text has a NUL character, which can't be stored. Remove it.")
    size = len(source.encode("utf-8", "surrogatepass"))
    if size > LARGEST_FILE:
        raise CannotBeKept(f"The text has {size:,} bytes; a lesson may have {LARGEST_FILE:,}.")


def _as_typed(draft: Draft, author: User, sent: str, before: Revision) -> str:
    """Return `sent` with the line ends of the author's text: a browser submits every one as CRLF.

    https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
    """
    copy = WorkingCopy.objects.filter(draft=draft, author=author).first()
    if copy and is_same_but_for_ends(copy.source, sent):
        return copy.source
    return restored(sent, copy.source if copy else before.source)
