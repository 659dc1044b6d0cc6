"""The middle of the picture: the watched keys, each drawn by its type, and the channels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tutor.drawing.tokens import Token, token
from tutor.engine.redis.globs import matches
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import Space, traits_of
from tutor.engine.story.movements import Movement
from tutor.engine.story.story import NOT_MOVED, Story
from tutor.engine.trace.messages import message_in_entry
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import duration

MOST_CELLS = 6
"""Maximum number of cells drawn of one key; of a list half from its head, half from its tail."""

MOST_PENDING = 3
"""Maximum number of unacknowledged messages drawn per consumer."""

MOST_LIVES = 2
"""Maximum number of hash fields whose time to live is shown."""

NOUNS = {"list": "message", "set": "member", "zset": "member", "hash": "field", "stream": "entry"}
TYPES = {"zset": "sorted set", "other": "another type"}


@dataclass(frozen=True, slots=True)
class KeyCell:
    """A place in a key, and the movement of its message, such as is-entering-left or is-shifting-right.

    `label` is shown with the message: its field, its score, or the end of its id (`title` is the whole id).
    """

    token: Token
    motion: str = ""
    label: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Ghost:
    """The former place of a message that this step took, at the end of the list where it left."""

    token: Token
    side: str


@dataclass(frozen=True, slots=True)
class PendingEntries:
    """The entries delivered to a consumer of a group and not acknowledged."""

    consumer: str
    tokens: tuple[Token, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group of a stream, and the end of the id that it delivered last."""

    name: str
    last: str
    pending: tuple[PendingEntries, ...]


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key in the broker: `cells` in order, of which `skipped_count` are left out after `skipped_after`."""

    name: str
    type: str
    about: str
    cells: tuple[KeyCell, ...]
    length: int
    skipped_count: int = 0
    skipped_after: int = 0
    ghost: Ghost | None = None
    groups: tuple[Group, ...] = ()
    is_changed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the key holds nothing."""
        return not self.length


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A client subscribed to a channel: by which patterns, and whether by the channel's own name."""

    label: str
    hue: int
    patterns: tuple[str, ...]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, which stores nothing: its subscribers, this step's message, and the number of its receivers."""

    name: str
    about: str
    subscribers: tuple[Subscriber, ...]
    sent: Token | None = None
    reached: int = 0
    reached_text: str = ""

    @property
    def type(self) -> str:
        """The label in place of a key's type."""
        return "channel"


def shown_key(name: str, state: KeyState, story: Story | None) -> ShownKey:
    """Return the key as it is drawn after a step, or before the first one."""
    beside = story.entry.beside.get(name, {}) if story else {}
    about, is_changed = _about(state, beside), bool(story and name in story.entry.was)
    if state["type"] == "list":
        shown = _shown_list(name, about, state, story.movement_of(name) if story else NOT_MOVED)
        return replace(shown, is_changed=is_changed)
    was = story.entry.was.get(name, state) if story else state
    cells = tuple(_cells(state, _items(was if was["type"] == state["type"] else state)))
    groups = tuple(_group(group, state) for group in beside.get("groups", ()))
    length = len(cells) if state["type"] == "string" else state["length"]
    shown = ShownKey(name, state["type"], about, cells, length, length - len(cells), len(cells), groups=groups)
    return replace(shown, is_changed=is_changed)


def _about(state: KeyState, beside: Mapping[str, Json]) -> str:
    type_: str = state["type"]
    parts: list[str] = [TYPES.get(type_, type_)]
    if type_ in NOUNS:
        parts.append(_counted(state["length"], NOUNS[type_]) if state["length"] else "empty")
    if type_ == "zset" and state["length"] > 1:
        parts.append("lowest score first")
    if "ttl" in beside:
        parts.append(f"expires in {duration(beside['ttl'])}")
    parts += _field_lives(beside.get("fields", {}))
    return ", ".join(parts)


def _field_lives(seconds: Mapping[str, int]) -> list[str]:
    """Return the lives of the fields that expire first, and the number of others."""
    first = sorted(seconds.items(), key=lambda each: each[1])
    shown = [f"{token(name).text} expires in {duration(left)}" for name, left in first[:MOST_LIVES]]
    more = len(first) - MOST_LIVES
    return shown + ([f"{_counted(more, 'more field')} later"] if more > 0 else [])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun[:-1] + 'ies' if noun == 'entry' else noun + 's'}"


