"""What a command can take beyond the bytes that are sent: how long it makes a string, how much it asks for."""

import re
from collections.abc import Iterator, Sequence

from tutor.engine.redis.table import Cost, spec_of

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_BITS = re.compile(r"[iu](\d{1,2})", re.ASCII | re.IGNORECASE)

_OPTION_WORDS = {"GET": 3, "SET": 4, "INCRBY": 4, "OVERFLOW": 2}
"""How many words each part of a BITFIELD has."""


def padded_length(words: Sequence[str]) -> int:
    """Return the bytes up to which the command fills a string with zeros and its own value; 0 if it does not.

    An offset that is no number is the server's to refuse, and so is one of more than 18 digits.
    """
    command = spec_of(words)
    if command is None or not command.grows or len(words) < 4:
        return 0
    if command.grows == "bytes":
        offset = _number(words[2])
        return offset + len(words[3].encode("utf-8", "surrogateescape")) if offset and words[3] else 0
    if command.grows == "bits":
        return _number(words[2]) // 8 + 1
    return max(_ends(words), default=0)


def _ends(words: Sequence[str]) -> Iterator[int]:
    """Yield for each part of a BITFIELD that writes the bytes up to the end of its field."""
    place = 2
    while place < len(words):
        option = words[place].upper()
        if option in ("SET", "INCRBY") and place + 2 < len(words):
            yield _end(words[place + 1], words[place + 2])
        place += _OPTION_WORDS.get(option, 1)


def _end(type_: str, offset: str) -> int:
    found = _BITS.fullmatch(type_)
    bits = int(found[1]) if found else 64
    first = _number(offset[1:]) * bits if offset[:1] == "#" else _number(offset)
    return (first + bits + 7) // 8


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def asked_again(words: Sequence[str]) -> int:
    """Return how many elements a command asks for of which one may come several times; 0 if none may."""
    command = spec_of(words)
    if command is None or not command.repeats or len(words) <= command.repeats:
        return 0
    count = words[command.repeats]
    return _number(count[1:]) if count[:1] == "-" else 0


def cost_of(words: Sequence[str]) -> Cost:
    """Return in which way the command takes more than what has been sent; "" if it does not."""
    command = spec_of(words)
    if command is None:
        return ""
    # A variable may turn out to be the option.
    if "GET" in command.after and any(word.upper() == "GET" or "{" in word for word in words[2:]):
        return "product"
    return command.cost


def multiplies(words: Sequence[str]) -> bool:
    """Return whether the command stores several values for each element: done again and again, that doubles a list."""
    command = spec_of(words)
    if command is None or "GET" not in command.after or "STORE" not in command.after:
        return False
    options = [word.upper() for word in words[2:]]
    return "STORE" in options and options.count("GET") > 1


def pads(words: Sequence[str]) -> int:
    """Return how many bytes more than its words the command may add to what is stored."""
    command = spec_of(words)
    return max(command.pads, padded_length(words)) if command else 0
