"""Passing time for actors that watch keys: ages are shifted unnoticed, except where a key expires."""

from collections.abc import Iterable, Mapping, Set

from tutor.engine.errors import BrokerAway, NotPlayable
from tutor.ports.ageing import Ages
from tutor.ports.wires.actors import Actors, ActorWire
from tutor.ports.wires.desk import Desk


def let_pass(milliseconds: int, ages: Ages, actors: Actors, desk: Desk, busy: Mapping[str, Iterable[str]]) -> None:
    """Shift the ages of the keys of `ages`.

    `busy`: the actors whose connections can't watch their keys again, by the reason.
    Raises: NotPlayable, if one of those watches an affected key; BrokerAway.
    """
    unaware = _unaware(ages.noticed_after(milliseconds), ages.changing, actors, desk)
    for actor in unaware:
        _require_idle(actor, busy)
    ages.let_pass(milliseconds, desk.ask_all)
    for wire in unaware.values():
        _watch_again(wire)


def doomed(actors: Actors, desk: Desk) -> frozenset[str]:
    """Return the actors of whom a watched key has changed, so that EXEC is answered with nil. Raises: BrokerAway."""
    by_client = {wire.client: actor for actor, wire in actors.watching().items()}
    return frozenset(by_client[client] for client in desk.flagged(by_client, "d"))


def _unaware(ended: Set[str], changing: Set[str], actors: Actors, desk: Desk) -> dict[str, ActorWire]:
    """Return the actors whose watched keys are changed by our commands, but would not be by passing time."""
    failing = doomed(actors, desk)
    return {
        actor: wire
        for actor, wire in actors.watching().items()
        if actor not in failing and ended.isdisjoint(wire.watched) and not changing.isdisjoint(wire.watched)
    }


def _require_idle(actor: str, busy: Mapping[str, Iterable[str]]) -> None:
    for reason, actors in busy.items():
        if actor in set(actors):
            raise NotPlayable(f"time can't pass here: {actor} {reason} and watches a key that has a time to live")


def _watch_again(wire: ActorWire) -> None:
    for words in (("UNWATCH",), ("WATCH", *wire.watched)):
        wire.send(words)
        if wire.read() != "OK":
            raise BrokerAway("Redis does not let a key be watched again.")
