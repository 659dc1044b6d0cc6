"""Turning faults into answers: one table gives the status and the notice of each kind, one middleware answers."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.db import Error as DatabaseFault
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template

from tutor.apart.limits import WorkBusy, WorkStopped
from tutor.assessment.predictions import NoSuchPrediction, UnreadableGuess
from tutor.assessment.questions import NoSuchQuestion
from tutor.assessment.quizzes import AttemptOutOfOrder, NotAnsweredYet
from tutor.assessment.sessions import NoSuchSession, SessionNotRun
from tutor.assessment.sittings import NoSuchSitting, NothingToAsk, SittingOutOfOrder
from tutor.engine.asking.scenarios import NotProvable
from tutor.engine.errors import BrokerAway, BrokerLacks, StepFault, StepOutOfOrder
from tutor.engine.lesson.questions.patterns import PatternGaveUp
from tutor.learners import known_learner
from tutor.library import NoSuchLesson
from tutor.live.rooms import LONGEST, UnsayableMessage
from tutor.quotas.limiter import TooMany
from tutor.runs import LessonGone, NoSuchRun
from tutor.series import OutOfOrder
from tutor.shown_results import NoSuchResult, NotFinished
from tutor.site import cookies
from tutor.storage import StorageFull
from tutor.studio.drafts import CannotBeKept, NoSuchDraft
from tutor.views.shared.answers import is_htmx, page_without_ping, partials, personal
from tutor.views.shared.choices import theme_of
from tutor.views.shared.parameters import own_path
from tutor.waiting.places import TooBusy

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a sentence or two that say why something can't be done now.

    `can_retry`: pressing the same button again may help. `url`: the page to go on with, "" if it is this one; `link`:
    the words that lead there.
    """

    title: str
    text: str
    can_retry: bool = False
    url: str = ""
    link: str = "Go there"


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


RETRY_SECONDS = 2
"""Seconds after which a server that was away may be back; each 503 names them."""

MISSING = (
    NoSuchRun,
    NoSuchSitting,
    NoSuchLesson,
    NoSuchQuestion,
    NoSuchDraft,
    NoSuchPrediction,
    NoSuchSession,
    NoSuchResult,
)
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
    TooBusy: Fault(
        503,
        Notice(
            "The site is very busy right now.",
            "It waits for the database or for Redis. Nothing is lost: your place is kept. Press the button again, or"
            " reload the page, in a moment.",
            can_retry=True,
        ),
    ),
    DatabaseFault: Fault(
        503,
        Notice(
            "The database is busy or not available.",
            "Nothing is lost: your place is kept. Press the button again, or reload the page, in a moment.",
            can_retry=True,
        ),
    ),
    WorkBusy: Fault(503, Notice("This takes a moment longer.", "", can_retry=True), gives_reason=True),
    WorkStopped: Fault(
        503,
        Notice("This was stopped.", "Nothing was recorded, and your place is kept.", can_retry=True),
        gives_reason=True,
    ),
    PatternGaveUp: Fault(
        409,
        Notice(
            "This answer can't be marked.",
            "It was not recorded, and it is no wrong answer. The author of the lesson has to fix this.",
        ),
        gives_reason=True,
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
    TooMany: Fault(
        429,
        Notice("Too many requests.", "Nothing was done, and your place is kept.", can_retry=True),
        gives_reason=True,
    ),
    StorageFull: Fault(
        409,
        Notice(
            "Your storage is full.",
            "You can still look at all results and finish what you have begun. To begin anew, ask the people who run"
            " this site for more room.",
        ),
        gives_reason=True,
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
    NotFinished: Fault(
        409,
        Notice("There is nothing to show yet.", "Run all steps of the lesson first."),
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
    SessionNotRun: Fault(
        409,
        Notice("This session can't be run.", "The author of the lesson has to fix this."),
        gives_reason=True,
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
        return answer_to(request, fault)


def answer_to(request: HttpRequest, fault: Exception) -> HttpResponse | None:
    """Return the answer to an expected fault, None for any other."""
    if isinstance(fault, MISSING):
        is_lost = request.method == "POST" and is_htmx(request) and known_learner(request) is None
        return _answer(request, 404, LOST_COOKIE) if is_lost else page_not_found(request, Http404())
    answer = answer_for(fault)
    if answer is None:
        return None
    if answer.status >= 500:
        log.warning("%s %s: %s: %s", request.method, request.path, type(fault).__name__, fault)
    response = _answer(request, answer.status, answer.notice_for(fault))
    if isinstance(fault, TooMany):
        response.headers["Retry-After"] = str(fault.seconds)
    return response


def _answer(request: HttpRequest, status: int, notice: Notice) -> HttpResponse:
    response = _notice_or_page(request, status, notice)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _notice_or_page(request: HttpRequest, status: int, notice: Notice) -> HttpResponse:
    if is_htmx(request):
        return partials(request, "runs/_trouble.html", {"notice": notice}, status=status)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"error": f"{notice.title} {notice.text}"}, status=status)
    back = _page_before(request)
    posted = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    # A form with a password is not offered again: no page carries a password.
    can_resend = notice.can_retry and request.method == "POST" and not any("password" in name for name in posted)
    context = {"notice": notice, "back": back, "again": {**posted, "back": back} if can_resend else None}
    # Without a probe of Redis: the request may have waited for as long as it can.
    return page_without_ping(request, "trouble.html", context, status=status)


def _page_before(request: HttpRequest) -> str:
    """Return the page that the form was on; a form sent again from a fault's page carries it as a field."""
    referrer = request.headers.get("Referer", "")
    return own_path(request, request.POST.get("back") if urlsplit(referrer).path == request.path else referrer)


def too_busy(request: HttpRequest) -> HttpResponse:
    """Answer for a thread that is stuck; its request's form is not read, and can't be offered again."""
    fault = FAULTS[TooBusy]
    return _answer(request, fault.status, replace(fault.notice, can_retry=False))


NO_COOKIES = Notice(
    "Your browser does not keep cookies for this site, so nothing was run.",
    "A cookie is how the site finds your place again. Allow cookies for this site in your browser's settings, then"
    " reload this page. What you did before they were blocked is there again.",
)
"""A form came without the cookies that its page had set."""

LOST_COOKIE = Notice(
    "Your browser no longer has the cookie of this site, so your run can't be found.",
    "It was deleted, or blocked since. Allow cookies for this site, then reload this page to begin the lesson anew.",
)

OUTDATED = Notice("This page was open for too long.", "Nothing was run. Reload it, then press the button again.")


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 403 for a form whose token does not fit its cookie, or that came without one."""
    notice = OUTDATED if cookies.sent(request, cookies.CSRF) else NO_COOKIES
    if is_htmx(request):
        return partials(request, "runs/_trouble.html", {"notice": notice}, status=403)
    return personal(render(request, "403_csrf.html", {"theme": theme_of(request), "notice": notice}, status=403))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404, with the same body for everything that is missing."""
    return personal(render(request, "404.html", {"theme": theme_of(request)}, status=404))
