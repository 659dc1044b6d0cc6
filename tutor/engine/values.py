"""What a reply, a key's state and a variable look like, and how people see them.

A reply is kept as JSON: nil is null, an integer a number, a bulk string a string, an array a list; a status
line is `{"status": "OK"}` and an error `{"error": "WRONGTYPE …"}`, because those two are not data.

Strings are exact. Redis stores bytes: those that are UTF-8 are text, and each byte that is not stands as a lone
surrogate (PEP 383, `surrogateescape`), so that `encoded(decode(raw)) == raw` for all bytes, and JSON keeps them.
Only what is drawn is clipped or escaped: `as_repr`, `as_redis_cli`, `visible` and `clipped`.

Replies and states are JSON. A variable has the value that the lesson's program has (client.py): besides JSON bytes,
tuples, sets, and dicts whose keys need not be text; stored.py keeps those as JSON.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from math import isfinite
from typing import Any, TypeAlias

Json: TypeAlias = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]; mypy has no good recursion here
Reply: TypeAlias = Json
Value: TypeAlias = Any  # Json | bytes | tuple[Value, ...] | set[Value] | dict[Value, Value]

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


def is_text(value: Value) -> bool:
    """Return whether all strings in a value are UTF-8."""
    if isinstance(value, list | tuple | set):
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


NOT_SENT = "NOTSENT"
"""How a refusal begins that is not the server's: a program at this point could not have sent the command."""


def shown_refusal(refusal: str) -> str:
    """Return a recorded refusal for people: the server's own line, or why the program did not send the command."""
    return f"not sent: {refusal.removeprefix(NOT_SENT).strip()}" if refusal.startswith(NOT_SENT) else refusal


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
        return [reply["status"]] if "status" in reply else [f"(error) {shown_refusal(reply['error'])}"]
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


def is_same(claimed: Value, real: Value) -> bool:
    """Return whether two values are equal and look the same: in Python True == 1, but a program prints a difference.

    A claim comes from a file, which has no tuples, sets or bytes: a list claims a list or a tuple, in any order a set;
    text claims bytes as Python shows them, `b'task1'`, and a key of a dict; a whole number claims a float, too.
    """
    if isinstance(real, dict):
        return isinstance(claimed, dict) and _has_same_items(claimed, real)
    if isinstance(real, set):
        is_like = isinstance(claimed, list | tuple | set) and len(claimed) == len(real)
        return is_like and all(any(is_same(each, other) for each in claimed) for other in real)
    if isinstance(real, list | tuple):
        is_like = isinstance(claimed, list | tuple) and len(claimed) == len(real)
        return is_like and all(map(is_same, claimed, real))
    if isinstance(real, bytes):
        return bool(claimed == (real if isinstance(claimed, bytes) else repr(real)))
    if isinstance(real, float) and isinstance(claimed, int) and not isinstance(claimed, bool):
        return claimed == real
    return as_repr(claimed) in (as_repr(real), _endless(real))


def _endless(value: Value) -> str | None:
    """Return the text that claims an infinite number, None for anything else."""
    return repr(str(value)) if isinstance(value, float) and not isfinite(value) else None


def _has_same_items(claimed: dict[Value, Value], real: dict[Value, Value]) -> bool:
    if len(claimed) != len(real):
        return False
    named = {key if isinstance(key, str) else as_repr(key): value for key, value in claimed.items()}
    texts = {key if isinstance(key, str) else as_repr(key): value for key, value in real.items()}
    return named.keys() == texts.keys() and all(is_same(named[key], value) for key, value in texts.items())


def as_claim(value: Value) -> Json:
    """Return the value as a file claims it: see `is_same`."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else as_repr(key): as_claim(item) for key, item in value.items()}
    if isinstance(value, set):
        return [as_claim(item) for item in sorted(value, key=as_repr)]
    if isinstance(value, list | tuple):
        return [as_claim(item) for item in value]
    is_endless = isinstance(value, float) and not isfinite(value)
    return repr(value) if isinstance(value, bytes) else str(value) if is_endless else value


def as_repr(value: Value) -> str:
    """Return the value as Python prints it in a list: `'task1'`, `None`; what is no UTF-8 as bytes: `b'\\xff'`.

    The elements of a set are sorted: Python's own order differs from process to process.
    """
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
    """Return whether there is a set in the value, whose order Python leaves open."""
    if isinstance(value, dict):
        return any(map(has_set, value.values()))
    return isinstance(value, set) or (isinstance(value, list | tuple) and any(map(has_set, value)))


def drawn_repr(value: Value) -> str:
    """Return `as_repr(value)` for a page: the beginning of a long one."""
    return visible(as_repr(value))
