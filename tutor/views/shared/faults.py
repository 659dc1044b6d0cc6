"""Turning faults into answers: one table gives the status and the notice of each kind, one middleware answers."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.db import Error as DatabaseFault
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import get_template

from tutor.assessment.predictions import NoSuchPrediction, UnreadableGuess
from tutor.assessment.questions import NoSuchQuestion
from tutor.assessment.quizzes import AttemptOutOfOrder, NotAnsweredYet
from tutor.assessment.sittings import NoSuchSitting, NothingToAsk, SittingOutOfOrder
from tutor.engine.asking.proof import NotProvable
from tutor.engine.errors import BrokerAway, BrokerLacks, StepFault, StepOutOfOrder
from tutor.library import NoSuchLesson
from tutor.live.rooms import LONGEST, MOST_A_SECOND, TooFast, UnsayableMessage
from tutor.runs import LessonGone, NoSuchRun
from tutor.series import OutOfOrder
from tutor.studio.drafts import CannotBeKept, NoSuchDraft
from tutor.views.shared.answers import is_htmx, page, partials, personal
from tutor.views.shared.choices import theme_of
from tutor.views.shared.parameters import own_path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a sentence or two that say why something can't be done now.

    `can_retry`: pressing the same button again may help. `url`: the page to go on with, "" if it is this one.
    """

    title: str
    text: str
    can_retry: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a kind of fault is answered; `gives_reason`: the fault's own sentence goes before the notice's text."""

    status: int
    notice: Notice
    gives_reason: bool = False

    def notice_for(self, fault: Exception) -> Notice:
        """Return the notice for one such fault."""
        if not self.gives_reason:
            return self.notice
        reason = str(fault)
        sentence = f"{reason[:1].upper()}{reason[1:].removesuffix('.')}."
        return replace(self.notice, text=f"{sentence} {self.notice.text}".rstrip())


MISSING = (NoSuchRun, NoSuchSitting, NoSuchLesson, NoSuchQuestion, NoSuchDraft, NoSuchPrediction)
"""Faults answered as a missing page, so that strangers can't detect pages that are not theirs."""

# Subclasses come before their base classes: the first kind that fits a fault is used.
FAULTS: Mapping[type[Exception], Fault] = {
    BrokerAway: Fault(
        503,
        Notice(
            "The Redis server does not answer.",
            "Nothing was run, and your place is kept. Press the button again in a moment.",
            can_retry=True,
        ),
    ),
    BrokerLacks: Fault(
        503,
        Notice("This lesson can't run on this Redis server.", "Nothing was run, and your place is kept."),
        gives_reason=True,
    ),
    StepFault: Fault(
        409,
        Notice(
            "This step can't be run.",
            "Nothing was recorded, and your place is kept. The author of the lesson has to fix this.",
        ),
        gives_reason=True,
    ),
    DatabaseFault: Fault(
        503,
        Notice(
            "The database is busy or not available.",
            "Nothing is lost: your place is kept. Press the button again, or reload the page, in a moment.",
            can_retry=True,
        ),
    ),
    LessonGone: Fault(
        409,
        Notice(
            "This lesson is no longer offered.",
            "Your run is kept, and you can look at every step, but you can't start over.",
        ),
    ),
    UnreadableGuess: Fault(
        422,
        Notice(
            "Type your prediction first.",
            "A list looks like ['a', 'b'], an empty list like []. If you have no idea, skip this one.",
        ),
    ),
    UnsayableMessage: Fault(
        422,
        Notice("This message can't be published.", f"A message needs 1 to {LONGEST} visible characters."),
    ),
    TooFast: Fault(
        429,
        Notice(
            "Too many messages at once.",
            f"You can publish {MOST_A_SECOND} messages a second. Press the button again.",
            can_retry=True,
        ),
    ),
    StepOutOfOrder: Fault(
        409,
        Notice(
            "This page is not at your latest step.",
            "You continued this run elsewhere, or the address is wrong. Reload the page to go on from there.",
        ),
    ),
    AttemptOutOfOrder: Fault(
        409,
        Notice(
            "This page is out of date.", "You answered this question elsewhere. Reload the page to go on from there."
        ),
    ),
    NotAnsweredYet: Fault(
        409,
        Notice("Answer the question first.", "Then you can see more."),
    ),
    SittingOutOfOrder: Fault(
        409,
        Notice("This page is out of date.", "You have begun another test since. Reload the page to go on from there."),
    ),
    OutOfOrder: Fault(
        409,
        Notice("This page is out of date.", "You have gone on elsewhere. Reload the page to go on from there."),
    ),
    NothingToAsk: Fault(
        409,
        Notice(
            "There is no test for this lesson yet.",
            "It has no questions, and none can be made from its steps.",
        ),
    ),
    NotProvable: Fault(
        409,
        Notice(
            "This proof can't be run.",
            "It does not match the steps of the lesson. The author of the lesson has to fix this.",
        ),
    ),
    # Only instructors cause this fault, and its sentence has the exact reason.
    CannotBeKept: Fault(409, Notice("Nothing was changed.", ""), gives_reason=True),
}


def answer_for(fault: Exception, table: Mapping[type[Exception], Fault] = FAULTS) -> Fault | None:
    """Return the first entry of a table whose kind fits the fault, None if there is none."""
    return next((answer for kind, answer in table.items() if isinstance(fault, kind)), None)


class FaultMiddleware:
    """Answer the faults that views raise; any other exception goes on to Django's 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding:
            # Our forms are UTF-8. Django would decode them by the charset that the request's Content-Type names.
            request.encoding = "utf-8"
        response = self._get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response.content = get_template("400.html").render({"theme": theme_of(request)})
        return response

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Return the answer to an expected fault, None for any other."""
        if isinstance(fault, MISSING):
            return page_not_found(request, Http404())
        answer = answer_for(fault)
        if answer is None:
            return None
        if answer.status >= 500:
            log.warning("%s %s: %s: %s", request.method, request.path, type(fault).__name__, fault)
        return _answer(request, answer.status, answer.notice_for(fault))


def _answer(request: HttpRequest, status: int, notice: Notice) -> HttpResponse:
    if is_htmx(request):
        return partials(request, "runs/_trouble.html", {"notice": notice}, status=status)
    back = _page_before(request)
    posted = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    # A form with a password is not offered again: no page carries a password.
    can_resend = notice.can_retry and request.method == "POST" and not any("password" in name for name in posted)
    context = {"notice": notice, "back": back, "again": {**posted, "back": back} if can_resend else None}
    return page(request, "trouble.html", context, status=status)


def _page_before(request: HttpRequest) -> str:
    """Return the page that the form was on; a form sent again from a fault's page carries it as a field."""
    referrer = request.headers.get("Referer", "")
    return own_path(request, request.POST.get("back") if urlsplit(referrer).path == request.path else referrer)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404, with the same body for everything that is missing."""
    return personal(render(request, "404.html", {"theme": theme_of(request)}, status=404))
