"""The keeper of an embedded server, a small detached process: `python -m tutor.broker.keeper <folder> <access>`.

It starts the server, or takes over one whose keeper was killed, waits until users.lock or server.lock is free, and
removes the server with its socket. It imports only the standard library.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, cast

from tutor.broker.embedded import READY, START_SECONDS, binary
from tutor.broker.server_folder import (
    ANSWER_SECONDS,
    SOCKET,
    answers,
    holder_of,
    is_locked,
    lock,
    lock_if_free,
    locked,
    opened,
    socket_path,
    unlock,
    write_holder,
)

STOP_SECONDS = 5.0
POLL_SECONDS = 0.005
LOG = "valkey.log"

CONFIGURATION = f"""
unixsocket {SOCKET}
unixsocketperm 700
save ""
appendonly no
databases 1
# When memory is full, the writer gets an error; evicting would remove the keys of another run.
maxmemory 256mb
maxmemory-policy noeviction
# The smallest limit that the server accepts, so that no single value, as of SETRANGE at a far offset, fills the memory.
proto-max-bulk-len 1mb
client-query-buffer-limit 2mb
maxmemory-clients 64mb
"""


def keep(folder: Path, access: str) -> None:
    """Run a server in `folder` until its users or the server itself are gone; write READY when it answers."""
    # Opened once, before the first use, because the folder itself may be removed before the end.
    path = folder / "server.lock"
    with (
        opened(path) as server,
        opened(path) as end_of_server,
        opened(folder / "users.lock") as users,
        opened(folder / "keeper.lock") as keeper,
    ):
        if not _becomes_keeper(keeper, server, folder):
            _say_ready()
            return
        write_holder(keeper, os.getpid())
        listening = socket_path(folder)
        # SIGTERM may come at any moment, even before the first user has read READY.
        try:
            if not answers(listening):
                _stop_server(server, signal.SIGKILL)
            if not is_locked(server):
                _start_server(folder, listening, access)
            _say_ready()
            _wait_for_end(users, end_of_server)
        finally:
            _stop_server(server, signal.SIGTERM)
            _remove_socket(listening, folder)


def _becomes_keeper(keeper: int, server: int, folder: Path) -> bool:
    """Wait for keeper.lock and hold it; return False instead if another keeper's server answers by then.

    The other one was started by a process that was killed before it could wait for the server.
    """
    while not lock_if_free(keeper):
        began = time.monotonic()
        if answers(socket_path(folder)):
            return False
        if time.monotonic() - began >= ANSWER_SECONDS:
            _send(server, signal.SIGKILL)  # a hung server, whose own keeper then ends
        time.sleep(POLL_SECONDS)
    return True


def _remove_socket(path: Path, folder: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent != folder:
        shutil.rmtree(path.parent, ignore_errors=True)


def _start_server(folder: Path, path: Path, access: str) -> None:
    path.unlink(missing_ok=True)
    with locked(folder / "server.lock") as lock_file, (folder / LOG).open("wb") as log:
        server = subprocess.Popen(
            # Port 0 on the command line as well: if the keeper is killed before it has written the configuration,
            # the server has no port to listen on and exits.
            [binary(), "-", "--port", "0"],
            cwd=path.parent,
            env={},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(lock_file,),
            start_new_session=True,
        )
        write_holder(lock_file, server.pid)
        with suppress(BrokenPipeError), cast(IO[bytes], server.stdin) as configuration:
            configuration.write(f"{CONFIGURATION}{access}\n".encode())
    deadline = time.monotonic() + START_SECONDS - 5
    while not answers(path):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            sys.exit(" / ".join((folder / LOG).read_text(errors="replace").splitlines()[-3:]))
        time.sleep(POLL_SECONDS)


def _say_ready() -> None:
    """Notify the waiting process, and close the pipe to it."""
    sys.stdout.write(READY)
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    with Path(os.devnull).open("r+b") as nowhere:
        for standard in (0, 1, 2):
            os.dup2(nowhere.fileno(), standard)


def _wait_for_end(users: int, server: int) -> None:
    """Wait until the last user or the server is gone; then hold the users' lock to the end."""
    gone: SimpleQueue[None] = SimpleQueue()

    def wait_for_users() -> None:
        lock(users)  # newcomers wait until everything is removed
        gone.put(None)

    def wait_for_server() -> None:
        lock(server)
        os.ftruncate(server, 0)
        unlock(server)
        gone.put(None)

    waits: tuple[Callable[[], None], ...] = (wait_for_users, wait_for_server)
    for wait in waits:
        threading.Thread(target=wait, daemon=True).start()
    gone.get()


def _stop_server(server: int, number: signal.Signals) -> None:
    """Send the signal to the holder of server.lock, and wait for its end; kill it if it does not obey."""
    _send(server, number)
    deadline = time.monotonic() + STOP_SECONDS
    while is_locked(server):
        if time.monotonic() > deadline:
            _send(server, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def _send(server: int, number: signal.Signals) -> None:
    if pid := holder_of(server):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


if __name__ == "__main__":
    # The parent exits at once, so that the keeper becomes a child of init, beyond the terminal's signals: daemon(7).
    if os.fork() == 0:
        os.setsid()
        os.chdir("/")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        keep(Path(sys.argv[1]), sys.argv[2])
