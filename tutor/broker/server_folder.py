"""The folder of an embedded server, used by all processes that share it: its lock files and its socket.

A lock of flock(2) belongs to an open file, not to a process: a child inherits it, and the kernel releases it when the
last process with the open file ends. Lock files are never removed, because two processes could then hold the same lock
on two files of the same name.
"""

import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":  # Windows has no wheel with a server either
    import fcntl

ANSWER_SECONDS = 3.0

# sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the final zero: unix(4), unix(7).
LONGEST_SOCKET_PATH = 103
SOCKET = "valkey.sock"


def make_private(folder: Path) -> None:
    """Create the folder with access for this user only. Raises: OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(folder):
        folder.chmod(0o700)


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def socket_path(folder: Path) -> Path:
    """Return the server's socket; if the folder's path is too long, it is in a separate temporary folder."""
    path = folder / SOCKET
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    link = folder / "socket-folder"
    with suppress(OSError):
        # Another user may have created a folder of that name since the temporary folder was last cleared.
        if _is_private(link.readlink()):
            return link.readlink() / SOCKET
    # TMPDIR may be as deep as the folder; /tmp exists on every system with unix sockets.
    is_shallow = len(os.fsencode(tempfile.gettempdir())) < LONGEST_SOCKET_PATH - 30
    made = Path(tempfile.mkdtemp(prefix="tutor-", dir=None if is_shallow else "/tmp"))  # noqa: S108
    link.unlink(missing_ok=True)
    link.symlink_to(made)
    return made / SOCKET


def answers(path: Path) -> bool:
    """Return whether a server that listens on this socket answers a PING."""
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open the lock file for the block; the value is its descriptor."""
    file = _open(path)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Wait for the lock, and hold it while the block runs; the value is the descriptor of the lock file."""
    with opened(path) as file:
        lock(file)
        yield file


def lock(file: int) -> None:
    """Wait for the lock, and hold it until the file is closed."""
    fcntl.flock(file, fcntl.LOCK_EX)


def lock_if_free(file: int) -> bool:
    """Hold the lock until the file is closed and return True, or return False if another process holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share_lock_for_good(path: Path) -> None:
    """Wait for a share of the lock, and hold it until this process, and each that it forks, has ended."""
    fcntl.flock(_open(path), fcntl.LOCK_SH)


def wait_until_free(file: int) -> None:
    """Wait until no process holds the lock exclusively."""
    fcntl.flock(file, fcntl.LOCK_SH)
    unlock(file)


def unlock(file: int) -> None:
    """Release the lock of an open file."""
    fcntl.flock(file, fcntl.LOCK_UN)


def is_locked(file: int) -> bool:
    """Return whether the file is locked, other than through this descriptor."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    unlock(file)
    return False


def write_holder(file: int, pid: int) -> None:
    """Write the holder's process id into a lock file."""
    os.ftruncate(file, 0)
    os.pwrite(file, str(pid).encode(), 0)


def holder_of(file: int) -> int | None:
    """Return the process that holds the lock, None if it is free."""
    # Read only while the lock is held, when the id is certain to be the holder's.
    text = os.pread(file, 20, 0) if is_locked(file) else b""
    return int(text) if text else None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
