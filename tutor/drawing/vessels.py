"""What stands in the middle of the picture: the watched keys, each drawn by its type, and the channels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutor.drawing.tokens import Token, token
from tutor.engine.redis.globs import matches
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import Space, spec_of
from tutor.engine.story import narration, telling
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json, Value

MOST_CELLS = 6
"""Cells that a picture draws of one key: of a list half from its head, half from its tail."""

MOST_PENDING = 3
"""Messages that a picture draws of what one consumer has not acknowledged."""

MOST_LIVES = 2
"""Fields of a hash of which a picture says how long they have to live."""

NOUNS = {"list": "message", "set": "member", "zset": "member", "hash": "field", "stream": "entry"}
TYPES = {"zset": "sorted set", "other": "another type"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a key, and how the message came to it, such as is-entering-left or is-shifting-right.

    `label` is what stands with the message: its field, its score, or the end of its id (`title` is the whole id).
    """

    token: Token
    motion: str = ""
    label: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Ghost:
    """The place of a message that this step took, at the end of the list where it left."""

    token: Token
    side: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What a consumer of a group got and has not acknowledged."""

    consumer: str
    tokens: tuple[Token, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group of a stream, and the end of the id that it delivered last."""

    name: str
    last: str
    pending: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key in the broker: `cells` in order, of which `skipped_count` are left out after `skipped_after`."""

    name: str
    type: str
    about: str
    cells: tuple[Cell, ...]
    length: int
    skipped_count: int = 0
    skipped_after: int = 0
    ghost: Ghost | None = None
    groups: tuple[Group, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the key holds nothing."""
        return not self.length


@dataclass(frozen=True, slots=True)
class Listener:
    """A client that gets what is sent to a channel: by which patterns, and whether by the channel's own name."""

    label: str
    hue: int
    patterns: tuple[str, ...]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, which keeps nothing: who listens, and what went through in this step and whom it reached."""

    name: str
    about: str
    listeners: tuple[Listener, ...]
    sent: Token | None = None
    reached: int = 0
    reached_text: str = ""

    @property
    def type(self) -> str:
        """The kind of thing, where keys have their type."""
        return "channel"


def shown_key(name: str, state: KeyState, entry: TraceEntry | None) -> ShownKey:
    """Return the key as it is drawn after `entry`."""
    beside = entry.beside.get(name, {}) if entry else {}
    about = _about(state, beside)
    if state["type"] == "list":
        return _shown_list(name, about, state, entry)
    is_known = entry is not None and name in entry.was and entry.was[name]["type"] == state["type"]
    before = entry.was[name] if entry and is_known else state
    cells = tuple(_cells(state, _items(before)))
    groups = tuple(_group(group, state) for group in beside.get("groups", ()))
    length = len(cells) if state["type"] == "string" else state["length"]
    return ShownKey(name, state["type"], about, cells, length, length - len(cells), len(cells), groups=groups)


def _about(state: KeyState, beside: Mapping[str, Json]) -> str:
    type_: str = state["type"]
    parts: list[str] = [TYPES.get(type_, type_)]
    if type_ in NOUNS:
        parts.append(_counted(state["length"], NOUNS[type_]) if state["length"] else "empty")
    if type_ == "zset" and state["length"] > 1:
        parts.append("lowest score first")
    if "ttl" in beside:
        parts.append(f"expires in {telling.duration(beside['ttl'])}")
    parts += _field_lives(beside.get("fields", {}))
    return ", ".join(parts)


def _field_lives(seconds: Mapping[str, int]) -> list[str]:
    """Return how long fields have to live, those that end first; of many, how many more there are."""
    first = sorted(seconds.items(), key=lambda each: each[1])
    told = [f"{token(name).text} expires in {telling.duration(left)}" for name, left in first[:MOST_LIVES]]
    more = len(first) - MOST_LIVES
    return told + ([f"{_counted(more, 'more field')} later"] if more > 0 else [])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun[:-1] + 'ies' if noun == 'entry' else noun + 's'}"


def _shown_list(name: str, about: str, state: KeyState, entry: TraceEntry | None) -> ShownKey:
    move = narration.movements(entry, name) if entry and name in entry.was else None
    ghost = Ghost(token(move.left_values[-1]), move.left_side) if move and move.left_side else None
    half, items = MOST_CELLS // 2, state["items"]
    is_long = state["length"] > MOST_CELLS
    places = [*range(half), *range(len(items) - half, len(items))] if is_long else range(len(items))
    cells = tuple(Cell(token(items[place]), _motion(place, move)) for place in places)
    return ShownKey(name, "list", about, cells, state["length"], state["length"] - len(cells), half, ghost)


def _motion(place: int, move: narration.Movement | None) -> str:
    if move is None:
        return ""
    if place in move.entered:
        return f"is-entering-{move.entered_side}" if move.entered_side else "is-new"
    return "" if not move.shift else "is-shifting-right" if move.shift > 0 else "is-shifting-left"


def _items(state: KeyState) -> Sequence[Value]:
    if state["type"] == "string":
        return [] if state["value"] is None else [state["value"]]
    items: Sequence[Value] = state["items"]
    return items


def _cells(state: KeyState, before: Sequence[Value]) -> list[Cell]:
    """Return the cells of any key but a list; what was not there before the step is marked as new."""
    return [_cell(state["type"], item, "" if item in before else "is-new") for item in _items(state)[:MOST_CELLS]]


def _cell(type_: str, item: Value, motion: str) -> Cell:
    if type_ == "hash":
        return Cell(token(item[1]), motion, item[0])
    if type_ == "zset":
        return Cell(token(item[0]), motion, item[1])
    if type_ == "stream":
        return Cell(token(telling.message_in_entry(item[1])), motion, short_id(item[0]), item[0])
    return Cell(token(item), motion)


def short_id(id_: str) -> str:
    """Return the end of a stream's id, which tells it from its neighbours; a short one whole."""
    return id_ if len(id_) <= 9 else f"…{id_[-6:]}"


