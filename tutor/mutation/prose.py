"""Where a lesson has prose, and how prose names steps, values and commands."""

import re
from collections.abc import Iterator

from tutor.engine.lesson.problem import Path
from tutor.mutation.page import Page
from tutor.mutation.passages import Passage, passage

_FIELDS = frozenset(
    "summary about action closing transcript question hint explanation answer check text mistake why reason".split()
)
"""The fields that hold prose wherever they are; `answer` and `text` not as keys of questions."""

_LISTS = frozenset({"boxes", "snapshot", "mistakes"})
"""The fields whose entries are prose."""

_NOT_PROSE = frozenset({"proof", "expect", "program", "django", "source", "when"})
"""The fields within which nothing is prose."""

_CHOICES = re.compile(r"[`'\"]?[\w:. -]*[`'\"]?")

STEP_NUMBERS = re.compile(r"\bsteps?\s+(\d+(?:(?:\s*,\s*|\s*-\s*|\s+(?:and|or|to)\s+)(?:and\s+|or\s+)?\d+)*)", re.I)
"""The numbers of steps, as in "steps 3, 5 and 7"; they are group 1."""

NUMBER = re.compile(r"\d+")

FENCE = re.compile(r"(?P<indent>[ \t]*)```[ ]*redis-cli[^\n]*\n(?P<body>.*?)(?=^[ \t]*```|\Z)", re.S | re.M)
"""A block of commands and replies; `body` are its lines."""


def passages(page: Page) -> Iterator[Passage]:
    """Yield all prose of the lesson, in the file's order."""
    for place in page.layout.root.leaves():
        if isinstance(place.value, str) and place.value and is_prose(place.path):
            yield passage(page, place)


def is_prose(path: Path) -> bool:
    """Return whether the text at a path is prose for learners."""
    if _NOT_PROSE.intersection(path):
        return False
    field = next((part for part in reversed(path) if isinstance(part, str)), "")
    if path[0] in ("quiz", "practice") and path[2:] in (("answer",), ("text",)):
        return False
    if path[0] in ("quiz", "practice") and path[2:3] == ("choices",):
        return False  # its values and its words are the kind `choices`
    if field in _FIELDS or field in _LISTS:
        return True
    # Entries by name, such as the mistakes of letters, and the steps of a worked solution.
    return path[-2:-1] in [(each,) for each in _LISTS] or path[-3:-1] == ("solution", "steps")


def uncovered(text: str, *patterns: re.Pattern[str]) -> str:
    """Return the text with spaces where one of the patterns matches, so that positions are kept."""
    for pattern in patterns:
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return text
