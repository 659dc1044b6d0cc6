"""Values as text for people: as redis-cli and Python print them, clipped and escaped for a page."""

import re
from collections.abc import Sequence
from hashlib import sha256

from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Json, Reply, Value, encoded, is_byte

SHOWN_ELEMENTS = 48
"""Maximum number of elements of a collection in a recorded state: half from its head, half from its tail."""

LONGEST_TEXT = 2_000
"""Maximum number of characters drawn of a string; a longer one ends in an ellipsis and its length."""

MOST_ELEMENTS = 200
"""Maximum number of elements drawn of an array."""


def clipped(text: str) -> str:
    """Return `text`, or the beginning of a long one with the length and digest of the whole.

    A clipped text is longer than LONGEST_TEXT, so it can't be mistaken for a whole one. Two long texts have equal
    clippings only if they are equal.
    """
    if len(text) <= LONGEST_TEXT:
        return text
    whole = encoded(text)
    return f"{text[:LONGEST_TEXT]}… ({len(whole):,} bytes, SHA-256 {sha256(whole).hexdigest()[:16]})"


def is_clipped(text: Json) -> bool:
    """Return whether `text` is the result of `clipped` for a longer text."""
    return isinstance(text, str) and len(text) > LONGEST_TEXT


BIDI_CONTROLS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Unicode's Bidi_Control, for a regular expression: they reorder the text around them ("Trojan Source",
CVE-2021-42574). Text of right-to-left scripts needs none of them to be read in its own direction."""

# Control characters except tab and line breaks; surrogates, which UTF-8 can't encode; line and paragraph separators,
# deprecated format characters, interlinear annotations, and tags.
_CONTROLS = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"
_ESCAPED = f"{_CONTROLS}\ud800-\udfff\u180e\u2028\u2029\u206a-\u206f\ufff9-\ufffb\U000e0000-\U000e007f{BIDI_CONTROLS}"

# Characters without a width. Between letters of other scripts, and in emoji, they are part of the spelling.
_WIDTHLESS = "\u200b-\u200d\u2060-\u2064\ufeff"
_SPELT = f"[^\\x00-\\x7f{_ESCAPED}{_WIDTHLESS}]"

_INVISIBLE = re.compile(f"[{_ESCAPED}]|(?<!{_SPELT})[{_WIDTHLESS}]|[{_WIDTHLESS}](?!{_SPELT})")


def visible(text: str) -> str:
    """Return `text` for a page, as `legible` does; a long text is cut."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}… ({len(encoded(text)):,} bytes)"
    return legible(text)


def legible(text: str) -> str:
    """Return `text` with every character escaped that is obeyed or hidden instead of shown.

    These are bytes that are not UTF-8, control characters, and characters that reorder text or have no width. Those
    that authors need are kept: spaces of all widths, soft hyphens, joiners within emoji and other scripts than Latin.
    """
    # None of them is printable, and most texts have nothing else.
    return text if text.isprintable() else _INVISIBLE.sub(lambda found: _escape(found[0]), text)


def _escape(char: str) -> str:
    code = ord(char)
    if is_byte(char):
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def as_redis_cli(reply: Reply) -> list[str]:
    """Return the lines that redis-cli prints for this reply in a terminal."""
    if isinstance(reply, dict):
        return [reply["status"]] if "status" in reply else [f"(error) {reply['error']}"]
    if isinstance(reply, NotSent):
        return [f"(error) {reply.shown}"]
    if reply is None:
        return ["(nil)"]
    if isinstance(reply, int):
        # A bool is an int in Python; redis-cli prints (integer) 1.
        return [f"(integer) {int(reply)}"]
    if isinstance(reply, list):
        return _cli_array(reply)
    return [quoted(str(reply))]


def _cli_array(items: Sequence[Reply]) -> list[str]:
    if not items:
        return ["(empty array)"]
    # As redis-cli does (cliFormatReplyTTY in redis-cli.c): indexes are padded to the widest, nested lines indented.
    width = len(str(len(items)))
    lines: list[str] = []
    for number, item in enumerate(items, 1):
        first, *rest = as_redis_cli(item)
        lines.append(f"{number:>{width}}) {first}")
        lines.extend(" " * (width + 2) + line for line in rest)
    return lines


def drawn_lines(reply: Reply) -> list[str]:
    """Return the lines of `as_redis_cli` for a page: at most MOST_ELEMENTS of them, long ones cut."""
    lines = as_redis_cli(reply)
    hidden = len(lines) - MOST_ELEMENTS
    return [visible(line) for line in lines[:MOST_ELEMENTS]] + ([f"… {hidden:,} more lines"] if hidden > 0 else [])


# As sdscatrepr in the servers' sds.c writes them, for redis-cli as well.
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b"}


def quoted(text: str) -> str:
    """Return `text` in double quotes, escaped as redis-cli does; printable Unicode stays readable."""
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _bytes_escaped(c)) for c in text) + '"'


def _bytes_escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in encoded(char))


def as_repr(value: Value) -> str:
    """Return the value as Python prints it in a list: `'task1'`, `None`; text that is not UTF-8 as bytes: `b'\\xff'`.

    The elements of a set are sorted.
    """
    # A set of strings has a different order in each process (PYTHONHASHSEED). The search is quicker than a walk.
    text = repr(value)
    return _sorted_repr(value) if "\\udc" in text or "{" in text or "set()" in text else text


def _sorted_repr(value: Value) -> str:
    if isinstance(value, str):
        return repr(encoded(value) if any(map(is_byte, value)) else value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_sorted_repr(key)}: {_sorted_repr(item)}" for key, item in value.items()) + "}"
    if isinstance(value, set) and value:
        return "{" + ", ".join(sorted(map(_sorted_repr, value))) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_sorted_repr, value)) + ("," if len(value) == 1 else "") + ")"
    return "[" + ", ".join(map(_sorted_repr, value)) + "]" if isinstance(value, list) else repr(value)


def as_str(value: Value) -> str:
    """Return the value as `print` shows it: text as it is, anything else as its repr."""
    return value if isinstance(value, str) else as_repr(value) if has_set(value) else str(value)


def has_set(value: Value) -> bool:
    """Return whether the value contains a set, whose order is undefined in Python."""
    if isinstance(value, dict):
        return any(map(has_set, value.values()))
    return isinstance(value, set) or (isinstance(value, list | tuple) and any(map(has_set, value)))


def drawn_repr(value: Value) -> str:
    """Return `as_repr(value)` for a page: the beginning of a long one."""
    return visible(as_repr(value))
