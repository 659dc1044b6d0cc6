"""Instructors, and drafts in their workspaces."""

from django.contrib.auth.models import Permission, User

from tests.lessons import SOUND
from tutor.models import Draft
from tutor.studio import drafts

SLUG = "queues"


def instructor(name: str = "ins") -> User:
    """Return an instructor, made now if new."""
    user, _ = User.objects.get_or_create(username=name)
    user.user_permissions.add(Permission.objects.get(codename="write_lessons"))
    return user


def draft(source: str = SOUND, *, slug: str = SLUG) -> Draft:
    """Return a draft with that text as its first revision."""
    return drafts.begin(slug, source, instructor())


def texts(of: Draft) -> list[str]:
    """Return the texts of all revisions, the first one first."""
    return list(of.revisions.order_by("number").values_list("source", flat=True))
