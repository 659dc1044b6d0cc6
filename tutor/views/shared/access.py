"""Who may see a page of the Studio: instructors. Others are asked to log in, or told that there is no such page."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from tutor.accounts.instructors import is_instructor
from tutor.views.shared.answers import is_htmx, page, partials, see
from tutor.views.shared.choices import own_path

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

LOGGED_OUT = "You are logged out. Log in in another tab, then go on here: nothing on this page is lost."


def instructors_only(view: View[P]) -> View[P]:
    """Let instructors pass. Put it below `require_POST` and its like: a wrong method is 405 for everybody.

    Nobody logged in: a page leads to the login and back; a form that was sent is kept, and sent again after the login;
    a script gets 403 with what to do. Logged in without the right: 404, as for whatever isn't theirs.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _ask_to_log_in(request)
        if not is_instructor(request.user):
            raise Http404
        _prolong(request.session)
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")  # also what is no page, as a file
        return response

    return guarded


def author_of(request: HttpRequest) -> User:
    """Return the instructor who sent the request; only for views that let in nobody else."""
    return cast(User, request.user)


def next_of(request: HttpRequest) -> str:
    """Return the page of ours to go to after the login: as the form or the address says, else the Studio."""
    asked = request.POST.get("next") or request.GET.get("next")
    if not asked:
        return reverse("studio")
    path = own_path(request, asked)
    is_detour = urlsplit(path).path in (reverse("catalogue"), reverse("log_in"), reverse("log_out"))
    return reverse("studio") if is_detour else path


def login_address(path: str) -> str:
    """Return the address of the login that leads back to `path`."""
    return f"{reverse('log_in')}?{urlencode({'next': path})}"


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _page_before(request)
    login = login_address(back)
    if is_htmx(request):
        return partials(request, "studio/_logged_out.html", {"login": login}, status=403)
    if _is_script(request):
        told = {"error": LOGGED_OUT, "login": login}
        return JsonResponse(told, status=403, headers={"Cache-Control": "private, no-store"})
    if request.method != "POST" or not _can_be_kept(request):
        return see(login)
    context = {"form": None, "next": back, "kept": _kept_form(request), "wait": None, "back": login}
    return page(request, "studio/login.html", context, status=403, ask_broker=False)


def _kept_form(request: HttpRequest) -> dict[str, str]:
    """Return what was sent to a page of the Studio, as fields of the login's form: it can be sent again afterwards."""
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
    return {"kept_path": request.get_full_path(), "kept_fields": json.dumps(sent)}


def _can_be_kept(request: HttpRequest) -> bool:
    """Return whether a page may carry what was sent: no page carries a password, and none can carry a file."""
    return not request.FILES and not any("password" in name for name in request.POST)


def _page_before(request: HttpRequest) -> str:
    """Return the page that the form was on, if it was one of ours."""
    referrer = own_path(request, request.headers.get("Referer"))
    return reverse("studio") if referrer == reverse("catalogue") else referrer


def _is_script(request: HttpRequest) -> bool:
    """Return whether a script asks, which would take the login's page for an answer."""
    is_navigation = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return not is_navigation or not request.accepts("text/html") or request.content_type == "application/json"


def _prolong(session: SessionBase) -> None:
    """Have a session end a time after its last use, not after the login: stored once a day, or later if it can't be."""
    today, before = timezone.now().date().isoformat(), session.get("used_on")
    if before == today:
        return
    session["used_on"] = today
    try:
        session.save()
    except UpdateError:
        # A database that is busy or read-only keeps nobody from looking.
        session["used_on"] = before
        session.modified = False
