"""Checking the valid parts of a lesson file that breaks its schema, so that an author sees all problems at once."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path, Problem
from tutor.engine.values.replies import Json

_STAND_INS: dict[str, Json] = {
    "title": "-",
    "track": "x",
    "steps": {"actor": "-", "action": "-", "print": "-"},
    "key_moments": {"question": "-", "answer": "-"},
    "quiz": {"question": "-", "number": 0},
    "practice": {"question": "-", "number": 0},
}
"""The stand-in for a broken part: a field, or an entry of a list of mappings."""

_REFERRED_TO = {"flow", "sample", "actors", "watch", "variables"}
"""Fields that others refer to; if one of them is broken, references to it can't be checked."""


def judgeable_despite(details: Sequence[ErrorDetails], value: dict[str, Json]) -> list[Problem]:
    """Return the result of `problems_of` for the valid parts; nothing if they do not make a lesson."""
    broken = {_part(detail["loc"]) for detail in details}
    if _REFERRED_TO.intersection(name for name, *_ in broken):
        return []
    try:
        found = problems_of(Lesson.model_validate(_patched(value, broken)))
    except ValidationError:
        return []
    return [problem for problem in found if problem.path[:2] not in broken]


def _part(loc: Sequence[str | int]) -> Path:
    is_entry = len(loc) > 1 and isinstance(loc[1], int) and isinstance(_STAND_INS.get(str(loc[0])), dict)
    return tuple(loc[:2] if is_entry else loc[:1])


def _patched(value: dict[str, Json], broken: set[Path]) -> dict[str, Any]:
    """Return the lesson with stand-ins for its broken parts; a field without a stand-in is left out."""
    patched: dict[str, Any] = dict(value)
    for path in broken:
        name = str(path[0])
        if len(path) == 2:
            patched[name] = list(patched[name])
            patched[name][path[1]] = _STAND_INS[name]
        elif isinstance(_STAND_INS.get(name), str):
            patched[name] = _STAND_INS[name]
        else:
            patched.pop(name, None)
    return patched
