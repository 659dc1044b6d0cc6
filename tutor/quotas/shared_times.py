"""Times that all worker processes of a machine share: a table in a file that each of them maps into its memory."""

import mmap
import os
import struct
import sys
from hashlib import blake2b
from pathlib import Path
from typing import Self

if sys.platform != "win32":
    import fcntl

WAYS = 8
"""Slots in which a key may be. The fullest bucket, whose loss matters least, makes room for another."""

_SLOT = struct.Struct("=8sd")
_HEADER = 16
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SharedTimes:
    """A time for each key, of the monotonic clock, which is the same in all processes until the machine restarts.

    Nothing locks the table against other processes: of two that write the same slot within microseconds, one is lost.
    """

    def __init__(self, table: mmap.mmap) -> None:
        self._table = table
        self._sets = (len(table) - _HEADER) // (_SLOT.size * WAYS)

    @classmethod
    def at(cls, path: Path, most_keys: int) -> Self | None:
        """Map the file, and create it if it is missing or older than the machine's start; None if that fails."""
        if sys.platform != "linux":
            return None  # elsewhere, what identifies the machine's start is not known
        try:
            boot = blake2b(_BOOT_ID.read_bytes(), digest_size=_HEADER).digest()
            size = _HEADER + most_keys // WAYS * WAYS * _SLOT.size
            with path.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # of two workers that start together, one fills the file
                file.seek(0)
                if file.read(_HEADER) != boot or os.fstat(file.fileno()).st_size != size:
                    file.truncate(0)
                    # Written, not sparse: without room for a page, a write to the mapped file would kill the process.
                    file.write(boot + bytes(size - _HEADER))
                    file.flush()
                table = mmap.mmap(file.fileno(), size)
                # It keeps a copy of the descriptor, and with it the lock.
                fcntl.flock(file, fcntl.LOCK_UN)
                return cls(table)
        except OSError:
            return None

    def get(self, key: object, default: float) -> float:
        """Return the key's time."""
        name = _name(key)
        for place in self._places(name):
            held, at = _SLOT.unpack_from(self._table, place)
            if held == name:
                return float(at)
        return default

    def set(self, key: object, at: float) -> None:
        """Store the key's time."""
        name = _name(key)
        oldest, place = float("inf"), 0
        for each in self._places(name):
            held, stored = _SLOT.unpack_from(self._table, each)
            if held == name:
                place = each
                break
            if stored < oldest:
                oldest, place = stored, each
        _SLOT.pack_into(self._table, place, name, at)

    def _places(self, name: bytes) -> range:
        first = _HEADER + int.from_bytes(name, "little") % self._sets * WAYS * _SLOT.size
        return range(first, first + WAYS * _SLOT.size, _SLOT.size)


def _name(key: object) -> bytes:
    # Not hash(): it differs between processes that were not forked from one.
    return blake2b(repr(key).encode(), digest_size=8).digest()
