"""The files of deploy/, run by tests with ports and folders of their own: systemd's command, and nginx."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.needs import need
from tests.polling import until
from tests.servers import ROOT, free_port
from tests.supervised import Supervised
from tests.visitor import HTMX, Answer, Visitor

UNIT = ROOT / "deploy" / "redis-tutor.service"
NGINX = ROOT / "deploy" / "nginx.conf"


class Deployed(Supervised):
    """The program as the unit starts it, on ports of its own."""

    def words(self) -> list[str]:
        """Return the words of ExecStart after the name of Python."""
        ports = {"8000": str(self.port), "8001": str(self.streams_port)}
        return [ports.get(word, word) for word in shlex.split(command_of_the_unit())[1:]]


def command_of_the_unit() -> str:
    """Return the value of ExecStart."""
    (line,) = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=")


def replaced(text: str, changes: dict[str, str]) -> str:
    """Return the text with each part replaced; every one must be there."""
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@contextmanager
def nginx_before(site: Supervised, folder: Path) -> Iterator[int]:
    """Run nginx with the documented configuration in front of the program, and yield its port."""
    binary = need(
        shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "nginx (Debian: apt install nginx-light)"
    )
    port = free_port()
    own = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "ssl_certificate /etc/ssl/tutor.example.org.pem;": "",
        "ssl_certificate_key /etc/ssl/tutor.example.org.key;": "",
        "127.0.0.1:8000": f"127.0.0.1:{site.port}",
        "127.0.0.1:8001": f"127.0.0.1:{site.streams_port}",
    }
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "\n".join(f'{kind}_temp_path "{folder}/{kind}";' for kind in kinds)
    user = "user root root;" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(
        f'{user} daemon off; worker_processes 1; pid "{folder}/nginx.pid"; events {{}}\n'
        f"http {{ access_log off; {folders}\n{replaced(NGINX.read_text(), own)}}}\n"
    )
    with (folder / "nginx.log").open("wb") as log:
        words = [binary, "-p", str(folder), "-c", str(path), "-e", str(folder / "nginx-errors.log")]
        running = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        until(lambda: answers(port) or running.poll() is not None, "nginx to answer")
        assert running.poll() is None, (folder / "nginx.log").read_text()
        yield port
    finally:
        running.terminate()
        running.wait()


def answers(port: int) -> bool:
    """Return whether something at that port answers."""
    with suppress(OSError), Visitor(port) as visitor:
        return bool(visitor.get("/health/").status)
    return False


class Browser(Visitor):
    """A visitor of an HTTPS site, who names it as the origin of each form."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.origin = {"Origin": f"https://127.0.0.1:{port}"}

    def press(self, answer: Answer, headers: Mapping[str, str] = HTMX) -> Answer:
        """Press the "Next step" button."""
        return super().press(answer, {**headers, **self.origin})

    def post(self, path: str, fields: Mapping[str, str] = {}, headers: Mapping[str, str] = HTMX) -> Answer:
        """Send a form."""
        return super().post(path, fields, {**headers, **self.origin})


def python_of_the_unit() -> str:
    """Return the interpreter that ExecStart names."""
    return shlex.split(command_of_the_unit())[0]


def verifiable_unit() -> str:
    """Return the unit with a Python and a user that this machine has, which systemd-analyze looks for."""
    return replaced(UNIT.read_text(), {python_of_the_unit(): sys.executable, "User=redis-tutor": "User=root"})
