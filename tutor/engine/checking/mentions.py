"""The sentences of a lesson that mention a step or a value: an author rereads them after the step's claim changed."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json

_FACTS = {"expect", "command", "proof", "id", "code", "program", "choices", "order", "state", "text", "answer", "when"}
"""Fields that hold no sentences."""

SHORTEST_WORD = 3
"""Minimum length of a value to look for without its quotes: shorter ones are part of many sentences."""


def mentions(lesson: Lesson, number: int, was: Json) -> Iterator[tuple[Path, str]]:
    """Yield path and text of each sentence that mentions step `number`, its name in braces, or the value `was`."""
    named = rf"\{{[^{{}}]*(?<![\w-]){re.escape(lesson.step_ids[number - 1])}(?![\w-])[^{{}}]*\}}"
    places = [named, rf"\bsteps?\s[\d\s,-]*\b{number}\b", *_values(was)]
    pattern = re.compile("|".join(places), re.IGNORECASE)
    fields = lesson.model_dump(mode="json", exclude_defaults=True)
    for path, text in _texts(fields, ()):
        is_own = path[:2] == ("steps", number - 1)
        if pattern.search(text) or (is_own and path[2:] == ("action",)):
            yield path, text


def _values(was: Json) -> Iterator[str]:
    """Yield patterns that find a value in prose."""
    if isinstance(was, list | dict):
        yield re.escape(as_repr(was))
    elif isinstance(was, str) and len(was) >= SHORTEST_WORD:
        yield rf"(?<!\w){re.escape(was)}(?!\w)"
    elif isinstance(was, str):
        yield re.escape(as_repr(was))
    elif was is not None:
        yield rf"(?<![\w.-]){re.escape(str(was))}(?![\w.-])"


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    entries: Sequence[tuple[str | int, Json]] = []
    if isinstance(value, Mapping):
        entries = [(name, each) for name, each in value.items() if name not in _FACTS]
    elif isinstance(value, list):
        entries = list(enumerate(value))
    for part, each in entries:
        yield from _texts(each, (*path, part))
