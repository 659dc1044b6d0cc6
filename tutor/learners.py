"""Learners: an anonymous id in a signed cookie, without an account or a database row."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "learner"
COOKIE_SALT = "tutor.learner"
COOKIE_SECONDS = 400 * 24 * 60 * 60
"""400 days, the longest that browsers keep a cookie (RFC 6265bis); each visit renews it."""


class LearnerMiddleware:
    """Set `request.learner` (UUID) from the cookie; a visitor without one gets a new id with the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = known_learner(request)
        request.learner = known or uuid4()  # type: ignore[attr-defined]
        response = self._get_response(request)
        # A page renews the cookie; a step, of which there may be many a minute, only sets a missing one.
        if known is None or (request.method == "GET" and "HX-Request" not in request.headers):
            _remember(response, request.learner)  # type: ignore[attr-defined]
        return response


def learner_of(request: HttpRequest) -> UUID:
    """Return the learner who sent the request."""
    return request.learner  # type: ignore[attr-defined,no-any-return]


def known_learner(request: HttpRequest) -> UUID | None:
    """Return the learner in the request's cookie; None if it is missing or not ours."""
    value = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE_SALT)
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def _remember(response: HttpResponse, learner: UUID) -> None:
    response.set_signed_cookie(
        COOKIE,
        str(learner),
        salt=COOKIE_SALT,
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
