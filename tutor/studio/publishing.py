"""Publishing: a revision that the check has proved becomes what learners get; runs under way keep their own text."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from tutor import library
from tutor.authoring import proving
from tutor.authoring.proving import PortOf
from tutor.engine.errors import TutorError
from tutor.library import LocatedProblem
from tutor.models import Draft, LessonText, Publication, Revision


class NotSound(TutorError):
    """A revision has errors, and learners never get those; `problems` are all that the check found."""

    def __init__(self, problems: Sequence[LocatedProblem]) -> None:
        super().__init__("This revision has errors, so it can't be published.")
        self.problems = problems


def publish(draft: Draft, revision: Revision, publisher: User, port_of: PortOf) -> Publication:
    """Give learners this revision, in place of the one they got so far; the same one again changes nothing.

    Raises: NotSound, BrokerAway.
    """
    problems = proving.check_text(revision.source, f"{draft.slug}.yaml", port_of).problems
    if any(problem.is_error for problem in problems):
        raise NotSound(problems)
    text, _ = LessonText.objects.get_or_create(
        digest=library.digest_of(revision.source), defaults={"source": revision.source}
    )
    try:
        with transaction.atomic():
            now = current(draft)
            if now and now.revision_id == revision.pk:
                return now
            withdraw(draft)
            return Publication.objects.create(draft=draft, revision=revision, text=text, publisher=publisher)
    except IntegrityError:
        # Two instructors pressed at the same moment: the other one's publication stands, and is shown.
        return Publication.objects.get(draft=draft, withdrawn_at=None)


def withdraw(draft: Draft) -> None:
    """Let learners begin this lesson no more, or have that of its file again; runs under way go on."""
    Publication.objects.filter(draft=draft, withdrawn_at=None).update(withdrawn_at=timezone.now())


def current(draft: Draft) -> Publication | None:
    """Return what learners get of this draft, None if nothing is published."""
    return Publication.objects.filter(draft=draft, withdrawn_at=None).select_related("publisher", "revision").first()


def all_of(draft: Draft) -> Sequence[Publication]:
    """Return every publication of this draft, the newest first."""
    found = draft.publications.select_related("publisher", "revision").defer("revision__source")
    return list(found.order_by("-published_at", "-pk"))
