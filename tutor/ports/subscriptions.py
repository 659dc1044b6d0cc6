"""Subscriptions as if the run were alone on the server: other clients' subscriptions are not counted."""

from collections.abc import Iterator, Sequence

from tutor.engine.redis.table import traits_of
from tutor.engine.values.replies import Reply, Words, error_of


class Subscriptions:
    """The subscriptions of each actor's connection, according to the server's confirmations."""

    def __init__(self) -> None:
        self._held: dict[str, set[tuple[str, str]]] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the subscribed actors, the longest subscribed first."""
        return iter(tuple(self._held))

    def note(self, actor: str, confirmations: Sequence[Reply]) -> None:
        """Record confirmations of the server, such as `[subscribe, news, 1]`."""
        held = self._held.setdefault(actor, set())
        for each in confirmations:
            if isinstance(each, list):
                begun = each[0].replace("unsub", "sub")
                (held.add if begun == each[0] else held.discard)((begun, each[1]))
        if not held:
            self.forget(actor)

    def forget(self, actor: str) -> None:
        """Remove a connection that is gone."""
        self._held.pop(actor, None)

    @property
    def patterns(self) -> int:
        """The number of distinct patterns."""
        return len({name for held in self._held.values() for kind, name in held if kind == "psubscribe"})


def asked(words: Words, prefix: str) -> list[str]:
    """Return a PUBSUB question restricted to channels with the prefix; other commands unchanged."""
    return [*words, f"{prefix}*"] if _role(words) == "lists" and len(words) == 2 else list(words)


def publishes(words: Words) -> bool:
    """Return whether the command sends a message to a channel."""
    return _role(words) == "publishes"


def _role(words: Words) -> str:
    """Return the role of the command for channels, "" for none."""
    return traits_of(words).pubsub


def are_heard(sent: Sequence[Words]) -> bool:
    """Return whether any of these replies depends on the subscriptions of others."""
    return any(map(_role, sent))


def answers(
    sent: Sequence[Words], replies: Sequence[Reply], *, patterns: int = 0, heard: Sequence[Reply] = ()
) -> list[Reply]:
    """Return the replies to commands as if the run were alone on the server.

    `patterns`: the number of the run's own patterns, because `PUBSUB NUMPAT` counts those of all clients. `heard`: the
    messages that reached the run's connections, because PUBLISH counts every client with a pattern that matches the
    corner's names, such as `*`.
    """
    copies = [_sent(words) for words in sent if publishes(words)]
    own: list[Reply] = []
    for words, reply in zip(sent, replies, strict=False):
        if publishes(words) and not error_of(reply):
            # The same message sent twice in one transaction arrives twice as often.
            came = sum(_came(message) == _sent(words) for message in heard)
            own.append(came // copies.count(_sent(words)))
        else:
            own.append(_answer(words, reply, patterns))
    return own


def _answer(words: Words, reply: Reply, patterns: int) -> Reply:
    role = _role(words)
    if role == "patterns" and isinstance(reply, int):
        return patterns
    # Names come in the order of a hash table on the server, which differs between runs.
    return sorted(reply) if role == "lists" and isinstance(reply, list) else reply


def _sent(words: Words) -> tuple[bool, list[str]]:
    """Return whether a PUBLISH goes to a sharded channel, and the channel's name with the message."""
    return traits_of(words).sharded, list(words[1:])


def _came(message: Reply) -> tuple[bool, list[str]]:
    return message[0] == "smessage", message[-2:]


def confirmations_in_order(confirmations: Sequence[Reply]) -> list[Reply]:
    """Return the confirmations of UNSUBSCRIBE sorted by name, with the server's counts in the original order.

    The server lists them in the order of a hash table too.
    """
    names = sorted(str(each[1]) for each in confirmations)
    return [[each[0], name, each[2]] for each, name in zip(confirmations, names, strict=True)]


def messages_in_order(messages: Sequence[Reply]) -> list[Reply]:
    """Return the messages of one client, with the copies of one PUBLISH for several patterns sorted by pattern.

    The server keeps patterns in a hash table, so their order differs between runs.
    """
    ordered: list[Reply] = []
    same: list[Reply] = []
    for message in messages:
        is_more = bool(same) and message[0] == "pmessage" and message[-2:] == same[0][-2:] and message not in same
        if not is_more:
            ordered, same = [*ordered, *sorted(same)], []
        same.append(message)
    return [*ordered, *sorted(same)]
