"""A learner's choices that the browser keeps in cookies: theme, predictions, picture or lanes."""

from django.http import HttpRequest, HttpResponse

from tutor.assessment.predictions import Mode
from tutor.learners import COOKIE_SECONDS

THEME_COOKIE = "theme"
THEMES = ("light", "dark")

PREDICT_COOKIE = "predict"

VIEW_COOKIE = "view"
VIEWS = ("picture", "lanes")


def theme_of(request: HttpRequest) -> str:
    """Return "light" or "dark", or "" to follow the system."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def prediction_mode(request: HttpRequest) -> Mode:
    """Return whether the learner predicts each step before it runs."""
    return "on" if request.COOKIES.get(PREDICT_COOKIE) == "1" else "off"


def view_of(request: HttpRequest) -> str:
    """Return "picture" or "lanes": the view that `?view=` names, else the one chosen last."""
    candidates = (request.GET.get("view", ""), request.COOKIES.get(VIEW_COOKIE, ""))
    return next((view for view in candidates if view in VIEWS), VIEWS[0])


def keep_view(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remember the view that `?view=` names. A GET may do so: it changes this browser's own display only."""
    if request.GET.get("view") in VIEWS:
        remember(request, response, VIEW_COOKIE, view_of(request))
    return response


def remember(request: HttpRequest, response: HttpResponse, cookie: str, choice: str) -> None:
    """Have the browser keep a choice; "" makes it forget."""
    if choice:
        is_secure = request.is_secure()
        response.set_cookie(cookie, choice, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=is_secure)
    else:
        response.delete_cookie(cookie, samesite="Lax")
