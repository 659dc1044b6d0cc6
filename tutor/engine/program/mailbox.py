"""The buffer of a client that reads its own messages, as redis-py's PubSub does at each get_message().

The server sends such a client three kinds of push: confirmations of subscriptions begun or ended, messages, and,
while it is subscribed, answers to PING. They are read one at a time in the order of arrival:
https://redis.io/docs/latest/develop/pubsub/#format-of-pushed-messages
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from tutor.engine.redis.table import Space
from tutor.engine.values.replies import Reply, Value

Name = tuple[Space, str | None]
"""A subscription: its kind, and the name of the channel or pattern."""

MESSAGES = frozenset(("message", "pmessage", "smessage"))
"""The first elements of pushes that were published."""

PARTS = frozenset(("type", "pattern", "channel", "data"))
"""The keys of redis-py's dict for a message."""

_LEFT: dict[str, Space] = {"unsubscribe": "channel", "punsubscribe": "pattern", "sunsubscribe": "shard"}
"""The first elements of pushes that confirm the end of a subscription."""


def is_message(push: Reply) -> bool:
    """Return whether the push is a published message, not a confirmation or an answer to PING."""
    return isinstance(push, list) and push[0] in MESSAGES


def as_received(push: Sequence[Reply], has: Callable[[str], Value] = str) -> dict[str, Value]:
    """Return redis-py's dict for a push, as get_message() returns and listen() yields it.

    `has` converts a string of the push into the program's text or bytes. See PubSub.handle_message in redis/client.py
    (8.1).
    """
    kind, *rest = (has(each) if isinstance(each, str) and place else each for place, each in enumerate(push))
    pattern = rest.pop(0) if kind == "pmessage" else None
    channel = None if kind == "pong" else rest[0]
    return {"type": kind, "pattern": pattern, "channel": channel, "data": rest[-1]}


def returned(push: Reply, has: Callable[[str], Value] = str) -> Value:
    """Return the value of get_message() if this push is next in the buffer; None for an empty buffer."""
    return None if push is None else as_received(push, has)


def returned_unless_confirmation(push: Reply, has: Callable[[str], Value] = str) -> Value:
    """Return the same for get_message(ignore_subscribe_messages=True), which consumes confirmations: None for them."""
    is_confirmation = push is not None and not is_message(push) and push[0] != "pong"
    return None if is_confirmation else returned(push, has)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The pushes that a client has not read yet, and its own view of its subscriptions.

    In its own view a client is subscribed from sending SUBSCRIBE until it has read the end of its last subscription
    (PubSub.subscribed in redis/client.py). Before and after, get_message() reads nothing and returns None.
    """

    unread: tuple[Reply, ...] = ()
    held: frozenset[Name] = frozenset()
    leaving: frozenset[Name] = frozenset()
    """Subscriptions that it has asked to end, whose confirmation it has not read."""
    is_subscribed: bool = False

    def begun(self, space: Space, names: Iterable[str]) -> "Mailbox":
        """Return the mailbox after the client asked to subscribe."""
        new = frozenset((space, name) for name in names)
        return replace(self, held=self.held | new, leaving=self.leaving - new, is_subscribed=True)

    def ended(self, space: Space, names: Sequence[str]) -> "Mailbox":
        """Return the mailbox after the client asked to end these subscriptions, by default all of the kind."""
        gone: Iterable[Name] = [(space, name) for name in names] or [each for each in self.held if each[0] == space]
        return replace(self, leaving=self.leaving.union(gone))

    def received(self, *pushes: Reply) -> "Mailbox":
        """Return the mailbox after the server sent these pushes."""
        return replace(self, unread=(*self.unread, *pushes))

    def read(self) -> tuple[Reply, "Mailbox"]:
        """Return the push that get_message() consumes, None for none, and the mailbox after it."""
        if not self.is_subscribed or not self.unread:
            return None, self
        push, *left = self.unread
        return push, replace(self._without(push), unread=tuple(left))

    def _without(self, push: Reply) -> "Mailbox":
        """Return the mailbox of a client that has read this push."""
        if push[0] not in _LEFT:
            return self
        gone: frozenset[Name] = frozenset([(_LEFT[push[0]], push[1])]) & self.leaving
        held = self.held - gone
        return replace(self, held=held, leaving=self.leaving - gone, is_subscribed=bool(held))

    def counts(self) -> dict[str, int]:
        """Return the number of unread messages and of other pushes, each only if there are any."""
        messages = sum(map(is_message, self.unread))
        found = {"unread": messages, "notices": len(self.unread) - messages}
        return {name: count for name, count in found.items() if count}
