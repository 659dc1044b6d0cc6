"""The seconds that one request may wait in all, however many servers, locks and queues it waits for in turn."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType

REQUEST_SECONDS = 2.5
"""Seconds that a request may wait in all, so that its answer is there within three."""


class Budget:
    """What is left of a request's seconds, and what has to be done when it ends.

    Only waiting is charged: a slow upload, or a lesson that takes seconds to check, leaves the budget alone. ASGI's
    event loop reads `has_begun` and `is_waiting` while a thread works on the request.
    """

    __slots__ = ("has_begun", "has_place", "is_waiting", "left", "then")

    def __init__(self, seconds: float = REQUEST_SECONDS) -> None:
        self.left = seconds
        self.has_begun = self.is_waiting = self.has_place = False
        self.then: list[Callable[[], None]] = []


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """Return the budget of the request that this thread works on, None for a command or a background thread."""
    return _budget.get()


def left(most: float) -> float:
    """Return how many seconds the next wait may take: `most`, or what the request has left."""
    budget = _budget.get()
    return most if budget is None else max(0.0, min(most, budget.left))


@contextmanager
def request(budget: Budget | None = None) -> Iterator[Budget]:
    """Work on a request, within its budget; afterwards do what has to be done at its end."""
    budget = budget or Budget()
    budget.has_begun = True
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        try:
            while budget.then:
                budget.then.pop()()
        finally:
            _budget.reset(token)


class Wait:
    """Measure a wait and charge the request for it: `with Wait(2.0) as seconds:` yields how long it may take."""

    # A class, because a generator's context manager takes twice as long, and a step waits a dozen times.
    __slots__ = ("_began", "_budget", "_most")

    def __init__(self, most: float) -> None:
        self._most = most

    def __enter__(self) -> float:
        budget = self._budget = _budget.get()
        if budget is None:
            return self._most
        if budget.is_waiting:
            # Part of a longer wait, which is charged as a whole.
            self._budget = None
            return max(0.0, min(self._most, budget.left))
        budget.is_waiting = True
        self._began = time.monotonic()
        return max(0.0, min(self._most, budget.left))

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        budget = self._budget
        if budget is not None:
            budget.left -= time.monotonic() - self._began
            budget.is_waiting = False
