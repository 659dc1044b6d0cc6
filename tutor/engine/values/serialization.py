"""Values of a program as JSON, exactly: what a variable holds is stored with its entry and read again as it was.

None, numbers, text and lists are themselves. Anything else is an object of one item, which names what it is.
"""

import math
from collections.abc import Mapping
from typing import Any

from tutor.engine.values.replies import Json, Value, decode, encoded

VERSION = 2
"""Of this form. Values that were stored before it had a number are JSON as it stands."""


def as_stored(value: Value) -> Json:
    """Return a value as JSON."""
    if isinstance(value, list):
        return [as_stored(item) for item in value]
    if isinstance(value, dict):
        # Pairs keep their order in every database, and keys need not be text.
        return {"dict": [[as_stored(key), as_stored(item)] for key, item in value.items()]}
    if isinstance(value, set | tuple):
        items = [as_stored(item) for item in value]
        return {"set": sorted(items, key=repr)} if isinstance(value, set) else {"tuple": items}
    if isinstance(value, bytes):
        return {"bytes": decode(value)}
    return {"float": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def from_stored(stored: Json) -> Value:
    """Return the value that `as_stored` made JSON of."""
    if isinstance(stored, list):
        return [from_stored(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    ((kind, held),) = stored.items()
    return _KINDS[kind](held)


_KINDS: Mapping[str, Any] = {
    "dict": lambda held: {from_stored(key): from_stored(item) for key, item in held},
    "set": lambda held: set(map(from_stored, held)),
    "tuple": lambda held: tuple(map(from_stored, held)),
    "bytes": encoded,
    "float": float,
}


def all_stored(values: Mapping[str, Value]) -> dict[str, Json]:
    """Return values by name as JSON."""
    return {name: as_stored(value) for name, value in values.items()}
