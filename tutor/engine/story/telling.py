"""What a step did to connections, in words: who waits, who was woken, whom a message reached, what was queued."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tutor.engine.program.mailbox import MESSAGES, PARTS, is_message
from tutor.engine.redis.table import Command, key_places, spec_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Reply, Value, as_python, error_of
from tutor.engine.values.wording import listed

Names = Mapping[str, str]
"""The labels of actors by name; without one, the name itself."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What a step brought to another actor: the message (None: nothing), where it came from, since when it waited.

    A client gets a message once for each of its subscriptions that fit: `ways` are those, "" for the channel itself,
    else the pattern. `is_unread`: its program has not read it yet.
    """

    actor: str
    kind: Literal["reply", "message", "timeout"]
    value: Value
    channel: str = ""
    since: int = 0
    refusal: str | None = None
    ways: tuple[str, ...] = ("",)
    is_sharded: bool = False
    is_unread: bool = False
    raised: str = ""
    """What it made the program raise."""

    def sentence(self, names: Names) -> str:
        """Return what came, as one sentence without a full stop."""
        who = name_of(self.actor, names)
        if self.raised:
            return f"{who}'s program raised {self.raised}"
        if self.kind == "message":
            return self._message(f"{who}'s client" if self.is_unread else who)
        if self.kind == "timeout":
            return f"{who} waited in vain: its time limit passed (since step {self.since})"
        if self.refusal:
            return f"{who} was refused: {self.refusal}"
        return f"{who} got {as_repr(self.value)} (waiting since step {self.since})"

    def _message(self, who: str) -> str:
        said = f"{who} received {as_repr(self.value)} {self.place}"
        if not self.is_unread:
            return said
        number = len(self.ways)
        if number == 1:
            return f"{said}; it is {NOT_READ}"
        return f"{said}; {'neither' if number == 2 else 'none of them'} is read yet"

    @property
    def short_place(self) -> str:
        """Where a message came, and how often: `on news twice`."""
        often = ("", " twice")[len(self.ways) - 1] if len(self.ways) < 3 else f" {len(self.ways)} times"
        return f"on {'the sharded channel ' if self.is_sharded else ''}{self.channel}{often}"

    @property
    def place(self) -> str:
        """The same, and why: `on news twice: for the channel and for the pattern n*`."""
        ways = [f"for the pattern {way}" if way else "for the channel" for way in self.ways]
        if len(ways) == 1:
            return f"{self.short_place} {ways[0]}" if self.ways[0] else self.short_place
        return f"{self.short_place}: {listed(ways)}"


NOT_READ = "not read yet"


def happenings(entry: TraceEntry) -> list[Happening]:
    """Return what the step brought to others, in the order in which it came; copies of one message are one."""
    found: list[Happening] = []
    for each in map(_happening, entry.events):
        place = next((i for i, other in reversed([*enumerate(found)]) if _is_copy(each, other)), None)
        if place is None:
            found.append(each)
        else:
            found[place] = replace(found[place], ways=(*found[place].ways, *each.ways))
    return found


def _is_copy(one: Happening, other: Happening) -> bool:
    """Return whether a client got one message for another of its subscriptions, rather than the same text again."""
    if one.kind != "message" or one.ways[0] in other.ways or one.ways == ("",):
        return False
    return replace(one, ways=other.ways) == other


def _happening(event: Mapping[str, Value]) -> Happening:
    reply, value = event["reply"], event.get("value")
    # A program that does not decode has bytes in its hands.
    taken = value if isinstance(value, bytes) else None
    if event["kind"] == "message":
        kind, *_, channel, data = reply
        ways, is_unread = (reply[1] if kind == "pmessage" else "",), "unread" in event
        came = data if taken is None else taken
        found = Happening(event["actor"], "message", came, channel=channel, ways=ways, is_unread=is_unread)
        return replace(found, is_sharded=kind == "smessage", raised=event.get("raised", ""))
    return Happening(
        event["actor"],
        event["kind"],
        message_in(reply) if taken is None else taken,
        since=event["since"],
        refusal=error_of(reply),
        raised=event.get("raised", ""),
    )


def message_held(value: Value) -> Value:
    """Return the message that a variable holds: of what get_message() returned, its data; None for a confirmation."""
    if not isinstance(value, dict) or value.keys() != PARTS:
        return value
    return value["data"] if value["type"] in MESSAGES else None


def message_in(reply: Reply) -> Value:
    """Return the message in what a client that waited has got: what was popped, or what the stream's entry says."""
    if not isinstance(reply, list):
        return None if isinstance(reply, dict) else reply
    if reply and isinstance(reply[0], list):  # [[stream, [[id, [field, value, …]], …]], …]
        entries = reply[0][1]
        return message_in_entry(entries[0][1] or []) if entries else None
    if len(reply) < 2:
        return None
    if isinstance(reply[1], list):  # [key, [message, …]], or [key, [[member, score], …]]
        messages = [each[0] if isinstance(each, list) else each for each in reply[1]]
        return messages[0] if len(messages) == 1 else messages
    return reply[1]  # [key, message], or [key, member, score]


