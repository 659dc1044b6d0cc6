"""The program's own connection, to ask the server about the actors' clients and the run's keys."""

from collections.abc import Iterable, Sequence

from redis.connection import ConnectionPool

from tutor.engine.values.replies import Reply, Words
from tutor.ports.namespace import Namespace
from tutor.ports.wires.wire import Deadline, Wire


class Desk(Wire):
    """Asks questions within the deadline."""

    def __init__(self, pool: ConnectionPool, namespace: Namespace, deadline: Deadline) -> None:
        super().__init__(pool, namespace)
        self._deadline = deadline

    def ask(self, *words: str) -> Reply:
        """Return the answer to one question. Raises: BrokerAway."""
        return self.ask_all([words])[0]

    def ask_all(self, batch: Sequence[Words]) -> list[Reply]:
        """Return the answers to several questions, asked in one round trip. Raises: BrokerAway."""
        self._deadline.require()
        if not batch:
            return []
        self.send(*batch)
        return [self.read() for _ in batch]

    def flagged(self, clients: Iterable[str], flag: str) -> set[str]:
        """Return the ids of the clients with this flag, a letter of https://redis.io/docs/latest/commands/client-list/."""
        ids = list(clients)
        if not ids:
            return set()
        lines = str(self.ask("CLIENT", "LIST", "ID", *ids)).splitlines()
        listed = [dict(field.partition("=")[::2] for field in line.split()) for line in lines]
        return {client["id"] for client in listed if flag in client.get("flags", "")}

    def wait_until_gone(self, client: str) -> None:
        """Wait until the server has noticed that a client is gone. Raises: BrokerAway."""
        while self.ask("CLIENT", "LIST", "ID", client):
            self._deadline.require()
