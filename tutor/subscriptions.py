"""Subscriptions as they are for a run that has the server to itself: whoever else listens there is not counted."""

from collections.abc import Iterator, Sequence

from tutor.engine.port import Words
from tutor.engine.redis.table import spec_of
from tutor.engine.values import Reply, refusal_of


class Subscriptions:
    """What each actor's connection is subscribed to, by the server's own confirmations."""

    def __init__(self) -> None:
        self._held: dict[str, set[tuple[str, str]]] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the actors that are subscribed to anything, who has been for longest first."""
        return iter(tuple(self._held))

    def note(self, actor: str, confirmations: Sequence[Reply]) -> None:
        """Remember what the server has confirmed: `[subscribe, news, 1]`, and the like."""
        held = self._held.setdefault(actor, set())
        for each in confirmations:
            if isinstance(each, list):
                begun = each[0].replace("unsub", "sub")
                (held.add if begun == each[0] else held.discard)((begun, each[1]))
        if not held:
            self.forget(actor)

    def forget(self, actor: str) -> None:
        """Remember nothing more of a connection that is gone."""
        self._held.pop(actor, None)

    @property
    def patterns(self) -> int:
        """How many patterns there are; one that several clients have counts once."""
        return len({name for held in self._held.values() for kind, name in held if kind == "psubscribe"})


def asked(words: Words, prefix: str) -> list[str]:
    """Return a question about channels as one about those whose names begin with the prefix; others as they are."""
    command = spec_of(words)
    is_open = command is not None and command.pubsub == "lists" and len(words) == 2
    return [*words, f"{prefix}*"] if is_open else list(words)


def answered(words: Words, reply: Reply, *, patterns: int) -> Reply:
    """Return the answer to a question about channels as on a server where the run is alone; others as they are.

    `PUBSUB NUMPAT` counts the patterns of all clients of the server and can't be asked about some of them: `patterns`,
    how many the run's own connections have, takes the place of its answer. Names come in the order of a hash table of
    the server's, which differs from run to run, and are sorted.
    """
    command = spec_of(words)
    if command is None or refusal_of(reply):
        return reply
    if command.pubsub == "patterns" and isinstance(reply, int):
        return patterns
    return sorted(reply) if command.pubsub == "lists" and isinstance(reply, list) else reply


def confirmations_in_order(confirmations: Sequence[Reply]) -> list[Reply]:
    """Return the confirmations that all subscriptions have ended by name, with the server's numbers as they came.

    It takes them from a hash table too.
    """
    names = sorted(str(each[1]) for each in confirmations)
    return [[each[0], name, each[2]] for each, name in zip(confirmations, names, strict=True)]


def messages_in_order(messages: Sequence[Reply]) -> list[Reply]:
    """Return the messages of one client, those that several of its patterns brought of one PUBLISH by pattern.

    The server keeps patterns in a hash table: which comes first differs from run to run.
    """
    found: list[Reply] = []
    same: list[Reply] = []
    for message in messages:
        is_more = bool(same) and message[0] == "pmessage" and message[-2:] == same[0][-2:] and message not in same
        if not is_more:
            found, same = [*found, *sorted(same)], []
        same.append(message)
    return [*found, *sorted(same)]
