"""The state of a watched key: the commands that read it, and the parsing of their replies.

A state is JSON: `{"type": "list", "items": […], "length": 3}`; a string key has `value` instead of items. At most
SHOWN_ELEMENTS items are kept, so that a step costs the same however much a lesson has stored. Of a longer list the
first half of `items` is its head and the second half its tail. A text of more than LONGEST_TEXT characters is clipped,
with its length and digest: a state is compared and drawn, and never sent.
"""

from collections.abc import Sequence
from math import nan
from typing import Any

from tutor.engine.redis.table import KeyType
from tutor.engine.values.formatting import SHOWN_ELEMENTS, as_repr, clipped, is_clipped
from tutor.engine.values.replies import Json, Reply, Value, error_of

KeyState = dict[str, Any]

HALF = SHOWN_ELEMENTS // 2

_READS: dict[KeyType, tuple[tuple[str, ...], ...]] = {
    "list": (("LLEN", "{}"), ("LRANGE", "{}", "0", str(HALF - 1)), ("LRANGE", "{}", str(-HALF), "-1")),
    "string": (("GET", "{}"),),
    "hash": (("HGETALL", "{}"),),
    "set": (("SMEMBERS", "{}"),),
    "zset": (("ZCARD", "{}"), ("ZRANGE", "{}", "0", str(SHOWN_ELEMENTS - 1), "WITHSCORES")),
    "stream": (("XLEN", "{}"), ("XRANGE", "{}", "-", "+", "COUNT", str(SHOWN_ELEMENTS))),
}


def empty(type_: KeyType) -> KeyState:
    """Return the state of a key that does not exist."""
    return {"type": type_, "value": None} if type_ == "string" else {"type": type_, "items": [], "length": 0}


def reads(type_: KeyType, key: str) -> list[list[str]]:
    """Return the read-only commands that together fetch the state of `key`."""
    return [[key if word == "{}" else word for word in words] for words in _READS[type_]]


def state(type_: KeyType, replies: Sequence[Reply]) -> KeyState:
    """Parse the replies to `reads(type_, …)` into a state; its `type` is "other" for a key of another type."""
    if error_of(replies[0]):
        return {"type": "other", "items": [], "length": 0}
    if type_ == "string":
        return {"type": type_, "value": clip(replies[0])}
    items, length = _items(type_, replies)
    return {"type": type_, "items": clip(items[:SHOWN_ELEMENTS]), "length": length}


def clip(value: Json) -> Json:
    """Return a value with its long texts clipped as in a state."""
    if isinstance(value, list):
        return [clip(item) for item in value]
    if isinstance(value, dict):
        return {clip(name): clip(item) for name, item in value.items()}
    return clipped(value) if isinstance(value, str) else value


def _items(type_: KeyType, replies: Sequence[Reply]) -> tuple[list[Reply], int]:
    if type_ == "list":
        # Head and tail overlap in a list of fewer than SHOWN_ELEMENTS.
        length, head, tail = replies
        return head + tail[-max(0, length - len(head)) :] if length > len(head) else head, length
    if type_ == "set":
        # A set has no order, and SMEMBERS may return a different one after each change.
        return sorted(replies[0]), len(replies[0])
    if type_ == "hash":
        pairs = _pairs(replies[0])
        return pairs, len(pairs)
    return (_pairs(replies[1]) if type_ == "zset" else replies[1]), replies[0]


def _pairs(flat: Sequence[Reply]) -> list[Reply]:
    return [[flat[i], flat[i + 1]] for i in range(0, len(flat), 2)]


def is_whole(state: KeyState) -> bool:
    """Return whether the state holds the whole content of the key."""
    if state["type"] == "other" or len(state.get("items", ())) < state.get("length", 0):
        return False
    return not _has_clipped(state["items"] if "items" in state else state["value"])


def _has_clipped(value: Json) -> bool:
    return any(map(_has_clipped, value)) if isinstance(value, list) else is_clipped(value)


def as_value(state: KeyState) -> Value:
    """Return the state as a Python value: a list, a dict, a string or None."""
    if state["type"] == "string":
        return state["value"]
    if state["type"] in ("hash", "zset"):
        return {item[0]: item[1] for item in state["items"]}
    return state["items"]


def scores(state: KeyState) -> dict[str, float]:
    """Return the scores of a sorted set; nan for one that is not a number, as fakeredis returns for GEOADD."""
    return {member: _number(score) for member, score in state["items"]}


def _number(text: Reply) -> float:
    try:
        return float(text)
    except ValueError:
        return nan


SHORT = 8
"""Maximum number of elements of a key in a table cell."""


def shortened(state: KeyState, most: int = SHORT) -> KeyState:
    """Return the state with at most `most` elements, for a list half from each end, and its full length."""
    if state.get("length", 0) <= most or "items" not in state:
        return state
    items, half = state["items"], most // 2
    return {**state, "items": items[:half] + items[-half:] if state["type"] == "list" else items[:most]}


def as_text(state: KeyState) -> str:
    """Return the state as Python prints it, with the number of elements left out."""
    hidden = state.get("length", 0) - len(state.get("items", ()))
    if state["type"] == "other":
        return "(another type)"
    if state["type"] == "set" and state["items"]:
        shown = "{" + ", ".join(map(as_repr, state["items"])) + "}"
        return shown if hidden <= 0 else f"{shown[:-1]}, … {hidden:,} more}}"
    if hidden <= 0:
        return as_repr(as_value(state))
    head, tail = _halves(state)
    parts = [*map(as_repr, head), f"… {hidden:,} more …", *map(as_repr, tail)]
    return "[" + ", ".join(parts) + "]"


def _halves(state: KeyState) -> tuple[list[Any], list[Any]]:
    items = state["items"]
    half = (len(items) + 1) // 2
    return (items[:half], items[half:]) if state["type"] == "list" else (items, [])
