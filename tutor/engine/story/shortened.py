"""Values shortened to fit into a sentence."""

from collections.abc import Sequence

from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import cut, listed

LONGEST_VALUE = 40
LONGEST_STATE = 120
"""Maximum number of characters of a value and of a state in a sentence."""


def short(value: Value, longest: int = LONGEST_VALUE) -> str:
    """Return the value as Python prints it, cut."""
    return cut(as_repr(value), longest)


def short_list(values: Sequence[Json]) -> str:
    """Return the first three values in words, and the number of others."""
    shown = [short(value) for value in values[:3]]
    return f"{', '.join(shown)} and {len(values) - 3} more" if len(values) > 3 else listed(shown)
