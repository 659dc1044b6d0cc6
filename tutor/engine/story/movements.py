"""How the cells of a list moved at a step, for the picture; derived from the recorded states before and after."""

from dataclasses import dataclass, replace

from tutor.engine.redis.arguments import Side, is_overwritten, list_ends
from tutor.engine.redis.key_states import HALF, KeyState
from tutor.engine.trace.entry import TraceEntry


@dataclass(frozen=True, slots=True)
class Movement:
    """How the cells of a list moved.

    `entered`: indexes into the new state's items. `left_values`: the removed values. Survivors moved by `shift` cells,
    to the right if positive. A side is None if the elements did not pass through an end of the list.
    """

    entered: tuple[int, ...] = ()
    entered_side: Side | None = None
    left_values: tuple[str, ...] = ()
    left_side: Side | None = None
    shift: int = 0


@dataclass(frozen=True, slots=True)
class _Shape:
    """A possible change of a list: survivors move by `shift`, others enter and leave at these sides."""

    shift: int
    enter: Side | None = None
    leave: Side | None = None


class _Cells:
    """A list's recorded elements by their place in the list; the middle of a long list is unknown."""

    def __init__(self, state: KeyState) -> None:
        self.length: int = state["length"]
        items = state["items"]
        hidden = self.length - len(items)
        # For a long list an entry records HALF elements from each end.
        self.known: dict[int, str] = {i if not hidden or i < HALF else i + hidden: item for i, item in enumerate(items)}

    def values(self, places: range) -> tuple[str, ...]:
        return tuple(self.known[place] for place in places if place in self.known)

    def indexes(self, places: range) -> tuple[int, ...]:
        """Return the indexes of the elements at `places` among the recorded items."""
        return tuple(index for index, place in enumerate(self.known) if place in places)


def movement(entry: TraceEntry, key: str) -> Movement:
    """Return how the cells of the list `key` moved at this step, which changed it."""
    was, now = entry.was[key], entry.keys[key]
    # A key of another type before is a new list, so nothing moved.
    if was["type"] != "list":
        return Movement(entered=tuple(range(len(now["items"]))))
    before, after = _Cells(was), _Cells(now)
    words = entry.words
    shape = None if is_overwritten(words, key) else _shape(before, after, list_ends(words, key))
    if shape is None:
        return Movement(tuple(range(len(now["items"]))), None, before.values(range(before.length)))
    found = _movement(shape, before, after)
    # Without survivors, only the command shows which end the elements passed.
    is_end_known = any(list_ends(words, key)) or (before.length > 0 and after.length > 0)
    return found if is_end_known else replace(found, entered_side=None, left_side=None)


def _shape(before: _Cells, after: _Cells, ends: tuple[Side | None, Side | None]) -> _Shape | None:
    """Return the shape that fits both states; `ends`: where the command adds elements and removes them."""
    enters, leaves = ends
    fitting = [shape for shape in _shapes(before.length, after.length) if _fits(shape, before, after)]
    # Two shapes fit if equal elements, or an empty list, hide which end moved; only then the command decides.
    named = [shape for shape in fitting if enters in (None, shape.enter) and leaves in (None, shape.leave)]
    return next(iter(named or fitting), None)


def _shapes(before: int, after: int) -> list[_Shape]:
    grown = after - before
    # The length shows whether elements came or went; with an unchanged length, the list can only have been rotated.
    if grown > 0:
        return [_Shape(grown, enter="left"), _Shape(0, enter="right")]
    if grown < 0:
        return [_Shape(grown, leave="left"), _Shape(0, leave="right")]
    return [_Shape(1, enter="left", leave="right"), _Shape(-1, enter="right", leave="left")]


def _fits(shape: _Shape, before: _Cells, after: _Cells) -> bool:
    pairs = [
        (value, after.known[place + shape.shift])
        for place, value in before.known.items()
        if place + shape.shift in after.known
    ]
    if not all(value == moved for value, moved in pairs):
        return False
    if shape.enter and shape.leave:  # a rotation: the element that left at one end entered at the other
        ends = (after.length - 1, 0) if shape.enter == "right" else (0, before.length - 1)
        return after.known[ends[0]] == before.known[ends[1]]
    return bool(pairs) or 0 in (before.length, after.length)


def _movement(shape: _Shape, before: _Cells, after: _Cells) -> Movement:
    count = abs(after.length - before.length) or 1
    return Movement(
        entered=after.indexes(_at_end(shape.enter, after.length, count)),
        entered_side=shape.enter,
        left_values=before.values(_at_end(shape.leave, before.length, count)),
        left_side=shape.leave,
        shift=shape.shift if min(before.length, after.length) else 0,
    )


def _at_end(side: Side | None, length: int, count: int) -> range:
    if side is None:
        return range(0)
    return range(count) if side == "left" else range(length - count, length)
