"""Restoring an author's line ends: a browser submits every line end of a text area as CRLF."""

import re
from collections.abc import Iterator

from tutor.studio.alignment import aligned

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")

Line = tuple[str, str]
"""A line and its end; the end is "" for the last line only."""


def restored(sent: str, before: str) -> str:
    """Return `sent` with the line ends of the same lines in `before`; new lines get the commonest end."""
    ends = [end for _, end in _lines(before) if end]
    usual = max(sorted(set(ends)), key=ends.count) if ends else "\n"
    if len(set(ends)) < 2:
        return "".join(line + (usual if end else "") for line, end in _lines(sent))
    return "".join(line + end for line, end in _restored(_lines(sent), _lines(before), usual))


def is_same_but_for_ends(one: str, other: str) -> bool:
    """Return whether two texts have the same lines."""
    return [line for line, _ in _lines(one)] == [line for line, _ in _lines(other)]


def _lines(text: str) -> list[Line]:
    found = [(match[1], match[2]) for match in _LINE.finditer(text)]
    # At the end of a text without a final line end, the pattern matches once more, the empty text.
    return found[:-1] if len(found) > 1 and found[-2][1] == "" else found


def _restored(sent: list[Line], before: list[Line], usual: str) -> Iterator[Line]:
    codes = aligned([line for line, _ in before], [line for line, _ in sent]).get_opcodes()
    # Within a changed block, lines correspond by their order; lines beyond the shorter side are new.
    pairs = (pair for _, i1, i2, j1, j2 in codes for pair in zip(range(i1, i2), range(j1, j2), strict=False))
    known = {j: before[i][1] for i, j in pairs}
    for i, (line, end) in enumerate(sent):
        yield line, (known.get(i) or usual) if end else ""
