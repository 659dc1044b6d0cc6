"""The lane: in each process one request computes at a time, in the order in which they came.

Python's threads share a lock, and one that waits for it after each answer of a server waits up to 5 ms while another
computes (https://docs.python.org/3/library/sys.html#sys.setswitchinterval), also with a turn at a run or the
database in its hands. Without the lane eight threads got less than half as many steps done as with it, and some waited
ten times as long as others. The lane only orders: one who has waited for LONGEST_SECONDS goes on without it, because
the one who has it waits for a server that hangs, or works for long; those who come later don't wait at all.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

LONGEST_SECONDS = 0.05
"""How long a request waits for those before it."""


class RequestLane:
    """A lock that is handed to the one who has waited longest, and for which nobody waits long."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_taken, self._since = False, 0.0
        self._queue: deque[Lock] = deque()
        self._mine = local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the lane for the block, or go on without it after a while."""
        self._mine.is_held = self._enter()
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Let others pass for a block in which this thread waits."""
        had = getattr(self._mine, "is_held", False)
        self._give_back()
        try:
            yield
        finally:
            self._mine.is_held = had and self._enter()

    def _enter(self) -> bool:
        with self._lock:
            if not self._is_taken:
                self._is_taken, self._since = True, time.monotonic()
                return True
            if time.monotonic() - self._since > LONGEST_SECONDS:
                return False  # who has it waits for a server or an upload: no use in waiting for that
            call = Lock()
            call.acquire()
            self._queue.append(call)
        if call.acquire(timeout=LONGEST_SECONDS):
            return True
        with self._lock:
            if call in self._queue:
                self._queue.remove(call)
                return False
            return True  # it was handed over at this moment

    def _give_back(self) -> None:
        if not getattr(self._mine, "is_held", False):
            return
        self._mine.is_held = False
        with self._lock:
            if self._queue:
                self._since = time.monotonic()
                self._queue.popleft().release()
            else:
                self._is_taken = False


lane = RequestLane()
"""The lane of this process."""
