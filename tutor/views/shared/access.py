"""Access to the Studio: instructors pass, others are asked to log in or get 404."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from tutor.accounts.instructors import is_instructor
from tutor.views.shared.login import ask_to_log_in

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def instructors_only(view: View[P]) -> View[P]:
    """Let instructors pass. Put it below `require_POST` and the like, so that a wrong method is 405 for everyone.

    Without a login, a page redirects to the login and back, a posted form is kept and can be sent again after the
    login, and a script gets 403. An account without the right gets 404, as for every page that is not its own.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_log_in(request)
        if not is_instructor(request.user):
            raise Http404
        _prolong(request.session)
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")  # downloads and JSON too, not pages alone
        return response

    return guarded


def author_of(request: HttpRequest) -> User:
    """Return the instructor who sent the request; only for views that are `instructors_only`."""
    return cast(User, request.user)


def _prolong(session: SessionBase) -> None:
    """Let a session end some time after its last use, not after the login; stored at most once a day.

    Django prolongs a session only when it is saved, and SESSION_SAVE_EVERY_REQUEST would write at each click:
    https://docs.djangoproject.com/en/5.2/topics/http/sessions/#when-sessions-are-saved
    """
    today, before = timezone.now().date().isoformat(), session.get("used_on")
    if before == today:
        return
    session["used_on"] = today
    try:
        session.save()
    except UpdateError:
        # Pages can be read while the database is busy or read-only; the next request tries again.
        session["used_on"] = before
        session.modified = False
