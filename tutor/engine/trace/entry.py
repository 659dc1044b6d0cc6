"""A run's trace: one entry per step, each of which can be drawn without its neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from tutor.engine.redis import key_states
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import KeyType
from tutor.engine.values import refusals, serialization
from tutor.engine.values.formatting import as_str, drawn_repr, visible
from tutor.engine.values.refusals import StepRefusal
from tutor.engine.values.replies import Json, Reply, Value

NOT_THERE = "not there"
"""Shown in place of the value of a missing key that only a pattern watches."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One command as sent, with every byte, and its reply; nil also while its client waits."""

    words: list[str]
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEntry:
    """The record of one step. `keys` and `variables` are those after it, `was` has the previous values of changed ones.

    `sent` has all commands sent, in order. `action` and `command` are texts for display, the latter being the line as
    written with its variables filled in.

    `claim` identifies the recorded exchange with the broker among all attempts.
    """

    position: int
    kind: str
    actor: str
    action: str
    command: str | None
    sent: Sequence[Sent]
    output: Value
    printed: bool
    variables: Mapping[str, Value]
    keys: Mapping[str, KeyState]
    was: Mapping[str, Value]
    refusal: StepRefusal | None
    elapsed_us: int
    line: int | None
    box: int | None
    claim: str = ""
    events: Sequence[Mapping[str, Value]] = field(default_factory=list)
    """Events at other actors: {actor, kind: reply | message | timeout, reply, saved}.

    A message has `unread` if the actor has `read` steps."""
    lanes: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Actors that are not idle after the step: {state: waiting | subscribed | transaction | crashed | unread, …}.

    An actor with `read` steps has the numbers of unread messages (`unread`) and of other unread pushes (`notices`).
    Subscriptions are `channels` with their `spaces`, which entries of older versions lack."""
    lanes_before: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """The same before the step."""
    passed: float = 0
    """Seconds that passed at the step."""
    beside: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Details of watched keys outside their state: see engine/playing/observation.py."""
    lives: Mapping[str, int] = field(default_factory=dict)
    """Milliseconds that keys had left to live after the step; keys without a time to live are left out."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """Those keys that expire at an instant named by the lesson, in milliseconds since 1970, and so in real time."""
    field_lives: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Milliseconds that hash fields had left to live, by key and field."""
    sent_bytes: int = 0
    """Bytes sent in the run up to this step."""
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The names that the run has built from variables up to this step: engine/lesson/run_names.py."""
    appeared: Sequence[Sequence[Any]] = field(default_factory=list)
    """The keys watched only by a pattern that have existed, each with the step after which it first existed."""
    unshown: int = 0
    """The number of further keys that match a watched pattern and are not shown."""
    hands: Mapping[str, Json] | None = None
    """What the actors hold: engine/playing/hands.py. None in entries of older versions, which did not record it."""
    connections: Mapping[str, Json] | None = None
    """The state of the actors' connections: engine/playing/stored_cast.py. None if the lesson needs none, and in
    entries of older versions."""

    def state_of(self, key: str, type_: KeyType) -> KeyState:
        """Return the state of a watched key of that type, an empty one if the key is missing."""
        return self.keys.get(key) or key_states.empty(type_)

    def may_be_unshown(self, key: str) -> bool:
        """Return whether a key watched only by a pattern may exist although `keys` lacks it.

        Keys once shown are always shown if they exist; for the others an entry keeps only their number.
        """
        return self.unshown > 0 and key not in self.keys and all(key != shown for shown, _ in self.appeared)

    @property
    def gone(self) -> list[str]:
        """The keys watched only by a pattern that existed once and no longer do."""
        return [key for key, _ in self.appeared if key not in self.keys]

    read: Reply = None
    """The push that a `read` step took out of its client's buffer, as the server sent it; None for an empty buffer."""

    @property
    def words(self) -> list[str]:
        """The first command that the step sent, empty if it sent nothing."""
        return self.sent[0].words if self.sent else []

    @property
    def reply(self) -> Reply:
        """The reply to `words`."""
        return self.sent[0].reply if self.sent else None

    @property
    def lane(self) -> Mapping[str, Json]:
        """The state of the step's own actor after it, empty if it is just idle."""
        return self.lanes.get(self.actor, {})

    @property
    def is_waiting(self) -> bool:
        """Whether the step's last command has no reply yet because its client waits."""
        return self.lane.get("state") == "waiting" and self.lane["since"] == self.position

    @property
    def output_text(self) -> str:
        """The program's output as the table shows it: a printed line unchanged, a saved value as Python's repr."""
        return visible(as_str(self.output)) if self.printed else drawn_repr(self.output)

    @property
    def has_changed(self) -> bool:
        """Whether any watched key or variable has a new value."""
        return bool(self.was)

    def value_text(self, name: str) -> str:
        """Return the key's or variable's value after the step as Python prints it, shortened.

        It is "" for a missing key that only a pattern watches.
        """
        if name in self.keys:
            return key_states.as_text(key_states.shortened(self.keys[name]))
        return drawn_repr(self.variables[name]) if name in self.variables else ""

    def was_text(self, name: str) -> str:
        """Return the previous value of a changed key or variable, "" if it did not change."""
        if name not in self.was:
            return ""
        was = self.was[name]
        return drawn_repr(was) if name in self.variables else key_states.as_text(key_states.shortened(was))

    def as_json(self) -> dict[str, Json]:
        """Return the entry as it is stored."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.connections is None:
            del plain["connections"]
        was = {name: value if name in self.keys else serialization.as_stored(value) for name, value in self.was.items()}
        return {
            **plain,
            "sent": [[each.words, refusals.reply_as_stored(each.reply)] for each in self.sent],
            "refusal": refusals.as_stored(self.refusal) if self.refusal else None,
            "output": serialization.as_stored(self.output),
            "variables": serialization.all_stored(self.variables),
            "was": was,
            "events": [{**event, "value": serialization.as_stored(event["value"])} for event in self.events],
            "values": serialization.VERSION,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "TraceEntry":
        """Return the entry that `as_json` stored in this version of the program or an earlier one."""
        if "sent" not in record:
            return cls(**_from_one_command(record))
        entry = _with_refusals(record, record["sent"])
        return cls(**(_with_values(entry) if entry.pop("values", 1) == serialization.VERSION else entry))


def _with_values(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with its values as engine/values/serialization.py writes them."""
    value = serialization.from_stored
    return {
        **entry,
        "output": value(entry["output"]),
        "variables": {name: value(each) for name, each in entry["variables"].items()},
        "was": {name: each if name in entry["keys"] else value(each) for name, each in entry["was"].items()},
        "events": [{**event, "value": value(event["value"])} for event in entry["events"]],
    }


def _from_one_command(record: Mapping[str, Any]) -> dict[str, Any]:
    """Convert an entry stored when a step sent at most one command, in the fields `words` and `reply`."""
    entry = dict(record)
    words, reply = entry.pop("words"), entry.pop("reply")
    return _with_refusals(entry, [] if words is None else [(words, reply)])


def _with_refusals(record: Mapping[str, Any], pairs: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Return an entry with its commands and its refusal; a program's error is not part of any reply."""
    sent = [Sent(words, refusals.reply_from_stored(reply)) for words, reply in pairs]
    text = record["refusal"]
    of_replies = (refusals.refusal_of(each.reply) for each in sent)
    refusal = None if text is None else next(filter(None, of_replies), refusals.ProgramError(text))
    return {**record, "sent": sent, "refusal": refusal}


def start_keys(watched: Mapping[str, KeyType]) -> dict[str, KeyState]:
    """Return the states of the watched keys before the first step."""
    return {key: key_states.empty(type_) for key, type_ in watched.items()}


def earlier(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the previous values of all changed names."""
    return {name: value for name, value in before.items() if after[name] != value}
