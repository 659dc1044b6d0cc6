"""A question suggested by a play of the lesson, before it becomes a question of some kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tutor.engine.lesson.questions.difficulty import Difficulty
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.values.replies import Json


@dataclass(frozen=True, slots=True)
class PossibleAnswer:
    """A value, right or wrong, as a learner reads it; `reason` says why a wrong one may seem right."""

    value: Json
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """A question with its right answer and groups of wrong ones, the most plausible group first.

    `wrong` is an iterator that can be consumed once: groups that no question needs are never computed.
    """

    id: str
    question: str
    key: PossibleAnswer
    wrong: Iterable[Sequence[PossibleAnswer]]
    proof: Proof
    concept: str
    difficulty: Difficulty
    explanation: str
    steps: Sequence[int]
