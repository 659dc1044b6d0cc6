"""Locks on runs, which the threads of all processes of the machine share: a byte of a file for each.

SQLite itself can lock nothing smaller than the whole database. A lock ends with the process that holds it, however that
ends: https://www.man7.org/linux/man-pages/man2/F_OFD_SETLK.2const.html. Two runs may share a byte; then one waits for
the other's step.
"""

import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

from django.db import OperationalError

from tutor.databases.limits import BUSY_SECONDS
from tutor.waiting import places
from tutor.waiting.budget import Wait

if sys.platform != "win32":
    import fcntl

SUFFIX = "-runs"
"""What the file's name has besides the database's."""

LOCKS = 2**40
"""How many runs the file tells apart. It stays empty: a lock needs no content."""

SHORTEST_RETRY, LONGEST_RETRY = 0.001, 0.01
"""Seconds between two attempts at a lock that another press has."""

# A lock belongs to one opened file, so each thread has its own.
_files = local()


class _File:
    """The file beside a database, open until its thread ends."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.descriptor = os.open(database + SUFFIX, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __del__(self) -> None:
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)


def can_lock(database: str) -> bool:
    """Return whether this system has locks of opened files, and the file for them can be opened."""
    return hasattr(fcntl, "F_OFD_SETLK") and _descriptor(database) is not None if sys.platform != "win32" else False


@contextmanager
def held(database: str, number: int) -> Iterator[None]:
    """Hold the lock of that number for the block. Raises: OperationalError if others hold it for too long, TooBusy."""
    # Before the lock: one who has it must not wait for a place that those have who wait for it.
    places.take()
    descriptor, start = _descriptor(database), number % LOCKS
    if descriptor is None:
        raise OperationalError("The file with the locks of runs can't be opened.")
    _wait(descriptor, start)
    try:
        yield
    finally:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _flock(fcntl.F_UNLCK, start))


def _wait(descriptor: int, start: int) -> None:
    with Wait(BUSY_SECONDS) as seconds:
        until, pause = time.monotonic() + seconds, SHORTEST_RETRY
        while True:
            try:
                fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _flock(fcntl.F_WRLCK, start))
            except (BlockingIOError, PermissionError):  # EAGAIN or EACCES: fcntl(2)
                if time.monotonic() >= until:
                    raise OperationalError("Other presses of the same button took too long.") from None
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_RETRY)
            else:
                return


def _flock(kind: int, start: int) -> bytes:
    # struct flock of 64-bit Linux: type, whence, start, length, process (0: fcntl(2) requires it).
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, start, 1, 0)


def _descriptor(database: str) -> int | None:
    """Return this thread's descriptor of the file, opened at its first use; None if it can't be opened."""
    kept: _File | None = getattr(_files, "kept", None)
    if kept is None or kept.database != database:
        try:
            _files.kept = kept = _File(database)
        except OSError:
            return None
    return kept.descriptor
