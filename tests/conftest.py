"""Fixtures of all tests; the settings and the test run's own folder are in settings.py next to this."""

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fuzzing import register_profiles
from tests.needs import need
from tests.polling import until
from tests.servers import RedisServer, broker_at, running_redis
from tutor import findings, reference_plays, stored_texts
from tutor.broker import embedded


def pytest_configure(config: pytest.Config) -> None:
    """Choose the examples that random tests try: few where slow tests are left out, as in `make test-fast`."""
    register_profiles()
    fast_or_all = "fast" if "not slow" in config.option.markexpr else "ci"
    settings.load_profile(config.getoption("--hypothesis-profile") or fast_or_all)
    if hasattr(signal, "SIGHUP"):
        # With nohup(1) it is ignored, and programs that the tests start would not be told to renew their workers.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the browser's tests where none is asked for: there are thousands of cases to collect."""
    return True if collection_path.name == "browser" and "not browser" in config.option.markexpr else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run fast tests first, and mark those that use the database, which also run on PostgreSQL."""
    for item in items:
        starts_program = "reliability" in item.path.parts or hasattr(getattr(item, "module", None), "program")
        if starts_program or item.get_closest_marker("django_db"):
            item.add_marker("database")
    items.sort(key=lambda item: ("browser" in item.path.parts, bool(item.get_closest_marker("slow"))))


@pytest.fixture(scope="session")
def real_redis_url() -> str:
    """The address of a Redis server that tests may use, given as TEST_REDIS_URL."""
    return need(os.environ.get("TEST_REDIS_URL"), "TEST_REDIS_URL, the address of a Redis server")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once why tests were skipped; pytest itself would say it for each place."""
    skipped = terminalreporter.getreports("skipped")
    for reason, count in Counter(report.longrepr[2] for report in skipped).items():
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ')}", yellow=True)


@pytest.fixture(scope="module")
def real() -> Iterator[RedisServer]:
    """A server of the module's own."""
    with running_redis() as server:
        yield server


@pytest.fixture
def server(real: RedisServer) -> Iterator[RedisServer]:
    """A server that this process uses, empty."""
    real.ask("FLUSHALL")
    with broker_at(real.url):
        yield real


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    """Let the log say again what another test made it say a moment ago."""
    findings._said.clear()


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget rows of an earlier test's database, and answers: a test may change more than what they are kept by."""
    stored_texts.forget_rows()
    reference_plays.forget_rows()
    for name in ("tutor.views.shared.kept_answers", "tutor.kept_steps"):
        if module := sys.modules.get(name):
            module.forget_all()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Path]:
    """The socket of a server as a learner has one: with nothing in it, and every key and channel allowed."""
    path = tmp_path / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen([embedded.binary(), *options], stdout=subprocess.DEVNULL)
    until(lambda: listens(path), "the server's socket")
    yield path
    process.terminate()
    process.wait()


def listens(path: Path) -> bool:
    """Return whether a server accepts connections at a socket: its file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as probe:
        return not probe.connect_ex(str(path))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the test run's folder when the first process ends."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["TUTOR_TEST_RUN"], ignore_errors=True)


def pytest_collection_finish() -> None:
    """Keep the thousands of tests out of the garbage collector's way, which would walk through them again and again."""
    gc.collect()
    gc.freeze()
    # Python's own threshold, 700 new objects, makes it run many times in each page that a test asks for.
    gc.set_threshold(20_000, 20, 20)
