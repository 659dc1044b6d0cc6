"""What can go wrong while a lesson is played; views/responses.py turns each into a status and a sentence."""


class TutorError(Exception):
    """Root of everything that the program raises on purpose; `str(error)` is a sentence for people."""


class BrokerAway(TutorError):
    """The server did not answer, or answered that it can't serve now; nothing was recorded."""


class BrokerLacks(TutorError):
    """The server that answers can't do what the lesson needs; another server can."""


class CornerBehind(TutorError):
    """The learner's keys are not those of the position they should be at; play again, then retry."""


class StepOutOfOrder(TutorError):
    """A step was asked for that is not the next one of the run, and was not recorded either."""
