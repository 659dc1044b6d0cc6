"""Messages about errors that a lesson's program raises, with advice on avoiding them."""

from tutor.engine.lesson.steps.base import StepFields

DECODES = "the reply has bytes that are not UTF-8; `client: {decode_responses: false}` gives the program bytes"

NO_SUCH_PART = "`pick` finds no such part of the value that redis-py returns"

UNEXPECTED_SHAPE = "this server's reply does not have the shape that redis-py expects"


def is_decoding_error(error: str) -> bool:
    """Return whether bytes could not be decoded; `error` is as Python prints it: `KeyError: 'name'`."""
    return error.startswith("UnicodeDecodeError")


def raised_sentence(subject: str, error: str, step: StepFields) -> str:
    """Return the message that `subject` raises `error` on the reply to `step`, with the reason or a remedy."""
    return f"{subject} raises {error}: {_reason(error, step)}"


def _reason(error: str, step: StepFields) -> str:
    if is_decoding_error(error):
        return DECODES
    return NO_SUCH_PART if step.places else UNEXPECTED_SHAPE
