"""The recorded steps of a learner's newest run as a page reads them: in two queries, drawn only if need be."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection

from tutor.engine.trace.entry import TraceEntry
from tutor.models import sql_key

ELAPSED_LATER = -1
"""The `elapsed_us` of an entry drawn once for all learners; each answer has its own time in place of a mark."""

OWN: Mapping[str, Any] = {"elapsed_us": ELAPSED_LATER, "claim": "", "lives": {}}
"""The fields that differ between equal steps of two learners: the time it took, and two that are never drawn."""


HOLE = re.compile(r'"elapsed_us": (?P<elapsed_us>[0-9]+)(?=[,}])|"claim": "(?P<claim>[0-9a-f]{16})"(?=[,}])')
"""What is a run's own in a record. A text within a record has backslashes before its quotation marks."""

_NO_LIVES = f'"lives": {json.dumps(OWN["lives"])}'

_ORDERS = ["elapsed_us", "claim"], ["claim", "elapsed_us"]
"""PostgreSQL keeps the names of an object in an order of its own."""

FILLING = {name: f'"{name}": {json.dumps(OWN[name])}' for name in ("elapsed_us", "claim")}
"""The same in a neutral record."""


@dataclass(frozen=True)
class RunEntry:
    """An entry of a run: what all runs with the same play have, and what is its own.

    `neutral`: the entry with `OWN` in place of what is the run's own.
    """

    neutral: TraceEntry
    elapsed_us: int
    claim: str = ""
    lives: Mapping[str, int] = field(default_factory=dict)
    known_digest: bytes = b""

    @classmethod
    def of(cls, entry: TraceEntry) -> "RunEntry":
        """Return an entry in these two parts."""
        return cls(replace(entry, **OWN), entry.elapsed_us, entry.claim, entry.lives)

    @property
    def position(self) -> int:
        """The number of its step."""
        return self.neutral.position

    @cached_property
    def digest(self) -> bytes:
        """The same for all entries whose neutral parts are equal."""
        return self.known_digest or digest_of(json.dumps(self.neutral.as_json()))

    @cached_property
    def whole(self) -> TraceEntry:
        """The entry as the run has it."""
        return replace(self.neutral, elapsed_us=self.elapsed_us, claim=self.claim, lives=self.lives)


def split_record(record: str) -> tuple[str, int, str] | None:
    """Return a record without what is the run's own, the time and the claim; None if it has either not or twice."""
    found = list(HOLE.finditer(record))
    if [each.lastgroup for each in found] not in _ORDERS:
        return None
    first, second = found
    neutral = "".join(
        (
            record[: first.start()],
            FILLING[str(first.lastgroup)],
            record[first.end() : second.start()],
            FILLING[str(second.lastgroup)],
            record[second.end() :],
        )
    )
    time, claim = found if first.lastgroup == "elapsed_us" else (second, first)
    return neutral, int(time["elapsed_us"]), claim["claim"]


def digest_of(neutral_record: str) -> bytes:
    """Return the digest of a record in which `OWN` stands for what is the run's own."""
    return sha256(neutral_record.encode()).digest()


# Plain SQL, because the ORM takes ten times as long to build such a statement as the database to run it.

_NEWEST_RUN = """
    SELECT run.id, run.text_id,
        (SELECT COALESCE(MAX(entry.position), 0) FROM tutor_entry entry WHERE entry.run_id = run.id)
    FROM tutor_run run WHERE run.learner = %s AND run.slug = %s ORDER BY run.number DESC LIMIT 1
"""
_RECORDS = """
    SELECT record FROM tutor_entry WHERE run_id = %s AND position > %s AND position <= %s ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class ReachedRun:
    """A run, the digest of its text, and the number of its recorded steps."""

    pk: UUID
    slug: str
    text_id: str
    reached: int


def newest_run(learner: UUID, slug: str) -> ReachedRun | None:
    """Return the learner's newest run of the lesson, None before the first press."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_RUN, [sql_key(learner), slug])
        row = cursor.fetchone()
    if row is None:
        return None
    id_, text_id, reached = row
    return ReachedRun(id_ if isinstance(id_, UUID) else UUID(id_), slug, text_id, reached)


@dataclass(frozen=True)
class PastSteps:
    """Consecutive entries as they are stored; `after`: the position before the first one."""

    records: Sequence[str]
    after: int = 0

    @cached_property
    def _neutral(self) -> list[str]:
        return list(map(_neutral, self.records))

    @cached_property
    def digest(self) -> bytes:
        """The same for all learners with the same entries, whatever time each took."""
        return sha256("\n".join(self._neutral).encode()).digest()

    def entries(self) -> list[TraceEntry]:
        """Return the entries."""
        return [TraceEntry.from_json(json.loads(record)) for record in self.records]

    def neutral_entries(self) -> list[TraceEntry]:
        """Return the entries without what differs between learners."""
        return [TraceEntry.from_json(json.loads(record)) for record in self._neutral]

    def entry_at(self, position: int) -> TraceEntry | None:
        """Return the entry of a step, None at the start."""
        return TraceEntry.from_json(json.loads(self.records[position - self.after - 1])) if position else None


def _neutral(record: str) -> str:
    # Reading and writing JSON takes five times as long, and a page has many records.
    if _NO_LIVES in record and (split := split_record(record)):
        return split[0]
    return json.dumps({**json.loads(record), **OWN})


def past_steps(run_id: UUID, *, after: int, up_to: int) -> PastSteps:
    """Return the entries of positions after + 1 … up_to."""
    if after >= up_to:
        return PastSteps((), after)
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, [sql_key(run_id), after, up_to])
        return PastSteps([record for (record,) in cursor.fetchall()], after)
