"""Publishing: learners get a revision that passed the check; runs under way keep the text they began with."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from tutor import library, reference_plays, references, stored_texts, syllabus
from tutor.authoring import preview
from tutor.engine.errors import TutorError
from tutor.library import LocatedProblem
from tutor.models import Draft, Publication, Revision


class NotSound(TutorError):
    """A revision with errors can't be published; `problems` are all problems of the check."""

    def __init__(self, problems: Sequence[LocatedProblem]) -> None:
        super().__init__("This revision has errors, so it can't be published.")
        self.problems = problems


def publish(draft: Draft, revision: Revision, publisher: User) -> Publication:
    """Give learners this revision in place of the published one; publishing it again changes nothing.

    Raises: NotSound, BrokerAway, BrokerLacks, WorkBusy, WorkStopped.
    """
    checked = preview.checked_now(revision.source, f"{draft.slug}.yaml", syllabus.current(), owner=publisher.pk)
    problems = checked.problems
    if any(problem.is_error for problem in problems):
        raise NotSound(problems)
    if checked.lesson is not None:
        references.keep(checked.lesson, checked.values)
        reference_plays.keep(checked.lesson, checked.entries)
    # Runs are bound to a text by its digest, so a text that was published or run before is stored once.
    digest = library.digest_of(revision.source)
    stored_texts.store(draft.slug, digest, revision.source)
    try:
        with transaction.atomic():
            now = current(draft)
            if now and now.revision_id == revision.pk:
                return now
            withdraw(draft)
            return Publication.objects.create(draft=draft, revision=revision, text_id=digest, publisher=publisher)
    except IntegrityError:
        # Two instructors published at the same moment. Only one publication may be open, and the other one came first.
        return Publication.objects.get(draft=draft, withdrawn_at=None)


def withdraw(draft: Draft) -> None:
    """Stop offering the draft; new learners get the lesson file of that name, if there is one. Runs under way go on."""
    Publication.objects.filter(draft=draft, withdrawn_at=None).update(withdrawn_at=timezone.now())


def current(draft: Draft) -> Publication | None:
    """Return the current publication, None if the draft is not published."""
    return Publication.objects.filter(draft=draft, withdrawn_at=None).select_related("publisher", "revision").first()


def all_of(draft: Draft) -> Sequence[Publication]:
    """Return every publication of this draft, the newest first."""
    found = draft.publications.select_related("publisher", "revision").defer("revision__source")
    return list(found.order_by("-published_at", "-pk"))
