"""Lossless JSON form of a program's values, in which entries store variables.

None, finite numbers, text and lists are unchanged. Anything else is an object of one item: the kind and the contents.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tutor.engine.values.replies import Json, Value, decode, encoded

VERSION = 2
"""The version of this form. Values stored before versioning are plain JSON."""


def as_stored(value: Value) -> Json:
    """Return a value as JSON."""
    write = _WRITERS.get(type(value))
    return write(value) if write else value


def _stored_list(items: Iterable[Value]) -> list[Json]:
    return [as_stored(item) for item in items]


_WRITERS: Mapping[type, Callable[[Any], Json]] = {
    list: _stored_list,
    # Pairs, because PostgreSQL's jsonb does not keep the order of an object's keys, and keys here need not be text.
    dict: lambda value: {"dict": [[as_stored(key), as_stored(item)] for key, item in value.items()]},
    # Sorted, so that equal sets are stored as equal JSON: the order of a set differs between processes.
    set: lambda value: {"set": sorted(_stored_list(value), key=repr)},
    tuple: lambda value: {"tuple": _stored_list(value)},
    bytes: lambda value: {"bytes": decode(value)},
    # JSON has no infinity and no NaN (RFC 8259, section 6).
    float: lambda value: value if math.isfinite(value) else {"float": str(value)},
}


def from_stored(stored: Json) -> Value:
    """Return the value that `as_stored` converted."""
    if isinstance(stored, list):
        return [from_stored(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    ((kind, held),) = stored.items()
    return _READERS[kind](held)


_READERS: Mapping[str, Callable[[Any], Value]] = {
    "dict": lambda held: {from_stored(key): from_stored(item) for key, item in held},
    "set": lambda held: set(map(from_stored, held)),
    "tuple": lambda held: tuple(map(from_stored, held)),
    "bytes": encoded,
    "float": float,
}


def all_stored(values: Mapping[str, Value]) -> dict[str, Json]:
    """Return values by name as JSON."""
    return {name: as_stored(value) for name, value in values.items()}
