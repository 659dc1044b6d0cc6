"""What a step did, in words for those who listen and as movements for those who watch; read from recorded states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.redis.arguments import Side, entry_place, is_overwritten, list_ends, value_places
from tutor.engine.redis.key_states import HALF, KeyState, as_text
from tutor.engine.redis.table import Command, key_places, spec_of
from tutor.engine.story import telling
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_redis_cli, as_repr
from tutor.engine.values.refusals import NotSent, ProgramError
from tutor.engine.values.replies import Json, Reply, Value, as_python
from tutor.engine.values.wording import listed

LONGEST_VALUE = 40
LONGEST_STATE = 120
"""Characters of a value and of a state that a sentence holds."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How the cells of a list moved.

    `entered` are indexes into the new state's items; `left_values` are gone; survivors moved by `shift` cells, to
    the right if positive. A side is None where the elements did not go through an end of the list.
    """

    entered: tuple[int, ...] = ()
    entered_side: Side | None = None
    left_values: tuple[str, ...] = ()
    left_side: Side | None = None
    shift: int = 0


@dataclass(frozen=True, slots=True)
class _Shape:
    """A way in which a list may have changed: survivors move by `shift`, others enter and leave at these sides."""

    shift: int
    enter: Side | None = None
    leave: Side | None = None


class _Cells:
    """A list's recorded elements by their place in the list; those in the middle of a long one are unknown."""

    def __init__(self, state: KeyState) -> None:
        self.length: int = state["length"]
        items = state["items"]
        hidden = self.length - len(items)
        self.known: dict[int, str] = {i if not hidden or i < HALF else i + hidden: item for i, item in enumerate(items)}

    def values(self, places: range) -> tuple[str, ...]:
        return tuple(self.known[place] for place in places if place in self.known)

    def indexes(self, places: range) -> tuple[int, ...]:
        """Return where the elements at `places` stand among the recorded items."""
        return tuple(index for index, place in enumerate(self.known) if place in places)


def movements(entry: TraceEntry, key: str) -> Movement:
    """Return how the list `key` changed at this step, judged by its states before and after it."""
    if key not in entry.was:
        return Movement()
    was, now = entry.was[key], entry.keys[key]
    if was["type"] != "list" or now["type"] != "list":
        return Movement(entered=tuple(range(len(now["items"]))))
    before, after = _Cells(was), _Cells(now)
    replaced = Movement(tuple(range(len(now["items"]))), None, before.values(range(before.length)))
    if is_overwritten(entry.words or [], key):
        return replaced
    enters, leaves = list_ends(entry.words or [], key)
    fitting = [shape for shape in _shapes(before.length, after.length) if _fits(shape, before, after)]
    # Two shapes fit where equal elements, or none at all, hide which end moved; only then the command is asked.
    named = [shape for shape in fitting if enters in (None, shape.enter) and leaves in (None, shape.leave)]
    for shape in named or fitting:
        return _movement(shape, before, after, is_certain=bool(enters or leaves))
    return replaced


def _shapes(before: int, after: int) -> list[_Shape]:
    grown = after - before
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
    if shape.enter and shape.leave:  # a rotation: what left at one end came in at the other
        ends = (after.length - 1, 0) if shape.enter == "right" else (0, before.length - 1)
        return after.known[ends[0]] == before.known[ends[1]]
    return bool(pairs) or 0 in (before.length, after.length)


def _movement(shape: _Shape, before: _Cells, after: _Cells, *, is_certain: bool) -> Movement:
    """Return the movement of this shape; an end is named only where there are survivors to tell it, or a command."""
    count = abs(after.length - before.length) or 1
    has_end = is_certain or (before.length > 0 and after.length > 0)
    return Movement(
        entered=after.indexes(_at_end(shape.enter, after.length, count)),
        entered_side=shape.enter if has_end else None,
        left_values=before.values(_at_end(shape.leave, before.length, count)),
        left_side=shape.leave if has_end else None,
        shift=shape.shift if min(before.length, after.length) else 0,
    )


def _at_end(side: Side | None, length: int, count: int) -> range:
    if side is None:
        return range(0)
    return range(count) if side == "left" else range(length - count, length)


