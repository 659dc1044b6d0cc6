"""A PostgreSQL of a test's own, which can hang."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from tests.needs import need
from tests.polling import until
from tests.servers import free_port

ACCOUNT: dict[str, str] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
"""Options of subprocess: PostgreSQL refuses to run as root."""


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else need(shutil.which(name), "PostgreSQL")


class PostgreSQL:
    """A server on a free port, with a database `tutor` for an account of that name, with or without a password."""

    def __init__(self, folder: Path, password: str) -> None:
        self.port = free_port()
        self._account = f"tutor:{password}" if password else "tutor"
        secret = folder / "password"
        secret.write_text(f"{password}\n")
        secret.chmod(0o644)
        login = ["--auth", "scram-sha-256", "--pwfile", str(secret)] if password else ["--auth", "trust"]
        options = ["-D", str(folder / "data"), "--username", "tutor", "--encoding", "UTF8", *login]
        subprocess.run([program("initdb"), *options], check=True, stdout=subprocess.DEVNULL, cwd=folder, **ACCOUNT)
        place = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
        options = ["-D", folder / "data", *(f"--{name}={value}" for name, value in place.items())]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen([program("postgres"), *options], cwd=folder, stderr=log, **ACCOUNT)
        until(self._answers, "PostgreSQL to answer")
        self.ask("CREATE DATABASE tutor", database="postgres")

    @property
    def url(self) -> str:
        return f"postgresql://{self._account}@127.0.0.1:{self.port}/tutor"

    def ask(self, statement: str, *, database: str = "tutor") -> list[tuple[object, ...]]:
        """Run a statement over a connection of its own and return its rows."""
        with psycopg.connect(self.url.rpartition("/")[0] + "/" + database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Stop all its processes: it accepts connections, and answers nothing."""
        main = psutil.Process(self._process.pid)
        main.suspend()
        children = main.children(recursive=True)
        for each in children:
            each.suspend()
        try:
            yield
        finally:
            for each in (main, *children):
                with suppress(psutil.NoSuchProcess):
                    each.resume()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            return bool(self.ask("SELECT 1", database="postgres"))
        return False


@contextmanager
def running_postgresql(password: str = "") -> Iterator[PostgreSQL]:
    """Yield a PostgreSQL that runs, and end it after the block."""
    folder = Path(tempfile.mkdtemp(prefix="tutor-postgresql-"))
    if ACCOUNT:
        shutil.chown(folder, **ACCOUNT)
    try:
        server = PostgreSQL(folder, password)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
