"""Accounts of instructors: granting and revoking the right to write lessons."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

WRITE_LESSONS = "tutor.write_lessons"
GROUP = "Instructors"


class Unusable(Exception):
    """A name or a password that no account can have; the text gives the reasons."""


def is_instructor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return whether this account may write lessons; a disabled one may not."""
    return bool(getattr(user, "has_perm", None)) and user.has_perm(WRITE_LESSONS)  # type: ignore[union-attr]


def known(name: str) -> User | None:
    """Return the account of that name."""
    return User.objects.filter(username=User.normalize_username(name)).first()


def require_free_name(name: str) -> str:
    """Return the name as it is stored. Raises: Unusable, also if it differs from a known one in capitals only."""
    stored = User.normalize_username(name)
    try:
        User(username=stored, password="unset").clean_fields()  # noqa: S106 - only the name is looked at
    except ValidationError as problem:
        raise Unusable(" ".join(problem.messages)) from None
    twin = User.objects.filter(username__iexact=stored).first()
    if twin:
        raise Unusable(f"There is an account {twin.username} already. Names that differ in capitals only are mixed up.")
    return stored


def require_good_password(password: str, name: str) -> None:
    """Apply the settings' rules to a new password. Raises: Unusable."""
    try:
        validate_password(password, User(username=name))
    except ValidationError as problem:
        raise Unusable(" ".join(problem.messages)) from None


@transaction.atomic
def make_instructor(name: str, password: str) -> User:
    """Make an account that may write lessons. Raises: Unusable."""
    stored = require_free_name(name)
    require_good_password(password, stored)
    user = User.objects.create_user(stored, password=password)
    give_right(user)
    return user


@transaction.atomic
def give_right(user: User) -> bool:
    """Let the account write lessons, and log in if it was disabled; return whether it could not before."""
    if is_instructor(_reloaded(user)):
        return False
    group, _ = Group.objects.get_or_create(name=GROUP)
    group.permissions.add(_permission())
    user.groups.add(group)
    User.objects.filter(pk=user.pk).update(is_active=True)
    return True


@transaction.atomic
def take_right(user: User) -> bool:
    """Revoke the right, including one from a group; return whether the account had it.

    It ends with the next request of each session; the account and its password stay.
    """
    had_it = is_instructor(_reloaded(user))
    permission = _permission()
    user.groups.remove(*Group.objects.filter(permissions=permission))
    user.user_permissions.remove(permission)
    User.objects.filter(pk=user.pk).update(is_superuser=False)
    return had_it


def _permission() -> Permission:
    app, codename = WRITE_LESSONS.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def _reloaded(user: User) -> User:
    """Return the account reloaded, because ModelBackend caches permissions on the instance."""
    return User.objects.get(pk=user.pk)
