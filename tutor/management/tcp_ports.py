"""TCP ports on which this computer, and no other, can reach the program."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

ADDRESS = "127.0.0.1"
"""Loopback only, so nothing is exposed by accident."""


@contextmanager
def held(ports: Iterable[int]) -> Iterator[int]:
    """Reserve the first free port for our own server until the block ends; 0 means any port.

    Granian sets SO_REUSEPORT, so two programs that found the same port free would each get some of the other's
    requests (https://man7.org/linux/man-pages/man7/socket.7.html). Raises: OSError if none is free.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind_first(holder, ports)
        # Exclusive until here. Now granian may share the port, because it sets SO_REUSEPORT; _bind_first does not.
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
