"""Making room on a full server: the corners that were not used for the longest time are removed.

A corner can be rebuilt from the trace, so one who fills the memory makes the next click of others slower and never
makes it fail.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar, cast

from redis.exceptions import RedisError, WatchError

from tutor.broker import connection, exchange
from tutor.broker.protocol import as_sent
from tutor.broker.replies import ServerRefuses
from tutor.engine.errors import BrokerAway
from tutor.ports.namespace import INDEX, TEMPORARY, counter_of, names_of, removed

log = logging.getLogger(__name__)

Played = TypeVar("Played")

MOST_TRIES = 4
"""Maximum number of attempts at a play that finds the memory full; after each, more corners are removed."""

LOW_WATER = 0.8
"""The share of the server's memory to which corners are removed once it is full, so that it happens rarely."""

HIGH_WATER = 0.95
"""The share of the server's memory from which on a sweep makes room."""

LARGEST_SHARE = 0.25
"""Largest share of the corners that are removed at a time: the server may free memory later than it says so."""

LONGEST_SECONDS = 0.3
"""How long a learner's click waits for more room than it needs itself."""

AT_ONCE = 50
"""Number of corners removed in one round trip."""

MOST_TEMPORARY = 1_000
"""Upper bound of the corners of plays under way, which expire first and are passed over."""

_turn = Lock()


def with_room(play: Callable[[], Played]) -> Played:
    """Return what `play` returns; while the server's memory is full, make room and play again.

    Raises: BrokerAway, also if no room can be made.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            return play()
        except ServerRefuses as refusal:
            if not refusal.is_out_of_memory or not make_room():
                raise
    return play()


def make_room() -> bool:
    """Remove corners until the server has memory again; return whether any room was made. Raises: BrokerAway."""
    with _turn:
        if (_used_share() or 1) < LOW_WATER:
            return True  # another thread, or another process, has just done it
        began, count, least_used = time.monotonic(), 0, _least_used()
        for start in range(0, len(least_used), AT_ONCE):
            batch = least_used[start : start + AT_ONCE]
            _empty(batch)
            count += len(batch)
            share = _used_share() or 1
            if share < LOW_WATER or (share < 1 and time.monotonic() - began > LONGEST_SECONDS):
                break
        log.warning("Redis is full: removed the %d corners that were unused for the longest time", count)
        return count > 0


def keep_room() -> None:
    """Make room if the server is almost full, so that it also becomes ready again without a learner's click.

    Raises: BrokerAway.
    """
    if (_used_share() or 0) >= HIGH_WATER:
        make_room()


def _used_share() -> float | None:
    """Return the share of its memory that the server uses; None if it has no limit or does not say."""
    (answer,) = exchange.send([("INFO", "memory")])
    lines = dict(line.split(":", 1) for line in str(answer).splitlines() if ":" in line)
    try:
        return int(lines["used_memory"]) / int(lines["maxmemory"])
    except (KeyError, ValueError, ZeroDivisionError):
        return None


def _least_used() -> list[tuple[str, float]]:
    """Return the runs whose corners to remove, each with the expiry in the index, the longest unused first."""
    (total,) = exchange.send([("ZCARD", INDEX)])
    most = max(AT_ONCE, int(LARGEST_SHARE * total)) if isinstance(total, int) else AT_ONCE
    (flat,) = exchange.send([("ZRANGE", INDEX, "0", str(most + MOST_TEMPORARY), "WITHSCORES")])
    words = [str(word) for word in flat] if isinstance(flat, list) else []
    # A corner of a check, a proof or a drawn test is in use until it is removed.
    runs = [
        (id_, float(ends)) for id_, ends in zip(words[::2], words[1::2], strict=True) if not id_.startswith(TEMPORARY)
    ]
    return runs[:most]


def _empty(runs: Sequence[tuple[str, float]]) -> None:
    # A full server refuses every command within MULTI. So the keys go first, in one command with the counter: a step
    # that is under way misses its claim, and is performed again. The names and the place in the index stay until there
    # is memory for a transaction; if there is none, the next sweep finds them.
    names = exchange.send([("SMEMBERS", names_of(run_id)) for run_id, _ in runs])
    keys = [[str(key) for key in stored] if isinstance(stored, list) else [] for stored in names]
    exchange.send([("DEL", counter_of(run_id), *own) for (run_id, _), own in zip(runs, keys, strict=True)])
    with suppress(BrokerAway):
        _unregister(runs)


def _unregister(runs: Sequence[tuple[str, float]]) -> None:
    """Remove the names and the places in the index, except of runs that took a step meanwhile. Raises: BrokerAway."""
    try:
        with connection.client().pipeline() as transaction:
            transaction.watch(*(as_sent(counter_of(run_id)) for run_id, _ in runs))  # type: ignore[no-untyped-call]
            members = [as_sent(run_id) for run_id, _ in runs]
            ends = cast(Any, transaction.execute_command("ZMSCORE", INDEX, *members))  # type: ignore[no-untyped-call]
            idle = [run for (run, seen), now in zip(runs, ends, strict=True) if now is not None and float(now) == seen]
            transaction.multi()
            for run_id in idle:
                transaction.execute_command("UNLINK", as_sent(names_of(run_id)))  # type: ignore[no-untyped-call]
                transaction.execute_command("ZREM", INDEX, as_sent(run_id))  # type: ignore[no-untyped-call]
            transaction.execute()
    except WatchError:
        for run_id, seen in runs:
            removed(run_id, lambda ends, seen=seen: ends == seen)  # type: ignore[misc]
    except (RedisError, OSError) as fault:
        raise BrokerAway("Redis does not answer right now.") from fault
