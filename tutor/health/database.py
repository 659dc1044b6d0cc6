"""Whether the database takes a write and has the tables of this version."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from tutor import findings
from tutor.findings import Finding
from tutor.waiting import budget
from tutor.waiting.budget import Budget

PART = "database"
PULSE = "tutor_pulse"
"""The table with the one row that the check writes."""

BUSY_SECONDS = 2.0
"""How long the trial waits for a lock."""

SILENT = Finding(
    PART,
    findings.DATABASE_SILENT,
    "The database does not answer.",
    "Look whether the server hangs or is stopped, and whether a firewall drops packets; then restart it.",
)

Identity = tuple[int, int]
"""Device and inode of a file."""


class SqliteFile:
    """The SQLite file as the program found it at its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: Identity | None = None
        self.note()

    def note(self) -> None:
        """Remember which file has this name, the first time that there is one."""
        if self._first is None:
            with suppress(OSError):
                self._first = self._identity()

    def findings(self) -> Iterator[Finding]:
        """Yield whether the name now belongs to no file or another one: open connections keep using the first."""
        try:
            now = self._identity()
        except OSError as problem:
            yield Finding(
                PART,
                findings.DATABASE_MISSING,
                f"The database {self._path} can't be found: {problem.strerror}.",
                "Stop the program, restore the file from a backup (manage.py migrate makes an empty one), start it.",
            )
            return
        self.note()
        if now != self._first:
            yield Finding(
                PART,
                findings.DATABASE_REPLACED,
                f"The database {self._path} was replaced while the program had it open: what it stores is lost.",
                "Restart the program. Replace the file only while the program is stopped.",
            )

    def _identity(self) -> Identity:
        status = self._path.stat()
        return status.st_dev, status.st_ino


def sqlite_path() -> Path | None:
    """Return the SQLite file of the settings, None with another database."""
    if connections["default"].vendor != "sqlite":
        return None
    return Path(str(connections["default"].settings_dict["NAME"]))


def checker() -> Callable[[], list[Finding]]:
    """Return the check of the database, which remembers the SQLite file that there is now."""
    path = sqlite_path()
    file = SqliteFile(path) if path else None

    def check() -> list[Finding]:
        if file and (found := list(file.findings())):
            return found
        return list(_tried())

    return check


def _tried() -> Iterator[Finding]:
    """Try a write on a new connection: an old one to a deleted file would still work."""
    trial = Budget(BUSY_SECONDS)
    trial.has_place = True  # those for requests may all be taken
    with budget.request(trial):
        yield from _tried_within_budget()


def _tried_within_budget() -> Iterator[Finding]:
    connection = connections.create_connection("default")
    connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": 0, "OPTIONS": _options(connection)}
    try:
        behind = list(_schema(connection))
        yield from behind
        if not behind:
            _beat(connection)
    except (DatabaseError, sqlite3.Error, OSError) as fault:
        yield of_fault(fault)
    finally:
        with suppress(DatabaseError):
            connection.close()


def _options(connection: BaseDatabaseWrapper) -> dict[str, Any]:
    options = dict(connection.settings_dict.get("OPTIONS", {}))
    return options | ({"timeout": BUSY_SECONDS} if connection.vendor == "sqlite" else {"connect_timeout": 2})


def _beat(connection: BaseDatabaseWrapper) -> None:
    """Write one row and commit. Raises: DatabaseError."""
    # Our own SQL, because Django's ORM would use the connection of this thread. There is one row for all processes.
    with connection.cursor() as cursor:
        # A statement of its own is a transaction of its own: Django's connections commit it at once.
        cursor.execute(
            f"INSERT INTO {PULSE} (id, at) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET at = excluded.at",  # noqa: S608
            [int(time.time())],
        )


