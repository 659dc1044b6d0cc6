"""The choices for predictions: worked out apart from requests by playing the lesson, and kept per process."""

from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache

from tutor.apart.limits import LEARNERS
from tutor.apart.pool import run
from tutor.engine.asking import step_choices
from tutor.engine.asking.step_choices import StepChoice, StepChoices
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.ports import corners
from tutor.ports.eviction import with_room

MOST_KEPT = 2048
"""Maximum number of steps whose choices are kept."""

ONE_IN = 3
"""Now and then means: at most one question in so many steps."""


@dataclass(slots=True)
class _KeptChoices:
    """The choices for a step; `fitting`: the last entry that had the state which they were worked out for."""

    lesson: Lesson
    found: StepChoices
    fitting: TraceEntry | None = None


_known: LRUCache[tuple[int, int], _KeptChoices] = LRUCache(MOST_KEPT)
_lock = Lock()


def choices_at(lesson: Lesson, number: int, before: TraceEntry | None) -> tuple[StepChoice, ...]:
    """Return the choices for step `number` of a run whose newest entry is `before`; none if nothing is to be asked.

    None as well where chance made the run another one than the play, and while the lesson can't be played.
    """
    kept = _kept(lesson, number)
    if kept is None:
        return ()
    # Most learners come to a step with the very same entry (tutor/kept_steps.py).
    if before is None or before is not kept.fitting:
        if kept.found.before != step_choices.state_text(before):
            return ()
        kept.fitting = before
    return kept.found.choices


def choices_played(lesson: Lesson, number: int) -> tuple[StepChoice, ...]:
    """Return the choices for a step that was taken; none if they are not known any more."""
    with _lock:
        kept = _known.get((id(lesson), number))
    return kept.found.choices if kept is not None and kept.lesson is lesson else ()


def is_due_now_and_then(lesson: Lesson, number: int) -> bool:
    """Return whether step `number` is the first of its three steps that has a question."""
    first = number - (number - 1) % ONE_IN
    return not any((kept := _kept(lesson, each)) and kept.found.choices for each in range(first, number))


def _kept(lesson: Lesson, number: int) -> _KeptChoices | None:
    with _lock:
        kept = _known.get((id(lesson), number))
    # The cache keeps the lesson alive, so that no other one gets its id.
    if kept is not None and kept.lesson is lesson:
        return kept
    try:
        kept = _KeptChoices(lesson, run(LEARNERS, _worked_out, lesson, number))
    except TutorError:
        return None
    with _lock:
        _known[id(lesson), number] = kept
    return kept


def _worked_out(lesson: Lesson, number: int) -> StepChoices:
    return step_choices.step_choices(lesson, number, _play)


def _play(lesson: Lesson) -> list[TraceEntry]:
    return with_room(lambda: player.play(lesson, corners.temporary(lesson)))
