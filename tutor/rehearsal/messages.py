"""The messages between our process and the program's, one JSON line each."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from tutor.engine.values.replies import Json

HoldKind = Literal["send", "print", "read", "listen", "sleep", "end"]
"""Why a program's thread does not go on: before a command, a line, a read or a sleep; in listen(); or it has ended."""


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """A line of the program; "" and 0 if none of its lines is running."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else "its end"


@dataclass(frozen=True, slots=True)
class Hold:
    """An actor's thread is held. `seconds`: of a sleep or of get_message's timeout, None for no limit."""

    kind: HoldKind
    actor: str = ""
    line: ProgramLine = field(default_factory=ProgramLine)
    words: list[str] = field(default_factory=list)
    decodes: bool = False
    """Whether the client was created with decode_responses=True."""
    text: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A line of the program has given a variable a value, as engine/values/serialization.py stores it.

    `data`: of a value that is a channel's message, its data; else the same as `value`.
    """

    actor: str
    name: str
    value: Json
    data: Json
    line: ProgramLine
    is_early: bool = False
    """Whether the program has just begun, and was not held before."""


@dataclass(frozen=True, slots=True)
class Ran:
    """Lines of a file of the program that have run to their end, and had not before in the same process."""

    file: str
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The program ended with an exception, or did something that a rehearsal can't follow (`error`).

    `lines`: the program's own lines in the traceback, outermost first, each with the function's name.
    """

    actor: str
    error: str
    lines: list[tuple[ProgramLine, str]]
    is_exception: bool = True


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an actor's thread is, as an answer to `Locate`."""

    actor: str
    line: ProgramLine


@dataclass(frozen=True, slots=True)
class Begin:
    """Run an actor's program: a file, or a function in it."""

    actor: str
    file: str
    function: str
    names: Mapping[str, str]
    """The program's variables to watch, each with the lesson's name for it."""
    is_reader: bool
    """Whether the actor is held before it reads a message."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let an actor's thread go on; `data` is what its client reads next from the server, in base64."""

    actor: str
    data: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """The server has sent these bytes to the actor's subscribed client, which may read them."""

    actor: str
    data: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Set the program's clock, in seconds since the start of the lesson."""

    now: float


@dataclass(frozen=True, slots=True)
class Locate:
    """Answer with the whereabouts of an actor's thread."""

    actor: str


Message: TypeAlias = Hold | Assignment | Ran | Breakdown | Whereabouts | Begin | Release | Push | Tick | Locate

_BY_NAME: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (Hold, Assignment, Ran, Breakdown, Whereabouts, Begin, Release, Push, Tick, Locate)
}


def packed(message: Message) -> bytes:
    """Return the message as a line."""
    return json.dumps([type(message).__name__, asdict(message)]).encode() + b"\n"


def unpacked(line: bytes) -> Message:
    """Return the message in a line."""
    name, fields = json.loads(line)
    if "line" in fields:
        fields["line"] = ProgramLine(**fields["line"])
    if "lines" in fields:
        fields["lines"] = [(ProgramLine(**place), function) for place, function in fields["lines"]]
    message: Message = _BY_NAME[name](**fields)
    return message


def as_base64(data: bytes) -> str:
    """Return bytes as a message carries them."""
    return b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Return the bytes of a message."""
    return b64decode(text)
