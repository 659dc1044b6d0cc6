"""The picture of a step: who acts, what the keys hold, which message came and which one went where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from tutor.engine import narration
from tutor.engine.keys import KeyState
from tutor.engine.lesson import Actor, Lesson
from tutor.engine.trace import TraceEntry, start_keys
from tutor.engine.values import Value, as_repr

HUES = 8

MOST_CELLS = 6
"""Cells that a picture draws of one key: half from its head, half from its tail."""

LONGEST_TOKEN = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A message as it looks everywhere: its text and its hue, from 0 to HUES - 1."""

    text: str
    hue: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a key, and how the message came to it, such as is-entering-left or is-shifting-right."""

    token: Token
    motion: str = ""


def token(value: Value) -> Token:
    """Return the token of a value: the same text has the same hue on every page."""
    text = as_repr(value)
    shown = text if len(text) <= LONGEST_TOKEN else text[: LONGEST_TOKEN - 1] + "…"
    # A plain sum gives task1, task2, task3 neighbouring hues, where a hash might give two of them the same.
    return Token(shown, sum(str(value).encode()) % HUES)


@dataclass(frozen=True, slots=True)
class ShownActor:
    """An actor in its place; `holding` is the message in its hands."""

    name: str
    label: str
    role: str
    hue: int
    is_active: bool = False
    holding: Token | None = None
    motion: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ghost:
    """The place of a message that this step took, at the end of the list where it left."""

    token: Token
    side: str


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key in the broker: `cells` in order, of which `skipped_count` are left out after `skipped_after`."""

    name: str
    type: str
    cells: tuple[Cell, ...]
    length: int
    skipped_count: int = 0
    skipped_after: int = 0
    ghost: Ghost | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the key holds nothing."""
        return not self.length


@dataclass(frozen=True, slots=True)
class Picture:
    """Producers left, the broker's keys in the middle, consumers right."""

    producers: tuple[ShownActor, ...]
    keys: tuple[ShownKey, ...]
    consumers: tuple[ShownActor, ...]


def actors(lesson: Lesson) -> Mapping[str, ShownActor]:
    """Return the lesson's actors by name, each with its hue: its number in the lesson."""
    return _shown_cast(lesson.cast)


@lru_cache(maxsize=256)
def _shown_cast(cast: tuple[Actor, ...]) -> Mapping[str, ShownActor]:
    shown = {actor.name: ShownActor(actor.name, actor.shown, actor.side, hue) for hue, actor in enumerate(cast)}
    return MappingProxyType(shown)


def picture(lesson: Lesson, entry: TraceEntry | None) -> Picture:
    """Return the picture after `entry`, or before the first step."""
    shown = [_at_work(lesson, actor, entry) for actor in actors(lesson).values()]
    states = entry.keys if entry else start_keys(lesson.watched)
    return Picture(
        tuple(actor for actor in shown if actor.role == "producer"),
        tuple(_shown_key(name, state, entry) for name, state in states.items()),
        tuple(actor for actor in shown if actor.role == "consumer"),
    )


def _at_work(lesson: Lesson, actor: ShownActor, entry: TraceEntry | None) -> ShownActor:
    if entry is None:
        return actor
    is_active = actor.name == entry.actor
    held = _held(lesson, actor.name, entry)
    return replace(
        actor,
        is_active=is_active,
        holding=token(held[1]) if held else None,
        motion="is-arriving" if is_active and held and held[0] in entry.was else "",
        note=_note(entry) if is_active else "",
    )


def _held(lesson: Lesson, actor: str, entry: TraceEntry) -> tuple[str, Value] | None:
    """Return the variable and value in the actor's hands: of those it saves, one that has a value, new ones first."""
    names = lesson.saved_by[actor]
    held = [(name, entry.variables[name]) for name in names if entry.variables[name] is not None]
    return max(held, key=lambda pair: pair[0] in entry.was, default=None)


def _note(entry: TraceEntry) -> str:
    if entry.refusal:
        return "refused"
    if entry.printed:
        return entry.output_text
    if entry.command and entry.reply is None:
        return "got nothing"
    sent = [as_repr(value) for key in entry.was if key in entry.keys for value in _pushed(entry, key)]
    if sent:
        return "sent " + ", ".join(sent[:2])
    return f"took {entry.output_text}" if isinstance(entry.output, str) else ""


def _pushed(entry: TraceEntry, key: str) -> Sequence[Value]:
    if entry.keys[key]["type"] != "list":
        return ()
    move = narration.movements(entry, key)
    return [entry.keys[key]["items"][place] for place in move.entered] if move.entered_side else ()


def _shown_key(name: str, state: KeyState, entry: TraceEntry | None) -> ShownKey:
    if state["type"] != "list":
        return _shown_other(name, state)
    move = narration.movements(entry, name) if entry and name in entry.was else None
    ghost = Ghost(token(move.left_values[-1]), move.left_side) if move and move.left_side else None
    half, items = MOST_CELLS // 2, state["items"]
    is_long = state["length"] > MOST_CELLS
    places = [*range(half), *range(len(items) - half, len(items))] if is_long else range(len(items))
    cells = tuple(Cell(token(items[place]), _motion(place, move)) for place in places)
    return ShownKey(name, "list", cells, state["length"], state["length"] - len(cells), half, ghost)


def _motion(place: int, move: narration.Movement | None) -> str:
    if move is None:
        return ""
    if place in move.entered:
        return f"is-entering-{move.entered_side}" if move.entered_side else "is-new"
    return "" if not move.shift else "is-shifting-right" if move.shift > 0 else "is-shifting-left"


def _shown_other(name: str, state: KeyState) -> ShownKey:
    if state["type"] == "string":
        value = state["value"]
        return ShownKey(name, "string", () if value is None else (Cell(token(value)),), int(value is not None))
    texts = [item if isinstance(item, str) else f"{item[0]}: {item[1]}" for item in state["items"][:MOST_CELLS]]
    cells = tuple(Cell(token(text)) for text in texts)
    return ShownKey(name, state["type"], cells, state["length"], state["length"] - len(cells), len(cells))
