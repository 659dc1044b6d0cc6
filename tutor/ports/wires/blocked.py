"""Waiting actors: blocked and woken clients, as reported by the server instead of guessed with a sleep."""

from collections.abc import Iterator
from contextlib import suppress

from tutor.engine.playing.port import Arrival
from tutor.ports.wires.actors import Actors
from tutor.ports.wires.desk import Desk
from tutor.ports.wires.wire import Deadline


class BlockedActors:
    """The actors whose last command has no reply yet, the longest waiting first."""

    def __init__(self, actors: Actors, desk: Desk, deadline: Deadline) -> None:
        self._actors = actors
        self._desk = desk
        self._deadline = deadline
        self._blocked: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocked)

    def begins(self, actor: str) -> bool:
        """Return whether the actor's command blocks it from now on. Raises: BrokerAway."""
        wire = self._actors[actor]
        while not wire.has_reply():
            if self._still_blocked([actor]):
                self._blocked.append(actor)
                return True
            self._deadline.require()
        return False

    def woken(self) -> list[Arrival]:
        """Return the replies to actors that no longer wait. Raises: BrokerAway."""
        blocked = self._still_blocked(self._blocked)
        woken = [actor for actor in self._blocked if actor not in blocked]
        for actor in woken:
            self.forget(actor)
        return [Arrival(actor, "reply", self._actors[actor].read()) for actor in woken]

    def forget(self, actor: str) -> None:
        """Record that the actor's connection is gone."""
        with suppress(ValueError):  # the actor may not be waiting
            self._blocked.remove(actor)

    def _still_blocked(self, actors: list[str]) -> set[str]:
        by_client = self._actors.clients(actors)
        return {by_client[client] for client in self._desk.flagged(by_client, "b")}
