"""Ports of this computer on which the program can be reached, from this computer alone."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

ADDRESS = "127.0.0.1"
"""Other computers can't reach it: whoever runs the program here has not thought of them."""


def require_free(port: int) -> None:
    """Return if the program can have the port. Raises: OSError."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind((ADDRESS, port))


@contextmanager
def held(ports: Iterable[int]) -> Iterator[int]:
    """Keep the first of the ports that is free for our own server, until the block ends; 0 stands for any.

    Granian shares ports (SO_REUSEPORT): of two programs that begin at the same moment and find the same one free, each
    would get some of the other's requests. Raises: OSError if none is free.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind_first(holder, ports)
        # Bound alone; shared from now on with granian, which asks for that, and with nobody who looks as we do.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        if hasattr(socket, "SO_REUSEPORT"):
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield int(holder.getsockname()[1])


def _bind_first(holder: socket.socket, ports: Iterable[int]) -> None:
    refusal: OSError | None = None
    for port in ports:
        try:
            holder.bind((ADDRESS, port))
        except OSError as taken:
            refusal = taken
        else:
            return
    raise refusal or OSError("no port")
