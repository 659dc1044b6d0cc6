"""A play kept for strangers: its entries without what differs from play to play."""

from collections.abc import Mapping, Sequence
from typing import Any

from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json

_OWN: Mapping[str, Json] = {"elapsed_us": 0, "claim": "", "lives": {}, "ends": {}, "field_lives": {}}
"""The fields of a play that no page shows to others, or that differ each time."""


def reference_entry(entry: TraceEntry) -> dict[str, Json]:
    """Return an entry as it is kept."""
    return {**entry.as_json(), **_OWN}


def entries_in(records: Sequence[Any]) -> list[TraceEntry] | None:
    """Return the entries that were kept, None if one of them can't be read.

    They may come from a file of unknown origin, so a malformed one counts as none.
    """
    try:
        found = [TraceEntry.from_json(record) for record in records]
    except (TypeError, ValueError, LookupError, AttributeError):
        return None
    positions = [entry.position for entry in found]
    return found if positions == list(range(1, len(found) + 1)) else None
