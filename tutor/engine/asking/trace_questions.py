"""Questions made from a lesson's trace, their wrong choices from plays with plausible mistakes.

Easy: at most two changes of the key to keep in mind, or a step that only prints. Medium: more changes, or a step to
find. Hard: about a run other than the lesson's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from random import Random

from tutor.engine.asking import drafts, proof
from tutor.engine.asking.drafts import MistakenPlay, PlayedLesson
from tutor.engine.asking.mistakes import mistakes_in
from tutor.engine.asking.step_choices import is_certain
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.draft_question import DraftQuestion
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.quiz import KINDS
from tutor.engine.playing.player import Play

MOST_STEPS = 60
"""Maximum number of a lesson's steps to ask about."""


@dataclass(frozen=True, slots=True)
class TraceQuestion:
    """A question made from a trace; its `id`, like trace/state/5, is stable as long as the lesson's text is."""

    id: str
    question: QuestionFields


def trace_questions(lesson: Lesson, play: Play, seed: int) -> list[TraceQuestion]:
    """Return the questions that the lesson's first steps give; `seed` determines the wrong choices and the order.

    The lesson is played once, and once more for each plausible mistake: at most 1 + MOST_MISTAKES plays.
    Raises: the exceptions of `play`.
    """
    played = _played(lesson, play)
    found = [*drafts.states(played), *drafts.outputs(played), *drafts.emptied(played), *drafts.what_ifs(played)]
    return [TraceQuestion(draft.id, question) for draft in found if (question := _made(draft, seed))]


def _played(lesson: Lesson, play: Play) -> PlayedLesson:
    short = proof.cut(lesson, MOST_STEPS) if len(lesson.steps) > MOST_STEPS else lesson
    entries = list(takewhile(is_certain, play(short)))
    others = [MistakenPlay(mistake, mistake.lesson(short), ()) for mistake in mistakes_in(short) if entries]
    others = [other for each in others for other in _played_out(each, play, len(entries))]
    return PlayedLesson(short, entries, others, is_beginning=len(entries) < len(lesson.steps))


def _played_out(other: MistakenPlay, play: Play, count: int) -> Iterator[MistakenPlay]:
    """Yield the play with its first `count` entries; nothing if the mistake exceeds a limit."""
    try:
        yield MistakenPlay(other.mistake, other.lesson, play(other.lesson)[:count])
    except StepFault:
        return


def _made(draft: DraftQuestion, seed: int) -> QuestionFields | None:
    """Return the question made by the first kind that can ask the draft; None if none can."""
    chance = Random(f"{seed} {draft.id}")  # noqa: S311 - determines an order, protects no secret
    return next((question for kind in KINDS if (question := kind.drawn(draft, chance))), None)
