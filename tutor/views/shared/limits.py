"""Limits on requests: one table gives the kind of each view, one middleware refuses what is too much with 429."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from tutor.learners import learner_of
from tutor.quotas.kinds import RequestKind
from tutor.quotas.limiter import TooMany, limiter
from tutor.quotas.meter import Meter
from tutor.quotas.visitors import Sender, address_of, network_of
from tutor.views.shared.faults import answer_to

KINDS: Mapping[str, RequestKind] = {
    "start_run": "runs",
    "restart_run": "runs",
    "predict_first_step": "runs",
    "take_step": "steps",
    "predict_step": "steps",
    "start_sitting": "tests",
    "submit_answer": "answers",
    "ask_help": "answers",
    "give_reason": "answers",
    "answer_sitting": "answers",
    "finish_sitting": "answers",
    "prove_answer": "proofs",
    "run_session": "proofs",
    "make_result_link": "answers",
    "revoke_result_link": "answers",
    "publish": "messages",
    "set_predicting": "pages",
    "set_theme": "pages",
    "end_tour": "pages",
    "log_in": "pages",  # wrong passwords have a limit of their own (tutor/accounts/logins.py)
    "log_out": "pages",
    "change_password": "pages",
    "check_draft": "checks",
    "draft_preview": "checks",
    "draft_teeth": "checks",
    "begin_draft": "changes",
    "import_file": "changes",
    "take_in_file": "changes",
    "import_questions": "changes",
    "save_draft": "changes",
    "discard_changes": "changes",
    "rebase_changes": "changes",
    "withdraw_lesson": "changes",
    "remove_draft": "changes",
    "reopen_revision": "changes",
    "publish_revision": "changes",
}
"""The kind of each view that changes something or plays a lesson, by URL name. All other views only read: "pages"."""

FREE: Mapping[str, str] = {
    "health": "monitors ask often, and it stores nothing",
    "health_live": "as health",
    "health_ready": "as health",
    "stream": "no page: tutor/asgi.py counts streams, and under WSGI it is a constant answer",
}
"""URL names without a limit, with the reason."""

OF_ACCOUNTS: frozenset[RequestKind] = frozenset({"checks", "changes"})
"""Kinds that count the instructor's account, so that a new learner cookie changes nothing."""


class LimitMiddleware:
    """Refuse requests beyond the limits before their view runs, and charge the bytes that the others stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with Meter() as stored:
            response = self._get_response(request)
        if stored.bytes:
            limiter.charge_bytes(sender_of(request), stored.bytes)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Return the refusal of a request that is one too many, None for all others."""
        name = request.resolver_match.url_name if request.resolver_match else None
        if name is None or name in FREE:
            return None
        kind = KINDS.get(name, "pages")
        try:
            limiter.require(kind, _account_of(request) if kind in OF_ACCOUNTS else sender_of(request))
        except TooMany as many:
            return answer_to(request, many)
        return None


def sender_of(request: HttpRequest) -> Sender:
    """Return the learner and the network; a browser without a cookie is another learner each time."""
    known: Sender | None = getattr(request, "sender", None)
    if known is None or known.person != learner_of(request):
        known = request.sender = Sender(learner_of(request), network_of(address_of(request)))  # type: ignore[attr-defined]
    return known


def _account_of(request: HttpRequest) -> Sender:
    # An anonymous visitor is asked to log in.
    account = f"account {request.user.pk}" if request.user.is_authenticated else None
    return Sender(account, network_of(address_of(request)))
