"""What came to a client that reads its messages itself, as redis-py's PubSub does when a program calls get_message().

The server sends such a client three kinds of thing: confirmations of what it subscribed to or left, messages, and while
it is subscribed the answers to PING. They wait in the client's buffer in the order in which they came, and each is one
read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from tutor.engine.redis.table import Space
from tutor.engine.values.replies import Reply, Value

Name = tuple[Space, str | None]
"""What a client has subscribed to: of which kind, and its name."""

MESSAGES = frozenset(("message", "pmessage", "smessage"))
"""How what was published begins."""

PARTS = frozenset(("type", "pattern", "channel", "data"))
"""The keys of the dict that redis-py makes of a message."""

_LEFT: dict[str, Space] = {"unsubscribe": "channel", "punsubscribe": "pattern", "sunsubscribe": "shard"}
"""How the confirmation that a subscription has ended begins."""


def is_message(push: Reply) -> bool:
    """Return whether that is something that was published: no confirmation, and no answer to PING."""
    return isinstance(push, list) and push[0] in MESSAGES


def as_received(push: Sequence[Reply], has: Callable[[str], Value] = str) -> dict[str, Value]:
    """Return what redis-py 8.1 makes of it: what get_message() returns, and listen() yields.

    `has` makes of a text what the program has: text or bytes.
    """
    kind, *rest = (has(each) if isinstance(each, str) and place else each for place, each in enumerate(push))
    pattern = rest.pop(0) if kind == "pmessage" else None
    channel = None if kind == "pong" else rest[0]
    return {"type": kind, "pattern": pattern, "channel": channel, "data": rest[-1]}


def returned(push: Reply, *, ignores_confirmations: bool, has: Callable[[str], Value] = str) -> Value:
    """Return what get_message() returns when this is the next thing in the buffer; None if nothing is."""
    is_confirmation = push is not None and not is_message(push) and push[0] != "pong"
    return None if push is None or (ignores_confirmations and is_confirmation) else as_received(push, has)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a client has not read yet, and what it takes itself to be subscribed to.

    A client is subscribed for itself from the SUBSCRIBE that it sends until it has read that its last subscription has
    ended. Before and after, get_message() looks at nothing and returns None.
    """

    unread: tuple[Reply, ...] = ()
    held: frozenset[Name] = frozenset()
    leaving: frozenset[Name] = frozenset()
    """Of these, the ones whose end it has asked for and not read of."""
    is_subscribed: bool = False

    def begun(self, space: Space, names: Iterable[str]) -> "Mailbox":
        """Return the mailbox after the client has asked to subscribe."""
        new = frozenset((space, name) for name in names)
        return replace(self, held=self.held | new, leaving=self.leaving - new, is_subscribed=True)

    def ended(self, space: Space, names: Sequence[str]) -> "Mailbox":
        """Return the mailbox after the client has asked to end subscriptions: these, or without a name all of them."""
        gone: Iterable[Name] = [(space, name) for name in names] or [each for each in self.held if each[0] == space]
        return replace(self, leaving=self.leaving.union(gone))

    def received(self, *pushes: Reply) -> "Mailbox":
        """Return the mailbox when the server has sent something more."""
        return replace(self, unread=(*self.unread, *pushes))

    def read(self) -> tuple[Reply, "Mailbox"]:
        """Return what get_message() takes out, as the server had sent it (None: nothing), and what is left."""
        if not self.is_subscribed or not self.unread:
            return None, self
        push, *left = self.unread
        return push, replace(self._without(push), unread=tuple(left))

    def _without(self, push: Reply) -> "Mailbox":
        """Return the mailbox of a client that has read this."""
        if push[0] not in _LEFT:
            return self
        gone: frozenset[Name] = frozenset([(_LEFT[push[0]], push[1])]) & self.leaving
        held = self.held - gone
        return replace(self, held=held, leaving=self.leaving - gone, is_subscribed=bool(held))

    def counts(self) -> dict[str, int]:
        """Return how many messages wait, and how many other things."""
        messages = sum(map(is_message, self.unread))
        found = {"unread": messages, "notices": len(self.unread) - messages}
        return {name: count for name, count in found.items() if count}