def taken(command: Command, reply: Reply) -> list[Value]:
    """Return what a command that takes something out of a key has got: messages, elements, members without scores."""
    if command.names_key:
        messages = message_in(reply)
        return messages if isinstance(messages, list) else [messages]
    found = reply if isinstance(reply, list) else [as_python(reply)]
    return found[::2] if command.type == "zset" else found


def message_in_entry(fields: Sequence[Value]) -> Value:
    """Return what a stream's entry says: the value of its only field, else `field value` for each."""
    if len(fields) == 2:
        return fields[1]
    return ", ".join(f"{fields[i]} {fields[i + 1]}" for i in range(0, len(fields) - 1, 2))


def name_of(actor: str, names: Names) -> str:
    """Return how the actor is called on the page."""
    return names.get(actor) or actor.replace("_", " ").capitalize()


def is_waiting(entry: TraceEntry) -> bool:
    """Return whether the step's own command waits for its answer."""
    lane = entry.lanes.get(entry.actor, {})
    return lane.get("state") == "waiting" and lane["since"] == entry.position


def receivers(entry: TraceEntry) -> int | None:
    """Return how many subscriptions the server says a PUBLISH has reached, None for any other step."""
    command = spec_of(entry.words or [])
    is_publish = command is not None and command.pubsub == "publishes" and isinstance(entry.reply, int)
    return entry.reply if is_publish else None


def reach(entry: TraceEntry) -> str:
    """Return whom a PUBLISH has reached: `reached 1 subscriber`, and by how many subscriptions if it has more."""
    number = receivers(entry) or 0
    clients = len({each.actor for each in happenings(entry) if each.kind == "message"}) or number
    reached = f"reached {clients} {'subscriber' if clients == 1 else 'subscribers'}"
    return reached if clients == number else f"{reached} by {number} subscriptions"


def unread(lane: Mapping[str, Value]) -> str:
    """Return how much an actor has not read yet: `2 messages unread`, "" if it has read everything."""
    counts = [(lane.get("unread", 0), "message"), (lane.get("notices", 0), "notice")]
    parts = [f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts if number]
    return f"{' and '.join(parts)} unread" if parts else ""


