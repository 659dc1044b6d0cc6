"""Why a step has no value: the server refused its command, the client did not send it, or the program raised."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StepRefusal:
    """A reason in the words of its source; one of the kinds below."""

    said: str

    @property
    def shown(self) -> str:
        """The reason for display."""
        return self.said


@dataclass(frozen=True, slots=True)
class ErrorReply(StepRefusal):
    """The server's error line, such as `WRONGTYPE Operation against …`."""


@dataclass(frozen=True, slots=True)
class NotSent(StepRefusal):
    """Recorded in place of a reply: the program could not send this command at this point."""

    @property
    def shown(self) -> str:
        """The reason for display."""
        return f"not sent: {self.said}"


@dataclass(frozen=True, slots=True)
class ProgramError(StepRefusal):
    """An exception raised by the program after the command was performed: `KeyError: 'name'`."""


def refusal_of(reply: Any) -> StepRefusal | None:
    """Return why a recorded reply holds no value, None if it holds one."""
    if isinstance(reply, NotSent):
        return reply
    return ErrorReply(reply["error"]) if isinstance(reply, dict) and "error" in reply else None


_STORED_PREFIX = "NOTSENT "
"""The error code under which entries store a command that was not sent; no server has it."""


def reply_as_stored(reply: Any) -> Any:
    """Return a recorded reply as JSON."""
    return {"error": as_stored(reply)} if isinstance(reply, NotSent) else reply


def reply_from_stored(stored: Any) -> Any:
    """Return the reply that `reply_as_stored` converted."""
    if isinstance(stored, dict) and stored.get("error", "").startswith(_STORED_PREFIX):
        return NotSent(stored["error"].removeprefix(_STORED_PREFIX))
    return stored


def as_stored(refusal: StepRefusal) -> str:
    """Return a refusal as entries store it: its kind follows from the replies beside it."""
    return f"{_STORED_PREFIX}{refusal.said}" if isinstance(refusal, NotSent) else refusal.said
