"""Parsing of typed answers, with tolerance for typing differences."""

import math
import re
from collections.abc import Sequence
from typing import Any

_QUOTES = dict.fromkeys(map(ord, '\u2018\u2019\u201c\u201d`"'), "'")
"""Maps every quote mark of keyboards and word processors to the one that Python prints."""


def text_in(fields: Sequence[str], longest: int) -> str | None:
    """Return the text in the first field of a form, cut to `longest` characters; None if it is blank."""
    # PostgreSQL stores no NUL in text, and no keyboard types one.
    text = fields[0].replace("\0", "").strip()[:longest] if fields else ""
    return text or None


def as_number(given: Any) -> float | None:
    """Return a typed number, with a decimal point or comma; None if it is not a finite number."""
    try:
        number = float(str(given).strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def forgiven(text: str) -> str:
    """Return `text` without insignificant differences: outer quotes, spaces, the kind of quote mark."""
    plain = text.translate(_QUOTES)
    return re.sub(r"\s+", " ", plain).strip().strip("'").strip()


def as_list(typed: str) -> list[str] | None:
    """Return a typed list; brackets, quotes and spaces are optional. None if it can't be a list.

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
