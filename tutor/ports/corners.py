"""Corners of the shared server: each run's private keys, what they are brought to by a step, and how they end.

The program's own keys are beside the learner's, never on them: a counter with the claim of the last exchange, the names
of the corner's keys, and an index of all corners by the time at which they end. A learner's key has a life only while a
step runs (`Act.lives`), so that time passes in a lesson's `wait` steps and not between two clicks.
"""

import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, cast
from uuid import uuid4

from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError, WatchError

from tutor.broker import connection, exchange, status
from tutor.broker.protocol import as_sent
from tutor.broker.replies import ServerRefuses
from tutor.engine.errors import BrokerAway, BrokerLacks, CornerBehind
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Act, Ahead, Port, PortAnswer, nothing_ahead
from tutor.engine.redis.table import facts_of, name_places, spec_of
from tutor.engine.values.replies import Reply, Words, error_of
from tutor.ports.subscriptions import answers as as_if_alone
from tutor.ports.subscriptions import asked
from tutor.ports.wires import RedisWires

log = logging.getLogger(__name__)

CORNER_SECONDS = 24 * 60 * 60
"""How long a corner outlives its last step; after that it is swept, and the next step rebuilds it from the trace."""

TEMPORARY_SECONDS = 10 * 60
"""The same for the corner of a check or a proof, which is cleared when the play ends, unless that is killed."""

INDEX = "tutor:corners"
"""A sorted set: every corner by the time at which it ends, in seconds since 1970."""

MOST_TRIES = 3
"""How often a corner is cleared in which something is done meanwhile."""

CHUNK = 500
"""Commands that one round trip of a restore carries."""

TOO_OLD = "The server does not take a command of the program's own; Redis 7 and Valkey do"


def counter_of(run_id: str) -> str:
    """Return the key that holds the corner's position and the claim of the exchange that led there."""
    return f"tutor:{{{run_id}}}#"


def names_of(run_id: str) -> str:
    """Return the key that holds the names of the corner's keys, for a sweep that knows nothing of the lesson."""
    return f"tutor:{{{run_id}}}="


def removed(run_id: str, is_over: Callable[[float], bool] | None = None, *, keys: Sequence[str] = ()) -> bool:
    """Remove a corner with `keys` and all keys that the server knows of it; return whether that was done.

    It is not where a step is taken in it meanwhile, or where `is_over` says no to its end. Raises: BrokerAway.
    """
    counter, names, member = map(as_sent, (counter_of(run_id), names_of(run_id), run_id))
    try:
        with connection.client().pipeline() as transaction:
            # A step sets the counter before it writes anything else.
            transaction.watch(counter)  # type: ignore[no-untyped-call]
            if is_over is not None:
                ends = cast(Any, transaction.execute_command("ZSCORE", INDEX, member))  # type: ignore[no-untyped-call]
                if ends is None or not is_over(float(ends)):
                    return False
            found = _names_in(transaction, names)
            transaction.multi()
            transaction.execute_command("UNLINK", counter, names, *map(as_sent, keys), *found)  # type: ignore[no-untyped-call]
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
        # What somebody else made of one corner keeps no other from being swept.
        log.error("%s does not hold the names of a corner's keys: %s", names, refusal)
        return []


