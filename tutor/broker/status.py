"""The server's status as last seen by this process, so that pages and clicks need not probe the server."""

import logging
import time
from dataclasses import dataclass, replace
from math import inf
from threading import Lock

from tutor.broker import probe
from tutor.broker.connection import forget_client
from tutor.broker.probe import AWAY, BrokerStatus
from tutor.findings import log_once

log = logging.getLogger(__name__)

UP_SECONDS = 5.0
"""How long a page relies on the server being up."""

AWAY_SECONDS = 1.0
"""How long a page relies on the server being away, or refusing steps."""


@dataclass(frozen=True, slots=True)
class _LastSeen:
    """The server's status at a time of the monotonic clock."""

    at: float
    status: BrokerStatus

    def is_older_than(self, max_age: float) -> bool:
        return time.monotonic() - self.at > (max_age if self.status.takes_steps else min(max_age, AWAY_SECONDS))


# Not a TTLCache: a status too old for a page is still the answer of `last_known`, and of every page drawn while
# another thread probes the server. Its lifetime depends on the status and on the caller.
_status: _LastSeen | None = None

_asking = Lock()


def known() -> BrokerStatus | None:
    """Return the last status, None if there is none; sends nothing."""
    seen = _status
    return seen.status if seen else None


def is_stale() -> bool:
    """Return whether a page should have the server probed, which no other thread does."""
    seen = _status
    return seen is None or (seen.is_older_than(UP_SECONDS) and not _asking.locked())


def current(*, max_age: float = UP_SECONDS) -> BrokerStatus:
    """Return the status of at most `max_age` seconds ago, or an older one while another thread probes the server."""
    known = _status
    if known is None:
        return _asked()
    return _asked() if known.is_older_than(max_age) and not _asking.locked() else known.status


def last_known() -> BrokerStatus:
    """Return the last status; probe the server only if there is none."""
    known = _status
    return known.status if known else _asked()


def was_there() -> bool:
    """Return whether the server answered the last probe, True if there was none; sends nothing."""
    known = _status
    return known is None or known.status.is_up


def is_there() -> bool:
    """Return whether the server answers; probe it only if it did not the last time, and no other thread does."""
    return was_there() or (not _asking.locked() and _asked().is_up)


def note_fault() -> None:
    """Record that the server does not answer, so that other threads do not wait for it."""
    global _status
    forget_client()
    known = _status
    _status = _LastSeen(time.monotonic(), replace(known.status if known else AWAY, is_up=False))


def note_answer() -> None:
    """Record that the server answers; after an outage it is probed again, since it may have been replaced."""
    global _status
    if not was_there():
        _status = None


def note_refusal() -> None:
    """Record that the server refused a step, so that the next page or health check probes it again."""
    global _status
    known = _status
    if known and known.status.takes_steps:
        _status = replace(known, at=-inf)


def _asked() -> BrokerStatus:
    global _status
    began = time.monotonic()
    with _asking:
        # Reuse the result of a probe that finished while this thread waited.
        known = _status
        if known is None or known.at < began:
            answer = probe.ask()
            known = _status = _LastSeen(time.monotonic(), answer)
            for finding in answer.findings:
                log_once(log, f"Steps can't be taken: {finding.detail} {finding.cure}")
        return known.status
