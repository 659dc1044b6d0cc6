"""PgBouncer in transaction mode between the program and PostgreSQL."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.needs import need
from tests.polling import until
from tests.postgresql import ACCOUNT, PostgreSQL, running_postgresql
from tests.reliability.pile import LENGTH, PAGE
from tests.servers import Program, free_port, program

pytestmark = pytest.mark.slow

CONFIGURATION = """
[databases]
tutor = host=127.0.0.1 port={server} user=tutor

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 4
"""


@contextmanager
def pgbouncer(server: PostgreSQL) -> Iterator[str]:
    """Yield the address of the server's database behind a PgBouncer."""
    binary = need(shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin"), "PgBouncer")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tutor-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(CONFIGURATION.format(server=server.port, port=port))
        if ACCOUNT:
            shutil.chown(folder, **ACCOUNT)
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([binary, settings], cwd=folder, stderr=log, stdout=log, **ACCOUNT)
        url = f"postgresql://tutor@127.0.0.1:{port}/tutor"

        def answers() -> bool:
            with suppress(psycopg.OperationalError), psycopg.connect(url):
                return True
            return False

        try:
            until(answers, "PgBouncer to answer")
            yield url
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as made:
        yield made


@pytest.fixture(scope="module")
def behind(server, lessons, postgresql) -> Iterator[Program]:
    with pgbouncer(postgresql) as url, program(server.url, lessons, DATABASE_URL=url) as made:
        yield made


def test_a_lesson_is_taken_to_its_end_by_several_learners_over_few_connections(behind, postgresql, uninterrupted):
    def to_the_end(_: int) -> list[tuple[str, ...]]:
        with behind.visitor() as visitor:
            visitor.walk("pile", LENGTH)
            return visitor.get(PAGE).rows

    with ThreadPoolExecutor(8) as pool:
        assert all(table == uninterrupted for table in pool.map(to_the_end, range(8)))
    assert "Traceback" not in behind.log
    ((connections,),) = postgresql.ask("SELECT count(*) FROM pg_stat_activity WHERE datname = 'tutor'")
    assert connections <= 5  # four of PgBouncer's, and the one that asks


def test_an_instructor_can_log_in(behind):
    behind.manage("create_instructor", "ana", "--password-stdin", stdin="a long and uncommon sentence\n")
    with behind.visitor() as visitor:
        visitor.get("/studio/login/")
        answer = visitor.post(
            "/studio/login/", {"username": "ana", "password": "a long and uncommon sentence"}, headers={}
        )
        assert (answer.status, answer.headers["Location"]) == (303, "/studio/")
        assert visitor.get("/studio/").status == 200
