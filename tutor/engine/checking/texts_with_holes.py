"""Comparing a text of a lesson with one of a program in which some parts are known only when it runs."""

from collections.abc import Iterable
from enum import Enum, auto
from functools import reduce
from operator import or_

_VARIABLE = "\0"
_WRITTEN_OUT = ("[", "{", "(", "b'", 'b"')
"""How Python's text of a collection or of bytes begins."""


class Hole(Enum):
    """A part of a program's text: any text, or a variable of the lesson."""

    ANY = auto()
    VARIABLE = auto()


ANY, VARIABLE = Hole.ANY, Hole.VARIABLE


def as_one_text(parts: Iterable[str | None]) -> str:
    """Return a text of a lesson to compare; None is a variable in it."""
    return "".join(_VARIABLE if part is None else part for part in parts)


def may_be(text: str, parts: Iterable[str | Hole]) -> bool:
    """Return whether a text of a lesson can be that of a program.

    VARIABLE is a variable in the text, or a collection or bytes as Python writes them, and whatever follows.

    All ends that the parts so far can have are followed together, as the bits of a number: a regular expression would
    try each combination.
    """
    places = _Places(text)
    ends = 1
    for part in parts:
        ends = places.after(part, ends)
        if not ends:
            return False
    return bool(ends >> len(text))


class _Places:
    """The places of a text, each a bit of a number; the last one is its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._all = (1 << len(text) + 1) - 1
        self._begins: dict[str, int] = {}

    def after(self, part: str | Hole, ends: int) -> int:
        """Return where a part can end that begins at one of these places."""
        if part is ANY:
            return self._all_from(ends)
        if isinstance(part, str):
            return (ends & self._beginning(part)) << len(part)
        written = (self.after(each, ends) for each in _WRITTEN_OUT)
        return reduce(or_, map(self._all_from, written), self.after(_VARIABLE, ends))

    def _all_from(self, ends: int) -> int:
        return self._all & -(ends & -ends) if ends else 0

    def _beginning(self, part: str) -> int:
        if part not in self._begins:
            bits, at = bytearray(b"0") * (len(self._text) + 1), self._text.find(part)
            while at >= 0:
                bits[-1 - at] = ord("1")
                at = self._text.find(part, at + 1)
            self._begins[part] = int(bits, 2)
        return self._begins[part]
