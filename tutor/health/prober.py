"""Running one check in a thread of its own, so that a part that hangs holds up one thread and no answer."""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Condition, Thread

from tutor.findings import Finding

log = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
"""How long a result is used again, however many monitors ask."""

Trying = Callable[[], Sequence[Finding]]


class Prober:
    """Runs a check once at a time, whoever asks, and keeps its result for a second."""

    def __init__(self, check: Trying, *, silent: Finding) -> None:
        """`silent`: the result while the check does not end."""
        self._check = check
        self._silent = silent
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_running = False
        self._began_at = self._ended_at = float("-inf")
        self._result: tuple[Finding, ...] = ()

    def begin(self) -> None:
        """Start the check unless it runs or its result is fresh."""
        with self._changed:
            if self._is_running or time.monotonic() - self._ended_at < FRESH_SECONDS:
                return
            self._is_running, self._began_at = True, time.monotonic()
            if self._thread is None or not self._thread.is_alive():
                # A daemon, because a thread that hangs in the kernel must not keep the process from ending.
                self._thread = Thread(target=self._run, name="health", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def result(self, seconds: float) -> tuple[Finding, ...]:
        """Return the findings of the check, `silent` if it takes longer than that from its beginning on."""
        self.begin()
        with self._changed:
            left = self._began_at + seconds - time.monotonic()
            has_ended = self._changed.wait_for(lambda: not self._is_running, timeout=max(left, 0))
            return self._result if has_ended else (self._silent,)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_running)
            try:
                found = tuple(self._check())
            except Exception:  # the thread must live on, and a check that fails finds something
                log.exception("a health check failed")
                found = (self._silent,)
            with self._changed:
                self._result, self._ended_at, self._is_running = found, time.monotonic(), False
                self._changed.notify_all()
