"""How views answer: whole pages, partials for htmx, redirects."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html

from tutor.broker import status as broker_status
from tutor.broker.probe import BrokerStatus
from tutor.views.shared.choices import theme_of


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx sent the request and wants partials; to restore its history it wants a whole page."""
    return "HTTP_HX_REQUEST" in request.META and "HTTP_HX_HISTORY_RESTORE_REQUEST" not in request.META


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a whole page, with the state of the broker as it is now."""
    return _page(request, template, context, status, broker_status.current())


def page_without_ping(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a whole page that runs no command: with the broker's state as last known, so that it need not wait."""
    return _page(request, template, context, status, broker_status.last_known())


def _page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int, broker: BrokerStatus
) -> HttpResponse:
    on_every_page = {"broker": broker, "theme": theme_of(request), "notice": None}
    return personal(render(request, template, {**on_every_page, **context}, status=status))


def partials(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render the answer to htmx: a list of <hx-partial>."""
    own = {"notice": None, "request": request, "csrf_input": SimpleLazyObject(lambda: _csrf_input(request))}
    return personal(HttpResponse(get_template(template).render({**own, **context}), status=status))


def personal(response: HttpResponse) -> HttpResponse:
    """Keep caches from giving one learner's page to another, or an answer to htmx as a page."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, HX-Request, HX-History-Restore-Request"
    return response


def see(url: str) -> HttpResponse:
    """Redirect a plain form to the page that shows the result, so that reloading does not send the form again."""
    return HttpResponseRedirect(url, status=303)


def _csrf_input(request: HttpRequest) -> str:
    """Return the hidden field for the forms of an answer; a form that was posted gets its own token back.

    Django masks the token anew in every answer, against attackers who can make a browser send requests and see the
    length of the answers (BREACH, https://www.breachattack.com). An attacker who can make it post already has the token
    and need not guess, and a new mask takes as long as rendering a template.
    """
    token = request.POST.get("csrfmiddlewaretoken") or get_token(request)
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)
