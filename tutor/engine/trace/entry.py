"""A run's trace: one entry a step, each of which can be drawn without looking at its neighbours."""

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
"""What is said in place of the value of a key that does not exist, where only a pattern watches it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One command that a step sent, every byte of it, and the reply: nil as well while its client waits for one."""

    words: list[str]
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEntry:
    """What one step did. `keys` and `variables` are those after it, `was` the earlier values of what changed.

    `sent` is all that went to the server, in order. `action` and `command` are texts for people, the latter the line
    as the author wrote it with its variables filled in.

    `claim` names the exchange with the broker that was recorded, among all that may have been tried.
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
    """What this step brought to other actors: {actor, kind: reply | message | timeout, reply, saved}.

    A message has `unread` where the actor reads for itself."""
    lanes: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Actors that are not just idle after the step: {state: waiting | subscribed | transaction | crashed | unread, …}.

    One that reads for itself has the numbers of messages (`unread`) and of other things (`notices`) that it has not
    read. Subscriptions are `channels` with their `spaces`, which entries of older versions lack."""
    lanes_before: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """The same before the step."""
    passed: float = 0
    """Seconds that the step let pass."""
    beside: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What is shown of watched keys and is no part of their state: see engine/playing/observation.py."""
    lives: Mapping[str, int] = field(default_factory=dict)
    """Milliseconds that keys had left to live after the step; a key without an end is not among them."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """Of these, the keys that end at a time that the lesson names, in milliseconds since 1970: for them time passes."""
    field_lives: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The same of fields of hashes, by key and field."""
    sent_bytes: int = 0
    """Bytes of all that the run has sent up to this step."""
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The names that the run has made of its variables up to this step: engine/lesson/run_names.py."""
    appeared: Sequence[Sequence[Any]] = field(default_factory=list)
    """The keys that only a pattern watches and that have been there, each with the step after which it first was."""
    unshown: int = 0
    """How many more keys are there that match a watched pattern, and are not shown."""

    def state_of(self, key: str, type_: KeyType) -> KeyState:
        """Return the state of a watched key of that type: an empty one if it is not there."""
        return self.keys.get(key) or key_states.empty(type_)

    def may_be_unshown(self, key: str) -> bool:
        """Return whether a key that only a pattern watches may exist although it is not among `keys`.

        Keys that have been shown once are shown whenever they exist; of the others an entry keeps only how many exist.
        """
        return self.unshown > 0 and key not in self.keys and all(key != shown for shown, _ in self.appeared)

    @property
    def gone(self) -> list[str]:
        """The keys that only a pattern watches and that have been there, but are not any more."""
        return [key for key, _ in self.appeared if key not in self.keys]

    read: Reply = None
    """What a step that reads took out of its client's buffer, as the server had sent it; None if nothing was there."""

    @property
    def words(self) -> list[str] | None:
        """The command of a step that sent one, the first of a step that sent several, None if it sent nothing."""
        return self.sent[0].words if self.sent else None

    @property
    def reply(self) -> Reply:
        """The reply to `words`."""
        return self.sent[0].reply if self.sent else None

    @property
    def is_waiting(self) -> bool:
        """Whether the command that the step sent last has no reply yet, because its client waits for it."""
        lane = self.lanes.get(self.actor, {})
        return lane.get("state") == "waiting" and lane["since"] == self.position

    @property
    def output_text(self) -> str:
        """What the program puts out, as the table shows it: a printed line as it is, a saved value as Python's repr."""
        return visible(as_str(self.output)) if self.printed else drawn_repr(self.output)

    @property
    def has_changed(self) -> bool:
        """Whether any watched key or variable has a new value."""
        return bool(self.was)

    def value_text(self, name: str) -> str:
        """Return the key's or variable's value after the step as Python prints it, a long one shortened.

        It is "" for a key that is not there: of those that only a pattern watches.
        """
        if name in self.keys:
            return key_states.as_text(key_states.shortened(self.keys[name]))
        return drawn_repr(self.variables[name]) if name in self.variables else ""

    def was_text(self, name: str) -> str:
        """Return the value before the step of something that changed, "" for anything else."""
        if name not in self.was:
            return ""
        return (
            drawn_repr(self.was[name])
            if name in self.variables
            else key_states.as_text(key_states.shortened(self.was[name]))
        )

    def as_json(self) -> dict[str, Json]:
        """Return the entry as it is stored."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
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
        """Return the entry that `as_json` stored, in this version of the program or in one before it."""
        if "sent" not in record:
            return cls(**_from_one_command(record))
        entry = _with_refusals(record, record["sent"])
        return cls(**(_with_values(entry) if entry.pop("values", 1) == serialization.VERSION else entry))


def _with_values(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the values that it holds as engine/values/serialization.py writes them."""
    value = serialization.from_stored
    return {
        **entry,
        "output": value(entry["output"]),
        "variables": {name: value(each) for name, each in entry["variables"].items()},
        "was": {name: each if name in entry["keys"] else value(each) for name, each in entry["was"].items()},
        "events": [{**event, "value": value(event["value"])} for event in entry["events"]],
    }


def _from_one_command(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry that was stored when a step sent at most one command, as `words` and `reply` of its own."""
    entry = dict(record)
    words, reply = entry.pop("words"), entry.pop("reply")
    return _with_refusals(entry, [] if words is None else [(words, reply)])


def _with_refusals(record: Mapping[str, Any], pairs: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Return an entry with what it sent, and why it brought no value: a program's error is in none of its replies."""
    sent = [Sent(words, refusals.reply_from_stored(reply)) for words, reply in pairs]
    text = record["refusal"]
    of_replies = (refusals.refusal_of(each.reply) for each in sent)
    refusal = None if text is None else next(filter(None, of_replies), refusals.ProgramError(text))
    return {**record, "sent": sent, "refusal": refusal}


def start_keys(watched: Mapping[str, KeyType]) -> dict[str, KeyState]:
    """Return the states of the watched keys before the first step."""
    return {key: key_states.empty(type_) for key, type_ in watched.items()}


def earlier(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is no longer as it was: its values before, by name."""
    return {name: value for name, value in before.items() if after[name] != value}
