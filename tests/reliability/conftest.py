"""The program, its Redis and a proxy between them, each a real process or socket, for all tests of reliability."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lessons import lesson
from tests.reliability.pile import LENGTH, PAGE, STEPS
from tests.servers import Program, Proxy, RedisServer, program, proxy_of, running_redis
from tests.visitor import Visitor


@pytest.fixture(scope="package")
def lessons(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "pile.yaml").write_text(lesson("".join(STEPS)))
    return folder


@pytest.fixture(scope="package")
def server() -> Iterator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest.fixture(scope="package")
def proxy(server) -> Iterator[Proxy]:
    with proxy_of(server) as running:
        yield running


@pytest.fixture(scope="package")
def running(proxy, lessons) -> Iterator[Program]:
    with program(proxy.url, lessons) as made:
        yield made


@pytest.fixture
def site(running, server) -> Iterator[Program]:
    """The program with its Redis, both up again after each test, and no traceback in the log."""
    yield running
    if not server.is_up:
        server.restart()
    running.start()
    assert "Traceback" not in running.log


@pytest.fixture
def visitor(site) -> Iterator[Visitor]:
    with site.visitor() as made:
        yield made


@pytest.fixture(scope="package")
def uninterrupted(running) -> list[tuple[str, ...]]:
    """The table of a run in which nothing went wrong."""
    with running.visitor() as undisturbed:
        undisturbed.walk("pile", LENGTH)
        return undisturbed.get(PAGE).rows