def _schema(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    if gone := _missing_tables(connection):
        yield Finding(
            PART,
            findings.DATABASE_OLD,
            f"The database lacks the tables {', '.join(gone[:5])}.",
            "Restore them from a backup; in a new database, run manage.py migrate.",
        )
    elif missing := unapplied(connection):
        yield Finding(
            PART,
            findings.DATABASE_OLD,
            f"The database lacks {len(missing)} migrations of this version: {', '.join(missing[:5])}.",
            "Run manage.py migrate.",
        )


def _own_tables() -> list[str]:
    return [model._meta.db_table for model in apps.get_app_config("tutor").get_models()]  # noqa: SLF001 - Django's API


def _missing_tables(connection: BaseDatabaseWrapper) -> list[str]:
    wanted = {"django_migrations", *_own_tables()}
    # The pulse's own table comes with a migration, which is then what is missing.
    with connection.cursor() as cursor:
        return sorted(wanted - {PULSE} - set(connection.introspection.table_names(cursor)))


_expected: frozenset[tuple[str, str]] | None = None


def unapplied(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the migrations of this version that the database lacks. Raises: DatabaseError."""
    global _expected
    if _expected is None:
        # Reading the migrations' modules takes as long as a page; the set is the same for the life of the process.
        _expected = frozenset(MigrationLoader(None).disk_migrations or ())
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = {(app, name) for app, name in cursor.fetchall()}
    return sorted(f"{app}.{name}" for app, name in _expected - applied)


_Verdict = tuple[str, str, str]

# Parts of the messages of SQLite and PostgreSQL, in lower case.
_BY_TEXT: tuple[tuple[str, _Verdict], ...] = (
    ("no space left", (findings.DISK_FULL, "The database's disk is full", "Free space on its disk.")),
    ("disk is full", (findings.DISK_FULL, "The database's disk is full", "Free space on its disk.")),
    ("locked for too long", (findings.DATABASE_LOCKED, "Another program has locked the database", "End that program.")),
    ("is locked", (findings.DATABASE_LOCKED, "Another program has locked the database", "End that program: {holder}")),
    ("lock timeout", (findings.DATABASE_LOCKED, "Another session has locked a table", "End it: see pg_stat_activity.")),
    (
        "readonly database",
        (findings.DATABASE_UNWRITABLE, "The database file can't be written", "Give it to the program's user."),
    ),
    (
        "read-only transaction",
        (
            findings.DATABASE_UNWRITABLE,
            "The database is read-only, such as a standby",
            "Set DATABASE_URL to the primary, or switch default_transaction_read_only off.",
        ),
    ),
    (
        "password authentication failed",
        (findings.DATABASE_REFUSES, "The database refuses the password", "Correct user and password in DATABASE_URL."),
    ),
    (
        "no password supplied",
        (findings.DATABASE_REFUSES, "The database requires a password", "Add the password to DATABASE_URL."),
    ),
    (
        "permission denied",
        (findings.DATABASE_REFUSES, "The database's user lacks rights", "Make it the owner of the program's tables."),
    ),
    (
        "too many connections",
        (findings.DATABASE_REFUSES, "The database has no connection left", "Raise max_connections, or use PgBouncer."),
    ),
    (
        "too many clients",
        (findings.DATABASE_REFUSES, "The database has no connection left", "Raise max_connections, or use PgBouncer."),
    ),
    (
        "connection refused",
        (findings.DATABASE_REFUSES, "No database server listens there", "Start it, or correct DATABASE_URL."),
    ),
    (
        "does not exist",
        (findings.DATABASE_REFUSES, "The database or its role does not exist", "Correct DATABASE_URL, or create it."),
    ),
    ("no such table", (findings.DATABASE_OLD, "The database lacks tables", "Run manage.py migrate.")),
    (
        "unable to open",
        (findings.DATABASE_MISSING, "The database file can't be opened", "Correct DATABASE_URL or the file's rights."),
    ),
    (
        "malformed",
        (
            findings.DATABASE_REFUSES,
            "The database file is damaged",
            "Restore it from a backup, or use sqlite3's .recover.",
        ),
    ),
    (
        "not a database",
        (findings.DATABASE_REFUSES, "The file is not a database", "Restore it from a backup, or correct DATABASE_URL."),
    ),
    ("did not answer", (findings.DATABASE_SILENT, "The database does not answer", SILENT.cure)),
    ("timeout expired", (findings.DATABASE_SILENT, "The database does not answer", SILENT.cure)),
)


def of_fault(fault: Exception) -> Finding:
    """Return what an exception of the database means."""
    said = str(fault).strip()
    for text, (reason, detail, cure) in _BY_TEXT:
        if text in said.lower():
            return Finding(PART, reason, f"{detail}: {_one_line(said)}.", cure.format(holder="fuser lists it."))
    detail = f"The database can't be used: {_one_line(said)}."
    return Finding(PART, findings.DATABASE_REFUSES, detail, "Correct DATABASE_URL, or repair the database.")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).rstrip(".")[:300]
