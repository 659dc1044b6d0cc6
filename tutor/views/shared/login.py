"""The login page, the page after it, and forms that were sent without a login and can be sent again."""

import json
from collections.abc import Mapping
from math import ceil
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from tutor.views.shared.answers import is_htmx, page_without_ping, partials, see
from tutor.views.shared.parameters import own_path

KEPT_PATH, KEPT_FIELDS = "kept_path", "kept_fields"
"""The login form's fields that hold a form to be sent again: its address, and its fields as JSON pairs."""

LOGGED_OUT = "You are logged out. Log in in another tab, then continue here: nothing on this page is lost."


def login_page(
    request: HttpRequest, context: Mapping[str, Any], *, kept: Mapping[str, str], status: int
) -> HttpResponse:
    """Render the login; `context` holds the form that was refused and the minutes to wait, `kept` a form to keep."""
    fields = {"next": page_after_login(request), "kept": kept}
    return page_without_ping(request, "studio/login.html", {**fields, **context}, status=status)


def page_after_login(request: HttpRequest) -> str:
    """Return the page that the form or the address asks for, else the Studio."""
    asked = request.POST.get("next") or request.GET.get("next")
    if not asked:
        return reverse("studio")
    path = own_path(request, asked)
    is_detour = urlsplit(path).path in (reverse("catalogue"), reverse("log_in"), reverse("log_out"))
    return reverse("studio") if is_detour else path


def minutes(seconds: int | None) -> int | None:
    """Return a waiting time in whole minutes, rounded up."""
    return ceil(seconds / 60) if seconds else None


def ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Answer a request to the Studio that came without a login."""
    is_read = request.method in ("GET", "HEAD")
    back = request.get_full_path() if is_read else _page_before(request)
    login = f"{reverse('log_in')}?{urlencode({'next': back})}"
    if is_htmx(request):
        return partials(request, "studio/_logged_out.html", {"login": login}, status=403)
    if _is_script(request):
        headers = {"Cache-Control": "private, no-store"}
        return JsonResponse({"error": LOGGED_OUT, "login": login}, status=403, headers=headers)
    if request.method != "POST" or not _can_be_kept(request):
        return see(login)
    context = {"form": None, "wait": None, "next": back, "back": login}
    return login_page(request, context, kept=_form_to_keep(request), status=403)


def kept_form(request: HttpRequest) -> dict[str, str]:
    """Return the fields of the login form that hold a form to be sent again; {} if there are none."""
    return {name: request.POST[name] for name in (KEPT_PATH, KEPT_FIELDS) if name in request.POST}


def kept_fields(request: HttpRequest) -> list[tuple[str, str]] | None:
    """Return the fields of the form to be sent again, None if there is no such form."""
    try:
        fields = json.loads(request.POST.get(KEPT_FIELDS, ""))
        return [(str(name), str(value)) for name, value in fields]
    except (ValueError, TypeError, RecursionError):
        return None


def _form_to_keep(request: HttpRequest) -> dict[str, str]:
    """Return the form that was sent to a page of the Studio, as fields of the login form."""
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
    return {KEPT_PATH: request.get_full_path(), KEPT_FIELDS: json.dumps(sent)}


def _can_be_kept(request: HttpRequest) -> bool:
    """Return whether a page may carry the form: none may carry a password, and none can carry a file."""
    return not request.FILES and not any("password" in name for name in request.POST)


def _page_before(request: HttpRequest) -> str:
    """Return the page that the form was on, if it is a page of this site."""
    referrer = own_path(request, request.headers.get("Referer"))
    return reverse("studio") if referrer == reverse("catalogue") else referrer


def _is_script(request: HttpRequest) -> bool:
    """Return whether a script sent the request: it would take the login page for its answer."""
    is_navigation = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return not is_navigation or not request.accepts("text/html") or request.content_type == "application/json"
