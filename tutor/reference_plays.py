"""Whole plays of lessons, kept so that a stranger sees a step without Redis: in the database, or in a proof file."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock

from cachetools import TTLCache
from django.db import connection

from tutor import proof_files
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.playing.boxes import box_lit
from tutor.engine.program.interpolation import drawn
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.reference_play import entries_in, reference_entry
from tutor.engine.values.replies import Json
from tutor.models import KeptPlay

LARGEST_PLAY = 2 * 1024 * 1024
"""Maximum size of a kept play in bytes."""

MOST_NOTED = 128
"""Maximum number of kept plays of which a process remembers that they are there."""

NOTED_SECONDS = 10.0
"""How long it remembers it: every whole play of a lesson asks."""

_lock = Lock()

_lately_kept: TTLCache[str, bool] = TTLCache(MOST_NOTED, NOTED_SECONDS)


def keep(lesson: Lesson, entries: Sequence[TraceEntry]) -> None:
    """Keep a whole play of the lesson, unless one is kept already or it is too large."""
    if len(entries) != len(lesson.steps):
        return
    records: Json = [reference_entry(entry) for entry in entries]
    if len(json.dumps(records)) <= LARGEST_PLAY:
        KeptPlay.objects.get_or_create(digest=play_digest(lesson), defaults={"entries": records})


def is_kept(text_id: str, lesson: Lesson) -> bool:
    """Return whether a play of the lesson is kept in the database; `text_id`: the digest of its text."""
    digest = proof_files.played_digest(text_id, lesson)
    with _lock:
        if digest in _lately_kept:
            return True
    is_there = KeptPlay.objects.filter(digest=digest).exists()
    if is_there and not connection.in_atomic_block:  # which may be undone
        with _lock:
            _lately_kept[digest] = True
    return is_there


def forget_rows() -> None:
    """Ask the database again which plays it has."""
    with _lock:
        _lately_kept.clear()


def entries_of(lesson: Lesson) -> list[TraceEntry] | None:
    """Return the reference play of the lesson, with its own texts; None if none is known. It asks no server."""
    digest = play_digest(lesson)
    found = _kept(digest) or _proved(digest)
    if found is None or len(found) != len(lesson.steps):
        return None
    # Keys and variables of a malformed file may be others than the lesson's.
    with suppress(TypeError, ValueError, LookupError, AttributeError):
        return [_now(lesson, entry) for entry in found]
    return None


def _now(lesson: Lesson, entry: TraceEntry) -> TraceEntry:
    step = lesson.steps[entry.position - 1]
    told = replace(entry, action=drawn(step.action, entry.variables), line=step.line, box=step.box)
    return replace(told, box=box_lit(lesson, told)) if lesson.flow else told


def _kept(digest: str) -> list[TraceEntry] | None:
    records = KeptPlay.objects.filter(digest=digest).values_list("entries", flat=True).first()
    return entries_in(records) if records else None


def _proved(digest: str) -> list[TraceEntry] | None:
    found = proof_files.of_digest(digest)
    return entries_in([step.entry for step in found.proof.steps]) if found else None
