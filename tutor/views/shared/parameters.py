"""Reading the parameters of forms and addresses: numbers, steps, and paths of our own pages."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tutor.drawing.stage import Stage
from tutor.engine.lesson.lesson import Lesson

T = TypeVar("T", bound=str)

# Six digits are more than any number here needs, and few enough for every database's integer.
_NUMBER = re.compile(r"[0-9]{1,6}")


def number_of(text: str | None) -> int:
    """Return the number that a form or an address gives. Raises: Http404."""
    number = optional_number(text)
    if number is None:
        raise Http404
    return number


def optional_number(text: str | None) -> int | None:
    """Return the number, None if there is none or the text is not a number."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def one_of(choices: Iterable[T], text: str | None) -> T | None:
    """Return the choice that a form or an address names, None if it names none of them."""
    return next((choice for choice in choices if choice == text), None)


def asked_step(request: HttpRequest, lesson: Lesson | None) -> int | None:
    """Return the step that `?at=` names by its id or number, None if there is no `?at=`. Raises: Http404."""
    if "at" not in request.GET:
        return None
    asked = request.GET["at"]
    named = lesson.positions.get(asked) if lesson else None
    return number_of(asked) if named is None else named


def picked_tab(request: HttpRequest, shown: Stage) -> str:
    """Return the tab of the code pane that the learner chose for the shown step, "" if they chose none.

    `?file=` names it. `kept` is the one of an earlier page, with the step that it was chosen at.
    """
    asked, sent = _query(request).get("file", ""), _sent(request).get("kept", "")
    if not (asked or sent):
        return ""
    code = shown.code
    if asked in code.names:
        return asked
    at, _, kept = sent.partition("/")
    before = optional_number(at)
    return kept if before is not None and code.keeps(kept, before) else ""


def kept_tab(request: HttpRequest) -> str:
    """Return the tab of the code pane that the page shows because the learner chose it, "" for none."""
    return _sent(request).get("kept", "").partition("/")[2]


def shows_proof(request: HttpRequest, shown: Stage) -> bool:
    """Return whether the page says of the lesson's proof what it would say now."""
    return request.POST.get("proof") == shown.code.proof_mark


def has_code(request: HttpRequest, shown: Stage) -> bool:
    """Return whether the page still has the code of the shown tab, which it showed at an earlier step."""
    return str(shown.code.tab_number) in request.POST.get("codes", "").split(",")


def _query(request: HttpRequest) -> Mapping[str, str]:
    # Django takes a while to read that there is nothing.
    return request.GET if request.META.get("QUERY_STRING") else {}


def _sent(request: HttpRequest) -> Mapping[str, str]:
    return request.POST or _query(request)


def asked_moment(request: HttpRequest, shown: Stage) -> int:
    """Return the number of the key moment that `?moment=` names, 0 for none that the shown step is about."""
    number = optional_number(request.GET.get("moment")) or 0
    moments = shown.lesson.key_moments
    return number if 0 < number <= len(moments) and shown.at in moments[number - 1].steps else 0


def own_path(request: HttpRequest, url: str | None) -> str:
    """Return `url` if it leads to a page of this site, else the catalogue; no form can send a browser elsewhere."""
    is_ours = bool(url) and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and is_ours else reverse("catalogue")
