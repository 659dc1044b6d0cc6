"""The program as `manage.py serve` runs it, and its processes, which tests kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import psutil
import pytest

from tests.polling import is_gone, until
from tests.reliability.pile import LENGTH, PAGE
from tests.servers import ROOT, Program, free_port, prepared_folder
from tests.timing import in_time, promptly
from tests.visitor import Answer, Visitor

SECONDS_TO_SERVE = 2.0
"""Within this time after a kill the site serves a page and a step, if the machine has time for it."""

SECONDS_TO_END = 6.0


class Supervised(Program):
    """The program under its supervisor, with the embedded server unless it has a Redis of its own."""

    def __init__(self, folder: Path, lessons: Path, *options: str, **settings: str) -> None:
        super().__init__(folder, settings.pop("REDIS_URL", ""), lessons, 2, settings)
        self.streams_port = free_port()
        self._options = [str(self.streams_port) if each == "STREAMS" else each for each in options]

    def words(self) -> list[str]:
        """Return the documented command."""
        return ["manage.py", "serve", "--port", str(self.port), *self._options]

    @property
    def supervisor(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    def children(self) -> list[int]:
        """Return the processes that the supervisor started, oldest first."""
        return [
            each.pid for each in sorted(self.supervisor.children(), key=lambda each: (each.create_time(), each.pid))
        ]

    def guard(self) -> int:
        """Return the guard of the embedded server, the only child without threads once all workers have some."""
        found: list[int] = []

        def is_alone() -> bool:
            children = self.children()
            found[:] = [pid for pid in children if _threads(pid) <= 1]
            return len(found) == 1 and len(children) > 1

        until(is_alone, "the guard and the workers to have started")
        return found[0]

    def workers(self) -> list[int]:
        """Return the workers that serve, oldest first."""
        return [pid for pid in self.children() if _threads(pid) > 1]

    def holder(self, name: str) -> int:
        """Return the process in a lock file of the embedded server: "server" or "keeper"."""
        with suppress(FileNotFoundError):
            return int((self.folder / "embedded" / f"{name}.lock").read_text() or 0)
        return 0

    def has_server(self) -> bool:
        """Return whether the embedded server and its keeper run."""
        return not any(is_gone(self.holder(name)) for name in ("server", "keeper"))

    def everything(self) -> set[int]:
        """Return all processes of the program."""
        return {self._process.pid, *self.children(), self.holder("server"), self.holder("keeper")} - {0}

    def start(self) -> None:
        """Start it, and return once all its processes are ready."""
        starts = self.log.count("Redis Tutor is at") if (self.folder / "program.log").exists() else 0
        super().start()
        until(lambda: self.log.count("Redis Tutor is at") > starts, "all processes to be ready", seconds=60)

    def run_to_its_end(self, *options: str) -> int:
        """Start the program with further options, wait until it ends by itself, and return its exit code."""
        with (self.folder / "program.log").open("ab") as log:
            words = [sys.executable, *self.words(), *options]
            return subprocess.run(
                words, cwd=ROOT, env=self.environment, stdout=log, stderr=log, timeout=60, check=False
            ).returncode

    def renew(self) -> None:
        """Ask for new workers."""
        self.signal(signal.SIGHUP)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the supervisor alone."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for the supervisor's end and return its exit code."""
        with promptly(SECONDS_TO_END):
            code = self._process.wait(10 * SECONDS_TO_END)
        self._process = None
        return code

    def kill(self) -> None:
        """End it and all that it started."""
        left = self.everything() if self._process and self._process.poll() is None else set()
        super().kill()
        if left:
            until(lambda: all(map(is_gone, left)), "the processes of the test to end")


def _threads(pid: int) -> int:
    with suppress(psutil.Error):
        return psutil.Process(pid).num_threads()
    return 0


@contextmanager
def supervised(folder: Path, lessons: Path, *options: str, **settings: str) -> Iterator[Supervised]:
    """Yield the program under its supervisor, running, and end it after the block."""
    prepared_folder(folder)
    made = Supervised(folder, lessons, *options, **settings)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@contextmanager
def restarting(program: Program, pause: float) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program's command again each time that it ends, as systemd does with Restart=always."""
    loop = f'while :; do "$@"; sleep {pause}; done'
    words = [sys.executable, *program.words()]
    with (program.folder / "program.log").open("ab") as log:
        running = subprocess.Popen(
            ["sh", "-c", loop, "loop", *words],
            cwd=ROOT, env=program.environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield running
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def kill(*pids: int) -> None:
    """Kill processes at the same moment."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def seconds_to_serve(visitor: Visitor, *, longest: float = 20) -> float:
    """Return how long it takes until a page of the visitor's run and its next step are served."""
    began = monotonic()
    while monotonic() - began < longest:
        with suppress(OSError, HTTPException):
            answer = visitor.get(PAGE)
            if answer.status == 200 and not answer.next_form:
                visitor.cookies.clear()  # this run is over; the next learner begins
            elif answer.status == 200 and visitor.press(answer).status == 200:
                return monotonic() - began
        sleep(0.01)
    pytest.fail(f"neither a page nor a step within {longest} seconds")


def is_slow(seconds: float) -> bool:
    """Return whether that is too long after a kill, even for a machine as busy as this one is now."""
    return not in_time(seconds, SECONDS_TO_SERVE)


def patiently(send: Callable[[], Answer]) -> Answer:
    """Send until there is an answer that is no fault of the server."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        with suppress(OSError, HTTPException):
            answer = send()
            if answer.status < 500:
                return answer
        sleep(0.02)
    pytest.fail("no answer in 30 seconds")


def table_of_a_walk(site: Program) -> list[tuple[str, ...]]:
    """Walk through the lesson as a new learner who tries again after each fault, and return the table."""
    with site.visitor() as visitor:
        answer = patiently(lambda: visitor.get(PAGE))
        while answer.next_form:
            patiently(lambda page=answer: visitor.press(page))
            answer = patiently(lambda: visitor.get(PAGE))
            sleep(0.05)
        return answer.rows


@contextmanager
def learners(site: Program, count: int) -> Iterator[list[list[tuple[str, ...]]]]:
    """Have learners walk through the lesson again and again during the block; then yield the tables of all walks."""
    tables: list[list[tuple[str, ...]]] = []
    stopped = Event()

    def walk_again() -> None:
        while not stopped.is_set():
            tables.append(table_of_a_walk(site))

    with ThreadPoolExecutor(count) as pool:
        walks: Sequence[Future[None]] = [pool.submit(walk_again) for _ in range(count)]
        try:
            yield tables
        finally:
            stopped.set()
    for walk in walks:
        walk.result()


def expected_table(site: Program) -> list[tuple[str, ...]]:
    """Return the table of a walk while nothing went wrong."""
    with site.visitor() as visitor:
        visitor.walk("pile", LENGTH)
        return visitor.get(PAGE).rows
