"""How much a lesson may hold: enforced by the player for every kind of step, and reported by `lessons check`.

The limits bound what clicks can cost the database, Redis and a worker's memory; docs/authoring.md lists them.
"""

from collections.abc import Iterable, Mapping

from tutor.engine.errors import TooLarge
from tutor.engine.values import Value, encoded

VALUE_BYTES = 64 * 1024
"""Bytes of one value: a word that is sent, an element of a reply, a variable, a printed line."""

STEP_BYTES = 256 * 1024
"""Bytes of all that one step sends, gets and leaves in variables."""

RUN_BYTES = 1024 * 1024
"""Bytes of all that the steps of one run send."""


def size(value: Value) -> int:
    """Return the bytes of all texts in a value; anything else counts as a few."""
    if isinstance(value, str):
        # Most texts are ASCII, and asking costs nothing.
        return len(value) if value.isascii() else len(encoded(value))
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, list | tuple | set):
        return sum(map(size, value)) + len(value)
    if isinstance(value, dict):
        return sum(size(name) + size(item) for name, item in value.items()) + len(value)
    return 8


def require_value(what: str, value: Value) -> None:
    """Raises: TooLarge if any text in `value` is longer than a value may be."""
    if isinstance(value, list | tuple | set):
        for item in value:
            require_value(what, item)
    elif isinstance(value, dict):
        require_value(what, [*value, *value.values()])
    elif isinstance(value, str | bytes) and size(value) > VALUE_BYTES:
        raise TooLarge(f"{what} has {size(value):,} bytes; a value may have {VALUE_BYTES:,}")


def require_variables(before: Mapping[str, Value], after: Mapping[str, Value]) -> None:
    """Raises: TooLarge if a variable that is new in `after` is larger than a value may be."""
    for name, value in after.items():
        if (name not in before or before[name] is not value) and size(value) > VALUE_BYTES:
            raise TooLarge(f"the variable {name} would have {size(value):,} bytes; a value may have {VALUE_BYTES:,}")


def require_step(parts: Iterable[Value]) -> None:
    """Raises: TooLarge if all of `parts` together are larger than a step may be."""
    total = sum(map(size, parts))
    if total > STEP_BYTES:
        raise TooLarge(f"this step would hold {total:,} bytes; a step may have {STEP_BYTES:,}")


def require_run(total: int) -> None:
    """Raises: TooLarge if the run has sent more than it may."""
    if total > RUN_BYTES:
        raise TooLarge(f"with this step the run would have sent {total:,} bytes; a run may send {RUN_BYTES:,}")