def _group(group: Mapping[str, Json], state: KeyState) -> Group:
    messages = {id_: telling.message_in_entry(fields) for id_, fields in state["items"]}
    pending = [
        Pending(
            each["consumer"],
            tuple(token(messages.get(id_, id_)) for id_ in each["ids"][:MOST_PENDING]),
            max(0, each["length"] - MOST_PENDING),
        )
        for each in group["pending"]
    ]
    return Group(group["name"], short_id(group["last"]), tuple(pending))


def shown_channel(space: Space, name: str, entry: TraceEntry | None, actors: Mapping[str, tuple[str, int]]) -> Channel:
    """Return the channel after `entry`; `actors` are labels and hues by name."""
    lanes = entry.lanes if entry else {}
    found = [(actor, list(_fitting(lane, space, name))) for actor, lane in lanes.items()]
    listeners = tuple(
        Listener(*actors[actor], patterns=tuple(each for each in ways if each), is_direct="" in ways)
        for actor, ways in found
        if ways
    )
    kind = {"channel": "channel", "pattern": "pattern of channels", "shard": "sharded channel"}[space]
    about = f"{kind}, {_counted(len(listeners), 'subscriber') if listeners else 'no subscribers'}"
    command = spec_of(entry.words or []) if entry else None
    is_here = command is not None and command.pubsub == "publishes" and command.space == space
    if entry is None or not is_here or not entry.words or entry.words[1] != name or telling.receivers(entry) is None:
        return Channel(name, about, listeners)
    return Channel(name, about, listeners, token(entry.words[2]), telling.receivers(entry) or 0, telling.reach(entry))


def _fitting(lane: Mapping[str, Json], space: Space, name: str) -> Iterator[str]:
    """Yield the actor's subscriptions that fit the channel: "" for its own name, else the pattern."""
    names = lane.get("channels", ())
    # Older versions did not record what is a pattern.
    spaces = lane.get("spaces") or ["channel" if each == name else "pattern" for each in names]
    for kind, each in zip(spaces, names, strict=True):
        if kind == space and each == name:
            yield ""
        elif (space, kind) == ("channel", "pattern") and matches(each, name):
            yield each
