"""A learner's choices that the browser keeps in cookies: theme, predictions, picture or lanes."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from tutor.assessment.predictions import Mode
from tutor.site import cookies

THEMES = ("light", "dark")
_MODES: Mapping[str, Mode] = {"1": "on", "3": "some"}
VIEWS = ("picture", "lanes")


def theme_of(request: HttpRequest) -> str:
    """Return "light" or "dark", or "" to follow the system."""
    theme = cookies.sent(request, cookies.THEME)
    return theme if theme in THEMES else ""


def prediction_mode(request: HttpRequest) -> Mode:
    """Return whether the learner predicts steps before they run: each one, one in three, or none."""
    return _MODES.get(cookies.sent(request, cookies.PREDICT), "off")


def remember_mode(response: HttpResponse, chosen: str) -> None:
    """Have the browser keep how often the learner predicts: "1", "3" for one step in three, or else never."""
    remember(response, cookies.PREDICT, chosen if chosen in _MODES else "")


def view_of(request: HttpRequest) -> str:
    """Return "picture" or "lanes": the view that `?view=` names, else the one chosen last."""
    candidates = (request.GET.get("view", ""), cookies.sent(request, cookies.VIEW))
    return next((view for view in candidates if view in VIEWS), VIEWS[0])


def is_toured(request: HttpRequest) -> bool:
    """Return whether the learner has dismissed the tour."""
    return bool(cookies.sent(request, cookies.TOUR))


def keep_view(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remember the view that `?view=` names. A GET may do so: it changes this browser's own display only."""
    if request.GET.get("view") in VIEWS:
        remember(response, cookies.VIEW, view_of(request))
    return response


def remember(response: HttpResponse, cookie: str, choice: str) -> None:
    """Have the browser keep a choice; "" makes it forget."""
    if choice:
        response.set_cookie(cookies.full_name(cookie), choice, **cookies.attributes(cookie))
    else:
        response.delete_cookie(cookies.full_name(cookie), samesite="Lax")
