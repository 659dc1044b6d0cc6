"""Learners: an anonymous id in a signed cookie, without an account or a database row."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from tutor.site import cookies

COOKIE_SALT = "tutor.learner"


class LearnerMiddleware:
    """Set `request.learner` (UUID) from the cookie; a visitor without one gets a new id with the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = known_learner(request)
        request.learner = known or uuid4()  # type: ignore[attr-defined]
        response = self._get_response(request)
        is_page = request.method == "GET" and "HX-Request" not in request.headers
        # A page renews the cookie; a step, of which there may be many a minute, only sets a missing one.
        if known is None or is_page or cookies.full_name(cookies.LEARNER) not in request.COOKIES:
            _remember(response, request.learner)  # type: ignore[attr-defined]
        return response


def learner_of(request: HttpRequest) -> UUID:
    """Return the learner who sent the request."""
    return request.learner  # type: ignore[attr-defined,no-any-return]


def known_learner(request: HttpRequest) -> UUID | None:
    """Return the learner in the request's cookie; None if it is missing or not ours."""
    value = cookies.sent_signed(request, cookies.LEARNER, COOKIE_SALT)
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def _remember(response: HttpResponse, learner: UUID) -> None:
    name = cookies.LEARNER
    response.set_signed_cookie(cookies.full_name(name), str(learner), salt=COOKIE_SALT, **cookies.attributes(name))
