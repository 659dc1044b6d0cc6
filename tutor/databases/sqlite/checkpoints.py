"""Checkpoints of SQLite's log, in a thread of every process that serves: no request waits for the disk's fsync.

With `synchronous=NORMAL` a commit writes to the log without fsync; only a checkpoint, which moves the log into the
database, waits for the disk, and by default that is part of the commit that makes the log a thousand pages long
(https://www.sqlite.org/wal.html#performance_considerations). On a slow disk that is seconds.
"""

import logging
import sqlite3
import time
from contextlib import closing
from threading import Event, Thread

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often a process looks whether a checkpoint is due."""

MOST_COMMITS = 300
"""Commits of a process after which a checkpoint is due: about the thousand pages of SQLite's default."""

LONGEST_SECONDS = 60.0
"""Seconds after which a checkpoint is due if there was any commit at all."""


class Commits:
    """The commits of this process since its last checkpoint, and whether it makes checkpoints."""

    def __init__(self) -> None:
        self.count = 0
        self.are_counted = False
        self._since = time.monotonic()

    def is_due(self) -> bool:
        """Return whether a checkpoint is due."""
        # The length of the log would tell more, but SQLite keeps the file as long as it once was.
        return self.count >= MOST_COMMITS or (self.count > 0 and time.monotonic() - self._since > LONGEST_SECONDS)

    def begin_anew(self) -> None:
        """Forget the commits before a checkpoint."""
        self.count, self._since = 0, time.monotonic()


commits = Commits()


def start(database: str, stopped: Event | None = None) -> Thread:
    """Make checkpoints of this database when they are due, until the process ends, or `stopped` is set."""
    commits.are_counted = True
    thread = Thread(target=_keep_looking, args=(database, stopped or Event()), name="checkpoints", daemon=True)
    thread.start()
    return thread


def _keep_looking(database: str, stopped: Event) -> None:
    _make_or_say(database)  # also the first commit to a new log waits for the disk
    while not stopped.wait(LOOK_SECONDS):
        if commits.is_due():
            commits.begin_anew()
            _make_or_say(database)


def _make_or_say(database: str) -> None:
    try:
        make(database)
    except sqlite3.Error as fault:
        log.warning("no checkpoint could be made: %s", fault)


def make(database: str) -> None:
    """Move the log into the database. Raises: sqlite3.Error."""
    with closing(sqlite3.connect(database, timeout=LOOK_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        # PASSIVE waits for the disk and keeps neither readers nor writers waiting.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        # The next commit begins the log anew, and waits for the disk once more. Better this one than a learner's: it
        # writes a page as it is.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
