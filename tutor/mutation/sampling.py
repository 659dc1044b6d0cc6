"""A survey of one text within some seconds: as many falsehoods as there is time for, drawn by a seed."""

import time
from dataclasses import dataclass
from random import Random

from tutor.mutation import judging
from tutor.mutation.kinds import KINDS
from tutor.mutation.survey import Judgement, Subject


@dataclass(frozen=True, slots=True)
class SampledText:
    """The judgements of a sample, by line, and how many falsehoods there are in all.

    Those that only a run of the program shows are left out of both.
    """

    judgements: tuple[Judgement, ...]
    planted: int

    @property
    def is_complete(self) -> bool:
        """Whether all falsehoods were tried."""
        return len(self.judgements) == self.planted


def sampled_text(text: str, file: str, kind: str, seed: int, seconds: float) -> SampledText:
    """Try falsehoods of a class, or of all for "", until the seconds are over. Raises: NotSurveyed, BrokerAway."""
    end = time.monotonic() + seconds
    subject = Subject(text, file, judging.play(text, file), [kind] if kind else [each.name for each in KINDS])
    order = list(subject.mutants)
    Random(seed).shuffle(order)  # noqa: S311 - a sample, and no secret
    judgements: list[Judgement] = []
    unrun = 0
    for mutant in order:
        if time.monotonic() >= end:
            break
        found = subject.judge(mutant, lambda changed: judging.judged(changed, file))
        if found.outcome == "unrun":
            unrun += 1
        else:
            judgements.append(found)
    judgements.sort(key=lambda each: (each.mutant.line, each.mutant.column))
    return SampledText(tuple(judgements), len(order) - unrun)
