"""Starts a private server and, by forks of itself, the processes of a lesson's program.

Started by held_programs.py as `python host.py <server's folder> <program's folder> <number of a socket>`. It is clean
of the program, so each process begins as a new one does, in milliseconds. It ends with our process.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

# Started by its path, it needs the package's folder on sys.path for these imports; the program must not see it.
_ROOT = str(Path(__file__).resolve().parents[3])
sys.path[0] = _ROOT

from tutor.broker import embedded  # noqa: E402
from tutor.rehearsal.inside.running import Running  # noqa: E402


def main(server: str, program: str, number: str) -> None:
    """Serve our process until it closes the socket."""
    link = socket.socket(fileno=int(number))
    os.set_inheritable(link.fileno(), False)
    # Ended processes need not be waited for: https://man7.org/linux/man-pages/man2/sigaction.2.html
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    link.sendall(json.dumps(_server(Path(server))).encode() + b"\n")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    os.chdir(program)
    while True:
        asked, files, _, _ = socket.recv_fds(link, 1, 1)
        if not asked:
            return
        process = os.fork()
        if process == 0:
            link.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.path[0] = program
            Running(socket.socket(fileno=files[0]), Path(program)).serve()
        os.close(files[0])
        link.sendall(json.dumps(process).encode() + b"\n")


def _server(folder: Path) -> dict[str, str]:
    try:
        return {"url": embedded.ensure_server(folder, access=embedded.EVERYTHING)}
    except (embedded.NoEmbeddedServer, embedded.EmbeddedServerFailed) as fault:
        return {"fault": str(fault)}


if __name__ == "__main__":
    main(*sys.argv[1:])
