"""Parsing of typed answers, with tolerance for typing differences."""

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

_QUOTES = dict.fromkeys(map(ord, '\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033`"'), "'")
"""Maps every quote mark of keyboards and word processors to the one that Python prints."""

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")
"""Maps the minus sign, and the dashes that phones put in the place of a hyphen."""

_STRUCTURE = str.maketrans("\uff0c\u3001\uff64\u060c\uff3b\uff3d\uff5b\uff5d\uff08\uff09\uff07\uff02", ",,,,[]{}()''")
"""Maps the commas, brackets and quote marks of other keyboards to those of a list in Python."""

# Unicode's Default_Ignorable_Code_Point: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)(?:\.\d*)?")
_GROUPED_BY_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:\.\d{3})+,\d*)")

_LONGEST_LIST = 1000


def text_in(fields: Sequence[str], longest: int) -> str | None:
    """Return the text in the first field of a form, cut to `longest` characters; None if nothing in it is visible."""
    # PostgreSQL stores no NUL in text, and no keyboard types one.
    text = fields[0].replace("\0", "").strip()[:longest] if fields else ""
    return text if plain_form(text).strip() else None


def plain_form(text: str) -> str:
    """Return `text` in the form in which two texts that look alike are equal.

    Full-width letters and ligatures become ordinary ones (NFKC), invisible characters are dropped, and quote marks,
    the minus sign and dashes become those of a plain keyboard.
    """
    if text.isascii():
        return text.translate(_QUOTES)
    visible = _IGNORABLE.sub("", text)
    # NFKC makes one invisible character of another: U+3164 becomes U+1160.
    normal = _IGNORABLE.sub("", unicodedata.normalize("NFKC", visible))
    return normal.translate(_QUOTES).translate(_DASHES)


def as_number(given: Any) -> float | None:
    """Return a typed number; None if it is not a finite number.

    A comma or a point before exactly three digits of a larger number groups thousands where nothing else is possible:
    `1,000` is a thousand, `0,500` a half, `1.000` one and `1.000.000` a million.
    """
    text = str(given)
    if any(unicodedata.decomposition(char).startswith(("<super>", "<sub>")) for char in text):
        return None  # NFKC would make 102 of 10 squared
    plain = plain_form(text).replace("\u066b", ".").replace("\u066c", ",").strip()
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[, ']", "", plain)
    elif _GROUPED_BY_POINTS.fullmatch(plain):
        plain = plain.replace(".", "")
    try:
        number = float(plain.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def forgiven(text: str) -> str:
    """Return `text` without insignificant differences: outer quotes, spaces, and what `plain_form` evens out."""
    return re.sub(r"\s+", " ", plain_form(text)).strip().strip("'").strip()


def as_list(typed: str) -> list[str] | None:
    """Return a typed list; brackets, quotes and spaces are optional. None if it can't be a list.

    `['task2', 'task1']`, `task2, task1`, `task2 task1` and `1) "task2" 2) "task1"` are the same; `[]`, `empty` and
    nothing are the empty list. Elements are as they were typed: compare them by `plain_form`.
    """
    text = typed[:_LONGEST_LIST].strip()
    # First exactly as the page prints it, so that no character of a quoted element is lost.
    exact = _elements(_without_brackets(text), _PRINTED)
    if exact is not None:
        return exact
    inner = _without_brackets(_IGNORABLE.sub("", text).translate(_STRUCTURE).strip())
    if inner.lower() in ("", "empty", "none", "nil", "(empty array)", "empty array"):
        return []
    lines = _as_redis_cli(inner)
    if lines is not None:
        return lines
    # An apostrophe may be a curly quote within straight ones, or the other way round.
    readings = (inner, inner.translate(_CURLY), inner.translate(_QUOTES))
    tries = ((each, element) for element in (_TYPED, _BARE) for each in readings)
    return next((found for each in tries if (found := _elements(*each)) is not None), None)


_CURLY = str.maketrans("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f`", "''''\"\"\"\"'")

_BRACKETS = (("[", "]"), ("{", "}"), ("(", ")"))

_QUOTED = r"""(?P<mark>b?)(?P<quote>['"])(?P<inner>(?:[^\\'"]|\\.|(?!(?P=quote))['"])*)(?P=quote)"""
_PRINTED = re.compile(rf"\s*{_QUOTED}\s*(?:,|$)", re.DOTALL)
_TYPED = re.compile(rf"[\s,]*{_QUOTED}(?:[\s,]+|$)", re.DOTALL)
_BARE = re.compile(r"[\s,]*(?P<bare>[^\s,'\"`\u2018-\u201f][^\s,]*)(?:[\s,]+|$)")
_CLI_LINE = re.compile(rf"\s*(?P<number>\d+)\)\s*{_QUOTED}\s*")
_ESCAPE = re.compile(
    r"\\(?:(?P<plain>[\\'\"])|(?P<named>[nrtab])|(?:x(?=[0-9a-fA-F]{2})|u(?=[0-9a-fA-F]{4})|U(?=00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}))"
    r"(?P<code>(?<=x)..|(?<=u)....|(?<=U)........))"
)
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}


def _without_brackets(text: str) -> str:
    for opening, closing in _BRACKETS:
        if text.startswith(opening) and text.endswith(closing) and len(text) > 1:
            return text[1:-1].strip()
    # One bracket is as good as two.
    return text.removeprefix("[").removesuffix("]").strip()


def _elements(text: str, element: re.Pattern[str]) -> list[str] | None:
    """Return the elements of which the text consists, None if anything else is in it."""
    found, at = list[str](), 0
    while at < len(text):
        match = element.match(text, at)
        if match is None:
            return found if found and not text[at:].strip(", ") else None
        bare = match.groupdict().get("bare")
        found.append(_content(match) if bare is None else bare)
        at = match.end()
    return found or None


def _as_redis_cli(text: str) -> list[str] | None:
    """Return the elements of an array as redis-cli prints it, whose line breaks a field of a form drops."""
    found, at = list[str](), 0
    while match := _CLI_LINE.match(text, at):
        found.append(_content(match))
        at = match.end()
    return found if found and at == len(text) else None


def _content(match: re.Match[str]) -> str:
    """Return the text between quotes, its escapes replaced; bytes as text."""
    inner = _ESCAPE.sub(_unescaped, match["inner"])
    if match["mark"] and all(ord(char) < 256 for char in inner):
        return inner.encode("latin-1").decode("utf-8", "surrogateescape")
    return inner


def _unescaped(match: re.Match[str]) -> str:
    if match["plain"]:
        return match["plain"]
    if match["named"]:
        return _NAMED.get(match["named"], match[0])
    code = int(match["code"], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)
