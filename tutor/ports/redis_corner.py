"""The port to a corner: a lesson without connections, each step one pipeline to the shared server.

A learner's key has a time to live only while a step runs (`Act.lives`), so that time passes in a lesson's `wait` steps
and not between two clicks.
"""

import logging
import secrets
import time
from collections import deque
from collections.abc import Sequence
from string import ascii_letters
from typing import NamedTuple, Self
from uuid import uuid4

from tutor.broker.protocol import Batch, PackedBatch, packed
from tutor.broker.replies import ServerRefuses
from tutor.broker.servers import SHARED, PlayServer
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Act, Ahead, PortAnswer, nothing_ahead
from tutor.engine.redis.table import traits_of
from tutor.engine.values.replies import Reply, Words, error_of
from tutor.ports.namespace import Namespace, removed
from tutor.ports.subscriptions import answers as as_if_alone
from tutor.ports.subscriptions import are_heard

log = logging.getLogger(__name__)

TEMPORARY_SECONDS = 10 * 60
"""Lifetime of a check's or proof's corner after its last step, in case the process is killed before it clears it."""

MOST_TRIES = 3
"""Maximum attempts to clear a corner that changes meanwhile."""

CHUNK = 500
"""Maximum number of commands in one round trip of a restore."""

TOO_OLD = "The server does not take a command of the program's own; Redis 7 and Valkey do"


class Claim(NamedTuple):
    """The content of a corner's counter: the position, and a random word that identifies the exchange.

    The word distinguishes the recorded exchange from an abandoned one that reached the server late.
    """

    position: int
    word: str

    @classmethod
    def of(cls, held: Reply) -> Self:
        """Parse the counter: position 0 if it is missing, -1 if it is not a number."""
        counter, _, word = str(held or "0").partition(" ")
        return cls(int(counter) if counter.isdecimal() else -1, word)


_RUN, _WORD, _ENDS = str(uuid4()), secrets.token_hex(8), "".join(secrets.choice(ascii_letters) for _ in range(10))
"""Stand for the run, the word of the claim and the corner's end in a packed act: as long as those, and in no lesson."""


class PackedAct:
    """An act of a lesson without connections, packed once for the corners of all runs."""

    def __init__(self, act: Act, lesson: Lesson) -> None:
        self.act = act
        head, steps, tail = _Pattern(_RUN, lesson).parts([act], Claim(act.position, _WORD))
        self.head_count = len(head)
        self._words = [*head, *steps, *tail]
        self._packed = packed(self._words)

    @property
    def size(self) -> int:
        """The bytes that it sends."""
        return len(self._packed)

    def batch(self, run_id: str, word: str, ends: str) -> PackedBatch:
        """Return the commands for one run. Raises: ValueError, if a value is not as long as its mark."""
        values = ((_RUN, run_id), (_WORD, word), (_ENDS, ends))
        data = self._packed
        for mark, value in values:
            if len(mark) != len(value):
                raise ValueError(f"{value!r} must have {len(mark)} characters")
            data = data.replace(mark.encode(), value.encode())

        def words() -> list[Words]:
            found: list[Words] = self._words
            for mark, value in values:
                found = [[word.replace(mark, value) for word in each] for each in found]
            return found

        return PackedBatch(data, len(self._words), words)


