"""The live page, on which the learner's browser is the subscriber."""

import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from textwrap import dedent

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from tutor.broker import glance
from tutor.learners import learner_of
from tutor.live import rooms
from tutor.live.attendance import channel_of
from tutor.live.hub import Hub
from tutor.live.rooms import hub, room_of
from tutor.prose import code_lines
from tutor.quotas.visitors import address_of, network_of
from tutor.views.shared.answers import is_htmx, page, partials, see
from tutor.views.shared.parameters import optional_number


@require_safe
def live_page(request: HttpRequest) -> HttpResponse:
    """Show the page on which messages arrive; it begins empty, because Redis keeps none."""
    context = {
        "channel": channel_of(room_of(learner_of(request))),
        "published": None,
        "reached": optional_number(request.GET.get("reached")),
        "longest": rooms.LONGEST,
        "can_listen": not glance.current().is_imitation,
        "samples": _samples(),
    }
    return page(request, "live/live.html", context)


async def stream(request: HttpRequest) -> HttpResponseBase:
    """Send the learner's browser each message of the learner's room, until the connection closes."""
    room, network = room_of(learner_of(request)), network_of(address_of(request))
    # Refused now, because a stream that has begun can't change its status.
    await hub.require_place(room, network)

    async def events() -> AsyncIterator[str]:
        with hub.listening(room, network) as messages:
            async for event in messages:
                yield event

    return StreamingHttpResponse(events(), content_type="text/event-stream")


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish a message to the learner's own tabs."""
    published = rooms.publish(learner_of(request), request.POST.get("text", ""))
    if not is_htmx(request):
        return see(f"{reverse('live_page')}?reached={published.receivers}")
    return partials(
        request, "live/_answer.html", {"published": published, "channel": published.channel, "reached": None}
    )


def no_stream(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Answer 501 under WSGI, which can't stream; under ASGI, asgi.py routes this address to `stream`."""
    return HttpResponse("This server can't keep a stream open.", status=501, content_type="text/plain")


@dataclass(frozen=True, slots=True)
class CodeSample:
    """A part of this program's own source, as the page shows it."""

    title: str
    about: str
    lines: tuple[Markup, ...]


@cache
def _samples() -> tuple[CodeSample, ...]:
    """Return the source of the view and of the subscriber behind it, read from the running program."""
    parts = (
        (
            "The view",
            "Its answer never ends. While no message arrives, it needs no thread, only a place in the event loop.",
            stream,
        ),
        ("A place to listen", "Closing the tab ends the block, wherever it waits, and frees the place.", Hub.listening),
        (
            "The subscriber",
            "One for all tabs of this process. It runs beside the views, which therefore never wait.",
            Hub.listen,
        ),
        (
            "Its connection",
            "The only one that subscribes, however many tabs there are. Each new tab adds its channel to it.",
            Hub.subscription,
        ),
        (
            "Passing on",
            "Each tab gets a copy in a queue of its own, so that a slow tab does not delay the others.",
            Hub.pass_on,
        ),
    )
    return tuple(
        CodeSample(title, about, code_lines(dedent(inspect.getsource(part)), "python")) for title, about, part in parts
    )
