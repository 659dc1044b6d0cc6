"""Health as monitors see it, while a server, a file or a disk fails under the running program."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.health.redis_faults import FAULTS, PASSWORD, address, grant
from tests.needs import need
from tests.polling import until
from tests.postgresql import PostgreSQL, running_postgresql
from tests.reliability.pile import PAGE, finish
from tests.servers import ROOT, Program, RedisServer, program, running_redis
from tests.timing import promptly
from tests.visitor import Answer

pytestmark = pytest.mark.slow

BY_ADDRESS = {"Host": "10.1.2.3:8000"}
"""A load balancer asks a worker by its address."""

LONGEST_ANSWER = 2.5


def ask(site: Program, path: str = "/health/ready/", method: str = "GET") -> Answer:
    with site.visitor() as monitor:
        return monitor.request(method, path, headers=BY_ADDRESS)


def reasons(site: Program) -> list[str]:
    """Return the reasons why the program is not ready; each answer comes in time."""
    with promptly(LONGEST_ANSWER):
        answer = ask(site)
    content = json.loads(answer.text)
    assert (answer.status, content["status"]) in {(200, "ready"), (503, "not ready")}
    return [each["reason"] for each in content.get("failed", ())]


def soon_says(site: Program, *expected: str) -> None:
    """Wait until exactly these reasons are given: a result is kept for a second."""
    said: list[list[str]] = []
    until(lambda: said.append(reasons(site)) or said[-1] == list(expected), f"{expected}")


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def each_interface(request, lessons) -> Iterator[Program]:
    with (
        running_redis() as server,
        program(server.url, lessons, workers=1, interface=request.param, BEHIND_TLS="1") as made,
    ):
        made.server = server
        yield made


@pytest.mark.parametrize("path", ["/health/live/", "/health/ready/", "/health/live", "/health/ready"])
def test_a_worker_answers_itself_without_host_tls_or_cookie(each_interface, path):
    answer, head = ask(each_interface, path), ask(each_interface, path, "HEAD")
    assert (answer.status, json.loads(answer.text)["status"]) == (200, path.strip("/").split("/")[1])
    assert (head.status, head.text) == (200, "")
    for headers in (answer.headers, head.headers):
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers.get("Set-Cookie") is None
        assert headers.get("Location") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(each_interface, method):
    answer = ask(each_interface, "/health/ready/", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_the_pages_of_the_program_have_the_same_headers(each_interface):
    through_tls = {"X-Forwarded-Proto": "https"}
    with each_interface.visitor() as visitor:
        page, health = (visitor.get(path, through_tls) for path in ("/", "/health/ready/"))
    security = {
        "strict-transport-security",
        "x-content-type-options",
        "referrer-policy",
        "cross-origin-opener-policy",
        "x-frame-options",
    }
    security |= {"cross-origin-resource-policy", "permissions-policy"} & {name.lower() for name in page.headers}
    for name in security:
        assert health.headers[name] == page.headers[name], name


def test_a_stampede_of_monitors_costs_one_check(each_interface):
    soon_says(each_interface)
    server = each_interface.server
    before, begun = server.calls("publish"), monotonic()
    with ThreadPoolExecutor(30) as pool:
        statuses = {answer.status for answer in pool.map(lambda _: ask(each_interface), range(200))}
    assert statuses == {200}
    assert server.calls("publish") - before <= 1 + (monotonic() - begun)


@pytest.fixture(scope="module")
def limited() -> Iterator[RedisServer]:
    with running_redis() as server:
        grant(server)
        yield server


@pytest.fixture(scope="module")
def limited_site(limited, lessons) -> Iterator[Program]:
    with program(address(limited), lessons, workers=1) as made:
        yield made


@pytest.mark.parametrize("name", ["a replica", "full", "hung", "no CLIENT", "no writes", "no keys", "another password"])
def test_a_redis_that_can_not_serve_is_said_and_its_end_too(limited_site, limited, name):
    row = FAULTS[name]
    with row.fault(limited):
        soon_says(limited_site, row.reason)
        assert ask(limited_site, "/health/live/").status == 200
        with limited_site.visitor() as visitor:
            old = visitor.get("/health/")
            until(lambda: "is-away" in visitor.get("/").text, "the page to say it")
            texts = [visitor.get("/").text, visitor.press(visitor.get(PAGE)).text, old.text, ask(limited_site).text]
    assert (old.status, json.loads(old.text)["status"]) == (200, "degraded")
    for text in texts:
        for secret in (PASSWORD, "WRONGPASS", "NOPERM", str(limited.port), "client|", "user tutor"):
            assert secret not in text
    soon_says(limited_site)
    assert row.sentence in limited_site.log
    assert PASSWORD not in limited_site.log


@pytest.fixture
def own_site(limited, lessons) -> Iterator[Program]:
    """A program with a SQLite file of its own, whatever database the tests use."""
    with program(address(limited), lessons, workers=1, DATABASE_URL="") as made:
        soon_says(made)
        yield made


@contextmanager
def deleted(site: Program) -> Iterator[None]:
    aside = site.database.with_suffix(".aside")
    site.database.rename(aside)
    yield
    for empty in site.folder.glob("db.sqlite3*"):  # a page may have made an empty one meanwhile
        empty.unlink()
    aside.rename(site.database)


@contextmanager
def replaced(site: Program) -> Iterator[None]:
    aside = site.database.with_suffix(".aside")
    site.database.rename(aside)
    shutil.copy(aside, site.database)
    yield
    aside.replace(site.database)


@contextmanager
def locked(site: Program) -> Iterator[None]:
    other = sqlite3.connect(site.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def without_a_migration(site: Program) -> Iterator[None]:
    other = sqlite3.connect(site.database, isolation_level=None)
    (row,) = other.execute("SELECT * FROM django_migrations WHERE app = 'tutor' ORDER BY name DESC LIMIT 1").fetchall()
    other.execute("DELETE FROM django_migrations WHERE id = ?", row[:1])
    yield
    other.execute("INSERT INTO django_migrations VALUES (?, ?, ?, ?)", row)
    other.close()


@contextmanager
def without_tables(site: Program) -> Iterator[None]:
    other = sqlite3.connect(site.database, isolation_level=None)
    other.execute("ALTER TABLE tutor_run RENAME TO gone")
    yield
    other.execute("ALTER TABLE gone RENAME TO tutor_run")
    other.close()


SQLITE_FAULTS: dict[Callable[[Program], object], tuple[str, str]] = {
    deleted: ("The database file is missing.", "can't be found"),
    replaced: ("The database file was replaced while the program had it open.", "was replaced"),
    locked: ("The database is locked by another program.", "Another program has locked"),
    without_a_migration: ("The tables of the database are not up to date.", "Run manage.py migrate"),
    without_tables: ("The tables of the database are not up to date.", "tutor_run"),
}


@pytest.mark.parametrize("fault", SQLITE_FAULTS, ids=lambda fault: fault.__name__)
def test_a_sqlite_file_that_can_not_serve_is_said_and_its_end_too(own_site, fault):
    reason, sentence = SQLITE_FAULTS[fault]
    with fault(own_site):
        soon_says(own_site, reason)
        assert ask(own_site, "/health/live/").status == 200
        with own_site.visitor() as visitor:
            old = visitor.get("/health/")
        text = ask(own_site).text
    assert (old.status, json.loads(old.text)["status"]) == (503, "down")
    assert "db.sqlite3" not in text
    assert sentence in own_site.log
    soon_says(own_site)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a file system of 64 MB on the folder."""
    is_mounted = os.geteuid() == 0 and shutil.which("mount")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, check=False)
    need(is_mounted and done.returncode == 0, "root, and the right to mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Write a file that leaves so many bytes free."""
    path = folder / "filling"
    with path.open("wb") as file, suppress(OSError):
        while (free := shutil.disk_usage(folder).free - leave) > 0:
            file.write(b"x" * min(free, 1 << 20))
            file.flush()
    return path


@pytest.mark.parametrize("leave", [0, 8 << 20])
def test_a_full_disk_is_said_and_its_end_too(limited, lessons, tmp_path, leave):
    with small_disk(tmp_path):
        made = Program(tmp_path, address(limited), lessons, 1, {"DATABASE_URL": ""})
        made.manage("migrate", "--verbosity", "0")
        made.manage("collectstatic", "--no-input", "--verbosity", "0")
        try:
            made.start()
            soon_says(made)
            filling = fill(tmp_path, leave)
            until(lambda: "The disk is full." in reasons(made), "the full disk")
            with made.visitor() as visitor:
                assert visitor.get("/health/").status == 503
            filling.unlink()
            soon_says(made)
        finally:
            made.kill()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    with running_postgresql("secret-word") as server:
        yield server


def test_a_postgresql_that_hangs_is_said_in_time_and_its_end_too(limited, lessons, postgres):
    with program(address(limited), lessons, workers=1, DATABASE_URL=postgres.url) as site:
        site.manage("migrate", "--verbosity", "0")
        soon_says(site)
        with postgres.hanging():
            soon_says(site, "The database does not answer.")
            for _ in range(3):
                assert reasons(site) == ["The database does not answer."]
            with promptly(0.3):
                assert ask(site, "/health/live/").status == 200
        soon_says(site)
        with site.visitor() as visitor:
            finish(visitor, visitor.get(PAGE))


def test_a_wrong_password_of_the_database_is_in_the_log_alone(limited, lessons, postgres):
    url = postgres.url.replace("secret-word", "wrong-word")
    with program(address(limited), lessons, workers=1, DATABASE_URL=postgres.url) as site:
        site.kill()
        site.environment["DATABASE_URL"] = url
        found = subprocess.run(
            [sys.executable, "manage.py", "doctor"],
            cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert found.returncode == 1
    assert "The database refuses the password" in found.stdout
    assert "Cure: Correct user and password in DATABASE_URL." in found.stdout
    assert "wrong-word" not in found.stdout + found.stderr
