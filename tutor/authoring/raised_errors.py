"""Sentences about errors that a lesson's program raises, and how its author avoids them."""

from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.command import CommandStep

DECODES = "the reply has bytes that are no UTF-8; `client: {decode_responses: false}` gives the program bytes"

NO_SUCH_PART = "`pick` finds no such part of the value that redis-py returns"

UNEXPECTED_SHAPE = "this server's reply does not have the shape that redis-py expects"


def is_decoding_error(error: str) -> bool:
    """Return whether bytes could not be decoded; `error` is as Python prints it: `KeyError: 'name'`."""
    return error.startswith("UnicodeDecodeError")


def picks_part(step: StepFields) -> bool:
    """Return whether the step saves a part of its reply only."""
    return isinstance(step, CommandStep) and bool(step.places)


def raised_sentence(subject: str, error: str, step: StepFields) -> str:
    """Return that `subject` raises `error` when it takes the reply to `step`, and the reason or the way out."""
    return f"{subject} raises {error}: {_reason(error, step)}"


def _reason(error: str, step: StepFields) -> str:
    if is_decoding_error(error):
        return DECODES
    return NO_SUCH_PART if picks_part(step) else UNEXPECTED_SHAPE
