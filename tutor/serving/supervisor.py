"""The supervisor: it keeps a process in every seat until it is asked to end, and outlives all of them.

A process that is killed is replaced at once; if its successors are killed too, after pauses of up to half a second.
A worker that can't start ends the program if it is the first of its seat: a wrong setting would be wrong at the next
try as well, and systemd or a terminal shows the sentence best when the program ends. Once a worker of the seat has
started, the same failure is probably passing (a deployment half done, a disk that is full), so it is tried again,
after pauses that grow to ten seconds, while the others serve.

There are no threads here: a forked process would inherit the locks that they hold. So forks are safe, and they serve
within a third of a second, because they inherit the modules and templates that the supervisor has loaded.
"""

import logging
import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain

from tutor.serving.seat import Occupant, Seat
from tutor.serving.stop_signals import StopSignals

STOP_SECONDS = 3.5
"""How long a worker has for the requests that it has begun: each ends within 3 seconds. Streams never end."""

IDLE_SECONDS = 5.0
"""Longest wait between two looks at the seats."""

log = logging.getLogger(__name__)


class Supervisor:
    """Keeps the seats filled."""

    def __init__(self, seats: Sequence[Seat], *, renewed: Sequence[Seat]) -> None:
        self._seats = seats
        self._renewed = renewed
        self._to_renew: deque[Seat] = deque()
        self._retired: list[tuple[Occupant, float]] = []
        self._signals = StopSignals()

    def run(self, announce: Callable[[], None]) -> None:
        """Serve until the program is asked to end; announce once when all seats are ready. Raises: CannotStart."""
        is_announced = False
        if sys.platform == "linux":
            # Python 3.14 would choose forkserver, with which granian starts each worker as a new interpreter.
            multiprocessing.set_start_method("fork", force=True)
        with self._signals.received():
            try:
                while not self._signals.ends:
                    for seat in self._seats:
                        seat.look_after()
                    if not is_announced and all(seat.is_ready for seat in self._seats):
                        is_announced = True
                        announce()
                    self._renew_in_turn()
                    self._end_retired()
                    self._signals.wait(list(chain.from_iterable(each.wakers for each in self._seats)), self._pause())
            finally:
                self._end_all()

    def _pause(self) -> float:
        """Return for how many seconds nothing has to be done unless something happens."""
        moments = [seat.due for seat in self._seats] + [end for _, end in self._retired]
        return min([IDLE_SECONDS, *(each - time.monotonic() for each in moments if each is not None)])

    def _renew_in_turn(self) -> None:
        """After SIGHUP, replace the workers one after the other, each when its successor accepts connections."""
        if self._signals.is_to_renew:
            self._signals.is_to_renew = False
            log.info("All workers are replaced in turn.")
            self._to_renew = deque(self._renewed)
        for seat in self._renewed:
            if old := seat.succeeded():
                old.process.terminate()
                self._retired.append((old, time.monotonic() + STOP_SECONDS))
        if self._to_renew and not self._retired and not any(seat.is_renewing for seat in self._renewed):
            self._to_renew.popleft().renew()

    def _end_retired(self) -> None:
        now = time.monotonic()
        for each, end in list(self._retired):
            if each.is_alive and now >= end:
                each.process.kill()
            if not each.is_alive:
                each.close()
                self._retired.remove((each, end))

    def _end_all(self) -> None:
        """End all processes: by SIGTERM, and after STOP_SECONDS or a second Ctrl-C by SIGKILL."""
        left = [each for each, _ in self._retired] + [each for seat in self._seats for each in seat.vacate()]
        for each in left:
            each.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        asked = self._signals.ends
        while any(each.is_alive for each in left) and time.monotonic() < deadline and self._signals.ends == asked:
            self._signals.wait([], deadline - time.monotonic())
        for each in left:
            each.process.kill()
            each.close()