def _shown_list(name: str, about: str, state: KeyState, move: Movement) -> ShownKey:
    ghost = Ghost(token(move.left_values[-1]), move.left_side) if move.left_side else None
    half, items = MOST_CELLS // 2, state["items"]
    # Both ends of a long list are drawn, because a queue changes only there.
    is_long = state["length"] > MOST_CELLS
    places = [*range(half), *range(len(items) - half, len(items))] if is_long else range(len(items))
    cells = tuple(KeyCell(token(items[place]), _motion(place, move)) for place in places)
    return ShownKey(name, "list", about, cells, state["length"], state["length"] - len(cells), half, ghost)


def _motion(place: int, move: Movement) -> str:
    if place in move.entered:
        return f"is-entering-{move.entered_side}" if move.entered_side else "is-new"
    return "" if not move.shift else "is-shifting-right" if move.shift > 0 else "is-shifting-left"


def _items(state: KeyState) -> Sequence[Value]:
    if state["type"] == "string":
        return [] if state["value"] is None else [state["value"]]
    items: Sequence[Value] = state["items"]
    return items


def _cells(state: KeyState, before: Sequence[Value]) -> list[KeyCell]:
    """Return the cells of a key that is not a list; elements missing before the step are marked as new."""
    # At most MOST_CELLS, so the search through `before` is short.
    return [_cell(state["type"], item, "" if item in before else "is-new") for item in _items(state)[:MOST_CELLS]]


def _cell(type_: str, item: Value, motion: str) -> KeyCell:
    if type_ == "hash":
        return KeyCell(token(item[1]), motion, item[0])
    if type_ == "zset":
        return KeyCell(token(item[0]), motion, item[1])
    if type_ == "stream":
        return KeyCell(token(message_in_entry(item[1])), motion, short_id(item[0]), item[0])
    return KeyCell(token(item), motion)


def short_id(id_: str) -> str:
    """Return the end of a stream's id, which differs between neighbours; a short id is returned whole."""
    return id_ if len(id_) <= 9 else f"…{id_[-6:]}"


def _group(group: Mapping[str, Json], state: KeyState) -> Group:
    messages = {id_: message_in_entry(fields) for id_, fields in state["items"]}
    pending = [
        PendingEntries(
            each["consumer"],
            tuple(token(messages.get(id_, id_)) for id_ in each["ids"][:MOST_PENDING]),
            max(0, each["length"] - MOST_PENDING),
        )
        for each in group["pending"]
    ]
    return Group(group["name"], short_id(group["last"]), tuple(pending))


_CHANNEL_KINDS = {"channel": "channel", "pattern": "pattern of channels", "shard": "sharded channel"}


def shown_channel(space: Space, name: str, story: Story | None, actors: Mapping[str, tuple[str, int]]) -> Channel:
    """Return the channel after a step, or before the first one; `actors` are labels and hues by name."""
    lanes = story.entry.lanes if story else {}
    subscribers = tuple(_subscribers(lanes, space, name, actors))
    subscribed = _counted(len(subscribers), "subscriber") if subscribers else "no subscribers"
    empty = Channel(name, f"{_CHANNEL_KINDS[space]}, {subscribed}", subscribers)
    if story is None or not _is_published_to(story, space, name):
        return empty
    return replace(
        empty,
        sent=token(story.entry.words[2]),
        reached=story.receivers or 0,
        reached_text=story.reach,
    )


def _is_published_to(story: Story, space: Space, name: str) -> bool:
    """Return whether the step published a message on that channel."""
    words = story.entry.words
    return story.receivers is not None and traits_of(words).space == space and words[1] == name


def _subscribers(
    lanes: Mapping[str, Mapping[str, Json]], space: Space, name: str, actors: Mapping[str, tuple[str, int]]
) -> Iterator[Subscriber]:
    for actor, lane in lanes.items():
        ways = list(_fitting(lane, space, name))
        if ways:
            yield Subscriber(*actors[actor], patterns=tuple(each for each in ways if each), is_direct="" in ways)


def _fitting(lane: Mapping[str, Json], space: Space, name: str) -> Iterator[str]:
    """Yield the actor's subscriptions that match the channel: "" for its own name, else the pattern."""
    names = lane.get("channels", ())
    # Older versions did not record which names are patterns.
    spaces = lane.get("spaces") or ["channel" if each == name else "pattern" for each in names]
    for kind, each in zip(spaces, names, strict=True):
        if kind == space and each == name:
            yield ""
        # Patterns match no sharded channels: https://redis.io/docs/latest/commands/ssubscribe/
        elif (space, kind) == ("channel", "pattern") and matches(each, name):
            yield each
