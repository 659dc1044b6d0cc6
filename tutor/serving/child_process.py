"""The first moments of a process that the supervisor starts: its signals, its end, and its report that it can work."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tutor.serving.stop_signals import release_from_supervisor

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""

READY = "ready"

ApplicationLoader = Callable[[], Callable[..., Any]]
"""Imports an application and returns it."""


def run(supervisor: int, target: Callable[..., None], *args: Any) -> None:
    """Run `target` as a child of the supervisor with that process id, at most as long as the supervisor lives."""
    release_from_supervisor()
    end_with(supervisor)
    target(*args)


def loaded(load: ApplicationLoader, report: Connection) -> Callable[..., Any]:
    """Load the application, and report to the supervisor that this worker can start."""
    application = load()
    report.send(READY)
    report.close()
    return application


def end_with(supervisor: int) -> None:
    """Have this process killed when the supervisor ends: an orphan would keep the port and the embedded server."""
    if sys.platform == "linux":
        # The kernel does it even while a thread holds the interpreter's lock: prctl(2).
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=wait_for_orphanhood, name="orphanhood", daemon=True).start()
    if hasattr(os, "getppid") and os.getppid() != supervisor:  # it ended before the kernel was asked
        os._exit(1)


def wait_for_orphanhood() -> None:
    """Wait until the process that started this one has ended, then kill this one; for systems without PDEATHSIG."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        # The pipe behind this wait is inherited by processes that were started later; the newest ends first, and so on.
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
