"""Every fault as a status and a sentence, in this one place."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.db import Error as DatabaseFault
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import get_template

from tutor.assessment.predictions import UnreadableGuess
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
from tutor.views.shared.choices import own_path, theme_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence or two in the learner's way, and whether pressing the same button again can help.

    `url` is the page to go on with, "" if it is this one.
    """

    title: str
    text: str
    can_retry: bool = True
    url: str = ""


FAULTS: Mapping[type[Exception], tuple[int, Notice]] = {
    BrokerAway: (
        503,
        Notice(
            "The Redis server does not answer.",
            "Nothing was run, and your place is kept. Press the button again in a moment.",
        ),
    ),
    BrokerLacks: (
        503,
        Notice(
            "This lesson can't run on the server that answers.",
            "Nothing was run, and your place is kept.",
            can_retry=False,
        ),
    ),
    StepFault: (
        409,
        Notice(
            "This step can't be taken.",
            "Nothing was recorded, and your place is kept. The lesson's author has to look at that.",
            can_retry=False,
        ),
    ),
    DatabaseFault: (
        503,
        Notice(
            "The database is busy, or away.",
            "Nothing is lost: your place is kept. Press the button again, or reload the page, in a moment.",
        ),
    ),
    LessonGone: (
        409,
        Notice(
            "This lesson is no longer offered.",
            "What you did in it is kept, and you can look at every step, but it can't be started over.",
            can_retry=False,
        ),
    ),
    UnreadableGuess: (
        422,
        Notice(
            "Type what you expect first.",
            "A list looks like ['a', 'b'], an empty one like []. Nothing to say? Skip this one.",
            can_retry=False,
        ),
    ),
    UnsayableMessage: (
        422,
        Notice(
            "This message can't be published.",
            f"It takes 1 to {LONGEST} characters that can be seen.",
            can_retry=False,
        ),
    ),
    TooFast: (
        429,
        Notice(
            "That was faster than anybody reads.",
            f"You can publish {MOST_A_SECOND} messages in a second. Press the button again.",
        ),
    ),
    StepOutOfOrder: (
        409,
        Notice(
            "This page is not at your latest step.",
            "The run went on elsewhere, or the address is wrong. Reload the page to go on from where you are.",
            can_retry=False,
        ),
    ),
    AttemptOutOfOrder: (
        409,
        Notice(
            "This page is not up to date.",
            "You answered this question elsewhere. Reload the page to go on from there.",
            can_retry=False,
        ),
    ),
    NotAnsweredYet: (
        409,
        Notice("Not before you have tried.", "Answer the question first; then you can see more.", can_retry=False),
    ),
    SittingOutOfOrder: (
        409,
        Notice(
            "This page is not up to date.",
            "You began another test meanwhile. Reload the page to go on from there.",
            can_retry=False,
        ),
    ),
    OutOfOrder: (
        409,
        Notice(
            "This page is not up to date.",
            "Something was done elsewhere meanwhile. Reload the page to go on from there.",
            can_retry=False,
        ),
    ),
    NothingToAsk: (
        409,
        Notice(
            "There is no test for this lesson yet.",
            "It has no questions, and none can be made of its steps.",
            can_retry=False,
        ),
    ),
    NotProvable: (
        409,
        Notice(
            "This proof can't be run.",
            "What the lesson says about it does not fit its steps. Its author has to look at that.",
            can_retry=False,
        ),
    ),
}


class FaultMiddleware:
    """Turn what views raise into answers; strangers get 404 for existing and missing alike."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding:
            # Our forms are UTF-8. Django believes whoever names another encoding, even one that makes no text.
            request.encoding = "utf-8"
        response = self._get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response.content = get_template("400.html").render({"theme": theme_of(request)})
        return response

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Answer for the faults that are expected; any other goes on to Django's 500."""
        if isinstance(fault, NoSuchRun | NoSuchSitting | NoSuchLesson | NoSuchQuestion | NoSuchDraft):
            return page_not_found(request, Http404())
        if isinstance(fault, CannotBeKept):
            # Said to an instructor, who may know what exactly is wrong.
            return _trouble(request, 409, Notice("That was not done.", str(fault), can_retry=False))
        for kind, (status, notice) in FAULTS.items():
            if isinstance(fault, kind):
                if status >= 500:
                    log.warning("%s %s: %s: %s", request.method, request.path, type(fault).__name__, fault)
                return _trouble(request, status, _with_reason(notice, fault))
        return None


def _with_reason(notice: Notice, fault: Exception) -> Notice:
    """Return the notice; where faults of a kind have different reasons, with the one that this fault tells."""
    if not isinstance(fault, BrokerLacks | StepFault):
        return notice
    said = str(fault)
    return replace(notice, text=f"{said[:1].upper()}{said[1:].removesuffix('.')}. {notice.text}")


def _trouble(request: HttpRequest, status: int, notice: Notice) -> HttpResponse:
    if is_htmx(request):
        return partials(request, "runs/_trouble.html", {"notice": notice}, status=status)
    back = _way_back(request)
    posted = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    # A password is typed again: no page carries one.
    is_again = notice.can_retry and request.method == "POST" and not any("password" in name for name in posted)
    context = {"notice": notice, "back": back, "again": {**posted, "back": back} if is_again else None}
    return page(request, "trouble.html", context, status=status)


def _way_back(request: HttpRequest) -> str:
    """Return the page that the form was on; one that is sent again from a fault's page has it as a field."""
    referrer = request.headers.get("Referer", "")
    return own_path(request, request.POST.get("back") if urlsplit(referrer).path == request.path else referrer)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404 with the same body whatever was not found."""
    return personal(render(request, "404.html", {"theme": theme_of(request)}, status=404))
