"""Cookies: their names and attributes, and the way from the plain names to those of a site behind TLS.

Behind TLS each name begins with `__Host-`: browsers take such a cookie only over HTTPS and from this very host, so a
neighbour such as evil.example.org can't plant one. The plain name is read while the other is missing, so that learners
keep their runs when an operator switches TLS on.

A neighbour can plant a plain cookie in a browser that has none of ours yet. A choice is harmless, and `learner` and
`known_browser` count only with a valid signature: a new visitor could at most become the learner that the neighbour
was, as with a shared computer. `csrftoken` counts only in a form whose Origin is this site, which no neighbour can
send.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

LEARNER = "learner"
THEME, PREDICT, VIEW, TOUR = CHOICES = ("theme", "predict", "view", "tour")
KNOWN_BROWSER = "known_browser"
CSRF = "csrftoken"

COOKIE_SECONDS = 400 * 24 * 60 * 60
"""400 days, the longest that browsers keep a cookie (RFC 6265bis); each visit renews the learner's."""

_CHOICE = re.compile(r"[a-z0-9]{1,16}")


def full_name(name: str) -> str:
    """Return the name that a cookie is set by."""
    return f"{settings.COOKIE_PREFIX}{name}"


def path_of(name: str) -> str:
    """Return the path that a cookie is set for; `__Host-` requires "/"."""
    return reverse("studio") if name == KNOWN_BROWSER and not settings.COOKIE_PREFIX else "/"


def attributes(name: str) -> dict[str, Any]:
    """Return the arguments of `set_cookie` and `set_signed_cookie` besides key, value and salt."""
    own = {"max_age": COOKIE_SECONDS, "path": path_of(name), "secure": settings.SESSION_COOKIE_SECURE}
    return {**own, "httponly": True, "samesite": "Lax"}


def sent(request: HttpRequest, name: str) -> str:
    """Return the value of a cookie, "" without one."""
    return request.COOKIES.get(_name_in(request, name), "")


def sent_signed(request: HttpRequest, name: str, salt: str, max_age: int | None = None) -> str:
    """Return the value of a signed cookie; "" without one, and if the signature is not ours."""
    # Django signs the name as well, so a signature is good for one of the two names.
    full = _name_in(request, name)
    if max_age is not None or full not in request.COOKIES:
        return request.get_signed_cookie(full, default="", salt=salt, max_age=max_age) or ""
    keys = settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS
    try:
        return _verified(request.COOKIES[full], full, salt, keys)
    except BadSignature:
        return ""


MOST_VERIFIED = 4_096
"""Maximum number of cookies whose signature is remembered per process, the most recently sent ones.

Only valid ones are: nobody else can fill it. Cookies with a maximum age are verified each time.
"""


@lru_cache(MOST_VERIFIED)
def _verified(signed: str, name: str, salt: str, keys: tuple[str, ...]) -> str:  # noqa: ARG001 - Django uses the keys
    """Return the value of a signed cookie that has no maximum age. Raises: BadSignature."""
    request = HttpRequest()
    request.COOKIES[name] = signed
    return request.get_signed_cookie(name, salt=salt) or ""


class CookieMiddleware:
    """Replace cookies of plain names by those behind TLS, in the first answer; the learner's is set by its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.COOKIE_PREFIX:
            return self._get_response(request)
        cookies = dict(request.COOKIES)
        is_accepted = _accept_form_of_before(request)
        response = self._get_response(request)
        # 403: it was no form of ours after all, and its cookie may be planted.
        if is_accepted and response.status_code != 403:
            response.set_cookie(full_name(CSRF), cookies[CSRF], **attributes(CSRF))
        for name in (LEARNER, *CHOICES, KNOWN_BROWSER, CSRF):
            if name in cookies:
                _replace(name, cookies, response)
        return response


def _name_in(request: HttpRequest, name: str) -> str:
    full = full_name(name)
    return full if full in request.COOKIES else name


def _accept_form_of_before(request: HttpRequest) -> bool:
    """Let a form of a page pass that was open when the names changed: its token belongs to the plain cookie."""
    if request.method != "POST" or CSRF not in request.COOKIES or full_name(CSRF) in request.COOKIES:
        return False
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return False
    request.COOKIES[full_name(CSRF)] = request.COOKIES[CSRF]
    return True


def _replace(name: str, cookies: Mapping[str, str], response: HttpResponse) -> None:
    """Set a choice by its new name, and delete the plain cookie once the new one is there."""
    full, value = full_name(name), cookies[name]
    is_known = full in cookies or full in response.cookies
    if not is_known and name in CHOICES and _CHOICE.fullmatch(value):
        response.set_cookie(full, value, **attributes(name))
        is_known = True
    if is_known:
        response.delete_cookie(name, path=reverse("studio") if name == KNOWN_BROWSER else "/", samesite="Lax")
