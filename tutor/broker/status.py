"""Which server answers, as this process last saw it; pages and clicks ask here instead of asking the server."""

import time
from dataclasses import dataclass, replace
from threading import Lock

from tutor.broker import probe
from tutor.broker.connection import forget_client
from tutor.broker.probe import AWAY, BrokerStatus

UP_SECONDS = 5.0
"""For how long a page believes that the server is up."""

AWAY_SECONDS = 1.0
"""For how long a page believes that the server is away."""


@dataclass(frozen=True, slots=True)
class _LastSeen:
    """What the server was at a time of the monotonic clock."""

    at: float
    status: BrokerStatus

    def is_older_than(self, max_age: float) -> bool:
        return time.monotonic() - self.at > (max_age if self.status.is_up else min(max_age, AWAY_SECONDS))


# Not a TTLCache: a status that is too old for a page is still the answer of `last_known`, and of every page that is
# drawn while another thread asks the server. How long one counts depends on what it says, and on who asks.
_status: _LastSeen | None = None

_asking = Lock()


def current(*, max_age: float = UP_SECONDS) -> BrokerStatus:
    """Return which server answers, as it was at most `max_age` seconds ago, or longer while another thread asks it."""
    known = _status
    if known is None:
        return _asked()
    return _asked() if known.is_older_than(max_age) and not _asking.locked() else known.status


def last_known() -> BrokerStatus:
    """Return which server answered last; it is asked only if it never was."""
    known = _status
    return known.status if known else _asked()


def was_there() -> bool:
    """Return whether the server answered when last asked, true if it never was; sends nothing."""
    known = _status
    return known is None or known.status.is_up


def is_there() -> bool:
    """Return whether the server answers; it is asked only if it did not the last time."""
    return was_there() or _asked().is_up


def note_fault() -> None:
    """Record that the server does not answer, so that other threads need not wait to find out."""
    global _status
    forget_client()
    known = _status
    _status = _LastSeen(time.monotonic(), replace(known.status if known else AWAY, is_up=False))


def note_answer() -> None:
    """Record that the server answers; one that was away is asked anew what it is, since it may have been replaced."""
    global _status
    if not was_there():
        _status = None


def _asked() -> BrokerStatus:
    global _status
    began = time.monotonic()
    with _asking:
        # Reuse the result of a probe that finished while this thread waited.
        known = _status
        if known is None or known.at < began:
            answer = probe.ask()
            known = _status = _LastSeen(time.monotonic(), answer)
        return known.status
