"""How views answer: whole pages, htmx partials, and every fault as a status and a sentence, in this one place."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html

from tutor.broker import status as broker_status
from tutor.views.shared.choices import theme_of


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx asks, and partials are wanted rather than a page."""
    return "HTTP_HX_REQUEST" in request.META and "HTTP_HX_HISTORY_RESTORE_REQUEST" not in request.META


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200, ask_broker: bool = True
) -> HttpResponse:
    """Render a whole page: `context`, and what every page shows (the broker that answers, the theme)."""
    answering = broker_status.current() if ask_broker else broker_status.last_known()
    shared = {"broker": answering, "theme": theme_of(request), "notice": None}
    return personal(render(request, template, {**shared, **context}, status=status))


def partials(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render the answer to htmx: a list of <hx-partial>."""
    own = {"notice": None, "request": request, "csrf_input": SimpleLazyObject(lambda: _csrf_input(request))}
    return personal(HttpResponse(get_template(template).render({**own, **context}), status=status))


def personal(response: HttpResponse) -> HttpResponse:
    """Keep caches from handing one learner's page to another, and from showing htmx's answer as a page."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, HX-Request, HX-History-Restore-Request"
    return response


def _csrf_input(request: HttpRequest) -> str:
    """Return the hidden field for the forms of an answer; a form that was posted gets back the token it came with.

    A fresh mask keeps those who can make a browser ask, and see how long the answers are, from guessing the token
    (BREACH). Whoever can make it post holds the token already: nothing is left to guess, and one mask costs as much
    as a template.
    """
    token = request.POST.get("csrfmiddlewaretoken") or get_token(request)
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


def see(url: str) -> HttpResponse:
    """Send the browser of a plain form on to the page that shows what was done."""
    return HttpResponseRedirect(url, status=303)
