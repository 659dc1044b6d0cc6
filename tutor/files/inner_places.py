"""The places of a lesson's problems in its file, down to the very words within a text."""

from bisect import bisect_right
from dataclasses import replace
from functools import lru_cache

from tutor.engine.lesson.problem import Problem, TextPlace
from tutor.files.scalar_places import index_in_source
from tutor.files.schema_errors import node_near
from tutor.files.yaml_parser import BREAKS
from tutor.files.yaml_reader import Node, Spot


def spot_of(problem: Problem, root: Node, source: str | bytes) -> Spot:
    """Return where a problem is in the file, with the line of the other place that it is about."""
    spot = _spot_at(TextPlace(problem.path, problem.inside), root, source)
    other = _spot_at(problem.see, root, source).line if problem.see else problem.facts.see_line
    return Spot(spot.line, spot.column, problem.message, replace(problem.facts, see_line=other))


def _spot_at(place: TextPlace, root: Node, source: str | bytes) -> Spot:
    """Return the spot of a value, or of the words inside a text."""
    node = node_near(root, place.path)
    spot = Spot(node.line, node.column, "")
    if place.inside is None or not isinstance(node.value, str):
        return spot
    text = (source if isinstance(source, str) else source.decode("utf-8", "replace")).removeprefix("\ufeff")
    starts = _line_starts(text)
    start = starts[spot.line - 1] + spot.column - 1
    index = index_in_source(text, start, node.value, _offset(node.value, place.inside))
    return spot if index is None else _spot_of_index(starts, index)


def _offset(value: str, inside: tuple[int, int]) -> int:
    """Return the index of a line and column, from 1, in a text; one beyond the end of a line or text is that end."""
    start = 0
    for _ in range(inside[0] - 1):
        end = value.find("\n", start)
        if end < 0:
            return len(value)
        start = end + 1
    end = value.find("\n", start)
    return min(start + max(0, inside[1] - 1), len(value) if end < 0 else end)


def _spot_of_index(starts: tuple[int, ...], index: int) -> Spot:
    line = bisect_right(starts, index)
    return Spot(line, index - starts[line - 1] + 1, "")


@lru_cache(maxsize=4)
def _line_starts(text: str) -> tuple[int, ...]:
    """Return the index at which each line of a file begins."""
    return (0, *(found.end() for found in BREAKS.finditer(text)))
