"""Replies as JSON: nil becomes null, an integer a number, a bulk string a string, an array a list.

A status line is `{"status": "OK"}` and an error `{"error": "WRONGTYPE …"}`, because neither is data.

Strings are exact. Redis stores bytes: those that are UTF-8 become text, and each other byte becomes a lone surrogate
(PEP 383, `surrogateescape`). So `encoded(decode(raw)) == raw` for all bytes, and JSON can hold them. Text is clipped
and escaped only where it is drawn: formatting.py.

The states of keys are JSON as well. A variable has a value of the lesson's program (program/client.py), which
can also be bytes, a tuple, a set, or a dict with keys of any type; serialization.py stores those as JSON.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from tutor.engine.values.refusals import NotSent

# A recursive alias, None | bool | int | float | str | list[Json] | dict[str, Json], would need a cast at each use.
Json: TypeAlias = Any

Reply: TypeAlias = Json
"""A reply as described above, or NotSent where an entry records that a command could not be sent."""

Words: TypeAlias = Sequence[str]
"""The words of one command."""

Value: TypeAlias = Any  # Json | bytes | tuple[Value, ...] | set[Value] | dict[Value, Value]


Strings: TypeAlias = Literal["str", "bytes"]
"""The type of the strings that a client returns: str with `decode_responses=True`, else bytes."""


def decode(raw: object) -> Reply:
    """Return a reply of the client library as JSON, every byte kept; errors nested in it stay errors."""
    # Nearly all replies are bytes, so they are tested first.
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "surrogateescape")
    conversion = _CONVERSIONS.get(type(raw))
    if conversion is None:
        raise TypeError(f"no reply looks like {type(raw).__name__}")
    return conversion(raw)


def _list(raw: Iterable[object]) -> Reply:
    return [decode(item) for item in raw]


def _sorted(raw: Iterable[object]) -> Reply:
    return sorted(map(decode, raw), key=repr)


def _itself(raw: object) -> Reply:
    return raw


# RESP3 has sets and maps (https://redis.io/docs/latest/develop/reference/protocol-spec/): in RESP2 both are arrays.
_CONVERSIONS: Mapping[type, Callable[[Any], Reply]] = {
    list: _list,
    tuple: _list,
    set: _sorted,
    frozenset: _sorted,
    dict: lambda raw: [decode(part) for pair in raw.items() for part in pair],
    **dict.fromkeys((type(None), bool, int, float, str), _itself),
}


def encoded(text: str) -> bytes:
    """Return the bytes of `text`, as the inverse of `decode`."""
    return text.encode("utf-8", "surrogateescape")


def is_text(value: Value) -> bool:
    """Return whether all strings in a value are UTF-8."""
    if isinstance(value, list | tuple | set):
        return all(map(is_text, value))
    if isinstance(value, dict):
        return all(is_text(name) and is_text(item) for name, item in value.items())
    return not isinstance(value, str) or value.isascii() or not any(map(is_byte, value))


def is_byte(char: str) -> bool:
    """Return whether this character is a byte that is not UTF-8 (PEP 383 maps byte 0x80 to U+DC80, and so on)."""
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
    """Yield every error line in a reply, also those nested in an array.

    EXEC answers with an array of replies, and a command that fails does not stop the others:
    https://redis.io/docs/latest/develop/using-commands/transactions/#errors-inside-a-transaction
    """
    if isinstance(reply, list):
        for item in reply:
            yield from errors_in(item)
    elif line := error_of(reply):
        yield line


def as_python(reply: Reply) -> Value:
    """Return the value that a program of format 1 gets for this reply: OK becomes True, nil None.

    Status lines within an array, such as EXEC's, become their text; errors in it stay as they are.
    """
    if isinstance(reply, list):
        return [_item_as_python(item) for item in reply]
    if isinstance(reply, dict):
        return True if reply.get("status") == "OK" else reply.get("status")
    return None if isinstance(reply, NotSent) else reply


def _item_as_python(item: Reply) -> Value:
    return item["status"] if isinstance(item, dict) and "status" in item else item
