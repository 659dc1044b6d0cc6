"""The difference between two texts, line by line, as a page shows it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.studio.alignment import aligned

AROUND = 3
"""Number of context lines around each change."""

# splitlines() would also split at form feeds and other separators that no editor shows as a line end.
_BREAK = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a difference, with its numbers in both texts; a gap replaces omitted equal lines."""

    kind: Literal["same", "added", "removed", "gap"]
    old: int | None
    new: int | None
    text: str
    is_end_changed: bool = False
    """Whether only the line ends differ."""


def diff(before: str, after: str) -> list[DiffLine]:
    """Return the changed lines with some around them; none if the texts are the same."""
    old, new = _lines(before), _lines(after)
    shown: list[DiffLine] = []
    for number, group in enumerate(aligned(old, new).get_grouped_opcodes(AROUND)):
        if number or group[0][1] > 0:
            shown.append(DiffLine("gap", None, None, ""))
        for code in group:
            shown += _shown(code, old, new)
    return shown


def _shown(code: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    tag, i1, i2, j1, j2 = code
    if tag == "equal":
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
            yield DiffLine("same", i + 1, j + 1, _without_end(old[i]))
        return
    is_end_changed = [*map(_without_end, old[i1:i2])] == [*map(_without_end, new[j1:j2])]
    for i in range(i1, i2):
        yield DiffLine("removed", i + 1, None, _without_end(old[i]), is_end_changed)
    for j in range(j1, j2):
        yield DiffLine("added", None, j + 1, _without_end(new[j]), is_end_changed)


def _without_end(line: str) -> str:
    return line.rstrip("\r\n")


def _lines(text: str) -> list[str]:
    return [line for line in _BREAK.split(text) if line]
