"""The limits of work that runs apart, and what is raised where one is exceeded."""

from dataclasses import dataclass, replace
from typing import Literal

from tutor.engine.errors import TutorError

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """The limits of a class of work, per web process, whose threads also have other requests to answer.

    `seconds`: wall-clock time from the request on, waiting included. `running`: how many run at once. `waiting`: how
    many more may wait, at most `patience` seconds each. `memory`, `result`: bytes of one process's data and of a
    result.
    """

    name: str
    seconds: float
    patience: float
    running: int
    waiting: int
    memory: int
    result: int


AUTHORS = WorkLimits("authors", seconds=5, patience=2.5, running=2, waiting=4, memory=512 * MB, result=16 * MB)
"""Checks, previews, publications and imports of instructors."""

LEARNERS = WorkLimits("learners", seconds=2.5, patience=2, running=2, waiting=40, memory=512 * MB, result=8 * MB)
"""Proofs, and questions drawn for tests, which a class of 40 may begin at the same moment."""

MARKING = WorkLimits("marking", seconds=0.5, patience=0.5, running=1, waiting=4, memory=256 * MB, result=MB)
"""Patterns of answers that RE2 can't match."""

TEETH = WorkLimits("teeth", seconds=12, patience=2.5, running=1, waiting=2, memory=512 * MB, result=8 * MB)
"""Falsehoods tried in an instructor's draft, a sample at a time."""

MUTANTS = WorkLimits("mutants", seconds=10, patience=10, running=8, waiting=8, memory=512 * MB, result=8 * MB)
"""One falsehood of `lessons mutate`."""

MUTANTS_AGAIN = replace(MUTANTS, name="mutants again", seconds=60, patience=60)
"""A falsehood whose check was stopped once: the machine may only have been busy."""

Excess = Literal["time", "memory", "size", "end"]
"""What was exceeded; "end" if the process ended for another reason, such as a kill."""


class WorkBusy(TutorError):
    """All processes for such work are taken, and enough other work waits for them; try again in a moment."""


class WorkStopped(TutorError):
    """The work was stopped at a limit. `line`: the last line of the text that it had come to, 0 if not known."""

    def __init__(self, excess: Excess, limits: WorkLimits, line: int = 0) -> None:
        super().__init__(_sentence(excess, limits))
        self.excess = excess
        self.line = line


def _sentence(excess: Excess, limits: WorkLimits) -> str:
    return {
        "time": f"it takes longer than {limits.seconds:g} seconds",
        "memory": f"it needs more than {limits.memory // MB} MB of memory",
        "size": f"its result has more than {limits.result // MB} MB",
        "end": "its process ended unexpectedly",
    }[excess]
