"""Opening an actor's connection again, in the state in which an earlier click left another one."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tutor.engine.errors import CornerBehind
from tutor.engine.playing.port import Connection
from tutor.engine.redis.table import Space
from tutor.engine.values.replies import Words, error_of
from tutor.ports.namespace import Namespace
from tutor.ports.wires.actors import Actors, ActorWire
from tutor.ports.wires.blocked import BlockedActors
from tutor.ports.wires.delivery import Delivery
from tutor.ports.wires.desk import Desk

_SUBSCRIBING: Mapping[Space, str] = {"channel": "SUBSCRIBE", "pattern": "PSUBSCRIBE", "shard": "SSUBSCRIBE"}


@dataclass(frozen=True, slots=True)
class Reopening:
    """Opens connections among these."""

    namespace: Namespace
    desk: Desk
    actors: Actors
    blocked: BlockedActors
    delivery: Delivery

    def open(self, connection: Connection) -> None:
        """Open one. Raises: CornerBehind if its state can't be given back; BrokerAway."""
        wire = self.actors[connection.actor]
        if connection.watches:
            self._watch(wire, connection)
        if connection.attempts is not None:
            self._attempt(wire, connection.attempts)
        if connection.channels:
            self.delivery.subscribe_again(connection.actor, list(self._subscribing(connection)))
        if connection.waits_for:
            wire.send(self.namespace.prefixed(connection.waits_for))
            if not self.blocked.begins(connection.actor):
                # Such as a client that waits for a list where there is a string by now: it would be refused.
                raise CornerBehind(f"{connection.actor} does not wait again")

    def _watch(self, wire: ActorWire, connection: Connection) -> None:
        self._noted(wire, self.namespace.prefixed(["WATCH", *connection.watches]))
        if connection.is_doomed:
            # A key of our own is watched and changed, so that the lesson's keys stay as they are. It is a new one each
            # time: a server does not always count it as a change if an expired key is set again.
            mark = f"{self.namespace.counter}{secrets.token_hex(8)}"
            wire.send(("WATCH", mark))
            wire.read()
            self.desk.ask("SET", mark, "", "PX", "1")

    def _attempt(self, wire: ActorWire, attempts: tuple[tuple[Words, bool], ...]) -> None:
        self._noted(wire, ("MULTI",))
        batch = [words for words, _ in attempts]
        wire.send(*map(self.namespace.prefixed, batch))
        was_queued = [wire.read() == "QUEUED" for _ in batch]
        if was_queued != [each for _, each in attempts]:
            raise CornerBehind("the server refuses other commands of the transaction than before")
        wire.queued = [words for words, is_queued in attempts if is_queued]

    @staticmethod
    def _noted(wire: ActorWire, sent: Words) -> None:
        wire.send(sent)
        reply = wire.read()
        if error_of(reply):
            raise CornerBehind(f"{sent[0]} is refused")
        wire.note(sent, reply)

    def _subscribing(self, connection: Connection) -> Iterator[Words]:
        for space, command in _SUBSCRIBING.items():
            if names := [name for kind, name in connection.channels if kind == space]:
                yield self.namespace.prefixed([command, *names])
