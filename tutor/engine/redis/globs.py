"""Patterns of keys, by the rules of the server's KEYS: `*`, `?`, `[a-c]`, `[^a]`, and a backslash before any of them.

The rules are those of stringmatchlen in the servers' util.c. It compares bytes: `?` matches one byte, not one letter.
tests/engine/redis/test_globs.py compares them with servers.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from tutor.engine.values.replies import encoded

Accepted = frozenset[int] | None
"""The bytes that one place of a pattern matches; None is a `*`: any number of any bytes."""

_ALL = frozenset(range(256))

MOST_SETS = 512
"""Maximum number of sets of bytes remembered per pattern: all single bytes, and some classes."""

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
    return not pattern if not name else meets(_literal(name), places_of(pattern))


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


def meets(one: Iterable[Accepted], other: tuple[Accepted, ...]) -> bool:
    """Return whether some text matches both patterns, in time linear in `one`; `other` is prepared once."""
    return _automaton(other).takes(one)


class _Automaton:
    """A pattern as a finite automaton. A set of its places is an integer with a bit for each: steps are fast."""

    def __init__(self, places: Iterable[Accepted]) -> None:
        self._places: list[Accepted] = []
        for accepted in places:
            # Several stars in a row are the same as one.
            if accepted is not None or self._places[-1:] != [None]:
                self._places.append(accepted)
        self._stars = self._bits(lambda accepted: accepted is None)
        self._end = 1 << len(self._places)
        self._taking: dict[frozenset[int], int] = {}

    def takes(self, pattern: Iterable[Accepted]) -> bool:
        """Return whether some text matches both: an intersection of two automata."""
        reached = self._through_stars(1)
        for accepted in pattern:
            if accepted is None:
                # A star takes any part of the rest: all places from the first reached one on.
                reached = (self._end << 1) - (reached & -reached)
            else:
                # Our own star takes the byte and may take more.
                reached = self._through_stars((reached & self._places_taking(accepted)) << 1 | (reached & self._stars))
            if not reached:
                return False
        return bool(reached & self._end)

    def _through_stars(self, reached: int) -> int:
        return reached | (reached & self._stars) << 1

    def _places_taking(self, accepted: frozenset[int]) -> int:
        if accepted not in self._taking:
            if len(self._taking) > MOST_SETS:
                self._taking.clear()
            self._taking[accepted] = self._bits(lambda its: its is not None and not accepted.isdisjoint(its))
        return self._taking[accepted]

    def _bits(self, has: Callable[[Accepted], bool]) -> int:
        return sum(1 << place for place, accepted in enumerate(self._places) if has(accepted))


_automaton = lru_cache(maxsize=1024)(_Automaton)


def could_be(parts: Iterable[str | None], pattern: str) -> bool:
    """Return whether a name made of these parts can match the pattern; None is a part that may be any text."""
    places: list[Accepted] = []
    for text in parts:
        places += [None] if text is None else _literal(text)
    return meets(places, places_of(pattern))


def _literal(text: str) -> Iterator[frozenset[int]]:
    return (frozenset((byte,)) for byte in encoded(text))
