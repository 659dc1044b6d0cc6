"""Numbers in forms and addresses."""

import re

from django.http import Http404, HttpRequest

_NUMBER = re.compile(r"[0-9]{1,6}")


def number_of(text: str | None) -> int:
    """Return the number that a form or an address gives. Raises: Http404."""
    if text is None or not _NUMBER.fullmatch(text):
        raise Http404
    return int(text)


def asked_step(request: HttpRequest) -> int | None:
    """Return the step that `?at=` names, None if it names none. Raises: Http404 for what is no step."""
    return number_of(request.GET["at"]) if "at" in request.GET else None
