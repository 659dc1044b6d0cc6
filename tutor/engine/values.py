"""What a reply, a key's state and a variable look like (all JSON-safe), and how people see them.

A reply is kept as JSON: nil is null, an integer a number, a bulk string a string, an array a list; a status
line is `{"status": "OK"}` and an error `{"error": "WRONGTYPE …"}`, because those two are not data.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

Json: TypeAlias = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]; mypy has no good recursion here
Reply: TypeAlias = Json
Value: TypeAlias = Json

SHOWN_ELEMENTS = 48
"""Elements of a collection that a recorded state keeps: half from its head, half from its tail."""

LONGEST_TEXT = 2_000
"""Characters of one string that a trace keeps; a longer one ends in an ellipsis."""


MOST_ELEMENTS = 200
"""Elements of one reply that a trace keeps."""


def decode(raw: object) -> Reply:
    """Return what the client library handed over as a JSON-safe reply; bytes that are no text are escaped."""
    if isinstance(raw, bytes):
        raw = raw.decode("utf-8", "backslashreplace")
    if isinstance(raw, str):
        # PostgreSQL can't store a NUL, neither as text nor in JSON.
        return clamp(raw.replace("\x00", "\\x00"))
    if isinstance(raw, list | tuple):
        return [decode(item) for item in raw]
    if isinstance(raw, set | frozenset):
        return sorted((decode(item) for item in raw), key=repr)
    if isinstance(raw, dict):
        return [decode(part) for pair in raw.items() for part in pair]
    if raw is None or isinstance(raw, bool | int | float):
        return raw
    raise TypeError(f"no reply looks like {type(raw).__name__}")


def clamp(text: str) -> str:
    """Return `text`, cut to LONGEST_TEXT characters."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def cut(reply: Reply) -> Reply:
    """Return `reply`, an array cut to MOST_ELEMENTS with the number of the others in their place."""
    if not isinstance(reply, list) or len(reply) <= MOST_ELEMENTS:
        return reply
    return [*reply[:MOST_ELEMENTS], f"… {len(reply) - MOST_ELEMENTS:,} more"]


def status(text: str) -> Reply:
    """Return the reply for a status line such as OK."""
    return {"status": text}


def error(text: str) -> Reply:
    """Return the reply for an error line such as `WRONGTYPE Operation against …`."""
    return {"error": clamp(text)}


def refusal_of(reply: Reply) -> str | None:
    """Return the error line if the server refused the command, else None."""
    return reply["error"] if isinstance(reply, dict) and "error" in reply else None


def as_python(reply: Reply) -> Value:
    """Return what redis-py hands a program for this reply (text decoded): OK becomes True, nil None."""
    if isinstance(reply, dict):
        return True if reply.get("status") == "OK" else reply.get("status")
    return reply


def as_redis_cli(reply: Reply) -> list[str]:
    """Return the lines that redis-cli prints for this reply in a terminal."""
    return _cli_lines(reply)


def _cli_lines(reply: Reply) -> list[str]:
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
        first, *rest = _cli_lines(item)
        lines.append(f"{number:>{width}}) {first}")
        lines.extend(" " * (width + 2) + line for line in rest)
    return lines


def quoted(text: str) -> str:
    """Return `text` in double quotes, escaped as redis-cli escapes; printable Unicode is left readable."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b"}
    shown = (escapes.get(c) or (c if c.isprintable() else f"\\x{ord(c):02x}") for c in text)
    return '"' + "".join(shown) + '"'


def is_same(claimed: Json, real: Json) -> bool:
    """Return whether two values are equal and look the same: in Python True == 1, but a program prints a difference."""
    return bool(claimed == real) and as_repr(_in_order(claimed)) == as_repr(_in_order(real))


def _in_order(value: Json) -> Json:
    """Return `value` with the keys of its dicts sorted: their order makes no difference."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value, key=str)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def as_repr(value: Value) -> str:
    """Return the value as Python prints it in a list: `'task1'`, `None`, `['a', 'b']`."""
    return repr(value)
