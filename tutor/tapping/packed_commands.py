"""The words of the commands that redis-py has packed for the server."""

from typing import Any


def commands_in(packed: Any) -> list[list[bytes]]:
    """Return the words of commands packed by redis-py."""
    pieces = [packed] if isinstance(packed, str | bytes) else packed
    data = b"".join(piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces)
    found: list[list[bytes]] = []
    place = 0
    while place < len(data):
        count, place = _number(data, place)
        words = []
        for _ in range(count):
            length, place = _number(data, place)
            words.append(data[place : place + length])
            place += length + 2
        found.append(words)
    return found


def _number(data: bytes, place: int) -> tuple[int, int]:
    """Return the number in a line such as `*3` or `$5`, and the start of the next line."""
    end = data.index(b"\r\n", place)
    return int(data[place + 1 : end]), end + 2
