"""The processes of this web process, by class of work: who may start, who waits, and who is told to come back."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Event, Thread
from typing import TypeVar

from django.conf import settings

from tutor.apart.limits import LEARNERS, WorkBusy, WorkLimits, WorkStopped
from tutor.apart.process import WorkProcess
from tutor.waiting.lane import lane

T = TypeVar("T")

log = logging.getLogger(__name__)

BUSY = "Other checks are running. Try again in a moment."

PREPARE_SECONDS = 5.0
"""How long after the start of a web process its first process for work is started: its first pages come before."""


class WorkPool:
    """The processes of one class of work. Each is started when it is first needed, and stays."""

    def __init__(self, limits: WorkLimits) -> None:
        self._limits = limits
        self._changed = Condition()
        self._idle: list[WorkProcess] = []
        self._running: list[object] = []
        self._waiting: list[object] = []

    def run(self, function: Callable[..., T], *arguments: object, owner: object = None) -> T:
        """Return the function's result, worked out in another process. Raises: what it raises; WorkBusy, WorkStopped.

        An owner who is not None has one task at a time, and one that waits.
        """
        began = time.monotonic()
        with self._place(owner):
            waited = time.monotonic() - began
            process = self._process()
            try:
                found: T = process.do(function, arguments, self._limits.seconds - waited)
            except WorkStopped as stopped:
                if stopped.excess == "time" and waited > self._limits.seconds / 10:
                    raise WorkBusy(BUSY) from None  # the time went by waiting, so the work is not to blame
                raise
            finally:
                self._give_back(process)
        return found

    @property
    def pids(self) -> list[int]:
        """The numbers of the idle processes."""
        with self._changed:
            return [process.pid for process in self._idle if process.pid]

    @contextmanager
    def _place(self, owner: object) -> Iterator[None]:
        with self._changed:
            if not self._may_run(owner):
                self._wait(owner)
            self._running.append(owner)
        try:
            yield
        finally:
            with self._changed:
                self._running.remove(owner)
                self._changed.notify_all()

    def _wait(self, owner: object) -> None:
        if len(self._waiting) >= self._limits.waiting or (owner is not None and owner in self._waiting):
            raise WorkBusy(BUSY)
        self._waiting.append(owner)
        try:
            if not self._changed.wait_for(lambda: self._may_run(owner), self._limits.patience):
                raise WorkBusy(BUSY)
        finally:
            self._waiting.remove(owner)

    def _may_run(self, owner: object) -> bool:
        return len(self._running) < self._limits.running and (owner is None or owner not in self._running)

    def _process(self) -> WorkProcess:
        """Return a process that is alive, started if there is none."""
        while True:
            with self._changed:
                found = self._idle.pop() if self._idle else None
            if found is None:
                return self._started()
            if found.is_alive and found.redis_url == settings.REDIS_URL:
                return found
            found.end()

    def _started(self) -> WorkProcess:
        try:
            return WorkProcess(self._limits, settings.REDIS_URL)
        except WorkStopped:
            log.warning("no process for %s could be started in time", self._limits.name)
            raise WorkBusy(BUSY) from None

    def _give_back(self, process: WorkProcess) -> None:
        if process.is_alive:
            with self._changed:
                self._idle.append(process)

    def prepare(self) -> None:
        """Have a process ready, so that the first task does not wait for its start."""
        with self._changed:
            if self._idle or self._running:
                return
        with suppress(WorkBusy):
            self._give_back(self._started())

    def end(self) -> None:
        """End all idle processes."""
        with self._changed:
            ended, self._idle = self._idle, []
        for process in ended:
            process.end()


_pools: dict[str, WorkPool] = {}
_making = Condition()


def pool_of(limits: WorkLimits) -> WorkPool:
    """Return this process's pool for a class of work."""
    with _making:
        return _pools.setdefault(limits.name, WorkPool(limits))


def prepare_later() -> None:
    """Start the first process for learners' work in the background; the first start takes more than a second."""

    def prepare() -> None:
        Event().wait(PREPARE_SECONDS)
        pool_of(LEARNERS).prepare()

    Thread(target=prepare, name="preparing", daemon=True).start()


def run(limits: WorkLimits, function: Callable[..., T], *arguments: object, owner: object = None) -> T:
    """Return the result of a function of the program, worked out apart from requests.

    Arguments and result are copied between the processes: texts, numbers and frozen values.
    Raises: what the function raises; WorkBusy, WorkStopped.
    """
    if not settings.WORK_APART:
        return function(*arguments)
    with lane.left():
        return pool_of(limits).run(function, *arguments, owner=owner)
