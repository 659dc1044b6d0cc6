"""The outermost wrapper of the WSGI application: each request has a budget, and its turn to compute."""

from collections.abc import Callable, Iterable
from typing import Any

from tutor.waiting import budget
from tutor.waiting.lane import lane

BUDGET = "tutor.budget"
"""The budget in an ASGI request's scope, which a2wsgi passes on: the event loop watches it."""

Wsgi = Callable[[Any, Any], Iterable[bytes]]


def within_budget(application: Wsgi) -> Wsgi:
    """Return the application with a budget of waiting for each request, of which one computes at a time."""

    def bounded(environ: Any, start_response: Any) -> Iterable[bytes]:
        with lane.taken(), budget.request(environ.get("asgi.scope", {}).get(BUDGET)):
            return application(environ, start_response)

    return bounded
