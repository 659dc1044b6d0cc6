"""The process that brings the embedded Redis server and its keeper back as soon as either is killed.

It is a process, because a thread would share its open lock files with every worker that the supervisor forks meanwhile,
and a lock of flock(2) is held until the last of them ends.
"""

import logging
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from tutor.broker.embedded import EmbeddedServerFailed, ensure_server
from tutor.broker.server_folder import opened, wait_until_free
from tutor.serving import child_process

LONGEST_PAUSE = 5.0
"""Seconds between two attempts to start a server that does not start."""

log = logging.getLogger(__name__)


def new_guard(folder: Path, report: Connection) -> BaseProcess:
    """Return a process, not started yet, that guards the embedded server of the folder."""
    method = multiprocessing.get_start_method()
    context: multiprocessing.context.BaseContext = multiprocessing.get_context("fork" if method == "fork" else "spawn")
    arguments = (os.getpid(), guard, folder, report)
    return context.Process(name="redis-guard", target=child_process.run, args=arguments)  # type: ignore[attr-defined, no-any-return]


def guard(folder: Path, report: Connection) -> None:
    """Ensure that the server runs, again at each end of its keeper, for ever."""
    report.send(child_process.READY)
    report.close()
    pause = 0.1
    while True:
        try:
            ensure_server(folder)
        except EmbeddedServerFailed as problem:
            log.error("%s Next attempt in %.1f seconds.", problem, pause)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        pause = 0.1
        # The keeper ends when the server does.
        with opened(folder / "keeper.lock") as keeper:
            wait_until_free(keeper)
