"""The socket that the workers of one kind share, and the processes of granian that accept its connections.

The supervisor holds the socket, so that the kernel queues a visitor's connection even while no worker lives. Granian's
own way on Linux is a socket for each worker (SO_REUSEPORT): a worker that is killed takes those in its queue with it.
"""

import os
import socket
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from tutor.serving import child_process
from tutor.waiting.places import THREADS

BACKLOG = 1024

APPLICATIONS = {Interfaces.ASGI: "tutor.asgi:application", Interfaces.WSGI: "tutor.wsgi:application"}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there, shared with no other program. Raises: OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.create_server((address[0], port), family=family, backlog=BACKLOG)
    listening.setblocking(False)
    return listening


class WorkerFactory(MPServer):
    """Makes granian's workers for a socket. Granian's own loop, which gives up after two deaths, does not run."""

    def __init__(self, listening: socket.socket, interface: Interfaces, *, most_requests: int) -> None:
        super().__init__(
            APPLICATIONS[interface],
            interface=interface,
            backpressure=most_requests,
            blocking_threads=THREADS if interface == Interfaces.WSGI else None,
            websockets=False,
            # Its warnings advise fewer threads; ours mostly wait.
            log_level=LogLevels.error,
        )
        self._listening = listening
        self._targets: tuple[Callable[..., None], child_process.ApplicationLoader]
        self.serve()

    def _serve(self, spawn_target: Callable[..., None], target_loader: child_process.ApplicationLoader) -> None:
        """Keep what granian's loop would start workers with, after `serve` has completed the configuration."""
        self._targets = spawn_target, target_loader
        # granian's types lack the arguments: the descriptor, whether it is a unix socket, and the backlog.
        self._ssp, self._shd = None, SocketHolder(self._listening.fileno(), False, BACKLOG)  # type: ignore[call-arg, assignment]
        self._sso = self._listening  # by which multiprocessing hands the descriptor to a spawned process

    def new_worker(self, report: Connection) -> BaseProcess:
        """Return a worker that is not started yet and will report when it has loaded the application."""
        target, load = self._targets
        worker: Any = self._spawn_worker(
            idx=0,
            target=partial(child_process.run, os.getpid(), target),
            callback_loader=partial(child_process.loaded, load, report),
        )
        process: BaseProcess = worker.inner
        return process
