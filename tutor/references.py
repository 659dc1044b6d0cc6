"""Lessons as learners read them: references in their prose filled in from a kept play or from a proof file.

A page needs no Redis for them then. Without either, the lesson is played; if that fails, a reference says which value
it means.
"""

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from cachetools import LRUCache
from django.db import DatabaseError, transaction

from tutor import proof_files
from tutor.apart.limits import LEARNERS
from tutor.apart.pool import run
from tutor.engine.checking import reference_values
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.lesson.references import Look, Style, ToldValue, Values, looks_in, told
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.models import ReferencePlay
from tutor.ports import corners
from tutor.ports.eviction import with_room

MOST_KEPT = 256
"""Maximum number of rendered lessons cached per process."""

PATIENCE = 15
"""Seconds until a play that failed is tried again."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A rendered lesson; `until`: when to try again to find missing values, None if there are none."""

    lesson: Lesson
    told: Lesson
    until: float | None


_known: LRUCache[tuple[int, Style], _Kept] = LRUCache(MOST_KEPT)
_lock = Lock()


def told_lesson(lesson: Lesson, style: Style = "linked") -> Lesson:
    """Return the lesson with the references in its prose filled in, playing it if need be. Never raises.

    Its ids and the identities of its questions are those of `lesson`.
    """
    with _lock:
        kept = _known.get((id(lesson), style))
    # The cache keeps the lesson alive, so that no other one gets its id.
    if kept is not None and kept.lesson is lesson and (kept.until is None or time.monotonic() < kept.until):
        return kept.told
    values = _values(lesson)
    found = told(lesson, values or {}, style)
    with _lock:
        _known[id(lesson), style] = _Kept(lesson, found, None if values is not None else time.monotonic() + PATIENCE)
    return found


def known_lesson(lesson: Lesson, style: Style = "linked") -> Lesson:
    """Return the lesson with those references filled in that are known without a play."""
    looks = looks_in(lesson)
    return told(lesson, (_stored(lesson, looks) or _proved(lesson) or {}) if looks else {}, style)


def keep(lesson: Lesson, values: Values) -> None:
    """Keep the values of a play that the check made."""
    looks = looks_in(lesson)
    if looks:
        stored = reference_values.as_json(lesson, values.items())
        ReferencePlay.objects.get_or_create(digest=_digest(lesson, looks), defaults={"values": stored})


def _values(lesson: Lesson) -> Values | None:
    """Return the values that the lesson's prose names, None if they are not known and can't be found now."""
    looks = looks_in(lesson)
    if not looks:
        return {}
    if (stored := _stored(lesson, looks)) is not None:
        return stored
    if (proved := _proved(lesson)) is not None:
        return proved
    try:
        values = run(LEARNERS, _played, lesson)
    except TutorError:
        return None
    # A command for authors works without a database.
    with suppress(DatabaseError), transaction.atomic():
        keep(lesson, values)
    return values


def _stored(lesson: Lesson, looks: Iterable[Look]) -> Values | None:
    """Return the values that are kept in the database, None if there are none."""
    with suppress(DatabaseError):
        if stored := ReferencePlay.objects.filter(digest=_digest(lesson, looks)).first():
            return reference_values.from_json(lesson, stored.values)
    return None


def _proved(lesson: Lesson) -> Values | None:
    """Return the values in the proof file on the shelf that is of this play, None if there is none."""
    found = proof_files.of_digest(play_digest(lesson)) if lesson.program else None
    # A proof file is data of unknown origin. A page with a malformed one is drawn as if there were none.
    with suppress(TypeError, ValueError, LookupError, AttributeError):
        return reference_values.values_in_proof(lesson, found.proof) if found else None
    return None


def _digest(lesson: Lesson, looks: Iterable[Look]) -> str:
    """Return the name of a play with these values: what is played, and what is looked at."""
    named = sorted((look.name, look.step) for look in looks)
    return sha256(f"{play_digest(lesson)} {json.dumps(named)}".encode()).hexdigest()


def _played(lesson: Lesson) -> dict[Look, ToldValue]:
    first, second = _play(lesson), _play(lesson)
    return reference_values.values_in(lesson, first, second)


def _play(lesson: Lesson) -> Sequence[TraceEntry]:
    return with_room(lambda: player.play(lesson, corners.temporary(lesson)))
