"""Whole plays of lessons, kept so that a stranger sees a step without Redis: in the database, or in a proof file."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

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


def keep(lesson: Lesson, entries: Sequence[TraceEntry]) -> None:
    """Keep a whole play of the lesson, unless one is kept already or it is too large."""
    if len(entries) != len(lesson.steps):
        return
    records: Json = [reference_entry(entry) for entry in entries]
    if len(json.dumps(records)) <= LARGEST_PLAY:
        KeptPlay.objects.get_or_create(digest=play_digest(lesson), defaults={"entries": records})


def is_kept(lesson: Lesson) -> bool:
    """Return whether a play of the lesson is kept in the database."""
    return KeptPlay.objects.filter(digest=play_digest(lesson)).exists()


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
