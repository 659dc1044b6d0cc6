"""Files that stay read until their time or size changes, so that a new version counts at once without a watcher."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

Found = TypeVar("Found")

Stamp = tuple[int, int]
"""The time and the size of a file."""


def stamp_of(path: Path) -> Stamp:
    """Return the time and the size of a file. Raises: OSError, ValueError."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


class KeptFiles(Generic[Found]):
    """What `read` found in each file; it may raise OSError."""

    def __init__(self, read: Callable[[Path], Found]) -> None:
        self._read = read
        self._known: dict[Path, tuple[Stamp, Found]] = {}

    def at(self, path: Path) -> Found | None:
        """Return what a file holds, None if there is no such file. Never raises."""
        try:
            stamp, known = stamp_of(path), self._known.get(path)
            if known is None or known[0] != stamp:
                known = self._known[path] = stamp, self._read(path)
        except (OSError, ValueError):  # ValueError: a name that no file can have
            self._known.pop(path, None)
            return None
        return known[1]
