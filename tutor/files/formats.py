"""From one format of lesson files to the next: how a text is rewritten so that it says the same in the newer format.

To add a format: raise CURRENT_FORMAT in engine/lesson/lesson.py, and add what it changes to UPGRADES. Texts in older
formats stay readable as they are; library.py says how.
"""

from collections.abc import Callable, Mapping

from tutor.engine.lesson.lesson import CURRENT_FORMAT
from tutor.files.yaml_writer import with_number

Upgrade = Callable[[str], str]
"""Takes a text in one format, and returns it in the next, except for its field `format`."""


def _unchanged(text: str) -> str:
    return text


UPGRADES: Mapping[int, Upgrade] = {
    1: _unchanged,
}
"""How a text is rewritten from each format to the next.

A text of format 1 may stay as it is in format 2, but not all of it means the same there:
authoring/format_differences.py compares.
"""


def upgraded(text: str, written: int) -> str:
    """Return a text of format `written` in the current one. Raises: ValueError, where it has no place for a field."""
    for before in range(written, CURRENT_FORMAT):
        text = with_number(UPGRADES[before](text), "format", before + 1)
    return text
