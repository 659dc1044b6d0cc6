"""Steps that many learners take: planned once after each entry, and concluded once for each answer of Redis.

What a step sends follows from the lesson and the last entry, and what its entry records from these and from Redis'
answer (`player.planned`, `player.concluded`). Most learners of a lesson have the same entries, but for the time that
each step took and the claim of its exchange, and Redis answers them alike. So a process keeps the plan, with its
commands packed for any run, and the entry as it is stored, with holes for these two. Redis is asked at each step: an
answer that has not come before is concluded anew.

Lessons that need connections, or that give keys a time to live, are played without it: their entries are never alike.
"""

import json
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import Generic, Protocol, TypeVar

from cachetools import LRUCache

from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.moment import Moment
from tutor.engine.playing.player import Plan
from tutor.engine.trace.entry import TraceEntry
from tutor.past_steps import FILLING, HOLE, OWN, RunEntry, digest_of, split_record
from tutor.ports import corners
from tutor.ports.redis_corner import PackedAct, RedisCorner

Each = TypeVar("Each", bound="_Sized")

MOST_BYTES = 8 * 1024 * 1024
"""Bytes of kept states per process, and of kept entries; those that were unused for the longest time leave first."""

OBJECTS_SHARE = 10
"""How many times its text an entry or a plan takes, as objects."""

NAME_BYTES = 500
"""What a name takes, besides the answer in it."""


@dataclass(frozen=True, slots=True)
class PerformedStep:
    """The entry of a step that was performed now, and its record."""

    entry: RunEntry
    record: str

    @classmethod
    def of(cls, entry: TraceEntry) -> "PerformedStep":
        """Return an entry with its record."""
        return cls(RunEntry.of(entry), json.dumps(entry.as_json()))


@dataclass(frozen=True, slots=True)
class _KeptState:
    """A state of many runs: their last entry, None before the first step, and the next act if it can be performed.

    `is_sent`: whether redis-py would send its commands. It holds no lesson, whose size nobody would count.
    """

    last: TraceEntry | None
    digest: bytes
    act: PackedAct | None
    is_sent: bool
    size: int


@dataclass(frozen=True, slots=True)
class _KeptEntry:
    """An entry of many runs; `parts`: those of its record, between which are the time and the claim."""

    neutral: TraceEntry
    digest: bytes
    parts: tuple[str, str, str]
    size: int

    def of_run(self, elapsed_us: int, claim: str) -> PerformedStep:
        before, between, after = self.parts
        record = f'{before}"elapsed_us": {elapsed_us}{between}"claim": "{claim}"{after}'
        return PerformedStep(RunEntry(self.neutral, elapsed_us, claim, known_digest=self.digest), record)


class _Sized(Protocol):
    @property
    def size(self) -> int: ...


class _Store(Generic[Each]):
    """Things of up to MOST_BYTES by name."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_name: LRUCache[Hashable, Each] = LRUCache(MOST_BYTES, getsizeof=lambda each: each.size)

    def get(self, name: Hashable) -> Each | None:
        with self._lock:
            return self._by_name.get(name)

    def keep(self, name: Hashable, each: Each) -> Each:
        with self._lock, suppress(ValueError):  # it alone is too large
            self._by_name[name] = each
        return each

    def clear(self) -> None:
        with self._lock:
            self._by_name.clear()


_states: _Store[_KeptState] = _Store()
_entries: _Store[_KeptEntry] = _Store()


@dataclass(frozen=True, slots=True)
class RunState:
    """A run between two steps. `last`: its last entry, None before the first step."""

    text_id: str
    lesson: Lesson
    last: RunEntry | None
    _kept: _KeptState | None = None

    def perform(self, run_id: str, history: Callable[[], Sequence[TraceEntry]]) -> PerformedStep:
        """Perform the next step. `history` and raises: as `player.advance`."""
        kept, port = self._kept, corners.of_run(run_id, self.lesson)
        if kept is None or kept.act is None or not isinstance(port, RedisCorner):
            return PerformedStep.of(player.advance(self.lesson, self.last.whole if self.last else None, port, history))
        act, claim = kept.act, self.last.claim if self.last else ""

        def restore() -> None:
            port.restore(player.acts_again(self.lesson, history()), claim=claim)

        answer = player.answered(lambda: port.exchange_packed(act, claim), restore)
        said = repr((answer.replies, answer.reads))
        name = self.text_id, kept.digest, said
        found = _entries.get(name)
        if found is None:
            entry = player.concluded(_plan(self.lesson, kept.last), answer)
            found = _without_own(entry, len(said))
            if found is None:
                return PerformedStep.of(entry)
            _entries.keep(name, found)
        return found.of_run(answer.elapsed_us if kept.is_sent else 0, answer.claim)


def state_of(text_id: str, lesson: Lesson, record: str | None) -> RunState:
    """Return the state of a run of that text whose last entry has this record, None before the first step."""
    is_like_others = not (lesson.needs_connections or lesson.gives_lives or lesson.gives_ends)
    split = split_record(record) if record and is_like_others else None
    if record and split is None:
        return RunState(text_id, lesson, RunEntry.of(TraceEntry.from_json(json.loads(record))))
    if not is_like_others:
        return RunState(text_id, lesson, None)
    neutral, elapsed_us, claim = split or ("", 0, "")
    digest = digest_of(neutral)
    name = text_id, digest
    kept = _states.get(name) or _states.keep(name, _prepared(lesson, neutral, digest))
    last = RunEntry(kept.last, elapsed_us, claim, known_digest=digest) if kept.last else None
    return RunState(text_id, lesson, last, kept)


def _prepared(lesson: Lesson, neutral: str, digest: bytes) -> _KeptState:
    last = TraceEntry.from_json(json.loads(neutral)) if neutral else None
    size = OBJECTS_SHARE * len(neutral) + NAME_BYTES
    # A step that can't be performed is refused where it would be.
    with suppress(StepFault):
        if last is None or last.position < len(lesson.steps):
            plan = _plan(lesson, last)
            act = PackedAct(plan.act, lesson)
            return _KeptState(last, digest, act, plan.reason is None, size + OBJECTS_SHARE * act.size)
    return _KeptState(last, digest, None, False, size)


def _plan(lesson: Lesson, last: TraceEntry | None) -> Plan:
    """Return the plan of the step after an entry. Raises: StepFault."""
    return player.planned(lesson.steps[last.position if last else 0], Moment.after_last(lesson, last, list))


def _without_own(entry: TraceEntry, answer_length: int) -> _KeptEntry | None:
    """Return an entry for many runs; None if something else in its record looks like what is its own."""
    neutral = json.dumps(replace(entry, **OWN).as_json())
    before, *rest = neutral.split(FILLING["elapsed_us"])
    between, *more = rest[0].split(FILLING["claim"]) if len(rest) == 1 else ("",)
    if len(more) != 1 or entry.lives or HOLE.search(neutral):
        return None
    size = OBJECTS_SHARE * len(neutral) + answer_length + NAME_BYTES
    # As every later request reads it.
    read = TraceEntry.from_json(json.loads(neutral))
    return _KeptEntry(read, digest_of(neutral), (before, between, more[0]), size)


def forget_all() -> None:
    """Forget all kept plans and entries."""
    _states.clear()
    _entries.clear()
