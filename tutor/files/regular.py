"""Reading files that others put into a folder: only regular ones, and never waiting for what a pipe may bring."""

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
    """Return whether the name keeps the file out of sight, as `._lesson.yaml` of macOS and `.lesson.yaml.swp`."""
    return path.name.startswith(".")


def is_regular(path: Path) -> bool:
    """Return whether there is a regular file, also behind a symbolic link; no for what can't be looked at."""
    return not oddity(path)


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; no for what can't be looked at, where Path.is_dir raises."""
    return oddity(path) == _FOLDER


def is_there(path: Path) -> bool:
    """Return whether there is anything of that name; no for what can't be looked at, and for a link to nothing."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def oddity(path: Path) -> str:
    """Return why the path is no regular file, as the end of a sentence; "" if it is one."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as fault:
        return getattr(fault, "strerror", None) or str(fault)
    return _oddity_of(mode)


def start_of(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a regular file. Raises: OSError, also for anything else; `strerror` says why."""
    if odd := _oddity_of(path.stat().st_mode):
        # Opening it would be too much already: a pipe waits for a writer, and some devices do something.
        raise OSError(None, odd, str(path))
    # Whatever takes the file's place in this very moment is not waited for either.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if odd := _oddity_of(os.fstat(file).st_mode):
            raise OSError(None, odd, str(path))
        parts, left = list[bytes](), most
        while left and (part := os.read(file, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(file)


def _oddity_of(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return next((said for is_kind, said in _KINDS if is_kind(mode)), "it is not a file")
