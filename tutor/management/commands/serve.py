"""`manage.py serve`: run the whole program on one's own computer, for `make run`."""

import errno
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tutor.broker import embedded
from tutor.live.hub import MOST_STREAMS
from tutor.management.tcp_ports import ADDRESS, require_free

# Open streams count as requests: each worker accepts as many as its hub does, and as many page requests besides.
MOST_REQUESTS = 2 * MOST_STREAMS


class Command(BaseCommand):
    """Prepare database and static files, then serve until Ctrl-C."""

    help = "Prepare everything and run Redis Tutor on this computer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the one option."""
        parser.add_argument("--port", default="8000", help="a number from 1 to 65535 (8000)")

    def handle(self, *_: Any, port: str, **__: Any) -> None:
        """Serve until Ctrl-C. Raises: CommandError with a sentence that says what to do."""
        number = _port(port)
        _require_free(number)
        _prepare_database()
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        server = Server(
            "tutor.asgi:application",
            address=ADDRESS,
            port=number,
            interface=Interfaces.ASGI,
            workers=_workers(),
            backpressure=MOST_REQUESTS,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=3,  # streams never end by themselves
            # Its warnings advise fewer threads; our threads mostly wait for the broker.
            log_level=LogLevels.error,
        )
        server.on_startup(lambda: self._welcome(number))
        _keep_interrupts_from_workers()
        server.serve()
        self.stdout.write("\nRedis Tutor has stopped.")

    def _welcome(self, port: int) -> None:
        self.stdout.write(f"\n    Redis Tutor is at  http://{ADDRESS}:{port}/\n\n    Press Ctrl-C to stop.\n")
        self.stdout.flush()


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CommandError(f"{text!r} is not a port. Choose a number from 1 to 65535: make run PORT=8000")


def _require_free(port: int) -> None:
    try:
        require_free(port)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is taken by another program. Choose another: make run PORT={port % 65535 + 1}"
            ) from None
        raise CommandError(
            f"Port {port} can't be used: {problem.strerror}. Choose another: make run PORT=8000"
        ) from None


def _prepare_database() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as problem:
        raise CommandError(f"The database can't be prepared: {problem}") from None
    # The workers are forks of this process, and processes must not share a database connection.
    connections.close_all()


def _keep_interrupts_from_workers() -> None:
    """Have Ctrl-C end the server as SIGTERM does.

    A terminal sends SIGINT to all processes of the foreground group, and granian's main process then sends SIGTERM to
    its workers; a worker that gets both within moments often hangs (granian 2.8.7).
    """
    if sys.platform == "win32":
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited by the workers

    main = threading.get_ident()

    def pass_on() -> None:
        while signal.sigwait({signal.SIGINT}):
            signal.pthread_kill(main, signal.SIGTERM)

    threading.Thread(target=pass_on, daemon=True).start()


def _workers() -> int:
    """Start the embedded server if REDIS_URL is unset, and return how many processes may share the broker."""
    if settings.REDIS_URL:
        return 2
    try:
        embedded.ensure_server(Path(settings.TUTOR_VAR) / "embedded")
    except embedded.EmbeddedServerFailed as problem:
        raise CommandError(str(problem)) from None
    except embedded.NoEmbeddedServer:
        return 1  # fakeredis lives in one process
    return 2