def sentence(entry: TraceEntry, names: Mapping[str, str] | None = None) -> str:
    """Return one sentence, without a full stop, that says what this step did; `names` are the actors' labels."""
    if isinstance(entry.refusal, ProgramError):
        answered = " was answered, and the program raised" if entry.sent else " raised"
        return f"{_name(entry)}{answered} {entry.refusal.said}"
    if entry.refusal:
        refused = "was" if isinstance(entry.refusal, NotSent) else "was refused:"
        return f"{_name(entry)} {refused} {entry.refusal.shown}"
    if entry.printed:
        return f"The program printed: {entry.output_text}"
    names = names or {}
    did = telling.deed(entry, names) or (_deed(entry) if entry.words else "")
    events = [event.sentence(names) for event in telling.happenings(entry)]
    states = [_state(entry, key) for key in entry.keys if key in entry.was]
    states += [f"{key} is gone" for key in entry.gone if key in entry.was]
    if not entry.words or events:
        states += [f"{name} is now {_short(value)}" for name, value in entry.variables.items() if name in entry.was]
    if did and not states and not telling.is_waiting(entry):
        states = _left_alone(entry)
    return "; ".join(part for part in (did, *events, *states) if part) or "Nothing changed"


def _name(entry: TraceEntry) -> str:
    return entry.words[0].upper() if entry.words else "The step"


def _left_alone(entry: TraceEntry) -> list[str]:
    """Return that the watched keys from which the command would have taken something are unchanged."""
    words = entry.words or []
    command = spec_of(words)
    keys = key_places(words) if command and command.takes else ()
    return [f"{words[place]} is unchanged" for place in keys if words[place] in entry.keys]


def _deed(entry: TraceEntry) -> str:
    words, name = entry.words or [], _name(entry)
    command = spec_of(words)
    keys = [words[place] for place in key_places(words)]
    did = _put(entry, words, keys) if command and command.puts else ""
    if command and (command.takes or command.moves):
        did = _took(entry, command, keys)
    return f"{name} {did}" if did else f"{name} answered {_answer(entry.reply)}"


def _put(entry: TraceEntry, words: Sequence[str], keys: Sequence[str]) -> str:
    """Return what the command put where, "" if its reply does not say that it put anything."""
    place = entry_place(words)
    if place is not None and isinstance(entry.reply, str):
        return f"put {_short(telling.message_in_entry(words[place:]))} into {keys[0]} as {entry.reply}"
    is_put = isinstance(entry.reply, int) and entry.reply > 0
    return f"put {_listed([words[place] for place in value_places(words)])} into {keys[0]}" if is_put and keys else ""


def _took(entry: TraceEntry, command: Command, keys: Sequence[str]) -> str:
    """Return what the command took, and where a move put it."""
    if entry.reply is None:
        sources = keys[:1] if command.moves else keys
        return f"found {listed(sources)} empty and returned None"
    if command.moves:
        return f"moved {_short(as_python(entry.reply))} from {keys[0]} to {keys[1]}"
    return f"took {_listed(telling.taken(command, entry.reply)) or 'nothing'}"


def _answer(reply: Reply) -> str:
    lines = as_redis_cli(reply)
    return _cut(lines[0]) if len(lines) == 1 else _short(as_python(reply), LONGEST_STATE)


def _listed(values: Sequence[Json]) -> str:
    shown = [_short(value) for value in values[:3]]
    if len(values) > 3:
        return f"{', '.join(shown)} and {len(values) - 3} more"
    return listed(shown)


def _state(entry: TraceEntry, key: str) -> str:
    state = entry.keys[key]
    text = as_text(state)
    if state["type"] != "string" and state["type"] != "other":
        if not state["items"]:
            return f"{key} is now empty"
        if len(text) > LONGEST_STATE:
            return f"{key} now has {state['length']:,} elements"
    return f"{key} is now {_cut(text)}"


def _short(value: Value, longest: int = LONGEST_VALUE) -> str:
    return _cut(as_repr(value), longest)


def _cut(text: str, longest: int = LONGEST_STATE) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
