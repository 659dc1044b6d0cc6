"""Links that show others what a learner did in one lesson: made, found by their token, and revoked."""

import secrets
from uuid import UUID

from django.db import IntegrityError, transaction

from tutor.engine.errors import TutorError
from tutor.models import ShownResult

TOKEN_BYTES = 32
"""Random bytes in a token: no one can guess one."""


class NoSuchResult(TutorError):
    """There is no such link, or it was revoked; the answer is the same for both."""


class NotFinished(TutorError):
    """The learner has not run all steps of the lesson, so there is nothing to show."""


def make(learner: UUID, slug: str) -> ShownResult:
    """Return the learner's link for the lesson, making it if there is none; a second press returns the same."""
    try:
        with transaction.atomic():
            token = secrets.token_urlsafe(TOKEN_BYTES)
            return ShownResult.objects.create(token=token, learner=learner, slug=slug)
    except IntegrityError:
        return ShownResult.objects.get(learner=learner, slug=slug)


def revoke(learner: UUID, slug: str) -> None:
    """Remove the learner's link for the lesson; a second press changes nothing."""
    ShownResult.objects.filter(learner=learner, slug=slug).delete()


def own(learner: UUID, slug: str) -> ShownResult | None:
    """Return the learner's link for the lesson, None if there is none."""
    return ShownResult.objects.filter(learner=learner, slug=slug).first()


def find(token: str) -> ShownResult:
    """Return the link of that token. Raises: NoSuchResult."""
    found = ShownResult.objects.filter(token=token).first()
    if found is None:
        raise NoSuchResult
    return found
