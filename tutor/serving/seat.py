"""A seat that one process has to fill at all times: it is started, watched, replaced and renewed."""

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from tutor.serving.stop_signals import held_back

log = logging.getLogger(__name__)

NewProcess = Callable[[Connection], BaseProcess]
"""Makes a process that is not started yet and will report through the connection when it can work."""

LOADING_SECONDS = 60.0
"""A process that has not reported by then is killed and replaced."""

SHORT_LIFE_SECONDS = 10.0
"""A process that ends sooner than this after its start may be the next one's fate as well."""

SHORTEST_PAUSE = 0.05
PAUSE_AFTER_SIGNAL = 0.5
"""Longest pause in seconds before the next start, if processes are killed soon after their starts.

Short, because visitors wait meanwhile, yet long enough for the others to have the processor.
"""
PAUSE_AFTER_EXIT = 10.0
"""Longest pause if they end by themselves before they can work: a missing module, a wrong file."""


class CannotStart(Exception):
    """The first process of a seat ended before it could work; it has written the reason to standard error."""


@dataclass(slots=True)
class Occupant:
    """A started process."""

    process: BaseProcess
    report: Connection
    born: float
    is_ready: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether the process runs. Asks the kernel: a process of the process may hold multiprocessing's pipe open."""
        return self.process.exitcode is None

    def read_report(self) -> None:
        """Note whether the process has reported that it can work."""
        with suppress(OSError, EOFError):
            if not self.report.closed and self.report.poll():
                self.is_ready = self.report.recv() is not None
                self.report.close()

    def close(self) -> None:
        """Forget a process that has ended."""
        self.report.close()
        self.process.join()
        self.process.close()


class Seat:
    """One seat, and the processes that fill it one after the other."""

    def __init__(self, name: str, new_process: NewProcess) -> None:
        self.name = name
        self._new_process = new_process
        self._occupant: Occupant | None = None
        self._successor: Occupant | None = None
        self._is_proven = False
        self._short_lives = 0
        self._due = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether a process works here."""
        return self._occupant is not None and self._occupant.is_ready

    @property
    def is_renewing(self) -> bool:
        """Whether a successor has been started that does not work yet."""
        return self._successor is not None

    @property
    def wakers(self) -> Iterator[Any]:
        """All that can be waited for: reports, and the ends of processes."""
        for each in self._occupants():
            yield each.process.sentinel
            if not each.report.closed:
                yield each.report

    @property
    def due(self) -> float | None:
        """When the next process has to be started, None if there is one; of the monotonic clock."""
        return self._due if self._occupant is None else None

    def look_after(self) -> None:
        """Replace a process that has ended, and note what was reported. Raises: CannotStart."""
        for each in self._occupants():
            each.read_report()
            if not each.is_ready and time.monotonic() - each.born > LOADING_SECONDS:
                log.error("The %s did not start within %.0f seconds and is killed.", self.name, LOADING_SECONDS)
                each.process.kill()
        self._is_proven = self._is_proven or self.is_ready
        if self._successor and not self._successor.is_alive:
            log.error("The new %s could not start; the old one goes on.", self.name)
            self._successor.close()
            self._successor = None
        if self._occupant and not self._occupant.is_alive:
            self._part_with(self._occupant)
        if self._occupant is None and time.monotonic() >= self._due:
            self._occupant = self._started()

    def renew(self) -> None:
        """Start a successor for the process that works here."""
        if self._occupant and not self._successor:
            self._successor = self._started()

    def succeeded(self) -> Occupant | None:
        """Return the process whose successor works by now, once; it is the caller's to end."""
        if not (self._successor and self._successor.is_ready):
            return None
        retired, self._occupant, self._successor = self._occupant, self._successor, None
        return retired

    def vacate(self) -> list[Occupant]:
        """Return the processes of this seat, which are the caller's to end."""
        left = list(self._occupants())
        self._occupant = self._successor = None
        return left

    def _occupants(self) -> Iterator[Occupant]:
        return (each for each in (self._occupant, self._successor) if each)

    def _started(self) -> Occupant:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = self._new_process(sender)
        with held_back():
            process.start()
        sender.close()
        return Occupant(process, receiver, time.monotonic())

    def _part_with(self, ended: Occupant) -> None:
        """Decide when the next process starts. Raises: CannotStart."""
        code = ended.process.exitcode or 0
        has_failed = code >= 0 and not ended.is_ready
        if has_failed and not self._is_proven:
            raise CannotStart(f"The {self.name} can't start; the reason is above.")
        is_short = time.monotonic() - ended.born < SHORT_LIFE_SECONDS
        self._short_lives = self._short_lives + 1 if is_short else 0
        pause = pause_after(self._short_lives, longest=PAUSE_AFTER_EXIT if has_failed else PAUSE_AFTER_SIGNAL)
        self._due = time.monotonic() + pause
        when = f"in {pause:.2g} seconds" if pause else "now"
        log.warning("The %s (process %s) ended: %s. It is replaced %s.", self.name, ended.process.pid, _why(code), when)
        ended.close()
        self._occupant, self._successor = self._successor, None


def pause_after(short_lives: int, *, longest: float) -> float:
    """Return the seconds to wait before the next start, after so many short lives in a row."""
    return min(longest, SHORTEST_PAUSE * 2 ** min(short_lives - 2, 20)) if short_lives > 1 else 0.0


def _why(code: int) -> str:
    with suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
