"""Exceptions raised while a lesson is played; views/shared/faults.py turns each into a status and a sentence."""

from typing import Self


class TutorError(Exception):
    """Base class of all exceptions that the program raises on purpose; `str(error)` is a sentence for people."""


class BrokerAway(TutorError):
    """The server did not answer, or can't serve now; nothing was recorded."""


class BrokerLacks(TutorError):
    """This server lacks a feature that the lesson needs; another server has it."""


class CornerBehind(TutorError):
    """The learner's keys are at another position than expected; restore them, then retry."""


class StepFault(TutorError):
    """A step can't be performed on any server, and nothing is recorded. `position`: the step's number."""

    position = 0

    def at(self, position: int) -> Self:
        """Return this fault for the step at `position`."""
        self.position = position
        return self


class TooLarge(StepFault):
    """A step would exceed a limit of engine/program/limits.py."""


class NotPlayable(StepFault):
    """No server can perform the step after those before it."""


class Raised(TutorError):
    """An exception that the lesson's program raises on a reply or on bytes, as Python prints it: `KeyError: 'name'`."""


class DataError(TutorError):
    """An exception that redis-py raises before sending: a value is not text, bytes or a number, or not UTF-8."""


class PlayFailed(StepFault):
    """The program itself failed at a step: neither the lesson nor the server is to blame."""


class StepOutOfOrder(TutorError):
    """A requested step is neither recorded nor the next one of the run."""
