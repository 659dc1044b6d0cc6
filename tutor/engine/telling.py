"""What a step did to connections, in words: who waits, who was woken, whom a message reached, what was queued."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.engine.redis.table import key_places
from tutor.engine.trace import TraceEntry
from tutor.engine.values import Reply, Value, as_repr, refusal_of

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
    raised: str = ""
    """What it made the program raise."""

    def sentence(self, names: Names) -> str:
        """Return what came, as one sentence without a full stop."""
        who = name_of(self.actor, names)
        if self.raised:
            return f"{who}'s program raised {self.raised}"
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
    reply, value = event["reply"], event.get("value")
    # A program that does not decode has bytes in its hands.
    taken = value if isinstance(value, bytes) else None
    if event["kind"] == "message":
        came = reply[-1] if taken is None else taken
        return Happening(event["actor"], "message", came, channel=reply[-2], raised=event.get("raised", ""))
    return Happening(
        event["actor"],
        event["kind"],
        message_in(reply) if taken is None else taken,
        since=event["since"],
        refusal=refusal_of(reply),
        raised=event.get("raised", ""),
    )


def message_in(reply: Reply) -> Value:
    """Return the message in what a client that waited has got: what was popped, or what the stream's entry says."""
    if not isinstance(reply, list):
        return None if isinstance(reply, dict) else reply
    if reply and isinstance(reply[0], list):  # [[stream, [[id, [field, value, …]], …]], …]
        entries = reply[0][1]
        return message_in_entry(entries[0][1] or []) if entries else None
    return reply[1] if len(reply) > 1 else None  # [key, message], or [key, member, score]


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
    is_publish = bool(entry.words) and _verb(entry) == "PUBLISH" and isinstance(entry.reply, int)
    return entry.reply if is_publish else None


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
    tell = _DEEDS.get(_verb(entry))
    return tell(who, words[1:], entry.reply) if tell else ""


def awaited(words: Sequence[str]) -> str:
    """Return what a command that waits is waiting for: `a message in queue`."""
    verb = words[0].upper()
    what = "an entry" if verb.startswith("X") else "a member" if verb.startswith("BZ") else "a message"
    return f"{what} in {awaited_keys(words)}"


def awaited_keys(words: Sequence[str]) -> str:
    """Return the keys that a command waits at: `high or low`."""
    keys = [words[place] for place in key_places(words)]
    return " or ".join(keys[:1] if words[0].upper() in ("BLMOVE", "BRPOPLPUSH") else keys)


def _verb(entry: TraceEntry) -> str:
    return entry.words[0].upper() if entry.words else ""


def _published(_who: str, words: Sequence[str], reply: Reply) -> str:
    if not reply:
        return f"PUBLISH reached 0 subscribers: {as_repr(words[1])} is lost"
    return f"PUBLISH reached {reply} {'subscriber' if reply == 1 else 'subscribers'}"


def _executed(_who: str, _words: Sequence[str], reply: Reply) -> str:
    if reply is None:
        return "EXEC answered nil: a watched key had changed, so nothing was run"
    count = len(reply) if isinstance(reply, list) else 0
    return f"EXEC ran {count} {'command' if count == 1 else 'commands'} in one go"


_DEEDS: Mapping[str, Callable[[str, Sequence[str], Reply], str]] = {
    "SUBSCRIBE": lambda who, words, _reply: f"{who} listens on {' and '.join(words)}",
    "PSUBSCRIBE": lambda who, words, _reply: f"{who} listens on every channel like {' and '.join(words)}",
    "UNSUBSCRIBE": lambda who, words, _reply: f"{who} no longer listens on {' and '.join(words) or 'any channel'}",
    "PUNSUBSCRIBE": lambda who, words, _reply: f"{who} no longer listens on {' and '.join(words) or 'any pattern'}",
    "PUBLISH": _published,
    "MULTI": lambda who, _words, _reply: f"{who} opened a transaction: its commands are queued until EXEC",
    "EXEC": _executed,
    "DISCARD": lambda _who, _words, _reply: "DISCARD threw the queued commands away",
    "WATCH": lambda who, words, _reply: f"{who} watches {' and '.join(words)}: EXEC will run nothing if that changes",
    "UNWATCH": lambda who, _words, _reply: f"{who} watches nothing any more",
}
