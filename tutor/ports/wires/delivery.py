"""Messages to subscribed actors, and the replies to commands about channels."""

import secrets
from collections.abc import Iterator, Sequence

from tutor.engine.playing.port import Arrival
from tutor.engine.values.replies import Reply, Words
from tutor.ports.subscriptions import Subscriptions, answers, confirmations_in_order, messages_in_order, publishes
from tutor.ports.wires.actors import Actors, ActorWire


class Delivery:
    """The subscribed actors, and the messages since the last step."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors
        self._subscribed = Subscriptions()
        self._heard: list[Arrival] = []

    def __iter__(self) -> Iterator[str]:
        """Yield the subscribed actors, the longest subscribed first."""
        return iter(self._subscribed)

    def subscribe(self, actor: str, sent: Words) -> Reply:
        """Send a command that begins or ends subscriptions; return its confirmation, or a list of several.

        Raises: BrokerAway.
        """
        wire = self._actors[actor]
        wire.send(sent)
        confirmations = _until_pong(wire)
        self._subscribed.note(actor, confirmations)
        if len(confirmations) == 1:
            return confirmations[0]
        return confirmations if len(sent) > 1 else confirmations_in_order(confirmations)

    def subscribe_again(self, actor: str, batch: Sequence[Words]) -> None:
        """Begin subscriptions whose confirmations the program has had. Raises: BrokerAway."""
        wire = self._actors[actor]
        wire.send(*batch)
        # The server confirms each name.
        self._subscribed.note(actor, [wire.read() for words in batch for _ in words[1:]])

    def answers(self, sent: Sequence[Words], replies: Sequence[Reply]) -> list[Reply]:
        """Return the replies as on a server without other clients. Raises: BrokerAway."""
        came = self._messages() if any(map(publishes, sent)) else []
        self._heard += came
        heard = [each.reply for each in came]
        return answers(sent, replies, patterns=self._subscribed.patterns, heard=heard)

    def arrived(self) -> list[Arrival]:
        """Return the messages since the last call. Raises: BrokerAway."""
        heard, self._heard = self._heard, []
        return [*heard, *self._messages()]

    def forget(self, actor: str) -> None:
        """Record that the actor's connection is gone."""
        self._subscribed.forget(actor)

    def _messages(self) -> list[Arrival]:
        return [
            Arrival(actor, "message", reply)
            for actor in self._subscribed
            for reply in messages_in_order(_until_pong(self._actors[actor]))
        ]


def _until_pong(wire: ActorWire) -> list[Reply]:
    """Return the pushes before the reply to a PING; the server sends in order, so none is outstanding then."""
    mark = secrets.token_hex(8)
    wire.send(("PING", mark))
    before: list[Reply] = []
    # A subscribed client of RESP2 gets the reply as a push: https://redis.io/docs/latest/commands/ping/
    while (reply := wire.read()) not in (mark, ["pong", mark]):
        before.append(reply)
    return before
