"""The actors' connections, one each, opened on first use."""

from collections.abc import Iterable, Iterator

from redis.connection import ConnectionPool

from tutor.engine.redis.arguments import ends_transaction
from tutor.engine.redis.table import traits_of
from tutor.engine.values.replies import Reply, Words
from tutor.ports.namespace import Namespace
from tutor.ports.wires.wire import Wire


class ActorWire(Wire):
    """An actor's connection and its state.

    `client`: its id on the server. `watched`: the keys that it watches. `queued`: the commands of its open transaction,
    None if there is none.
    """

    def __init__(self, pool: ConnectionPool, namespace: Namespace) -> None:
        super().__init__(pool, namespace)
        self.watched: list[str] = []
        self.queued: list[Words] | None = None
        self.open()
        self.send(("CLIENT", "ID"))
        self.client = str(self.read())

    def note(self, sent: Words, reply: Reply) -> None:
        """Record a command's effect on the watched keys and the transaction; `sent` has the names on the server."""
        does = traits_of(sent).transaction
        if does == "guards" and reply == "OK":
            self.watched.extend(sent[1:])
        elif does == "opens" and reply == "OK":
            self.queued = []
        elif ends_transaction(sent, reply) or (does == "unguards" and reply == "OK"):
            self.watched, self.queued = [], None


class Actors:
    """All actors that have a connection, by name."""

    def __init__(self, pool: ConnectionPool, namespace: Namespace) -> None:
        self._pool = pool
        self._namespace = namespace
        self._open: dict[str, ActorWire] = {}

    def __getitem__(self, actor: str) -> ActorWire:
        """Return the actor's connection, opening it if necessary. Raises: BrokerAway."""
        if actor not in self._open:
            self._open[actor] = ActorWire(self._pool, self._namespace)
        return self._open[actor]

    def items(self) -> Iterator[tuple[str, ActorWire]]:
        """Yield each actor with its connection, in the order in which they were opened."""
        yield from self._open.items()

    def watching(self) -> dict[str, ActorWire]:
        """Return the connections that watch a key, by actor."""
        return {actor: wire for actor, wire in self._open.items() if wire.watched}

    def clients(self, actors: Iterable[str]) -> dict[str, str]:
        """Return the actors by the ids of their clients."""
        return {self._open[actor].client: actor for actor in actors}

    def cut(self, actor: str) -> str:
        """Close the actor's connection as a crash does; return the id of its client, "" if there was none."""
        wire = self._open.pop(actor, None)
        if wire is None:
            return ""
        wire.close()
        return wire.client

    def close(self) -> None:
        """Close all connections."""
        for wire in self._open.values():
            wire.close()
        self._open.clear()
