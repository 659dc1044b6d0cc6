"""What a learner typed, with what a typist may get wrong forgiven."""

import math
import re
from collections.abc import Sequence
from typing import Any

_QUOTES = dict.fromkeys(map(ord, '\u2018\u2019\u201c\u201d`"'), "'")
"""Every kind of quote mark that a keyboard or a word processor makes, as the one that Python prints."""


def typed(fields: Sequence[str], longest: int) -> str | None:
    """Return what stands in the first field of a form, cut to `longest` characters; None if that is nothing."""
    # A NUL is no text to PostgreSQL, and no keyboard makes one.
    text = fields[0].replace("\0", "").strip()[:longest] if fields else ""
    return text or None


def as_number(given: Any) -> float | None:
    """Return the number that was typed, with a point or a comma; None if it is none."""
    try:
        number = float(str(given).strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def forgiven(text: str) -> str:
    """Return `text` without what a typist may get wrong: outer quotes, spaces, the kind of quote mark."""
    plain = text.translate(_QUOTES)
    return re.sub(r"\s+", " ", plain).strip().strip("'").strip()


def as_list(typed: str) -> list[str] | None:
    """Return the list that a learner typed, forgiving brackets, quotes and spaces; None if it can't be one.

    `['task2', 'task1']`, `task2, task1` and `task2 task1` are the same; `[]`, `empty` and nothing are the empty list.
    """
    inner = typed[:1000].translate(_QUOTES).strip()
    inner = inner.removeprefix("[").removesuffix("]").strip()
    if inner.lower() in ("", "empty", "none", "nil", "(empty array)"):
        return []
    if "'" in inner:
        quoted = re.findall(r"'([^']*)'", inner)
        rest = re.sub(r"'[^']*'", "", inner)
        return quoted if re.fullmatch(r"[\s,]*", rest) else None
    return [part for part in re.split(r"[\s,]+", inner) if part]
