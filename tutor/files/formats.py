"""Upgrades from one format of lesson files to the next, which keep the meaning of a text.

To add a format: raise CURRENT_FORMAT in engine/lesson/lesson.py, and add the change to UPGRADES. Texts in older formats
stay readable without an upgrade: see library.py.
"""

from collections.abc import Callable, Mapping

from tutor.engine.lesson.lesson import CURRENT_FORMAT
from tutor.files.yaml_writer import with_number

Upgrade = Callable[[str], str]
"""Converts a text to the next format, except for its field `format`."""


def _unchanged(text: str) -> str:
    return text


UPGRADES: Mapping[int, Upgrade] = {
    1: _unchanged,
}
"""The upgrade from each format to the next.

A text of format 1 is also valid in format 2, but parts of it may have another meaning there, which
authoring/format_differences.py finds.
"""


def upgraded(text: str, written: int) -> str:
    """Return a text of format `written` in the current format. Raises: ValueError, if a field can't be placed."""
    for before in range(written, CURRENT_FORMAT):
        text = with_number(UPGRADES[before](text), "format", before + 1)
    return text
