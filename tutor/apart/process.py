"""A process for work, as the web process sees it: started when it is needed, ended at a limit, replaced then."""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from tutor.apart import worker
from tutor.apart.limits import WorkLimits, WorkStopped

START_SECONDS = 2.5
"""Timeout for a process to start; it takes about a second the first time, and some milliseconds later."""

PRELOADED = ["tutor.apart.preloaded"]


class WorkProcess:
    """One process, used by one thread at a time."""

    def __init__(self, limits: WorkLimits, redis_url: str) -> None:
        self.limits = limits
        self.redis_url = redis_url
        self._process, self._tasks = _started(limits, redis_url)

    @property
    def is_alive(self) -> bool:
        """Whether it can take a task: it runs, and has nothing left to say."""
        try:
            # A killed process closes its pipe at once; is_alive() only learns of it when the fork server has noticed.
            return self._process.is_alive() and not self._tasks.poll()
        except OSError:
            return False

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.pid

    def do(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> Any:
        """Return the function's result. Raises: what it raises; WorkStopped, and the process is ended then."""
        line = 0
        end = time.monotonic() + seconds
        try:
            self._tasks.send((function, arguments, seconds))
            while self._tasks.poll(max(0.0, end - time.monotonic())):
                kind, value = self._tasks.recv()
                if kind == "line":
                    line = value
                    continue
                if kind == "done":
                    return value
                if kind == "raised":
                    raise value
                # After a lack of memory, what is left of it is not known.
                self.end()
                raise WorkStopped(kind, self.limits, line)
        except (EOFError, OSError):
            self.end()
            raise WorkStopped("end", self.limits, line) from None
        self.end()
        raise WorkStopped("time", self.limits, line)

    def end(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._process.join()
        self._tasks.close()


def _context() -> BaseContext:
    """Return how processes are started: by a fork of a process that has no threads and has loaded the program.

    A fork of the web process itself could copy a lock that another of its threads holds.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")  # Windows
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _started(limits: WorkLimits, redis_url: str) -> tuple[BaseProcess, Connection]:
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(  # type: ignore[attr-defined] # typeshed has it in each kind of context
        target=worker.work, args=(theirs, limits, redis_url), name=f"apart-{limits.name}", daemon=True
    )
    try:
        process.start()
        theirs.close()
        if ours.poll(START_SECONDS) and ours.recv()[0] == "ready":
            return process, ours
    except (EOFError, OSError):
        pass
    with suppress(AttributeError, ValueError):
        process.kill()
    raise WorkStopped("end", limits)
