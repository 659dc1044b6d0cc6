"""Ports of this computer on which the program can be reached, from this computer alone."""

import socket
from collections.abc import Iterable

ADDRESS = "127.0.0.1"
"""Other computers can't reach it: whoever runs the program here has not thought of them."""


def require_free(port: int) -> None:
    """Return if the program can have the port. Raises: OSError."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind((ADDRESS, port))


def is_free(port: int) -> bool:
    """Return whether the program can have the port."""
    try:
        require_free(port)
    except OSError:
        return False
    return True


def first_free(ports: Iterable[int]) -> int:
    """Return the first of the ports that is free, or any free one if none of them is."""
    for port in ports:
        if is_free(port):
            return port
    with socket.socket() as attempt:
        attempt.bind((ADDRESS, 0))
        return int(attempt.getsockname()[1])
