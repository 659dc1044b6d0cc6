"""What a reply, a key's state and a variable look like (all JSON-safe), and how people see them.

A reply is kept as JSON: nil is null, an integer a number, a bulk string a string, an array a list; a status
line is `{"status": "OK"}` and an error `{"error": "WRONGTYPE …"}`, because those two are not data.

Strings are exact. Redis stores bytes: those that are UTF-8 are text, and each byte that is not stands as a lone
surrogate (PEP 383, `surrogateescape`), so that `encoded(decode(raw)) == raw` for all bytes, and JSON keeps them.
Only what is drawn is clipped or escaped: `as_repr`, `as_redis_cli`, `visible` and `clipped`.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

Json: TypeAlias = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]; mypy has no good recursion here
Reply: TypeAlias = Json
Value: TypeAlias = Json

SHOWN_ELEMENTS = 48
"""Elements of a collection that a recorded state keeps: half from its head, half from its tail."""

LONGEST_TEXT = 2_000
"""Characters of one string that are drawn; a longer one ends in an ellipsis and its length."""

MOST_ELEMENTS = 200
"""Elements of one array that are drawn."""


def decode(raw: object) -> Reply:
    """Return a reply of the client library as JSON, every byte kept; errors nested in it stay errors."""
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "surrogateescape")
    if isinstance(raw, list | tuple):
        return [decode(item) for item in raw]
    if isinstance(raw, set | frozenset):
        return sorted((decode(item) for item in raw), key=repr)
    if isinstance(raw, dict):
        return [decode(part) for pair in raw.items() for part in pair]
    if raw is None or isinstance(raw, bool | int | float | str):
        return raw
    raise TypeError(f"no reply looks like {type(raw).__name__}")


def encoded(text: str) -> bytes:
    """Return the bytes that `text` stands for: the inverse of `decode`."""
    return text.encode("utf-8", "surrogateescape")


def clipped(text: str) -> str:
    """Return `text`, or its beginning with the length and digest of all of it.

    The result for a long text is longer than LONGEST_TEXT, so that no text that is kept whole can be mistaken for it,
    and two long texts are clipped to the same only if they are the same.
    """
    if len(text) <= LONGEST_TEXT:
        return text
    whole = encoded(text)
    return f"{text[:LONGEST_TEXT]}… ({len(whole):,} bytes, SHA-256 {sha256(whole).hexdigest()[:16]})"


def is_clipped(text: Json) -> bool:
    """Return whether `text` is what `clipped` makes of a longer one."""
    return isinstance(text, str) and len(text) > LONGEST_TEXT


_NO_CHARACTER = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff"
_UNENCODABLE = re.compile(f"[{_NO_CHARACTER}]")
_SHAPELESS = re.compile(f"[{_NO_CHARACTER}\\u202a-\\u202e\\U000e0000-\\U000e007f]")
"""Besides, what turns the direction of the text around it, and tags that nobody sees."""


def visible(text: str) -> str:
    """Return `text` for a page: bytes, control characters and what has no shape are escaped, and a long one is cut.

    What authors need to write is left as it is: spaces of all widths, joiners, marks of direction.
    """
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}… ({len(encoded(text)):,} bytes)"
    return text if text.isprintable() else _SHAPELESS.sub(lambda found: _escape(found[0]), text)


def encodable(text: str) -> str:
    """Return `text` with what no page can hold escaped: bytes that are no UTF-8, and control characters."""
    return text if text.isprintable() else _UNENCODABLE.sub(lambda found: _escape(found[0]), text)


def _escape(char: str) -> str:
    code = ord(char)
    if is_byte(char):
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_text(value: Json) -> bool:
    """Return whether all strings in a value are UTF-8."""
    if isinstance(value, list | tuple):
        return all(map(is_text, value))
    if isinstance(value, dict):
        return all(is_text(name) and is_text(item) for name, item in value.items())
    return not isinstance(value, str) or value.isascii() or not any(map(is_byte, value))


def is_byte(char: str) -> bool:
    """Return whether this character stands for a byte that is no UTF-8."""
    return "\udc80" <= char <= "\udcff"


def status(text: str) -> Reply:
    """Return the reply for a status line such as OK."""
    return {"status": text}


def error(text: str) -> Reply:
    """Return the reply for an error line such as `WRONGTYPE Operation against …`."""
    return {"error": text}


def refusal_of(reply: Reply) -> str | None:
    """Return the error line if the server refused the command, else None."""
    return reply["error"] if isinstance(reply, dict) and "error" in reply else None


def refusals_in(reply: Reply) -> Iterator[str]:
    """Yield every error line in a reply, also those nested in an array, as EXEC answers."""
    if isinstance(reply, list):
        for item in reply:
            yield from refusals_in(item)
    elif refusal := refusal_of(reply):
        yield refusal


def as_python(reply: Reply) -> Value:
    """Return what a program is handed for this reply (text decoded): OK becomes True, nil None.

    Within an array, as EXEC answers, status lines are their text, and errors stay what they are.
    """
    if isinstance(reply, dict):
        return True if reply.get("status") == "OK" else reply.get("status")
    return [_item_as_python(item) for item in reply] if isinstance(reply, list) else reply


def _item_as_python(item: Reply) -> Value:
    return item["status"] if isinstance(item, dict) and "status" in item else item


def as_redis_cli(reply: Reply) -> list[str]:
    """Return the lines that redis-cli prints for this reply in a terminal."""
    if isinstance(reply, dict):
        return [reply["status"]] if "status" in reply else [f"(error) {reply['error']}"]
    if reply is None:
        return ["(nil)"]
    if isinstance(reply, int):
        return [f"(integer) {int(reply)}"]
    if isinstance(reply, list):
        return _cli_array(reply)
    return [quoted(str(reply))]


def _cli_array(items: Sequence[Reply]) -> list[str]:
    if not items:
        return ["(empty array)"]
    # redis-cli pads all indexes of one array to the width of the largest, and indents what is nested.
    width = len(str(len(items)))
    lines: list[str] = []
    for number, item in enumerate(items, 1):
        first, *rest = as_redis_cli(item)
        lines.append(f"{number:>{width}}) {first}")
        lines.extend(" " * (width + 2) + line for line in rest)
    return lines


def drawn_lines(reply: Reply) -> list[str]:
    """Return those lines for a page: of a long array the first MOST_ELEMENTS lines, of a long line the beginning."""
    lines = as_redis_cli(reply)
    hidden = len(lines) - MOST_ELEMENTS
    return [visible(line) for line in lines[:MOST_ELEMENTS]] + ([f"… {hidden:,} more lines"] if hidden > 0 else [])


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b"}


def quoted(text: str) -> str:
    """Return `text` in double quotes, escaped as redis-cli escapes; printable Unicode is left readable."""
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _bytes_escaped(c)) for c in text) + '"'


def _bytes_escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in encoded(char))


def is_same(claimed: Json, real: Json) -> bool:
    """Return whether two values are equal and look the same: in Python True == 1, but a program prints a difference."""
    return bool(claimed == real) and as_repr(_in_order(claimed)) == as_repr(_in_order(real))


def _in_order(value: Json) -> Json:
    """Return `value` with the keys of its dicts sorted: their order makes no difference."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value, key=str)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def as_repr(value: Value) -> str:
    """Return the value as Python prints it in a list: `'task1'`, `None`; what is no UTF-8 as bytes: `b'\\xff'`."""
    text = repr(value)
    return text if "\\udc" not in text else repr(_with_bytes(value))


def _with_bytes(value: Value) -> Any:
    """Return `value` with real bytes in place of strings that are no UTF-8."""
    if isinstance(value, str):
        return encoded(value) if any(map(is_byte, value)) else value
    if isinstance(value, list):
        return [_with_bytes(item) for item in value]
    return {_with_bytes(name): _with_bytes(item) for name, item in value.items()} if isinstance(value, dict) else value


def drawn_repr(value: Value) -> str:
    """Return `as_repr(value)` for a page: the beginning of a long one."""
    return visible(as_repr(value))