class RedisCorner(Namespace):
    """The corner of one run. Its keys stay on the server for the run's next step."""

    def __init__(self, run_id: str, lesson: Lesson, server: PlayServer = SHARED) -> None:
        super().__init__(run_id, lesson)
        self._server = server
        self._gives_lives, self._names_keys = lesson.gives_lives, lesson.names_keys
        self._foreseen: deque[tuple[Act, PortAnswer]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Leave the keys for the run's next step."""

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        """Perform the act in one pipeline; see engine.playing.port.Port.

        The counter is claimed first: wherever the pipeline is cut off, a counter of n - 1 means that step n has not
        run. The acts of `ahead` go into the same pipeline, and later exchanges are answered from it.
        """
        if not self._foreseen:
            acts = [act, *ahead()]
            self._foreseen.extend(zip(acts, self._exchanged(acts), strict=True))
        foreseen, answer = self._foreseen.popleft()
        if (foreseen.position, foreseen.sends) != (act.position, act.sends):
            raise RuntimeError(f"step {act.position} differs from the act that was sent ahead")
        return answer

    def _exchanged(self, acts: Sequence[Act]) -> list[PortAnswer]:
        claim = Claim(acts[0].position + len(acts) - 1, secrets.token_hex(8))
        head, steps, tail = self.parts(acts, claim)
        started = time.perf_counter_ns()
        replies = self._sent([*head, *steps, *tail])
        return self._answered(acts, acts[0].claim, claim, len(head), replies, started)

    def parts(self, acts: Sequence[Act], claim: Claim) -> tuple[list[Words], list[Words], list[Words]]:
        """Return the commands that perform the acts, in order: those before their own, their own, those after."""
        named = [words for act in acts for words in self.naming(act)]
        head = [*self._claiming(claim), *self._beginning(acts[0]), *named]
        steps = [self.prefixed(words) for act in acts for words in (*act.sends, *act.reads)]
        lasting = self.keys if self._gives_lives else ()
        return head, steps, [("GET", self.counter), *(("PERSIST", key) for key in lasting)]

    def exchange_packed(self, act: PackedAct, claim: str) -> PortAnswer:
        """Perform an act that is packed already; `claim`: that of the previous entry, which the act leaves open.

        Raises: as `exchange`.
        """
        own = Claim(act.act.position, secrets.token_hex(8))
        self.note_named(act.act.named)
        batch = act.batch(self.id, own.word, self.ends_at())
        started = time.perf_counter_ns()
        replies = self._sent(batch)
        (answer,) = self._answered([act.act], claim, own, act.head_count, replies, started)
        return answer

    def _answered(
        self, acts: Sequence[Act], held: str, claim: Claim, at_steps: int, replies: Sequence[Reply], started: int
    ) -> list[PortAnswer]:
        """Return the answers in these replies. `held`: the word that the counter has to hold before the exchange.

        `at_steps`: the number of replies before those of the acts. Raises: CornerBehind, BrokerAway.
        """
        at_tail = at_steps + sum(len(act.sends) + len(act.reads) for act in acts)
        _require_served(replies[at_tail:])
        elapsed_us = (time.perf_counter_ns() - started) // 1000 // len(acts)
        self._require_place(acts[0], held, replies[:at_steps])
        # A pipeline is not a transaction: a sweep, or another exchange, can come between two of its commands.
        if Claim.of(replies[at_tail]) != claim:
            raise CornerBehind("the corner was taken away while the step ran")
        return self._answers(acts, replies[at_steps:at_tail], elapsed_us, claim.word)

    def _answers(self, acts: Sequence[Act], replies: Sequence[Reply], elapsed_us: int, word: str) -> list[PortAnswer]:
        answers, left = list[PortAnswer](), iter(replies)
        for act in acts:
            own = [self.stripped(next(left)) for _ in act.sends]
            reads = [self.stripped(next(left)) for _ in act.reads]
            if are_heard(act.sends):  # a plain corner has no subscribers
                own = as_if_alone(act.sends, own)
            answers.append(PortAnswer(tuple(own), reads, elapsed_us, claim=word))
        return answers

    def _sent(self, batch: Batch) -> list[Reply]:
        try:
            return self._server.send(batch)
        except ServerRefuses:
            # A full server may have accepted the keys but not their entry in the index, so remove them.
            self._clear_if_possible()
            raise

    def _claiming(self, claim: Claim) -> list[Words]:
        return self.claiming(f"{claim.position} {claim.word}")

    def _beginning(self, act: Act) -> list[Words]:
        if act.position == 1:
            return self.fresh(self.lesson_keys)
        return [
            ("PEXPIREAT", self.prefix + key, str(act.ends[key]))
            if key in act.ends
            else ("PEXPIRE", self.prefix + key, str(left))
            for key, left in act.lives.items()
        ]

    def _require_place(self, act: Act, claim: str, head: Sequence[Reply]) -> None:
        """Raises: CornerBehind if the keys are not those of the previous step; BrokerAway."""
        held = _claim_before(head)
        if act.position == 1:
            return
        if held != (act.position - 1, claim):
            raise CornerBehind(f"the corner was at {held.position}, not at {act.position - 1} as it was left")
        # A key that expires at an instant may have expired meanwhile.
        if any(done == 0 and key not in act.ends for key, done in zip(act.lives, head[2:], strict=False)):
            raise CornerBehind("a key that had some time left to live is gone")

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        """Empty the corner, repeat the acts, and only then set the counter; see engine.playing.port.Port.

        A corner that was swept meanwhile is left empty, so that the next exchange raises CornerBehind.
        """
        self.clear()
        writes = [words for act in acts for words in act.sends if traits_of(words).writes]
        mark = Claim(0, secrets.token_hex(8))
        named = [words for act in acts for words in self.naming(act)]
        batch = [*self._claiming(mark), *self.fresh(self.lesson_keys), *named, *map(self.prefixed, writes)]
        for start in range(0, len(batch), CHUNK):
            self._sent(batch[start : start + CHUNK])
        # Lives run until the next step resets them to the recorded values. An entry of the previous version lacks
        # these, so its keys keep the lives that the commands gave them.
        if _claim_before(self._sent(self._claiming(Claim(len(acts), claim)))) != mark:
            self.clear()

    def clear(self) -> None:
        """Remove all keys of the corner. Raises: BrokerAway."""
        self._foreseen.clear()
        if not self._names_keys:
            self._server.send(self.ending())
            return
        # An abandoned attempt may have named keys that only the server knows.
        for _ in range(MOST_TRIES):
            if removed(self.id, keys=self.keys, server=self._server):
                return
        raise BrokerAway("Something else writes to this run's keys.")

    def _clear_if_possible(self) -> None:
        try:
            self.clear()
        except BrokerAway:
            log.warning("a corner could not be cleared; the next sweep removes it")


class _Pattern(RedisCorner):
    """The corner of no run: its commands are packed with marks."""

    def ends_at(self) -> str:
        return _ENDS


class TemporaryCorner(RedisCorner):
    """A corner for one play, removed afterwards."""

    seconds = TEMPORARY_SECONDS

    def __exit__(self, *exc: object) -> None:
        self._clear_if_possible()


def _claim_before(head: Sequence[Reply]) -> Claim:
    """Return the previous value of the counter, which the first of these replies holds. Raises: BrokerAway."""
    _require_served(head)
    return Claim.of(head[0])


def _require_served(replies: Sequence[Reply]) -> None:
    """Raises: BrokerAway if the server refused a command of the program's own."""
    for refusal in [line for line in map(error_of, replies) if line]:
        log.error("%s: %s", TOO_OLD, refusal)
        raise BrokerAway(TOO_OLD)