def duration(seconds: float) -> str:
    """Return how long it is: `0.5 s`, `60 s`, `5 min`, `2 h`."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"


def deed(entry: TraceEntry, names: Names) -> str:
    """Return what the step did to its own connection, "" for what has nothing to do with it."""
    who, words = name_of(entry.actor, names), entry.words or []
    if not words:
        return _deed_alone(who, entry)
    if is_waiting(entry):
        return f"{who} waits for {awaited(words)}"
    if entry.reply == {"status": "QUEUED"}:
        return f"{_verb(entry)} is queued and runs at EXEC"
    return _of_command(who, entry)


def _deed_alone(who: str, entry: TraceEntry) -> str:
    """Return what a step did that sent no command."""
    if entry.kind == "crash":
        return f"{who}'s connection is cut"
    if entry.kind == "read":
        return _read(who, entry)
    return f"{duration(entry.passed)} passed" if entry.kind == "wait" else ""


def _of_command(who: str, entry: TraceEntry) -> str:
    """Return what a command did to subscriptions or to a transaction, or whom what it published has reached."""
    words = entry.words or []
    command = spec_of(words)
    if command and command.pubsub in ("begins", "ends"):
        return _subscribed(who, command, words[1:])
    if command and command.transaction:
        return _TRANSACTIONS[command.transaction](command.name, who, words, entry.reply)
    return _published(entry) if receivers(entry) is not None else ""


def awaited(words: Sequence[str]) -> str:
    """Return what a command that waits is waiting for: `a message in queue`."""
    command = spec_of(words)
    what = _AWAITED.get(command.type if command else None, "a message")
    return f"{what} in {awaited_keys(words)}"


_AWAITED: Mapping[str | None, str] = {"stream": "an entry", "zset": "a member"}
"""What a client waits for, by the type of the key."""


def awaited_keys(words: Sequence[str]) -> str:
    """Return the keys that a command waits at: `high or low`."""
    command = spec_of(words)
    keys = [words[place] for place in key_places(words)]
    return " or ".join(keys[:1] if command and command.moves else keys)


def _verb(entry: TraceEntry) -> str:
    return entry.words[0].upper() if entry.words else ""


def _published(entry: TraceEntry) -> str:
    number, said = receivers(entry), f"{_verb(entry)} {reach(entry)}"
    if not number:
        return f"{said}: {as_repr((entry.words or [])[2])} is lost"
    return f"{said}, so it returned {number}" if said.endswith("subscriptions") else said


_EVERY = {"channel": "any channel", "pattern": "any pattern", "shard": "any sharded channel"}


def _subscribed(who: str, command: Command, names: Sequence[str]) -> str:
    all_names = listed(names) or _EVERY[command.space]
    kind = "the sharded channel " if len(names) == 1 else "the sharded channels "
    place = f"{kind if command.sharded and names else ''}{all_names}"
    if command.pubsub == "ends":
        return f"{who} no longer listens on {place}"
    return f"{who} listens on {'every channel like ' if command.patterns else ''}{place}"


def _read(who: str, entry: TraceEntry) -> str:
    """Return what a step that reads took out of its client's buffer, and what is left in it."""
    push, left = entry.read, unread(entry.lanes.get(entry.actor, {}))
    rest = f"; {left}" if left else ""
    if push is None:
        return f"{who} reads, and nothing has come: get_message() returns None"
    if is_message(push):
        came = _happening({"kind": "message", "actor": entry.actor, "reply": push})
        return f"{who} reads {as_repr(came.value)}, which came {came.place}{rest}"
    confirmed = f"the confirmation of {push[0].upper()} {push[1] or ''}".rstrip()
    return f"{who} reads {'the answer to PING' if push[0] == 'pong' else confirmed}{rest}"


def _executed(name: str, _who: str, _words: Sequence[str], reply: Reply) -> str:
    if reply is None:
        return f"{name} answered nil: a watched key had changed, so nothing was run"
    count = len(reply) if isinstance(reply, list) else 0
    return f"{name} ran {count} {'command' if count == 1 else 'commands'} in one go"


_TRANSACTIONS: Mapping[str, Callable[[str, str, Sequence[str], Reply], str]] = {
    "opens": lambda _name, who, _words, _reply: f"{who} opened a transaction: its commands are queued until EXEC",
    "runs": _executed,
    "drops": lambda name, _who, _words, _reply: f"{name} threw the queued commands away",
    "guards": lambda _name, who, words, _reply: (
        f"{who} watches {listed(words[1:])}: EXEC will run nothing if that changes"
    ),
    "unguards": lambda _name, who, _words, _reply: f"{who} watches nothing any more",
}
"""What commands do to a transaction, by `transaction` in the table."""
