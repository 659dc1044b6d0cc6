"""The state of each actor's connection: waiting, subscribed, in a transaction, or crashed.

It is derived from the entries alone (`moment.Moment.after_all`), so that no process has to keep it between clicks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tutor.engine.errors import Raised
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.playing.port import Arrival
from tutor.engine.program import limits
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.program.mailbox import Mailbox
from tutor.engine.redis.arguments import ends_transaction, is_subscription, runs_transaction, time_limit
from tutor.engine.redis.status_lines import QUEUED, as_status
from tutor.engine.redis.table import Command, Space, traits_of
from tutor.engine.values.replies import Json, Reply, Value, error_of, errors_in


@dataclass(frozen=True, slots=True)
class Waiting:
    """A client waiting for the reply to `words` since the step at `position`, for `left_ms` more (None: for ever)."""

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
    """The state of every actor's connection, by actor. `channels` are subscriptions: each a kind and a name.

    `readers` are the actors that read their messages in `read` steps; unread messages are in `mailboxes`.
    `transactions` are the commands queued by each open transaction; `attempts` are all commands sent in it, each with
    whether it was queued, because a refused one makes EXEC fail. `watches` are the keys watched by WATCH, and `doomed`
    the actors of whom one has changed since.
    """

    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    channels: Mapping[str, tuple[tuple[Space, str], ...]] = field(default_factory=dict)
    save_messages: Mapping[str, str] = field(default_factory=dict)
    transactions: Mapping[str, tuple[Sequence[str], ...]] = field(default_factory=dict)
    attempts: Mapping[str, tuple[tuple[Sequence[str], bool], ...]] = field(default_factory=dict)
    watches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doomed: frozenset[str] = frozenset()
    crashed: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    mailboxes: Mapping[str, Mailbox] = field(default_factory=dict)
    client: Client = PLAIN

    def why_not_sent(self, actor: str, words: Sequence[str]) -> str | None:
        """Return the reason why a program could not send this command now, None if it could."""
        # redis-py blocks in the call until the reply comes, and its Pipeline has no subscribe().
        if actor in self.waiting:
            return f"{actor} still waits for the reply to step {self.waiting[actor].position}"
        if actor in self.transactions and is_subscription(words):
            return f"{actor} has a transaction open, and channels are no part of it"
        return None

    def begin(self, step: StepFields) -> "Cast":
        """Return the cast after the step's crash, passing time or read, before anything is sent."""
        if step.cuts_connection:
            return self._crash(step.actor)
        if step.reads_mailbox:
            return self._with_mailbox(step.actor, self._mailbox(step.actor).read()[1])
        if step.passes_ms:
            waiting = {
                actor: each if each.left_ms is None else replace(each, left_ms=each.left_ms - step.passes_ms)
                for actor, each in self.waiting.items()
            }
            return replace(self, waiting=waiting)
        return self

    def _crash(self, actor: str) -> "Cast":
        return replace(
            self._without_transaction(actor),
            waiting=_without(self.waiting, actor),
            channels=_without(self.channels, actor),
            crashed=self.crashed | {actor},
            mailboxes=_without(self.mailboxes, actor),
        )

    def reading(self, step: StepFields) -> Reply:
        """Return the push that the step reads from its client's buffer; None if there is none."""
        return self._mailbox(step.actor).read()[0] if step.reads_mailbox else None

    def _mailbox(self, actor: str) -> Mailbox:
        return self.mailboxes.get(actor, _EMPTY)

    def _with_mailbox(self, actor: str, mailbox: Mailbox) -> "Cast":
        return replace(self, mailboxes={**self.mailboxes, actor: mailbox})

    def received(self, events: Iterable[Mapping[str, Json]]) -> "Cast":
        """Return the cast after these events; messages to actors with `read` steps become unread."""
        mailboxes = dict(self.mailboxes)
        for event in events:
            if event["kind"] == "message" and event["actor"] in self.readers:
                mailboxes[event["actor"]] = mailboxes.get(event["actor"], _EMPTY).received(event["reply"])
        return replace(self, mailboxes=mailboxes) if mailboxes else self

    def unread(self, actor: str) -> tuple[Reply, ...]:
        """Return the pushes that the actor has not read."""
        return self._mailbox(actor).unread

    def timed_out(self) -> tuple[str, ...]:
        """Return the actors whose time limit has passed."""
        return tuple(actor for actor, waiting in self.waiting.items() if waiting.has_ended)

    def waits(self, step: StepFields, words: Sequence[str], position: int) -> "Cast":
        """Return the cast after the step at `position` sent a command without a reply so far."""
        limit = time_limit(words)
        # A limit below a millisecond is still a limit: 0 milliseconds would have ended before any time passed.
        waiting = Waiting(step, words, position, None if limit is None else max(1, round(limit * 1000)))
        return replace(self._alive(step.actor), waiting={**self.waiting, step.actor: waiting})

    def answered(self, step: StepFields, words: Sequence[str], reply: Reply) -> "Cast":
        """Return the cast after a step sent a command and got its reply."""
        if step.actor in self.crashed:
            # The first command after a crash opens a new connection.
            return self._alive(step.actor).answered(step, words, reply)
        if is_subscription(words) and not error_of(reply):
            return self._subscribed(step, traits_of(words), words[1:], reply)
        if self.channels.get(step.actor) and step.actor in self.readers and not error_of(reply):
            # Over RESP2 a subscribed client can send no other command with a reply but PING, and redis-py's PubSub
            # reads the answer like a message: https://redis.io/docs/latest/commands/subscribe/
            return self._with_mailbox(step.actor, self._mailbox(step.actor).received(reply))
        return self._queued(step.actor, words, reply)

    def _queued(self, actor: str, words: Sequence[str], reply: Reply) -> "Cast":
        """Return the cast after a command that may open or close a transaction, be queued in one, or watch keys."""
        if ends_transaction(words, reply):
            return self._without_transaction(actor)
        if actor in self.transactions:
            return self._with_attempt(actor, words, reply)
        does = "" if error_of(reply) else traits_of(words).transaction
        if does == "opens":
            # MULTI itself is not queued.
            return replace(self, transactions={**self.transactions, actor: ()}, attempts={**self.attempts, actor: ()})
        if does == "guards":
            return replace(self, watches={**self.watches, actor: (*self.watches.get(actor, ()), *words[1:])})
        return replace(self, watches=_without(self.watches, actor)) if does == "unguards" else self

    def _with_attempt(self, actor: str, words: Sequence[str], reply: Reply) -> "Cast":
        is_queued = not error_of(reply)
        attempts = {**self.attempts, actor: (*self.attempts.get(actor, ()), (words, is_queued))}
        queued = (*self.transactions[actor], words) if is_queued else self.transactions[actor]
        return replace(self, attempts=attempts, transactions={**self.transactions, actor: queued})

    def _without_transaction(self, actor: str) -> "Cast":
        """Return the cast after EXEC, DISCARD or a crash, which also end the watching of keys."""
        return replace(
            self,
            transactions=_without(self.transactions, actor),
            attempts=_without(self.attempts, actor),
            watches=_without(self.watches, actor),
        )

    def _alive(self, actor: str) -> "Cast":
        """Return the cast with the actor restarted if it had crashed."""
        return replace(self, crashed=self.crashed - {actor})

    def _subscribed(self, step: StepFields, command: Command, names: Sequence[str], reply: Reply) -> "Cast":
        actor, space, known = step.actor, command.space, self.channels.get(step.actor, ())
        cast, mailbox = self, self._mailbox(actor)
        if command.pubsub == "ends":
            mailbox = mailbox.ended(space, names)
            # UNSUBSCRIBE without a name leaves all channels, but no pattern: https://redis.io/docs/latest/commands/unsubscribe/
            known = tuple(each for each in known if each[0] != space or (names and each[1] not in names))
        else:
            mailbox = mailbox.begun(space, names)
            known = tuple(dict.fromkeys([*known, *((space, name) for name in names)]))
            if step.saves_reply_in and actor not in self.readers:
                cast = replace(cast, save_messages={**cast.save_messages, actor: step.saves_reply_in})
        # An actor that has left every channel and subscribes again is the last one to hear a message.
        channels = {**cast.channels, actor: known} if known else _without(cast.channels, actor)
        cast = replace(cast, channels=channels)
        if actor not in self.readers:
            return cast
        return replace(cast, mailboxes={**cast.mailboxes, actor: mailbox.received(*_confirmations(reply))})

    def reply_of(self, actor: str, words: Sequence[str], reply: Reply) -> Reply:
        """Return a raw reply with its status lines marked; only the command distinguishes them from text."""
        queued = self.transactions.get(actor)
        if queued is None:
            return as_status(words, reply)
        # EXEC answers with the replies of the queued commands, each marked by its own command.
        if runs_transaction(words) and isinstance(reply, list) and len(reply) == len(queued):
            return [as_status(each, item) for each, item in zip(queued, reply, strict=True)]
        return QUEUED if reply == "QUEUED" else as_status(words, reply)

    def event(self, arrival: Arrival) -> dict[str, Value]:
        """Return an arrival as an entry records it; `raised` is the exception that it causes in the program."""
        if arrival.kind == "message":
            event = {"actor": arrival.actor, "kind": "message", "reply": arrival.reply}
            if arrival.actor in self.readers:
                return {**event, "saved": None, "value": None, "unread": True}
            return {**event, **self._taken(self.save_messages.get(arrival.actor), lambda: self._message(arrival.reply))}
        waiting = self.waiting[arrival.actor]
        step, reply = waiting.step, as_status(waiting.words, arrival.reply)
        saves = None if any(errors_in(reply)) else step.saves_reply_in
        return {
            "actor": arrival.actor,
            # A reply can arrive just before the limit; only nil after it is a timeout.
            "kind": "timeout" if waiting.has_ended and arrival.reply is None else "reply",
            "reply": reply,
            "since": waiting.position,
            **self._taken(saves, lambda: self._picked(step, waiting.words, reply)),
        }

    def _message(self, reply: Reply) -> Value:
        return self.client.has(reply[-1]) if isinstance(reply, list) else None

    def _picked(self, step: StepFields, words: Sequence[str], reply: Reply) -> Value:
        return step.picked(self.client.returned(words, reply), self.client)

    def _taken(self, saved: str | None, value: Callable[[], Value]) -> dict[str, Value]:
        """Return the variable that receives the value, and the value."""
        try:
            return {"saved": saved, "value": value() if saved else None}
        except Raised as raised:
            # The reply has left the server all the same; the program just has no value.
            return {"saved": None, "value": None, "raised": str(raised)}

    def require_limits(self) -> None:
        """Raises: TooLarge if an actor's buffer holds too much."""
        for actor in self.mailboxes:
            limits.require_unread(actor, self.unread(actor))

    def woken(self, actors: Iterable[str]) -> "Cast":
        """Return the cast with these actors no longer waiting."""
        left = {actor: waiting for actor, waiting in self.waiting.items() if actor not in set(actors)}
        return replace(self, waiting=left) if len(left) < len(self.waiting) else self

    def lanes(self) -> dict[str, dict[str, Json]]:
        """Return the state of each actor that is not idle, as an entry records it."""
        found: dict[str, dict[str, Json]] = {actor: {"state": "crashed"} for actor in sorted(self.crashed)}
        for actor, queued in self.transactions.items():
            found[actor] = {"state": "transaction", "queued": len(queued)}
        for actor, channels in self.channels.items():
            if channels:
                spaces, names = map(list, zip(*channels, strict=True))
                found[actor] = {"state": "subscribed", "channels": names, "spaces": spaces}
        for actor, waiting in self.waiting.items():
            words = [*waiting.words]
            found[actor] = {"state": "waiting", "command": " ".join(words), "words": words, "since": waiting.position}
        for actor, mailbox in self.mailboxes.items():
            if counts := mailbox.counts():
                found[actor] = {**found.get(actor, {"state": "unread"}), **counts}
        return found


_EMPTY = Mailbox()


def _confirmations(reply: Reply) -> list[Reply]:
    """Return the confirmations of a subscription: the server sends one for each name."""
    is_one = isinstance(reply, list) and bool(reply) and not isinstance(reply[0], list)
    return [reply] if is_one else reply


Held = TypeVar("Held")


def _without(held: Mapping[str, Held], actor: str) -> Mapping[str, Held]:
    return {name: each for name, each in held.items() if name != actor}
