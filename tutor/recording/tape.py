"""The tape: the events of a running script, one JSON line each, written by its process and read by ours."""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from tutor.engine.values.replies import Json, Reply

MOST_EVENTS = 5_000
"""Maximum number of events of one recording; a script with more is stopped."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A thread was seen for the first time; the main thread is number 0."""

    thread: int
    name: str


@dataclass(frozen=True, slots=True)
class TapedCommand:
    """A command was sent, and the server has performed it or the client waits; `at` is in seconds."""

    number: int
    thread: int
    line: int | None
    words: list[str]
    connection: int
    client: str
    """The client's name in the script, "" if it has none."""
    holder: str
    """The script's variable that holds the client."""
    database: int
    is_waiting: bool
    is_text: bool
    at: float
    decodes: bool = False
    """Whether the client was created with decode_responses=True."""


@dataclass(frozen=True, slots=True)
class Replied:
    """The reply to a command was read."""

    number: int
    reply: Reply
    at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A message was read from a channel."""

    connection: int
    thread: int
    line: int | None


@dataclass(frozen=True, slots=True)
class Got:
    """The script called get_message(): the push that it read (None: none had come), and whether it returned None."""

    connection: int
    """0 if nothing was ever subscribed to."""
    thread: int
    line: int | None
    push: Reply
    is_none: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of the script has run: the variables in it with a new or changed value."""

    thread: int
    line: int
    after: int
    """The number of the last command before the line began."""
    is_module: Mapping[str, bool]
    """Whether each name is the module's rather than a function's."""
    values: Mapping[str, Json]
    """As engine/values/serialization.py writes them."""
    messages: Mapping[str, Json]
    """For values that are a channel's message: its data."""
    objects: Mapping[str, int] = field(default_factory=dict)
    """For names such as self.done: the number of the object."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The script printed a line. `reads`: the variables in the statement, `objects`: as in Changed."""

    thread: int
    line: int | None
    text: str
    reads: Mapping[str, Json]
    objects: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slept:
    """A thread slept."""

    thread: int
    line: int | None
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A waiting or listening connection was closed."""

    connection: int


@dataclass(frozen=True, slots=True)
class Objected:
    """The script did something that can't be recorded."""

    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The script ended with an error: its traceback, and the line of the script."""

    line: int | None
    traceback: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The script has ended; `waits_on` if all its threads waited for events that can't come."""

    waits_on: bool


_KINDS = (Joined, TapedCommand, Replied, Heard, Got, Changed, Printed, Slept, Cut, Objected, Failed, Ended)

Event: TypeAlias = (
    Joined | TapedCommand | Replied | Heard | Got | Changed | Printed | Slept | Cut | Objected | Failed | Ended
)

_BY_NAME: dict[str, type[Any]] = {kind.__name__: kind for kind in _KINDS}


class Tape:
    """Writes events to a pipe; all of a process share one."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._count = 0
        self._threads: dict[threading.Thread, int] = {}
        self.commands = 0
        """The number of commands on the tape."""

    def write(self, event: Event) -> None:
        """Write the event; if the tape is full or has no reader, the process ends."""
        with self._lock:
            self._count += 1
            self.commands += isinstance(event, TapedCommand)
            if self._count > MOST_EVENTS and not isinstance(event, Failed | Ended | Objected):
                line = getattr(event, "line", None)
                self._put(Objected(line, f"the script does more than the {MOST_EVENTS:,} things that are recorded"))
                os._exit(0)
            self._put(event)

    def thread(self) -> int:
        """Return the number of the calling thread."""
        current = threading.current_thread()
        with self._lock:
            if current not in self._threads:
                is_main = current is threading.main_thread()
                self._threads[current] = 0 if is_main else 1 + len(self._threads)
                self._put(Joined(self._threads[current], current.name))
            return self._threads[current]

    def _put(self, event: Event) -> None:
        line = json.dumps([type(event).__name__, asdict(event)]).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self._file, line) :]
        except OSError:
            os._exit(1)


def read(lines: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events, without a last line cut off by a kill."""
    for line in lines:
        if line.endswith(b"\n"):
            kind, fields = json.loads(line)
            yield _BY_NAME[kind](**fields)
