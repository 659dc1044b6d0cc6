"""Exceptions of playing a lesson; views/shared/answers.py turns each into a status and a sentence."""

from typing import Self


class TutorError(Exception):
    """Root of everything that the program raises on purpose; `str(error)` is a sentence for people."""


class BrokerAway(TutorError):
    """The server did not answer, or can't serve now; nothing was recorded."""


class BrokerLacks(TutorError):
    """This server can't do what the lesson needs; another server can."""


class CornerBehind(TutorError):
    """The learner's keys do not belong to the position that was expected; restore them, then retry."""


class StepFault(TutorError):
    """A step can't be performed on any server; nothing of it is recorded. `position` is the step's."""

    position = 0

    def at(self, position: int) -> Self:
        """Return the same for the step at `position`."""
        self.position = position
        return self


class TooLarge(StepFault):
    """A step would exceed a limit of engine/program/limits.py."""


class NotPlayable(StepFault):
    """After the steps before it, no server can do what the step says."""


class Raised(TutorError):
    """An exception of the lesson's program over a reply or over bytes, as Python prints it: `KeyError: 'name'`."""


class DataError(TutorError):
    """An exception of redis-py before it sends: a value is not text, bytes or a number, or bytes are not UTF-8."""


class PlayFailed(StepFault):
    """The program itself failed at a step: neither the lesson nor the server is to blame."""


class StepOutOfOrder(TutorError):
    """A requested step is neither recorded nor the next one of the run."""
