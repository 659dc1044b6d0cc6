"""`manage.py serve`: run the whole program, on one's own computer (`make run`) and on a server."""

import errno
import socket
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from django.template import engines
from granian.constants import Interfaces

from tutor.broker import embedded
from tutor.live.hub import MOST_STREAMS
from tutor.management.tcp_ports import ADDRESS
from tutor.serving.listener import WorkerFactory, listen
from tutor.serving.redis_guard import new_guard
from tutor.serving.seat import CannotStart, Seat
from tutor.serving.supervisor import Supervisor

# Open streams count as requests: each worker accepts as many as its hub does, and as many page requests besides.
MOST_REQUESTS = 2 * MOST_STREAMS

MOST_WORKERS = 64


class Command(BaseCommand):
    """Prepare database and static files, then serve until Ctrl-C or SIGTERM."""

    help = "Prepare everything and run Redis Tutor. A process that dies is replaced."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where to listen, and with which workers."""
        parser.add_argument("--host", default=ADDRESS, help=f"the address to listen on ({ADDRESS}: this computer only)")
        parser.add_argument("--port", default="8000", help="a number from 1 to 65535 (8000)")
        parser.add_argument("--workers", default="2", help=f"processes of each kind, 1 to {MOST_WORKERS} (2)")
        parser.add_argument("--interface", choices=["asgi", "wsgi"], default="asgi", help="asgi also serves streams")
        parser.add_argument("--streams-port", help="another port, on which ASGI workers of their own serve streams")

    def handle(self, *_: Any, host: str, port: str, interface: str, streams_port: str | None, **options: Any) -> None:
        """Serve until the end. Raises: CommandError with a sentence that says what to do."""
        workers = _number_of_workers(options["workers"])
        kinds = {Interfaces(interface): [_listening(host, port)]}
        if streams_port is not None:
            kinds.setdefault(Interfaces.ASGI, []).append(_listening(host, streams_port))
        self._prepare()
        guards = _guards()
        if not guards and not settings.REDIS_URL:
            workers = 1  # fakeredis lives in one process
        seats = [
            Seat(f"{kind.value} worker {number}", WorkerFactory(each, kind, most_requests=MOST_REQUESTS).new_worker)
            for kind, listening in kinds.items()
            for each in listening
            for number in range(1, workers + 1)
        ]
        try:
            Supervisor([*guards, *seats], renewed=seats).run(partial(self._welcome, host, port))
        except CannotStart as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write("\nRedis Tutor has stopped.")

    def _prepare(self) -> None:
        _prepare_database()
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)

    def _welcome(self, host: str, port: str) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"\n    Redis Tutor is at  http://{shown}:{int(port)}/\n\n    Press Ctrl-C to stop.\n")
        self.stdout.flush()
        _compile_templates()


def _number_of_workers(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= MOST_WORKERS:
        return int(text)
    raise CommandError(f"{text!r} is not a number of workers. Choose one from 1 to {MOST_WORKERS}.")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CommandError(f"{text!r} is not a port. Choose a number from 1 to 65535: make run PORT=8000")


def _listening(host: str, port: str) -> socket.socket:
    number = _port(port)
    try:
        return listen(host, number)
    except socket.gaierror:
        raise CommandError(f"{host!r} is not an address of this computer. Choose another: --host {ADDRESS}") from None
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {number} is taken by another program. Choose another: make run PORT={number % 65535 + 1}"
            ) from None
        why = problem.strerror or problem
        raise CommandError(
            f"Port {number} of {host} can't be used: {why}. Choose another: make run PORT=8000"
        ) from None


def _prepare_database() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as problem:
        raise CommandError(f"The database can't be prepared: {problem}") from None
    # The workers are forks of this process, and processes must not share a database connection.
    connections.close_all()


def _compile_templates() -> None:
    """Compile all templates, so that the workers that replace others inherit them.

    It takes half a second, which the first workers don't wait for.
    """
    environment = cast(Any, engines["jinja2"]).env
    for name in environment.list_templates():
        environment.get_template(name)


def _guards() -> list[Seat]:
    """Start the embedded server if REDIS_URL is unset, and return the seat of its guard.

    Raises: CommandError.
    """
    if settings.REDIS_URL:
        return []
    folder = Path(settings.TUTOR_VAR) / "embedded"
    try:
        embedded.ensure_server(folder)
    except embedded.EmbeddedServerFailed as problem:
        raise CommandError(str(problem)) from None
    except embedded.NoEmbeddedServer:
        return []
    return [Seat("guard of the embedded Redis", partial(new_guard, folder))]
