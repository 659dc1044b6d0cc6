"""Runs a Django project against a private server.

Started by django_projects.py as `python django_host.py <server's folder> <project's folder>`, with the runs as JSON on
its standard input. It prints one line of JSON: what each run gave, and the names of the commands that were sent. The
first run that fails ends it. Our process ends it with everything that it has started.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

# Started by its path, it needs the package's folder on sys.path for these imports; the project must not see it.
sys.path[0] = str(Path(__file__).resolve().parents[3])

import redis  # noqa: E402

from tutor.broker import embedded  # noqa: E402

RUN_SECONDS = 10.0
"""Time limit of one run."""

IDLE_SECONDS = 1.0
"""How long a command may go on after its last line before it waits for the server."""

POLL_SECONDS = 0.02
"""Pause between two looks whether a command of manage.py waits for the server."""

OVERHEAD = frozenset("ACL AUTH CLIENT COMMAND CONFIG HELLO INFO PING SELECT".split())
"""Commands of the client library and of this process."""

_DRIVER = """
import json, sys
import django
from django.test import Client
django.setup()
act, address, data = json.loads(sys.argv[1])
client = Client(SERVER_NAME="localhost")
answer = client.post(address, data) if act == "post" else client.get(address)
print(json.dumps([answer.status_code, answer.content.decode()]))
"""


class RunFailed(Exception):
    """A run that did not end as it should; the text says why."""


class Started:
    """A command of manage.py that was started."""

    def __init__(self, command: str, project: Path) -> None:
        # A file, because nobody reads a pipe while the command runs.
        self.errors = (project / f"{command.split(maxsplit=1)[0]}.errors").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *command.split()],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            errors="replace",
        )
        self.lines: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def ended(self, lines: int, is_idle: Callable[[], bool]) -> str:
        """Return what it prints until it ends, or has printed that many lines; end it then. Raises: RunFailed.

        What it does after the last line, such as acknowledging a job, it may still do until `is_idle`.
        """
        until, printed = time.monotonic() + RUN_SECONDS, list[str]()
        while not lines or len(printed) < lines:
            try:
                line = self.lines.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                raise RunFailed(_after("it neither ended nor printed more", printed)) from None
            if line is None:
                if self.process.wait():
                    raise RunFailed(_after(f"it failed: {self._error()}", printed))
                return "\n".join(printed)
            printed.append(line)
        until = time.monotonic() + IDLE_SECONDS
        while self.process.poll() is None and not is_idle() and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        return "\n".join(printed)

    def _error(self) -> str:
        self.errors.seek(0)
        return (self.errors.read().strip().splitlines() or [f"exit status {self.process.returncode}"])[-1]


def _after(fault: str, printed: list[str]) -> str:
    return f"{fault}, after it printed {chr(10).join(printed)!r}" if printed else fault


class Host:
    """The project, its server and the commands that are running."""

    def __init__(self, server: Path, project: Path) -> None:
        self.project = project
        url = embedded.ensure_server(server, access=embedded.EVERYTHING)
        os.environ |= {"REDIS_URL": url, "DJANGO_SETTINGS_MODULE": "shop.settings"}
        os.environ |= {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(project)}
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.version = str(self.redis.info("server").get("valkey_version") or "")
        self.running: dict[str, Started] = {}

    def all_sent(self) -> list[str]:
        """Return the names of all commands that the server has got, sorted, without those of the clients themselves."""
        counted: dict[str, Any] = self.redis.info("commandstats")
        names = {name.removeprefix("cmdstat_").partition("|")[0].upper() for name in counted}
        return sorted(names - OVERHEAD)

    def get(self, run: dict[str, Any]) -> str:
        """Request an address, or post to it. Raises: RunFailed."""
        asked = json.dumps([run["act"], run["what"], run["data"]])
        try:
            done = subprocess.run(
                [sys.executable, "-c", _DRIVER, asked],
                cwd=self.project,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=RUN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RunFailed(f"it takes more than {RUN_SECONDS:g} seconds") from None
        if done.returncode:
            raise RunFailed(f"it failed: {(done.stderr.strip().splitlines() or ['no reason was given'])[-1]}")
        if not done.stdout:
            raise RunFailed("it ended without an answer")
        status, body = json.loads(done.stdout.splitlines()[-1])
        if status >= 400:
            raise RunFailed(f"it was answered with status {status}")
        return str(body)

    def manage(self, run: dict[str, Any]) -> str:
        """Run a command of manage.py. Raises: RunFailed."""
        return Started(run["what"], self.project).ended(run["lines"], self._all_wait)

    def start(self, run: dict[str, Any]) -> str:
        """Start a command of manage.py, and return when it waits for the server. Raises: RunFailed."""
        before = self._waiting()
        started = self.running[run["what"]] = Started(run["what"], self.project)
        until = time.monotonic() + RUN_SECONDS
        while self._waiting() <= before:
            if started.process.poll() is not None:
                raise RunFailed(f"it ended at once: {started.ended(0, self._all_wait)!r}")
            if time.monotonic() > until:
                raise RunFailed("it does not wait for the server: it neither subscribes nor blocks")
            time.sleep(POLL_SECONDS)
        return ""

    def _waiting(self) -> int:
        """Return how many clients are blocked or have subscribed."""
        clients: list[dict[str, str]] = self.redis.client_list()
        return sum("b" in each["flags"] or "P" in each["flags"] for each in clients)

    def stop(self, run: dict[str, Any]) -> str:
        """Wait until a started command has printed its lines, and end it. Raises: RunFailed."""
        if run["what"] not in self.running:
            raise RunFailed("no earlier run has started it")
        return self.running.pop(run["what"]).ended(run["lines"], self._all_wait)

    def _all_wait(self) -> bool:
        """Return whether the commands that run on, and one more, wait for the server."""
        return self._waiting() > len(self.running)


def main(server: str, project: str) -> None:
    """Do the runs, and print what came of them."""
    host = Host(Path(server), Path(project))
    acts: dict[str, Callable[[dict[str, Any]], str]] = {
        "get": host.get,
        "post": host.get,
        "manage": host.manage,
        "start": host.start,
        "stop": host.stop,
    }
    gave: list[str] = []
    fault = ""
    for run in json.load(sys.stdin):
        try:
            gave.append(acts[run["act"]](run))
        except RunFailed as problem:
            fault = str(problem)
            break
    print(json.dumps({"gave": gave, "fault": fault, "sent": host.all_sent(), "version": host.version}))


if __name__ == "__main__":
    main(*sys.argv[1:])
