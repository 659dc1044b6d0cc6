"""How far a long run has come: how many are done, and how long the rest will take."""

import time
from collections.abc import Callable

REPORT_SECONDS = 0.2
"""Minimum time between two reports."""


class Pace:
    """Counts, and reports a line now and then; `write` gets each line, and "" at the end."""

    def __init__(self, count: int, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._write = write
        self._clock = clock
        self._began = self._said = clock()
        self.done = 0

    def step(self) -> None:
        """Count one more."""
        self.done += 1
        now = self._clock()
        if now - self._said >= REPORT_SECONDS:
            self._said = now
            self._write(self._line(now))

    def end(self) -> None:
        """Clear the line."""
        self._write("")

    @property
    def each_second(self) -> float:
        """How many are done in a second."""
        return self.done / max(self._clock() - self._began, 1e-6)

    def _line(self, now: float) -> str:
        rate = self.done / max(now - self._began, 1e-6)
        left = (self._count - self.done) / rate
        return f"{self.done:,} of {self._count:,} · {rate:.0f} a second · {_duration(left)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
