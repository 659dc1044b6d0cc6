"""The values of a program's variables as a lesson's variables can hold them."""

from collections.abc import Callable, Mapping
from typing import Any

from tutor.engine.program.mailbox import MESSAGES
from tutor.engine.values.replies import Value

LONGEST_TEXT = 300
MOST_PARTS = 60
DEEPEST = 4
"""Limits of a watched variable: characters of a text, values in a list or dict, nesting of lists."""


class Unwatched(ValueError):
    """A value that no lesson's variable can hold, or that is too large to read."""


def message_data(value: Any) -> Any:
    """Return the data of redis-py's dict for a message; any other value unchanged."""
    is_message = isinstance(value, dict) and value.keys() == {"type", "pattern", "channel", "data"}
    return value["data"] if is_message and value["type"] in MESSAGES else value


def plain(value: Any) -> Value:
    """Return the value as a lesson's variable. Raises: Unwatched."""
    return _plain(value, [MOST_PARTS], DEEPEST)


def _plain(value: Any, left: list[int], depth: int) -> Value:
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        raise Unwatched
    kind = type(value)
    if kind in _SIMPLE:
        return _SIMPLE[kind](value)
    if kind is dict:
        return {_key(name): _plain(each, left, depth - 1) for name, each in value.items()}
    if kind not in _COLLECTIONS:
        raise Unwatched
    return _COLLECTIONS[kind](_plain(each, left, depth - 1) for each in value)


def _number(value: Any) -> Value:
    if isinstance(value, float) and not abs(value) < 1e15:  # also true for infinity and NaN
        raise Unwatched
    if isinstance(value, int) and abs(value) >= 10**18:
        raise Unwatched
    return value


def _text(value: bytes | str) -> bytes | str:
    try:
        text = value.decode() if isinstance(value, bytes) else value
        text.encode()
    except UnicodeError:
        raise Unwatched from None
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise Unwatched
    return value


_SIMPLE: Mapping[type, Callable[[Any], Value]] = {
    type(None): lambda value: value,
    bool: lambda value: value,
    int: _number,
    float: _number,
    bytes: _text,
    str: _text,
}
_COLLECTIONS: Mapping[type, type] = {list: list, tuple: tuple, set: set, frozenset: set}


def _key(name: Any) -> bytes | str:
    if type(name) not in (bytes, str):
        raise Unwatched
    return _text(name)
