"""One granian worker on loopback: how many steps a second it takes."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.benches import runs
from tests.benches.caller import Learner
from tests.benches.figures import Figure
from tutor.management.commands.serve import MOST_REQUESTS
from tutor.waiting.places import THREADS

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS, REQUESTS, ROUNDS = 4, 60, 4
START_SECONDS = 60


WSGI = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", str(THREADS), "tests.benches.site:application")
BOTH = (
    *("--interface", "asgi", "--workers", "2", "--backpressure", str(MOST_REQUESTS), "--no-ws"),
    "tests.benches.streaming_site:application",
)
"""One worker for pages, as in production behind a proxy, and the server of `make run`."""
ALONE = tuple("1" if each == "2" else each for each in BOTH)
"""The server of `make run` with one worker."""


@contextmanager
def running(options: Sequence[str] = WSGI) -> Iterator[str]:
    """Run a granian on a free port for the block, and yield its address."""
    with started(options) as (address, _):
        yield address


@contextmanager
def started(options: Sequence[str]) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run a granian on a free port for the block, and yield its address and its process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    place = ["--port", str(port), "--log-level", "error", "--workers-kill-timeout", "3"]
    with subprocess.Popen(
        [sys.executable, "-m", "granian", *place, *options], cwd=ROOT, env=dict(os.environ)
    ) as server:
        try:
            _wait(server, port)
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("granian did not start")


def throughput(address: str) -> Iterator[Figure]:
    """Have some learners take steps at once, in turns with the floor; each learner's steps follow one another."""
    walkers, others = ([runs.walker() for _ in range(CONNECTIONS)] for _ in range(2))
    steps: list[float] = []
    floors: list[float] = []
    for turn in range(ROUNDS + 1):
        begin = turn * REQUESTS + 1

        def floor_path(walker: runs.Walker, position: int) -> str:
            return f"/floor/step{walker.step_path(position)}"

        steps.append(_rate(address, walkers, begin, runs.Walker.step_path))
        floors.append(_rate(address, others, begin, floor_path))
    step, floor = statistics.median(steps[1:]), statistics.median(floors[1:])
    yield Figure("requests_per_second", "steps a second, one granian WSGI worker", round(step))
    yield Figure("floor_requests_per_second", "fair floor of a step, a second, same worker", round(floor))


def _rate(address: str, walkers: list[runs.Walker], begin: int, path: Callable[[runs.Walker, int], str]) -> float:
    def walk(walker: runs.Walker) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        for position in range(begin, begin + REQUESTS):
            post(connection, walker.learner, path(walker, position))
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(len(walkers)) as pool:
        list(pool.map(walk, walkers))
    return len(walkers) * REQUESTS / (time.perf_counter() - started)


def post(connection: http.client.HTTPConnection, learner: Learner, path: str) -> None:
    """Send a form as htmx does. Raises: RuntimeError unless it is answered with 200."""
    headers = {
        "Cookie": learner.cookie_header,
        "HX-Request": "true",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", path, urlencode({"csrfmiddlewaretoken": learner.token}), headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the site answered {answer.status}: {body[:200]!r}")
