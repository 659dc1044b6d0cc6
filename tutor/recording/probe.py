"""A separate connection to the script's server, to ask about the progress of the script's commands."""

import socket
from threading import Lock


class Probe:
    """A client of the server's socket."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._answers = self._socket.makefile("rb")
        self._lock = Lock()

    def settle(self) -> None:
        """Return when the server has processed everything sent to it before."""
        # All commands that had arrived are read in the round of the first PING at the latest, before the second one.
        with self._lock:
            for _ in range(2):
                self._socket.sendall(b"PING\r\n")
                self._answers.readline()

    def is_blocked(self, client: int) -> bool:
        """Return whether the client is blocked in a command."""
        with self._lock:
            self._socket.sendall(f"CLIENT LIST ID {client}\r\n".encode())
            length = int(self._answers.readline()[1:])
            fields = self._answers.read(length + 2).decode(errors="replace").split()
        flags = next((each for each in fields if each.startswith("flags=")), "")
        return "b" in flags.removeprefix("flags=")
