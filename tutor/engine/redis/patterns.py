"""Which names a pattern of Redis is like: of channels (PSUBSCRIBE) and of keys."""

import re
from collections.abc import Iterator
from functools import lru_cache

from tutor.engine.values import encoded


def is_like(name: str, pattern: str) -> bool:
    """Return whether the name is like the pattern, as the server's own stringmatchlen() decides."""
    return _expression(pattern).fullmatch(_bytes(name)) is not None


def _bytes(text: str) -> str:
    """Return a letter for each byte: to the server, `?` is one byte."""
    return encoded(text).decode("latin-1")


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_parts(_bytes(pattern))), re.DOTALL)


def _parts(pattern: str) -> Iterator[str]:
    place = 0
    while place < len(pattern):
        letter = pattern[place]
        place += 1
        if letter == "[":
            part, place = _set(pattern, place)
            yield part
        elif letter == "\\" and place < len(pattern):
            yield re.escape(pattern[place])
            place += 1
        else:
            yield {"*": ".*", "?": "."}.get(letter, re.escape(letter))


def _set(pattern: str, place: int) -> tuple[str, int]:
    """Return the part for letters in brackets, which begin at `place`, and where the pattern goes on."""
    is_not = pattern[place : place + 1] == "^"
    place += is_not
    ranges: list[str] = []
    # The server takes a set that is never closed for one that ends with the pattern.
    while place < len(pattern) and pattern[place] != "]":
        if pattern[place] == "\\" and place + 1 < len(pattern):
            ranges.append(re.escape(pattern[place + 1]))
            place += 2
        elif pattern[place + 1 : place + 2] == "-" and place + 2 < len(pattern):
            first, last = sorted((pattern[place], pattern[place + 2]))
            ranges.append(f"{re.escape(first)}-{re.escape(last)}")
            place += 3
        else:
            ranges.append(re.escape(pattern[place]))
            place += 1
    letters = "".join(ranges)
    if not letters:
        return ("." if is_not else "(?!)"), place + 1
    return f"[{'^' if is_not else ''}{letters}]", place + 1
