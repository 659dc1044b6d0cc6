"""What a step did to connections, in words: who waits, who was woken, whom a message reached, what was queued."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.engine.redis.table import Command, key_places, spec_of
from tutor.engine.trace import TraceEntry
from tutor.engine.values import Reply, Value, as_python, as_repr, refusal_of

Names = Mapping[str, str]
"""The labels of actors by name; without one, the name itself."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What a step brought to another actor: the message (None: nothing), where it came from, since when it waited."""

    actor: str
    kind: Literal["reply", "message", "timeout"]
    value: Value
    channel: str = ""
    since: int = 0
    refusal: str | None = None

    def sentence(self, names: Names) -> str:
        """Return what came, as one sentence without a full stop."""
        who = name_of(self.actor, names)
        if self.kind == "message":
            return f"{who} received {as_repr(self.value)} on {self.channel}"
        if self.kind == "timeout":
            return f"{who} waited in vain: its time limit passed (since step {self.since})"
        if self.refusal:
            return f"{who} was refused: {self.refusal}"
        return f"{who} got {as_repr(self.value)} (waiting since step {self.since})"


def happenings(entry: TraceEntry) -> list[Happening]:
    """Return what the step brought to others, in the order in which it came."""
    return [_happening(event) for event in entry.events]


def _happening(event: Mapping[str, Value]) -> Happening:
    reply = event["reply"]
    if event["kind"] == "message":
        return Happening(event["actor"], "message", reply[-1], channel=reply[-2])
    refusal = refusal_of(reply)
    return Happening(event["actor"], event["kind"], message_in(reply), since=event["since"], refusal=refusal)


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
    """Return how many subscribers the server says a PUBLISH has reached, None for any other step."""
    command = spec_of(entry.words or [])
    return entry.reply if command and command.publishes and isinstance(entry.reply, int) else None


def duration(seconds: float) -> str:
    """Return how long it is: `0.5 s`, `60 s`, `5 min`, `2 h`."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"


def deed(entry: TraceEntry, names: Names) -> str:
    """Return what the step did to its own connection, "" for what has nothing to do with it."""
    who, words = name_of(entry.actor, names), entry.words or []
    if entry.kind == "crash":
        return f"{who}'s connection is cut"
    if entry.kind == "wait":
        return f"{duration(entry.passed)} passed"
    if is_waiting(entry):
        return f"{who} waits for {awaited(words)}"
    if entry.reply == {"status": "QUEUED"}:
        return f"{_verb(entry)} is queued and runs at EXEC"
    command = spec_of(words)
    return _connected(command, who, words, entry.reply) if command else ""


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


def _connected(command: Command, who: str, words: Sequence[str], reply: Reply) -> str:
    """Return what a command did to subscriptions or to a transaction, or whom its message reached."""
    if command.publishes:
        return _published(command.name, words, reply)
    if command.subscription:
        return _subscribed(command, who, words[1:])
    return _TRANSACTIONS[command.transaction](command.name, who, words, reply) if command.transaction else ""


def _published(name: str, words: Sequence[str], reply: Reply) -> str:
    if not reply:
        return f"{name} reached 0 subscribers: {as_repr(words[2])} is lost"
    return f"{name} reached {reply} {'subscriber' if reply == 1 else 'subscribers'}"


def _subscribed(command: Command, who: str, channels: Sequence[str]) -> str:
    names = " and ".join(channels)
    if command.subscription == "ends":
        return f"{who} no longer listens on {names or ('any pattern' if command.patterns else 'any channel')}"
    return f"{who} listens on {'every channel like ' if command.patterns else ''}{names}"


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
        f"{who} watches {' and '.join(words[1:])}: EXEC will run nothing if that changes"
    ),
    "unguards": lambda _name, who, _words, _reply: f"{who} watches nothing any more",
}
"""What commands do to a transaction, by `transaction` in the table."""
