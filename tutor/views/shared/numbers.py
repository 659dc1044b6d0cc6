"""Numbers in forms and addresses."""

import re

from django.http import Http404, HttpRequest

from tutor.engine.lesson.lesson import Lesson

_NUMBER = re.compile(r"[0-9]{1,6}")


def number_of(text: str | None) -> int:
    """Return the number that a form or an address gives. Raises: Http404."""
    if text is None or not _NUMBER.fullmatch(text):
        raise Http404
    return int(text)


def asked_step(request: HttpRequest, lesson: Lesson | None) -> int | None:
    """Return the step that `?at=` names by its id or number, None if it names none. Raises: Http404 for no step."""
    if "at" not in request.GET:
        return None
    asked = request.GET["at"]
    named = lesson.positions.get(asked) if lesson else None
    return number_of(asked) if named is None else named
