"""The choices that a browser keeps for a learner: theme, predictions, picture or lanes."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tutor.learners import COOKIE_SECONDS

THEMES = ("light", "dark")


THEME_COOKIE = "theme"


PREDICT_COOKIE = "predict"


VIEW_COOKIE = "view"


VIEWS = ("picture", "lanes")


def theme_of(request: HttpRequest) -> str:
    """Return "light" or "dark", or "" to follow the system."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def is_predicting(request: HttpRequest) -> bool:
    """Return whether the learner predicts each step before it runs."""
    return request.COOKIES.get(PREDICT_COOKIE) == "1"


def view_of(request: HttpRequest) -> str:
    """Return how the learner wants to see the messages: as the address says, else as it was chosen last."""
    asked = request.GET.get("view", "")
    kept = request.COOKIES.get(VIEW_COOKIE, "")
    return asked if asked in VIEWS else kept if kept in VIEWS else VIEWS[0]


def keep_view(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remember the choice that the address makes: it changes what this learner sees, and nothing else."""
    if request.GET.get("view") in VIEWS:
        remember(request, response, VIEW_COOKIE, view_of(request))
    return response


def remember(request: HttpRequest, response: HttpResponse, cookie: str, choice: str) -> None:
    """Have the browser keep what the learner chose; "" makes it forget."""
    if choice:
        is_secure = request.is_secure()
        response.set_cookie(cookie, choice, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=is_secure)
    else:
        response.delete_cookie(cookie, samesite="Lax")


def own_path(request: HttpRequest, url: str | None) -> str:
    """Return `url` if it leads to a page of ours, else the catalogue."""
    is_ours = bool(url) and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and is_ours else reverse("catalogue")
