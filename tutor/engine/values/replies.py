"""What a reply, a key's state and a variable look like, and how people see them.

A reply is kept as JSON: nil is null, an integer a number, a bulk string a string, an array a list; a status
line is `{"status": "OK"}` and an error `{"error": "WRONGTYPE …"}`, because those two are not data.

Strings are exact. Redis stores bytes: those that are UTF-8 are text, and each byte that is not stands as a lone
surrogate (PEP 383, `surrogateescape`), so that `encoded(decode(raw)) == raw` for all bytes, and JSON keeps them.
Only what is drawn is clipped or escaped: `as_repr`, `as_redis_cli`, `visible` and `clipped`.

Replies and states are JSON. A variable has the value that the lesson's program has (client.py): besides JSON bytes,
tuples, sets, and dicts whose keys need not be text; serialization.py keeps those as JSON.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from tutor.engine.values.refusals import NotSent

Json: TypeAlias = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]; mypy has no good recursion here


Reply: TypeAlias = Json


Words: TypeAlias = Sequence[str]
"""The words of one command."""

Value: TypeAlias = Any  # Json | bytes | tuple[Value, ...] | set[Value] | dict[Value, Value]


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


def error_of(reply: Reply) -> str | None:
    """Return the error line if the server refused the command, else None."""
    return reply["error"] if isinstance(reply, dict) and "error" in reply else None


def errors_in(reply: Reply) -> Iterator[str]:
    """Yield every error line in a reply, also those nested in an array, as EXEC answers."""
    if isinstance(reply, list):
        for item in reply:
            yield from errors_in(item)
    elif line := error_of(reply):
        yield line


def as_python(reply: Reply) -> Value:
    """Return what a program is handed for this reply (text decoded): OK becomes True, nil None.

    Within an array, as EXEC answers, status lines are their text, and errors stay what they are.
    """
    if isinstance(reply, list):
        return [_item_as_python(item) for item in reply]
    if isinstance(reply, dict):
        return True if reply.get("status") == "OK" else reply.get("status")
    return None if isinstance(reply, NotSent) else reply


def _item_as_python(item: Reply) -> Value:
    return item["status"] if isinstance(item, dict) and "status" in item else item
