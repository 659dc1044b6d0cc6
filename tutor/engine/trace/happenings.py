"""A step's effects on other actors: awaited replies, messages, expired time limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tutor.engine.trace.messages import message_in
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Value, error_of
from tutor.engine.values.wording import counted, listed

Labels = Mapping[str, str]
"""The labels of actors by name; an actor without a label is shown by its name."""

NOT_READ = "not read yet"


@dataclass(frozen=True, slots=True)
class Happening:
    """A step's effect on another actor: the message (None for none), its origin, and since when the actor waited.

    A client gets a message once for each matching subscription: `ways` has "" for the channel itself, else the pattern.
    `is_unread`: its program has not read it yet.
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
    """The exception that it caused in the program."""

    def sentence(self, labels: Labels) -> str:
        """Return the event as one sentence without a full stop."""
        who = label_of(self.actor, labels)
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
        """The channel of a message, and how often it came: `on news twice`."""
        often = ("", " twice")[len(self.ways) - 1] if len(self.ways) < 3 else f" {len(self.ways)} times"
        return f"on {'the sharded channel ' if self.is_sharded else ''}{self.channel}{often}"

    @property
    def place(self) -> str:
        """The same with the reasons: `on news twice: for the channel and for the pattern n*`."""
        ways = [f"for the pattern {way}" if way else "for the channel" for way in self.ways]
        if len(ways) == 1:
            return f"{self.short_place} {ways[0]}" if self.ways[0] else self.short_place
        return f"{self.short_place}: {listed(ways)}"


def happenings(events: Sequence[Mapping[str, Value]]) -> tuple[Happening, ...]:
    """Return an entry's events in order; copies of one message are merged."""
    found: list[Happening] = []
    # The server sends a message once for the channel and once for each matching pattern, in succession:
    # https://redis.io/docs/latest/develop/pubsub/
    for each in map(happening, events):
        place = next((i for i, other in reversed([*enumerate(found)]) if _is_copy(each, other)), None)
        if place is None:
            found.append(each)
        else:
            found[place] = replace(found[place], ways=(*found[place].ways, *each.ways))
    return tuple(found)


def _is_copy(one: Happening, other: Happening) -> bool:
    """Return whether it is the same message for another subscription, rather than the same text again."""
    # Channel first, then patterns: a copy for the channel itself always begins a new message.
    if one.kind != "message" or one.ways[0] in other.ways or one.ways == ("",):
        return False
    return replace(one, ways=other.ways) == other


def happening(event: Mapping[str, Value]) -> Happening:
    """Return one event of an entry as a happening."""
    reply, value, raised = event["reply"], event.get("value"), event.get("raised", "")
    # A program that does not decode has bytes.
    taken = value if isinstance(value, bytes) else None
    if event["kind"] == "message":
        # A push has three parts: kind, channel and data. A push for a pattern has the pattern before the channel.
        kind, *_, channel, data = reply
        return Happening(
            event["actor"],
            "message",
            data if taken is None else taken,
            channel=channel,
            ways=(reply[1] if kind == "pmessage" else "",),
            is_sharded=kind == "smessage",
            is_unread="unread" in event,
            raised=raised,
        )
    return Happening(
        event["actor"],
        event["kind"],
        message_in(reply) if taken is None else taken,
        since=event["since"],
        refusal=error_of(reply),
        raised=raised,
    )


def label_of(actor: str, labels: Labels) -> str:
    """Return the actor's label on the page."""
    return labels.get(actor) or actor.replace("_", " ").capitalize()


def unread_text(lane: Mapping[str, Value]) -> str:
    """Return the number of an actor's unread messages in words: `2 messages unread`, "" for none."""
    counts = [(lane.get("unread", 0), "message"), (lane.get("notices", 0), "notice")]
    parts = [counted(number, noun) for number, noun in counts if number]
    return f"{' and '.join(parts)} unread" if parts else ""
