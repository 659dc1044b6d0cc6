"""The places of a process for requests that use a server or the disk; pages that use neither need none.

Without them, forty visitors who wait for a hung database would take every thread, also those for pages that need no
database. A request takes its place at its first use and keeps it to its end, so that one in a transaction, for which
others wait, never needs another place.
"""

from threading import BoundedSemaphore, Lock

from tutor.waiting.budget import REQUEST_SECONDS, Budget, Wait, current

THREADS = 64
"""Threads of a process that serves pages: enough for every place, every request in the queue, and 16 pages more."""

PLACES = 16
"""Requests of a process that may use servers at the same time, each with its own database connection."""

MOST_QUEUED = 32
"""Requests of a process that may wait for a place; with the places, a class of 40 fits that presses at once."""


class TooBusy(Exception):
    """The request got no place: others wait for a server that is slow or hung. Nothing was done."""


_free = BoundedSemaphore(PLACES)
_lock = Lock()
_queued = 0


def take() -> None:
    """Take a place for this thread's request, if it has none; a command or a background thread needs none.

    Raises: TooBusy if the queue is full, or the request's time is over.
    """
    budget = current()
    if budget is None or budget.has_place:
        return
    if not _free.acquire(blocking=False):
        _queue()
    budget.has_place = True
    budget.then.insert(0, lambda: _leave(budget))  # the last of all, after the connection has been given back


def _queue() -> None:
    """Wait for a place. Raises: TooBusy."""
    global _queued
    with _lock:
        if _queued >= MOST_QUEUED:
            raise TooBusy("Too many requests wait for the database or for Redis.")
        _queued += 1
    try:
        with Wait(REQUEST_SECONDS) as seconds:
            if not _free.acquire(timeout=seconds):
                raise TooBusy("Other requests kept the database or Redis busy for too long.")
    finally:
        with _lock:
            _queued -= 1


def _leave(budget: Budget) -> None:
    budget.has_place = False
    _free.release()
