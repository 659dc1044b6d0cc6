"""Reading files that others put into a folder: only regular files, without ever waiting for a pipe."""

import os
import stat
from pathlib import Path

_FOLDER = "it is a folder"

_KINDS = (
    (stat.S_ISDIR, _FOLDER),
    (stat.S_ISFIFO, "it is a named pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)


def is_hidden(path: Path) -> bool:
    """Return whether the file is hidden by its name, as `._lesson.yaml` on macOS or `.lesson.yaml.swp`."""
    return path.name.startswith(".")


def is_regular(path: Path) -> bool:
    """Return whether the path is a regular file or a link to one; False if it can't be accessed."""
    return not why_not_regular(path)


def is_folder(path: Path) -> bool:
    """Return whether the path is a folder; False if it can't be accessed, where Path.is_dir raises."""
    return why_not_regular(path) == _FOLDER


def is_there(path: Path) -> bool:
    """Return whether the path exists; False for a broken link, and if it can't be accessed."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def why_not_regular(path: Path) -> str:
    """Return why the path is not a regular file, as the end of a sentence; "" if it is one."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as fault:
        return getattr(fault, "strerror", None) or str(fault)
    return _reason_of(mode)


def start_of(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a regular file. Raises: OSError, also for other kinds, with a `strerror`."""
    # Checked before opening: a pipe would wait for a writer, and opening some devices has side effects.
    _require_regular(path, path.stat().st_mode)
    # O_NONBLOCK in case a pipe takes the file's place right now, so that open(2) does not wait for a writer.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _require_regular(path, os.fstat(file).st_mode)
        parts, left = list[bytes](), most
        while left and (part := os.read(file, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(file)


def _require_regular(path: Path, mode: int) -> None:
    if reason := _reason_of(mode):
        raise OSError(None, reason, str(path))


def _reason_of(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return next((reason for is_kind, reason in _KINDS if is_kind(mode)), "it is not a file")
