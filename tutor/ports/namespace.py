"""The names of a run's keys on the shared server, and the program's own keys beside them.

The program's keys are separate from the learner's: a counter with the claim of the last exchange, the names of the
run's keys, and an index of all runs by the expiry of their corners.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError, WatchError

from tutor.broker.protocol import as_sent
from tutor.broker.servers import SHARED, PlayServer
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Act
from tutor.engine.redis.table import name_places
from tutor.engine.values.replies import Reply, Words
from tutor.ports.subscriptions import asked

log = logging.getLogger(__name__)

CORNER_SECONDS = 24 * 60 * 60
"""Lifetime of a corner after its last step; then it is swept, and the next step rebuilds it from the trace."""

TEMPORARY = "play-"
"""How the id of a corner for one play begins; others are ids of runs."""

INDEX = "tutor:corners"
"""A sorted set of all corners by expiry, in seconds since 1970."""


def counter_of(run_id: str) -> str:
    """Return the key that holds the corner's position and the claim of the exchange that led there."""
    return f"tutor:{{{run_id}}}#"


def names_of(run_id: str) -> str:
    """Return the key that holds the names of the corner's keys, for a sweep, which does not know the lesson."""
    return f"tutor:{{{run_id}}}="


class Namespace:
    """The keys of one run: each begins with `tutor:{<run id>}:`, so that a Redis Cluster keeps them in one slot.

    `keys`: the full names of the keys that the run has named so far.
    """

    seconds = CORNER_SECONDS

    def __init__(self, run_id: str, lesson: Lesson) -> None:
        self.id = run_id
        self.counter, self.names = counter_of(run_id), names_of(run_id)
        # Only the part in braces determines the slot: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
        self._place = f"tutor:{{{run_id}}}"
        self.prefix = f"{self._place}:"
        self.lesson_keys = [self.prefix + key for key in lesson.keys]
        self.keys = [*self.lesson_keys]

    def prefixed(self, words: Words) -> Words:
        """Return the command with its keys and channels in this namespace."""
        places = name_places(words)
        here = [self.prefix + word if place in places else word for place, word in enumerate(words)]
        return asked(here, self.prefix)

    def stripped(self, reply: Reply) -> Reply:
        """Return the reply without the prefixes of keys."""
        if isinstance(reply, str):
            return reply.replace(self.prefix, "") if self._place in reply else reply
        if isinstance(reply, list):
            return [self.stripped(item) for item in reply]
        if isinstance(reply, dict):
            return {name: self.stripped(item) for name, item in reply.items()}
        return reply

    def ends_at(self) -> str:
        """Return when these keys expire if they are used now, in seconds since 1970."""
        return f"{time.time() + self.seconds:.0f}"

    def indexing(self) -> Words:
        """Return the command that enters the expiry of these keys into the index."""
        return ("ZADD", INDEX, self.ends_at(), self.id)

    def claiming(self, held: str) -> list[Words]:
        """Return the commands that set the counter, whose reply is what it held, and then the corner's expiry."""
        # The counter first: a sweep that watches it aborts when it changes. It has its own expiry in case the rest is
        # cut off here, before the corner is in the index.
        return [("SET", self.counter, held, "EX", str(CORNER_SECONDS), "GET"), self.indexing()]

    def beginning(self) -> list[Words]:
        """Return the commands that register new keys: their expiry in the index, and their names."""
        return [self.indexing(), *([("SADD", self.names, *self.keys)] if self.keys else [])]

    def is_indexed(self) -> Words:
        """Return the command whose reply is nil if the keys were removed since their beginning."""
        return ("ZSCORE", INDEX, self.id)

    def naming(self, act: Act) -> list[Words]:
        """Return the commands to send before a step that names new keys by variables.

        A sweep has to know the keys before they exist. Any content is left over from an abandoned attempt.
        """
        self.note_named(act.named)
        new = [self.prefix + key for key in act.named[len(act.named) - act.news :]]
        return self.fresh(new)

    def note_named(self, named: Sequence[str]) -> None:
        """Add the keys that the run has named by its variables."""
        self.keys += [self.prefix + key for key in named if self.prefix + key not in self.keys]

    def fresh(self, keys: Sequence[str]) -> list[Words]:
        """Return the commands that register these keys for sweeps and empty them."""
        return [("SADD", self.names, *keys), ("UNLINK", *keys)] if keys else []

    def ending(self) -> list[Words]:
        """Return the commands that remove every key known to this process."""
        return [("UNLINK", self.counter, self.names, *self.keys), ("ZREM", INDEX, self.id)]


class Generations(Namespace):
    """The keys of a run whose actors have connections: a play from the start gives them new names.

    A command that is still on its way on another connection, because its worker was killed or its server hung, finds
    the names of an earlier generation: `tutor:{<run id>}:<generation>:`.
    """

    def __init__(self, run_id: str, lesson: Lesson) -> None:
        super().__init__(run_id, lesson)
        self._own_keys = lesson.keys

    def enter(self, generation: str) -> None:
        """Use the names of this generation."""
        self.prefix = f"{self._place}:{generation}:"
        self.lesson_keys = [self.prefix + key for key in self._own_keys]
        self.keys = [*self.lesson_keys]

    def replacing(self, stored: Sequence[str]) -> list[Words]:
        """Return the commands that register these keys, and remove the `stored` ones of earlier generations.

        Their names stay registered, so that a sweep finds what a late command may still write.
        """
        registered = [("SADD", self.names, *self.keys)] if self.keys else []
        return [*registered, *([("UNLINK", *stored)] if stored else [])]


def removed(
    run_id: str,
    is_over: Callable[[float], bool] | None = None,
    *,
    keys: Sequence[str] = (),
    server: PlayServer = SHARED,
) -> bool:
    """Remove `keys` of a run and all keys registered for it on the server; return whether they were removed.

    Nothing is removed if a step is taken meanwhile, or if `is_over` returns False for the expiry in the index, in
    seconds since 1970. Raises: BrokerAway.
    """
    counter, names, member = map(as_sent, (counter_of(run_id), names_of(run_id), run_id))
    try:
        with server.client().pipeline() as transaction:
            # A step writes the counter first.
            transaction.watch(counter)  # type: ignore[no-untyped-call]
            if is_over is not None:
                ends = cast(Any, transaction.execute_command("ZSCORE", INDEX, member))  # type: ignore[no-untyped-call]
                if ends is None or not is_over(float(ends)):
                    return False
            stored = _names_in(transaction, names)
            transaction.multi()
            transaction.execute_command("UNLINK", counter, names, *map(as_sent, keys), *stored)  # type: ignore[no-untyped-call]
            transaction.execute_command("ZREM", INDEX, member)  # type: ignore[no-untyped-call]
            transaction.execute()
    except WatchError:
        return False
    except (RedisError, OSError) as fault:
        raise BrokerAway("Redis does not answer right now.") from fault
    return True


def _names_in(transaction: Pipeline, names: str | bytes) -> list[Any]:
    try:
        return cast(list[Any], transaction.execute_command("SMEMBERS", names))  # type: ignore[no-untyped-call]
    except ResponseError as refusal:
        # Another program has overwritten the names of one corner; the others still have to be swept.
        log.error("%s does not hold the names of a corner's keys: %s", names, refusal)
        return []