class RedisCorner:
    """The corner of one run: every key is prefixed `tutor:{<run id>}:`, so that a cluster keeps them in one slot."""

    seconds = CORNER_SECONDS

    def __init__(self, run_id: str, lesson: Lesson) -> None:
        self._id = run_id
        self._place = f"tutor:{{{run_id}}}"
        self._prefix = f"{self._place}:"
        self.counter, self.names = counter_of(run_id), names_of(run_id)
        self._own_keys = [self._prefix + key for key in lesson.keys]
        self.keys = [*self._own_keys]
        self._gives_lives, self._names_keys = lesson.gives_lives, lesson.names_keys
        self._foreseen: deque[tuple[Act, PortAnswer]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Leave the keys for the run's next step."""

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Do what the step asks in one pipeline, as engine.port.Port says.

        The counter is claimed first: whatever is cut off in the middle, a counter that says n - 1 means that step n
        has not run. What comes `ahead` goes in the same pipeline, and is answered from it when it is asked for.
        """
        if not self._foreseen:
            acts = [act, *ahead()]
            self._foreseen.extend(zip(acts, self._exchanged(acts), strict=True))
        foreseen, answer = self._foreseen.popleft()
        if (foreseen.position, foreseen.sends) != (act.position, act.sends):
            raise RuntimeError(f"step {act.position} is not what was foreseen")
        return answer

    def _exchanged(self, acts: Sequence[Act]) -> list[PortAnswer]:
        first, claim = acts[0], secrets.token_hex(8)
        named = [words for act in acts for words in self.naming(act)]
        head = [*self._claim(first.position + len(acts) - 1, claim), *self._beginning(first), *named]
        batch = [*head, *(self.prefixed(words) for act in acts for words in (*act.sends, *act.reads))]
        started = time.perf_counter_ns()
        tail = [("GET", self.counter), *(("PERSIST", key) for key in (self.keys if self._gives_lives else ()))]
        replies = self._sent([*batch, *tail])
        _require_served(replies[len(batch) :])
        elapsed_us = (time.perf_counter_ns() - started) // 1000 // len(acts)
        self._require_place(first, replies[: len(head)])
        # A pipeline is no transaction: a sweep, or another exchange, can come between two of its commands.
        if _parsed(replies[len(batch)]) != (first.position + len(acts) - 1, claim):
            raise CornerBehind("the corner was taken away while the step ran")
        answers, at = list[PortAnswer](), len(head)
        for act in acts:
            count = len(act.sends)
            shown = [self.stripped(reply) for reply in replies[at : at + count + len(act.reads)]]
            at += len(shown)
            # Whoever plays in a plain corner has subscribed to nothing.
            own = tuple(as_if_alone(act.sends, shown[:count]))
            answers.append(PortAnswer(own, shown[count:], elapsed_us, claim=claim))
        return answers

    def _sent(self, batch: Sequence[Words]) -> list[Reply]:
        try:
            return exchange.send(batch)
        except ServerRefuses:
            # A full server may have taken the keys and not their name in the index: nothing is left behind.
            self._clear_if_possible()
            raise

    def _claim(self, position: int, claim: str) -> list[Words]:
        # The counter first: a sweep that watches it gives up when it changes. Its own end is for one that is cut off
        # here, before it is in the index.
        return [("SET", self.counter, f"{position} {claim}", "EX", str(CORNER_SECONDS), "GET"), self._indexed()]

    def _indexed(self) -> Words:
        return ("ZADD", INDEX, f"{time.time() + self.seconds:.0f}", self._id)

    def _beginning(self, act: Act) -> list[Words]:
        if act.position == 1:
            return self._empty()
        return [
            ("PEXPIREAT", self._prefix + key, str(act.ends[key]))
            if key in act.ends
            else ("PEXPIRE", self._prefix + key, str(left))
            for key, left in act.lives.items()
        ]

    def _empty(self) -> list[Words]:
        return [("UNLINK", *self._own_keys), ("SADD", self.names, *self._own_keys)] if self._own_keys else []

    def naming(self, act: Act) -> list[Words]:
        """Return the commands to send before those of a step that names keys by variables for the first time.

        A sweep has to know of the keys before they are there. What is in them was left by a try that was given up.
        """
        self.keys += [self._prefix + key for key in act.named if self._prefix + key not in self.keys]
        new = [self._prefix + key for key in act.named[len(act.named) - act.news :]]
        return [("SADD", self.names, *new), ("UNLINK", *new)] if new else []

    def _require_place(self, act: Act, head: Sequence[Reply]) -> None:
        """Raises: CornerBehind if the keys are not those of the step before; BrokerAway."""
        counter, found = _claimed(head)
        # The claim tells the recorded exchange from one that was given up and reached the server late.
        if act.position > 1 and (counter, found) != (act.position - 1, act.claim):
            raise CornerBehind(f"the corner was at {counter}, not at {act.position - 1} as it was left")
        given_back = zip(act.lives, head[2:], strict=False) if act.position > 1 else ()
        # A key whose end is a time of the clock may have reached it meanwhile.
        if any(done == 0 and key not in act.ends for key, done in given_back):
            raise CornerBehind("a key that had some time left to live is gone")

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Empty the corner, send what changes anything, and only then set the counter, as engine.port.Port says.

        A corner that was swept meanwhile is left empty, so that the next exchange finds it behind.
        """
        self.clear()
        writes = [words for act in acts for words in act.sends if (sent := spec_of(words)) and sent.writes]
        mark = secrets.token_hex(8)
        named = [words for act in acts for words in self.naming(act)]
        batch = [*self._claim(0, mark), *self._empty(), *named, *map(self.prefixed, writes)]
        for start in range(0, len(batch), CHUNK):
            self._sent(batch[start : start + CHUNK])
        # Lives run until the step that is to follow gives keys what they had left. An entry of the version before says
        # nothing of that: its keys live as long as the commands said.
        if _claimed(self._sent(self._claim(len(acts), claim))) != (0, mark):
            self.clear()

    def clear(self) -> None:
        """Remove everything of the corner. Raises: BrokerAway."""
        self._foreseen.clear()
        if not self._names_keys:
            exchange.send(self.ending())
            return
        # A try that was given up may have named keys that only the server knows of.
        for _ in range(MOST_TRIES):
            if removed(self._id, keys=self.keys):
                return
        raise BrokerAway("Something else writes to this run's keys.")

    def beginning(self) -> list[Words]:
        """Return the commands with which a new corner begins: the index knows of it, and what it can have."""
        return [self._indexed(), *([("SADD", self.names, *self.keys)] if self.keys else [])]

    def ending(self) -> list[Words]:
        """Return the commands that remove everything of the corner."""
        return [("UNLINK", self.counter, self.names, *self.keys), ("ZREM", INDEX, self._id)]

    def _clear_if_possible(self) -> None:
        try:
            self.clear()
        except BrokerAway:
            log.warning("a corner could not be cleared; the next sweep removes it")

    def prefixed(self, words: Words) -> Words:
        """Return the command with its keys and channels in this corner."""
        places = name_places(words)
        here = [self._prefix + word if place in places else word for place, word in enumerate(words)]
        return asked(here, self._prefix)

    def stripped(self, reply: Reply) -> Reply:
        """Return the reply as if there were no other corner."""
        if isinstance(reply, str):
            return reply.replace(self._prefix, "") if self._place in reply else reply
        if isinstance(reply, list):
            return [self.stripped(item) for item in reply]
        if isinstance(reply, dict):
            return {name: self.stripped(item) for name, item in reply.items()}
        return reply


class TemporaryCorner(RedisCorner):
    """A corner for one play: nothing of it is left afterwards."""

    seconds = TEMPORARY_SECONDS

    def __exit__(self, *exc: object) -> None:
        self._clear_if_possible()


def of_run(run_id: str, lesson: Lesson) -> Port:
    """Return the port for the next step of the run `run_id`; nothing is sent yet. Raises: BrokerAway, BrokerLacks.

    A lesson of connections is played anew at each step, in a new corner: what an earlier click that was killed has left
    there can't be met.
    """
    if lesson.needs_connections:
        return temporary(lesson)
    if reason := why_not_played(lesson):
        raise BrokerLacks(reason)
    return RedisCorner(run_id, lesson)


def temporary(lesson: Lesson) -> Port:
    """Return a port for one play of the lesson that leaves nothing behind. Raises: BrokerAway, BrokerLacks."""
    if reason := why_not_played(lesson):
        raise BrokerLacks(reason)
    corner = TemporaryCorner(f"play-{uuid4()}", lesson)
    return _wires(corner) if lesson.needs_connections else corner


def _wires(corner: RedisCorner) -> RedisWires:
    return RedisWires(corner, connection.client().connection_pool)


def why_not_played(lesson: Lesson) -> str:
    """Return in a sentence why the server that answers can't play the lesson, "" if it can as far as it says."""
    answering = status.last_known()
    if lesson.needs_connections and answering.is_imitation:
        return "This lesson needs a real Redis server. The one that answers here is an imitation without connections."
    missing = sorted(lesson.command_names - answering.commands) if answering.commands else []
    if not missing:
        return ""
    version = _version_with(missing)
    has = f"the server that answers is {answering.name}"
    if version:
        return f"This lesson needs {version}; {has}."
    return f"This lesson sends {', '.join(missing)}; {has}, and has no such command."


def _version_with(names: Sequence[str]) -> str:
    """Return the versions of Redis and Valkey that first have all these commands, "" for what every one should have."""
    facts = [found for name in names if (found := facts_of(name))]
    needed = {
        server: max((each.version_in(server) for each in facts), key=_as_numbers, default="") for server in SERVERS
    }
    if all(_as_numbers(version) <= OLDEST for version in needed.values()):
        return ""
    return " or ".join(f"{server} {_short(version)}" for server, version in needed.items() if version)


SERVERS: tuple[Literal["Redis", "Valkey"], ...] = ("Redis", "Valkey")

OLDEST = (7, 0, 0)
"""The version of Redis that the program asks for, and that Valkey began from."""


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _short(version: str) -> str:
    return version.removesuffix(".0")


def _require_served(replies: Sequence[Reply]) -> None:
    """Raises: BrokerAway if the server refused a command of the program's own."""
    for refusal in filter(None, map(error_of, replies)):
        log.error("%s: %s", TOO_OLD, refusal)
        raise BrokerAway(TOO_OLD)


def _claimed(head: Sequence[Reply]) -> tuple[int, str]:
    """Return the position and the claim that a corner held: 0 for none, -1 if that is no number. Raises: BrokerAway."""
    _require_served(head)
    return _parsed(head[0])


def _parsed(held: Reply) -> tuple[int, str]:
    counter, _, claim = str(held or "0").partition(" ")
    return int(counter) if counter.isdecimal() else -1, claim
