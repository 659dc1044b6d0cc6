"""The connections that have to be opened anew before a step, if another process closed them after the last one.

What an idle actor's connection holds is nothing, so only those that wait, subscribe, watch a key or have a transaction
open are opened: their number depends on the lesson's actors and not on its length.
"""

from collections.abc import Iterator
from itertools import combinations

from tutor.engine.playing.cast import Cast, Waiting
from tutor.engine.playing.port import Connection
from tutor.engine.redis.arguments import without_limit
from tutor.engine.redis.table import traits_of


def connections(cast: Cast) -> tuple[Connection, ...] | None:
    """Return the connections in the order in which to open them; None if their state can't be given back exactly."""
    if not all(map(_can_wait_again, cast.waiting.values())) or _may_have_changed_places(cast):
        return None
    longest_first = sorted(cast.waiting, key=lambda actor: cast.waiting[actor].position)
    idle = [actor for actor in (*cast.channels, *cast.transactions, *cast.watches) if actor not in cast.waiting]
    return tuple(_connection(cast, actor) for actor in dict.fromkeys([*idle, *longest_first]))


def _connection(cast: Cast, actor: str) -> Connection:
    waiting = cast.waiting.get(actor)
    return Connection(
        actor,
        watches=cast.watches.get(actor, ()),
        is_doomed=actor in cast.doomed,
        attempts=cast.attempts.get(actor),
        channels=cast.channels.get(actor, ()),
        waits_for=without_limit(waiting.words) if waiting else (),
    )


def _can_wait_again(waiting: Waiting) -> bool:
    # `$` and `+` are the last entry of the moment in which the wait began, which may be another one by now.
    return traits_of(waiting.words).limit != "BLOCK" or not {"$", "+"} & {*waiting.words}


def _may_have_changed_places(cast: Cast) -> bool:
    """Return whether actors may wait for a key in another order than that in which their waits began.

    A server that tries to serve a client in vain puts it at the end of the queue of each of its keys. So the order is
    certain where those who share a key wait for that key alone.
    """
    keys = [frozenset(_keys_of(waiting)) for waiting in cast.waiting.values()]
    return any(not one.isdisjoint(other) and len(one | other) > 1 for one, other in combinations(keys, 2))


def _keys_of(waiting: Waiting) -> Iterator[str]:
    return (waiting.words[place] for place in traits_of(waiting.words).key_places(waiting.words))
