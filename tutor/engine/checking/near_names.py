"""Whether two names differ by a slip of the typist, or belong to a family of names that differ on purpose."""

import re
from functools import lru_cache

SHORTEST = 3
"""Minimum length of a name that can be a slip for another: shorter ones differ by one letter on purpose."""

LONGEST = 64
"""Maximum length of a name to compare."""

_VARIABLE = re.compile(r"\{[^{}]*\}")
_DIGIT = re.compile(r"\d")
_SEPARATOR = re.compile(r"[:._/|-]")


def is_slip(name: str, other: str) -> bool:
    """Return whether two names differ by one letter, by two swapped ones, or by case, in a part that is a word.

    Numbers differ on purpose (`job:1`, `job:2`), and so do short parts (`team:a`, `team:b`).
    """
    (one, letters), (two, others) = _plain(name), _plain(other)
    if abs(len(one) - len(two)) > 1 or max(len(one), len(two)) > LONGEST or letters == others:
        return False
    if one.casefold() == two.casefold():
        return len(one) >= SHORTEST
    if not _is_one_edit(one, two):
        return False
    differing = _differing_parts(one, two)
    return all(len(part) > SHORTEST or (len(part) == SHORTEST and sorted(one) == sorted(two)) for part in differing)


@lru_cache(maxsize=4096)
def _plain(name: str) -> tuple[str, str]:
    """Return the name without what is between braces, and the same without digits."""
    plain = _VARIABLE.sub("{}", name)
    return plain, _DIGIT.sub("", plain)


def _is_one_edit(one: str, two: str) -> bool:
    """Return whether one letter more, fewer or other, or two neighbours swapped, make one name of the other.

    In linear time, because every name of a lesson is compared with every other.
    """
    differing = (i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    start = next(differing, min(len(one), len(two)))
    rest, others = one[start:], two[start:]
    is_swap = rest[:2] == others[1::-1] and rest[2:] == others[2:]
    return is_swap or rest[1:] == others or rest == others[1:] or rest[1:] == others[1:]


def _differing_parts(one: str, two: str) -> tuple[str, ...]:
    """Return the parts between separators that differ; both names as wholes if a separator is what differs."""
    parts, others = _SEPARATOR.split(one), _SEPARATOR.split(two)
    if len(parts) != len(others):
        return one, two
    return tuple(each for pair in zip(parts, others, strict=True) if pair[0] != pair[1] for each in pair)


def is_family(name: str, other: str) -> bool:
    """Return whether two names may differ on purpose: a singular and its plural, or names with other last letters."""
    short, long = sorted((name, other), key=len)
    return long == f"{short}s" or (len(short) == len(long) and short[:-1] == long[:-1])
