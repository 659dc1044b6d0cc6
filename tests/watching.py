"""`lessons watch` as an author starts it: a separate program on the test's folder."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.polling import until
from tests.servers import ROOT


class Watching:
    """The running command; `site` is the address that it printed."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """All that it printed."""
        return self._log.read_text()

    @property
    def site(self) -> str:
        """The address of the preview, "" before it is printed."""
        found = re.search(r"http://127\.0\.0\.1:[0-9]+/\S*", self.log)
        return found[0] if found else ""

    @property
    def port(self) -> int:
        return int(self.site.split(":")[2].split("/")[0])

    def says(self, text: str, *, times: int = 1) -> None:
        """Wait until it has printed the text this number of times."""
        until(lambda: self.log.count(text) >= times, f"{text!r} in\n{self.log}")

    def ask(self, path: str, **headers: str) -> tuple[int, str]:
        """Ask for a page, and return its status and text."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does, and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def watching(folder: Path, *arguments: str, **environment: str) -> Iterator[Watching]:
    """Start the command in `folder`, with its files in `folder`/var, and kill it after the block if it still runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    own = {"TUTOR_VAR": str(folder / "var"), "DEBUG": "", "REDIS_URL": "", "DATABASE_URL": "", "SECRET_KEY": ""}
    command = [sys.executable, str(ROOT / "manage.py"), "lessons", "watch", *arguments]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**kept, **own, **environment}, stdout=output, stderr=output
        )
    found = Watching(process, log)
    try:
        yield found
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def open_watching(folder: Path, *arguments: str, **environment: str) -> Iterator[Watching]:
    """Start the command, and go on when its pages answer."""
    with watching(folder, *arguments, **environment) as found:
        until(lambda: found.process.poll() is not None or _answers(found), f"the preview\n{found.log}", seconds=60)
        assert found.process.poll() is None, found.log
        yield found


def _answers(found: Watching) -> bool:
    try:
        return bool(found.site) and found.ask("/")[0] == 200
    except OSError:
        return False
