"""The actors of a play as connections: who waits, is subscribed, has a transaction open, or has crashed.

It follows from the entries alone, so that a click needs nobody who remembers: `Cast.of(lesson, entries)`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tutor.engine.client import PLAIN, Client
from tutor.engine.errors import Raised
from tutor.engine.port import Arrival
from tutor.engine.redis.replays import QUEUED, as_status
from tutor.engine.redis.table import SUBSCRIPTIONS
from tutor.engine.redis.words import time_limit
from tutor.engine.steps import CommandStep, CrashStep, StepFields, WaitStep
from tutor.engine.values import Json, Reply, Value, refusal_of, refusals_in


@dataclass(frozen=True, slots=True)
class Waiting:
    """A client that waits: since which step, for what, and for how many more milliseconds (None: for ever)."""

    step: StepFields
    words: Sequence[str]
    position: int
    left_ms: int | None

    @property
    def has_ended(self) -> bool:
        """Whether its time limit has passed."""
        return self.left_ms is not None and self.left_ms <= 0


@dataclass(frozen=True, slots=True)
class Cast:
    """The state of every actor's connection, by actor. `channels`: the command that subscribed, and the name."""

    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    channels: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    save_messages: Mapping[str, str] = field(default_factory=dict)
    transactions: Mapping[str, tuple[Sequence[str], ...]] = field(default_factory=dict)
    crashed: frozenset[str] = frozenset()
    client: Client = PLAIN

    def why_not_sent(self, actor: str, words: Sequence[str]) -> str | None:
        """Return why a program could not send this now, None if it can."""
        if actor in self.waiting:
            return f"{actor} still waits for the reply to step {self.waiting[actor].position}"
        if actor in self.transactions and words[0].upper() in SUBSCRIPTIONS:
            return f"{actor} has a transaction open, and channels are no part of it"
        return None

    def begin(self, step: StepFields) -> "Cast":
        """Return the cast as a crash or time that passes leaves it, before anything is sent."""
        if isinstance(step, CrashStep):
            return self._crash(step.actor)
        if isinstance(step, WaitStep):
            waiting = {
                actor: each if each.left_ms is None else replace(each, left_ms=each.left_ms - step.milliseconds)
                for actor, each in self.waiting.items()
            }
            return replace(self, waiting=waiting)
        return self

    def _crash(self, actor: str) -> "Cast":
        return replace(
            self,
            waiting=_without(self.waiting, actor),
            channels=_without(self.channels, actor),
            transactions=_without(self.transactions, actor),
            crashed=self.crashed | {actor},
        )

    def timed_out(self) -> tuple[str, ...]:
        """Return the actors whose time limit has passed."""
        return tuple(actor for actor, waiting in self.waiting.items() if waiting.has_ended)

    def waits(self, step: StepFields, words: Sequence[str], position: int) -> "Cast":
        """Return the cast after the step at `position` sent a command whose client waits for the reply."""
        limit = time_limit(words)
        waiting = Waiting(step, words, position, None if limit is None else max(1, round(limit * 1000)))
        return replace(self._alive(step.actor), waiting={**self.waiting, step.actor: waiting})

    def answered(self, step: StepFields, words: Sequence[str], reply: Reply) -> "Cast":
        """Return the cast after a step sent a command and had its reply."""
        name, actor = words[0].upper(), step.actor
        if actor in self.crashed:
            return self._alive(actor).answered(step, words, reply)
        if name in ("EXEC", "DISCARD"):
            # Also if it is refused: EXECABORT ends the transaction as well.
            return replace(self, transactions=_without(self.transactions, actor)) if self.transactions else self
        if refusal_of(reply):
            return self
        if name.endswith("SUBSCRIBE"):
            return self._subscribed(step, name, words[1:])
        if name != "MULTI" and actor not in self.transactions:
            return self
        queued = () if name == "MULTI" else (*self.transactions[actor], words)
        return replace(self, transactions={**self.transactions, actor: queued})

    def _alive(self, actor: str) -> "Cast":
        """Return the cast in which that actor, if it had crashed, has been started again."""
        return replace(self, crashed=self.crashed - {actor})

    def _subscribed(self, step: StepFields, name: str, names: Sequence[str]) -> "Cast":
        known = self.channels.get(step.actor, ())
        if "UNSUBSCRIBE" in name:
            kind = name.replace("UNSUBSCRIBE", "SUBSCRIBE")
            # Without a name it leaves all channels, or all patterns; the others stay.
            left = names or [channel for _, channel in known]
            known = tuple(each for each in known if each[0] != kind or each[1] not in left)
            return replace(self, channels={**self.channels, step.actor: known})
        new = tuple((name, channel) for channel in dict.fromkeys(names) if (name, channel) not in known)
        cast = replace(self, channels={**self.channels, step.actor: (*known, *new)})
        if isinstance(step, CommandStep) and step.save:
            return replace(cast, save_messages={**cast.save_messages, step.actor: step.save})
        return cast

    def reply_of(self, actor: str, words: Sequence[str], reply: Reply) -> Reply:
        """Return a raw reply with the status lines in it marked, which only the command tells from text."""
        queued = self.transactions.get(actor)
        if queued is None:
            return as_status(words, reply)
        if words[0].upper() == "EXEC" and isinstance(reply, list) and len(reply) == len(queued):
            return [as_status(each, item) for each, item in zip(queued, reply, strict=True)]
        return QUEUED if reply == "QUEUED" else as_status(words, reply)

    def event(self, arrival: Arrival) -> dict[str, Value]:
        """Return what an arrival is, as an entry records it; `raised` is what it makes the program raise."""
        if arrival.kind == "message":
            event = {"actor": arrival.actor, "kind": "message", "reply": arrival.reply}
            return {**event, **self._taken(self.save_messages.get(arrival.actor), lambda: self._message(arrival.reply))}
        waiting = self.waiting[arrival.actor]
        step, reply = waiting.step, as_status(waiting.words, arrival.reply)
        saves = step.save if isinstance(step, CommandStep) and not any(refusals_in(reply)) else None
        return {
            "actor": arrival.actor,
            "kind": "timeout" if waiting.has_ended and arrival.reply is None else "reply",
            "reply": reply,
            "since": waiting.position,
            **self._taken(saves, lambda: self._picked(step, waiting.words, reply)),
        }

    def _message(self, reply: Reply) -> Value:
        return self.client.has(reply[-1]) if isinstance(reply, list) else None

    def _picked(self, step: StepFields, words: Sequence[str], reply: Reply) -> Value:
        value = self.client.returned(words, reply)
        return step.picked(value, self.client) if isinstance(step, CommandStep) else None

    def _taken(self, saved: str | None, value: Callable[[], Value]) -> dict[str, Value]:
        """Return which variable takes what comes, and what that is."""
        try:
            return {"saved": saved, "value": value() if saved else None}
        except Raised as raised:
            return {"saved": None, "value": None, "raised": str(raised)}

    def woken(self, actors: Iterable[str]) -> "Cast":
        """Return the cast when these actors wait no longer."""
        left = {actor: waiting for actor, waiting in self.waiting.items() if actor not in set(actors)}
        return replace(self, waiting=left) if len(left) < len(self.waiting) else self

    def lanes(self) -> dict[str, dict[str, Json]]:
        """Return the actors that are not just idle, each with its state, as an entry records them."""
        found: dict[str, dict[str, Json]] = {actor: {"state": "crashed"} for actor in sorted(self.crashed)}
        for actor, queued in self.transactions.items():
            found[actor] = {"state": "transaction", "queued": len(queued)}
        for actor, channels in self.channels.items():
            if channels:
                found[actor] = {"state": "subscribed", "channels": [channel for _, channel in channels]}
        for actor, waiting in self.waiting.items():
            found[actor] = {"state": "waiting", "command": " ".join(waiting.words), "since": waiting.position}
        return found


Held = TypeVar("Held")


def _without(held: Mapping[str, Held], actor: str) -> Mapping[str, Held]:
    return {name: each for name, each in held.items() if name != actor}
