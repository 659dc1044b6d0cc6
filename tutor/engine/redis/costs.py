"""The cost of a command beyond the bytes it sends: the length of a padded string, the number of elements."""

import re
from collections.abc import Iterator, Sequence

from tutor.engine.redis.table import Cost, traits_of
from tutor.engine.values.replies import encoded

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_BITS = re.compile(r"[iu](\d{1,2})", re.ASCII | re.IGNORECASE)

_OPTION_WORDS = {"GET": 3, "SET": 4, "INCRBY": 4, "OVERFLOW": 2}
"""The number of words in each part of a BITFIELD."""


def padded_length(words: Sequence[str]) -> int:
    """Return the length to which the command pads a string, its own value included; 0 if it does not.

    The server refuses an offset that is not a number, or that has more than 18 digits.
    """
    length = _LENGTHS.get(traits_of(words).grows)
    return length(words) if length and len(words) > 3 else 0


def _length_in_bytes(words: Sequence[str]) -> int:
    # https://redis.io/docs/latest/commands/setrange/: an empty value, or offset 0, pads nothing.
    offset = _number(words[2])
    return offset + len(encoded(words[3])) if offset and words[3] else 0


def _length_in_bits(words: Sequence[str]) -> int:
    return _number(words[2]) // 8 + 1


def _length_of_fields(words: Sequence[str]) -> int:
    return max(_ends(words), default=0)


_LENGTHS = {"bytes": _length_in_bytes, "bits": _length_in_bits, "fields": _length_of_fields}


def _ends(words: Sequence[str]) -> Iterator[int]:
    """Yield the end, in bytes, of each field that a BITFIELD writes."""
    place = 2
    while place < len(words):
        option = words[place].upper()
        if option in ("SET", "INCRBY") and place + 2 < len(words):
            yield _end(words[place + 1], words[place + 2])
        place += _OPTION_WORDS.get(option, 1)


def _end(type_: str, offset: str) -> int:
    found = _BITS.fullmatch(type_)
    bits = int(found[1]) if found else 64
    # `#1` is the second field of that width: https://redis.io/docs/latest/commands/bitfield/
    first = _number(offset[1:]) * bits if offset[:1] == "#" else _number(offset)
    return (first + bits + 7) // 8


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def asked_again(words: Sequence[str]) -> int:
    """Return the number of elements requested with a negative count, 0 if there is none.

    The same element may then be returned several times: https://redis.io/docs/latest/commands/srandmember/
    """
    place = traits_of(words).repeats
    count = words[place] if 0 < place < len(words) else ""
    return _number(count[1:]) if count[:1] == "-" else 0


def cost_of(words: Sequence[str]) -> Cost:
    """Return the way in which the command costs more than the bytes sent; "" if it does not."""
    command = traits_of(words)
    # A variable could hold the option.
    if "GET" in command.after and any(word.upper() == "GET" or "{" in word for word in words[2:]):
        return "product"
    return command.cost


def multiplies(words: Sequence[str]) -> bool:
    """Return whether the command stores several values for each element, so that repeating it doubles a list."""
    if not {"GET", "STORE"} <= traits_of(words).after.keys():
        return False
    options = [word.upper() for word in words[2:]]
    return "STORE" in options and options.count("GET") > 1


def pads(words: Sequence[str]) -> int:
    """Return the number of bytes that the command may store in addition to its words."""
    return max(traits_of(words).pads, padded_length(words))
