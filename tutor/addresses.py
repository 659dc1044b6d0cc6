"""Addresses of the program's own pages, cached because most of them are on every page."""

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, reverse


def address(name: str, **parts: object) -> str:
    """Return the path of the view that has this URL name. Raises: NoReverseMatch."""
    return _address(get_script_prefix(), settings.ROOT_URLCONF, name, *parts.items())


# The key includes reverse()'s other inputs: the script prefix differs by thread, and tests change ROOT_URLCONF.
@lru_cache(maxsize=4096)
def _address(prefix: str, urls: str, name: str, *parts: tuple[str, object]) -> str:  # noqa: ARG001 - what it depends on
    return reverse(name, kwargs=dict(parts))
