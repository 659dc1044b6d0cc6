"""What can go wrong while a lesson is played; views/shared/answers.py turns each into a status and a sentence."""

from typing import Self


class TutorError(Exception):
    """Root of everything that the program raises on purpose; `str(error)` is a sentence for people."""


class BrokerAway(TutorError):
    """The server did not answer, or answered that it can't serve now; nothing was recorded."""


class BrokerLacks(TutorError):
    """The server that answers can't do what the lesson needs; another server can."""


class CornerBehind(TutorError):
    """The learner's keys are not those of the position they should be at; play again, then retry."""


class StepFault(TutorError):
    """A step can't be performed, whatever server answers; nothing of it is recorded. `position` is the step's."""

    position = 0

    def at(self, position: int) -> Self:
        """Return the same for the step at `position`."""
        self.position = position
        return self


class TooLarge(StepFault):
    """A step would go beyond a limit of engine/program/limits.py."""


class NotPlayable(StepFault):
    """No server can be brought to do what the step says, as the steps before have it."""


class Raised(TutorError):
    """What the program raises where it takes a reply or decodes bytes, as Python prints it: `KeyError: 'name'`."""


class DataError(TutorError):
    """What the program raises in place of sending: a value is no text, bytes or number, or bytes are no UTF-8."""


class PlayFailed(StepFault):
    """The program itself failed at a step: neither the lesson nor the server is to blame."""


class StepOutOfOrder(TutorError):
    """A step was asked for that is not the next one of the run, and was not recorded either."""
