"""Claimed replies against those that came: `…` or `...` stands for a part of a line, or alone for any lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.engine.sessions.cli_session import ClaimedLine
from tutor.engine.values.replies import encoded

_WILD = re.compile(r"\.\.\.|…")


@dataclass(frozen=True, slots=True)
class ReplyDifference:
    """The first claimed line that differs. `number`, `column`: its place in the session, from 0; `came`: "" for none.

    `claimed` is "" if a line came behind the last claimed one.
    """

    number: int
    column: int
    claimed: str
    came: str


def first_difference(claimed: Sequence[ClaimedLine], came: Sequence[str]) -> ReplyDifference | None:
    """Return where the claimed lines leave those that came, None if they fit."""
    ends = {0}  # how many lines that came may be used up by the claimed ones so far
    for line in claimed:
        if _WILD.fullmatch(line.text.strip()):
            ends = set(range(min(ends), len(came) + 1))
            continue
        after = {end + 1 for end in ends if end < len(came) and fits(line.text, came[end])}
        if not after:
            other = came[min(ends)] if min(ends) < len(came) else ""
            return ReplyDifference(line.number, _column(line.text, other), line.text, other)
        ends = after
    if len(came) in ends:
        return None
    last = claimed[-1]
    return ReplyDifference(last.number, len(last.text), "", came[max(ends)])


def fits(claimed: str, came: str) -> bool:
    """Return whether a claimed line is the line that came, where its wildcards stand for any text."""
    first, *rest = (_escaped(part) for part in _WILD.split(claimed))
    text = _escaped(came)
    if not rest:
        return first == text
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last) or len(first) + len(last) > len(text):
        return _escaped(claimed) == text
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _escaped(text: str) -> str:
    """Return the line as redis-cli prints it, which escapes what is not ASCII; an author may write it readably."""
    return "".join(c if c.isascii() else "".join(f"\\x{byte:02x}" for byte in encoded(c)) for c in text)


def _column(claimed: str, came: str) -> int:
    """Return the column of the first letter that differs; 0 for a line with a wildcard."""
    if _WILD.search(claimed) or not came:
        return 0
    alike = (i for i, (one, other) in enumerate(zip(claimed, came, strict=False)) if one != other)
    return next(alike, min(len(claimed), len(came)))
