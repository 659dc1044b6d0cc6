"""Numbers, names and durations in a sentence."""

import re
from collections.abc import Sequence


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `1 step` or `2 steps`; `plural` is an irregular plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`; `last` is another word than `and`."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def cut(text: str, longest: int) -> str:
    """Return the text, or its beginning with an ellipsis: at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def duration(seconds: float) -> str:
    """Return a duration with its unit: `0.5 s`, `60 s`, `5 min`, `2 h`."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"


def without_backticks(text: str) -> str:
    """Return a text without the backticks around it by which Markdown marks code."""
    return text.strip().strip("`").strip()


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def without_escapes(text: str) -> str:
    """Return Markdown without the backslashes that make a sign an ordinary character."""
    return _ESCAPED.sub(r"\1", text)


ONE_TEXT = re.compile(r"'([^'\\]*)'")
"""A text as Python prints it."""

TEXT_LIST = re.compile(r"\[\s*(?:'[^'\\]*'(?:\s*,\s*'[^'\\]*')*)?\s*\]")
"""A list of texts as Python prints it."""

_OTHER_VALUE = re.compile(r"None|True|False|-?\d+(?:\.\d+)?")


def looks_like_value(text: str) -> bool:
    """Return whether a text is a value as Python prints it, which is drawn as one instead of as Markdown."""
    return any(each.fullmatch(text) for each in (TEXT_LIST, ONE_TEXT, _OTHER_VALUE))


WORD = re.compile(r"[^\s,'\"\[\](){}]+")
"""A word of a text, or of a command or value as Python prints it."""


def words_in(text: str) -> list[str]:
    """Return the words of a text or of a value as Python prints it, without quotes, commas and brackets."""
    return WORD.findall(text)
