"""Actors that watch keys while time passes: the keys are made older, and no actor notices but where one ends."""

from collections.abc import Iterable, Mapping, Set

from tutor.engine.errors import BrokerAway, NotPlayable
from tutor.ports.ageing import Ages
from tutor.ports.wires.actors import Actors, ActorWire
from tutor.ports.wires.desk import Desk


def let_pass(milliseconds: int, ages: Ages, actors: Actors, desk: Desk, busy: Mapping[str, Iterable[str]]) -> None:
    """Make the keys of `ages` older.

    `busy` are the actors whose connections can't be told to watch their keys again, by the reason why not.

    Raises: NotPlayable, where one of those watches a key that is made older; BrokerAway.
    """
    unaware = _unaware(ages.noticed_after(milliseconds), ages.changing, actors, desk)
    for actor in unaware:
        _require_idle(actor, busy)
    ages.let_pass(milliseconds, desk.ask_all)
    for wire in unaware.values():
        _watch_again(wire)


def _unaware(ended: Set[str], changing: Set[str], actors: Actors, desk: Desk) -> dict[str, ActorWire]:
    """Return the actors whose keys change by our commands, and would not by the passing of time."""
    watching = {actor: wire for actor, wire in actors.items() if wire.watched}
    # Flag d: a watched key has changed already, and EXEC will fail whatever else happens to it.
    failing = desk.flagged((wire.client for wire in watching.values()), "d")
    undisturbed = {actor: wire for actor, wire in watching.items() if wire.client not in failing}
    return {
        actor: wire
        for actor, wire in undisturbed.items()
        if ended.isdisjoint(wire.watched) and not changing.isdisjoint(wire.watched)
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
