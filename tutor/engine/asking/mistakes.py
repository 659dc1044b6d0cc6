"""Plausible mistakes: commands that learners mix up, as runnable changes to a lesson."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tutor.engine.asking import proof
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.proofs import Proof
from tutor.engine.redis.table import traits_of, twins

MOST_MISTAKES = 5
"""Maximum number of mistakes per lesson; each one costs a play."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A change to the lesson's commands; `label` describes it briefly: "`LPOP` in place of `RPOP`"."""

    label: str
    swap: Mapping[str, str] = field(default_factory=dict)
    replace: Mapping[int, str] = field(default_factory=dict)

    def proof(self, **look: object) -> Proof:
        """Return the proof that makes this mistake and then looks: `after=3, key="queue"`, `first=…`."""
        changes = {name: dict(made) for name, made in (("swap", self.swap), ("replace", self.replace)) if made}
        return Proof.model_validate({**look, **changes})

    def lesson(self, lesson: Lesson) -> Lesson:
        """Return the lesson with this mistake made."""
        return proof.variant(lesson, self.proof(after=0, output=True))


def mistakes_in(lesson: Lesson) -> list[Mistake]:
    """Return at most MOST_MISTAKES mistakes that can be made with the commands of this lesson."""
    pairs = [(right.name, wrong) for right, wrong in twins() if right.name in lesson.command_names]
    swaps = [Mistake(f"`{wrong}` in place of `{right}`", swap={right: wrong}) for right, wrong in pairs]
    return [*swaps[: MOST_MISTAKES - 1], *_pops_that_leave(lesson), *swaps[MOST_MISTAKES - 1 :]][:MOST_MISTAKES]


def _pops_that_leave(lesson: Lesson) -> Iterator[Mistake]:
    """Yield the mistake of thinking that a pop reads the element and leaves it where it is."""
    looks: dict[int, str] = {}
    for i, step in lesson.command_steps.items():
        peek, arguments = traits_of(step.template).peek, step.template[1:]
        if peek and len(arguments) == 1 and re.fullmatch(r"[\w:.-]+", arguments[0]):
            looks[i + 1] = peek.replace("<1>", arguments[0])
    if looks:
        yield Mistake("pops that leave the element in the list", replace=looks)
