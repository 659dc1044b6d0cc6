"""How views answer: whole pages, partials for htmx, redirects."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tutor.broker import glance
from tutor.broker.probe import BrokerStatus
from tutor.views.shared.choices import theme_of
from tutor.views.shared.parameters import own_path

LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer to htmx, before compression: what a slow connection or a phone can take at each click."""

LARGEST_WHOLE_PAGE = 512 * 1024
"""Bytes of a page above which its long texts are cut."""


def is_htmx(request: HttpRequest) -> bool:
    """Return whether htmx sent the request and wants partials; to restore its history it wants a whole page."""
    return "HTTP_HX_REQUEST" in request.META and "HTTP_HX_HISTORY_RESTORE_REQUEST" not in request.META


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a whole page, with the state of the broker as it is now."""
    return _page(request, template, context, status, glance.current())


def page_without_ping(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a whole page that runs no command: with the broker's state as last known, so that it need not wait."""
    return _page(request, template, context, status, glance.last_known())


def page_without_server(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a whole page that does not show the server's state: it is never asked."""
    return _page(request, template, context, status, None)


def _page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int, broker: BrokerStatus | None
) -> HttpResponse:
    everything = {"broker": broker, "theme": theme_of(request), "notice": None, **context}
    whole = render(request, template, everything, status=status)
    if len(whole.content) > LARGEST_WHOLE_PAGE:
        whole = render(request, template, everything, status=status, using="brief")
    return personal(whole)


def partials(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    brief: Callable[[], Mapping[str, Any]] = dict,
    page_url: str = "",
) -> HttpResponse:
    """Render the answer to htmx: a list of <hx-partial>.

    An answer of more than LARGEST_ANSWER bytes is rendered again with long texts cut; `brief` returns what has to be
    made anew for it. If it is too large even so, the browser is sent to the page that shows the same, `page_url`, by
    default the page of the click.
    """
    own = {"notice": None, "request": request, "csrf_input": SimpleLazyObject(lambda: csrf_field(form_token(request)))}
    whole = HttpResponse(unquoted(get_template(template).render({**own, **context})), status=status)
    if len(whole.content) <= LARGEST_ANSWER:
        return personal(whole)
    shortened = get_template(template, using="brief").render({**own, **context, **brief()})
    answer = HttpResponse(shortened, status=status)
    if len(answer.content) > LARGEST_ANSWER:
        url = page_url or own_path(request, request.headers.get("Referer"))
        answer = HttpResponse(headers={"HX-Redirect": url})
    return personal(answer)


def unquoted(html: str) -> str:
    """Write apostrophes as they are: all attributes with values of our own have double quotes (a test holds it)."""
    return html.replace("&#39;", "'")


def personal(response: HttpResponse) -> HttpResponse:
    """Keep caches from giving one learner's page to another, or an answer to htmx as a page."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, HX-Request, HX-History-Restore-Request"
    return response


def see(url: str) -> HttpResponse:
    """Redirect a plain form to the page that shows the result, so that reloading does not send the form again."""
    return HttpResponseRedirect(url, status=303)


def csrf_field(token: str) -> SafeString:
    """Return the hidden field with that token for the forms of an answer."""
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


def form_token(request: HttpRequest) -> str:
    """Return the token for the forms of an answer; a form that was posted gets its own one back.

    Django masks the token anew in every answer, against attackers who can make a browser send requests and see the
    length of the answers (BREACH, https://www.breachattack.com). An attacker who can make it post already has the token
    and need not guess, and a new mask takes as long as rendering a template.
    """
    return request.POST.get("csrfmiddlewaretoken") or get_token(request)
