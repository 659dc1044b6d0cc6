"""A process that does work for a web process: one task after another, each within its limits."""

import logging
import pickle
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from tutor.apart import progress
from tutor.apart.limits import WorkLimits
from tutor.engine.errors import TutorError

REPORT_SECONDS = 0.02
"""Minimum time between two reports of a line."""

GRACE_SECONDS = 1.0
"""How much longer than its time a task can run if its web process is gone and does not end it."""

Task = tuple[Callable[..., Any], tuple[Any, ...], float]
"""A function of the program, its arguments, and its seconds."""

Message = tuple[str, Any]
"""`done` with the result, `raised` with an exception, `line` with a number, `memory` or `size` with None."""

log = logging.getLogger(__name__)


def work(tasks: Connection, limits: WorkLimits, redis_url: str) -> None:
    """Do the tasks that come until the web process is gone."""
    _set_up(limits.memory, redis_url)
    progress.report_by(_reporter(tasks))
    # EOFError, BrokenPipeError: the web process has ended, perhaps by kill -9, and with it the other end of the pipe.
    with suppress(EOFError, OSError):
        tasks.send(("ready", None))
        while True:
            task: Task = tasks.recv()
            _die_after(task[2] + GRACE_SECONDS)
            tasks.send_bytes(_packed(_answer(task), limits.result))
            _die_after(0)


def _set_up(memory: int, redis_url: str) -> None:
    # Ctrl-C goes to all processes of a terminal; the web process ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import django
    from django.conf import settings

    django.setup()
    settings.REDIS_URL = redis_url
    # This process can be ended itself, and has no others for its work.
    settings.WORK_APART = False
    _limit_memory(memory)


def _limit_memory(memory: int) -> None:
    """Limit the bytes of data; without effect on Windows, which has no such limit, and on macOS, which ignores it."""
    try:
        import resource
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _die_after(seconds: float) -> None:
    """Have the system end this process after that time; 0 for never.

    A signal without a handler ends even a process that is within re or another C function. It is the backstop: the web
    process ends a task at its limit, if it lives.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _reporter(tasks: Connection) -> Callable[[int], None]:
    reported = 0.0

    def report(line: int) -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported > REPORT_SECONDS:
            reported = now
            tasks.send(("line", line))

    return report


def _answer(task: Task) -> Message:
    function, arguments, _ = task
    try:
        return "done", function(*arguments)
    except MemoryError:
        return "memory", None
    except TutorError as error:
        return "raised", error
    except Exception as error:  # it is raised again in the web process, which has no traceback of this one
        log.exception("%s failed", function.__name__)
        return "raised", error


def _packed(answer: Message, most: int) -> bytes:
    try:
        packed = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(("memory", None))
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        return pickle.dumps(("raised", RuntimeError(f"{type(error).__name__}: {error}")))
    return packed if len(packed) <= most else pickle.dumps(("size", None))
