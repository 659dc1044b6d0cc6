"""Patterns of keys, by the rules of the server's KEYS: `*`, `?`, `[a-c]`, `[^a]`, and a backslash before any of them.

The rules are those of stringmatchlen in the servers' util.c. It compares bytes: `?` matches one byte, not one letter.
tests/engine/redis/test_globs.py compares them with servers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from tutor.engine.values.replies import encoded

Accepted = frozenset[int] | None
"""The bytes that one place of a pattern matches; None is a `*`: any number of any bytes."""

_ALL = frozenset(range(256))

_SPECIAL = re.compile(r"[*?\[\\]")


def is_pattern(text: str) -> bool:
    """Return whether any character of `text` is special in a pattern."""
    return bool(_SPECIAL.search(text))


@lru_cache(maxsize=4096)
def matches(pattern: str, name: str) -> bool:
    """Return whether KEYS with this pattern would list a key of that name."""
    if pattern == "*":
        return True
    # The loop of stringmatchlen ends with the text, so that an empty one only matches an empty pattern, or `*` above.
    return not pattern if not name else meets(places_of(pattern), tuple(_literal(name)))


@lru_cache(maxsize=1024)
def places_of(pattern: str) -> tuple[Accepted, ...]:
    """Return the bytes accepted at each place of the pattern."""
    return tuple(_places(encoded(pattern)))


def _places(pattern: bytes) -> Iterator[Accepted]:
    place = 0
    while place < len(pattern):
        one = pattern[place : place + 1]
        if one == b"[":
            accepted, place = _class(pattern, place + 1)
            yield accepted
            continue
        if one == b"\\" and place + 1 < len(pattern):
            place += 1
            one = b""
        yield None if one == b"*" else _ALL if one == b"?" else frozenset(pattern[place : place + 1])
        place += 1


def _class(pattern: bytes, place: int) -> tuple[frozenset[int], int]:
    """Return the bytes of the class after a bracket, and the place after it; the class may be unclosed."""
    is_negated = pattern[place : place + 1] == b"^"
    place += is_negated
    accepted = set[int]()
    while place < len(pattern) and (pattern[place] != ord("]")):
        left = len(pattern) - place
        if pattern[place] == ord("\\") and left >= 2:
            accepted.add(pattern[place + 1])
            place += 2
        elif left >= 3 and pattern[place + 1] == ord("-"):
            # In a range even a closing bracket is an ordinary byte.
            ends = sorted((pattern[place], pattern[place + 2]))
            accepted |= set(range(ends[0], ends[1] + 1))
            place += 3
        else:
            accepted.add(pattern[place])
            place += 1
    return (_ALL - accepted if is_negated else frozenset(accepted)), place + 1


def meets(one: Sequence[Accepted], other: Sequence[Accepted]) -> bool:
    """Return whether some text matches both patterns."""
    # An intersection of two finite automata: after each place of `one`, all reachable places of `other`.
    reached = _through_stars(other, {0})
    for accepted in one:
        if accepted is None:
            # A star takes any part of the rest of the other.
            reached = set(range(min(reached), len(other) + 1))
        else:
            reached = _through_stars(other, set(_after(accepted, other, reached)))
        if not reached:
            return False
    return len(other) in reached


def _after(accepted: frozenset[int], other: Sequence[Accepted], reached: set[int]) -> Iterator[int]:
    for place in reached:
        if place < len(other):
            its = other[place]
            if its is None:
                yield place  # the other's star takes it, and may take more
            elif accepted & its:
                yield place + 1


def _through_stars(other: Sequence[Accepted], reached: set[int]) -> set[int]:
    """Return the places, and those reached if stars match nothing."""
    found = set(reached)
    for place, accepted in enumerate(other):
        if place in found and accepted is None:
            found.add(place + 1)
    return found


def could_be(parts: Iterable[str | None], pattern: str) -> bool:
    """Return whether a name made of these parts can match the pattern; None is a part that may be any text."""
    places: list[Accepted] = []
    for text in parts:
        places += [None] if text is None else _literal(text)
    return meets(places_of(pattern), places)


def _literal(text: str) -> Iterator[frozenset[int]]:
    return (frozenset((byte,)) for byte in encoded(text))
