"""Drafts of a recording's steps: commands, printed lines, passing time, closed connections."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tutor.engine.redis.arguments import gives_life, time_limit
from tutor.engine.redis.table import traits_of
from tutor.engine.values.replies import Reply, Value, as_python
from tutor.engine.values.serialization import from_stored
from tutor.recording.actors import ScriptActors
from tutor.recording.tape import Changed, Cut, Event, Got, Heard, Printed, Replied, Slept, TapedCommand


@dataclass(slots=True)
class StepDraft:
    """A step before it is written; `line` is the script's line."""

    kind: Literal["command", "print", "assign", "wait", "crash", "read"]
    actor: str
    thread: int
    line: int | None
    action: str = ""
    words: list[str] = field(default_factory=list)
    number: int = 0
    connection: int = 0
    reply: Reply = None
    """The reply that the script got, None if none came; for a read, the push from the buffer."""
    has_replied: bool = False
    save: str = ""
    pick: list[int | str] = field(default_factory=list)
    part: str = ""
    """For a read: the part of the message that is saved."""
    is_none: bool = False
    """For a read: whether it returned None."""
    text: str = ""
    """What is printed."""
    reads: dict[str, Value] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    """The objects behind names such as self.done in the thread's statements."""
    assign: dict[str, Value] = field(default_factory=dict)
    seconds: float = 0
    is_in_vain: bool = False
    """For a wait: whether it ends a command's time limit without a reply."""
    is_at_end: bool = False
    """For a crash: whether the program ends, not only a connection."""
    error: str = ""
    template: list[str] = field(default_factory=list)
    """The words, or the printed line, with variables."""

    @property
    def name(self) -> str:
        """The command's name, "" if it sends none."""
        return self.words[0].upper() if self.words else ""


Beat: TypeAlias = StepDraft | Changed | Heard
"""A step, or an event between two steps."""


class StepDrafter:
    """Turns events into beats, and keeps the lesson's clock: time passes only if something depends on it."""

    def __init__(self, events: Sequence[Event], cast: ScriptActors) -> None:
        self._events = events
        self._cast = cast
        self._speaker = dict(cast.by_thread)
        self._sent: dict[int, StepDraft] = {}
        self._cut_off: set[int] = set()
        self._limits: dict[int, float] = {}
        """The remaining seconds of waiting commands with a time limit, by the lesson's clock."""
        self._place = 0
        """The index of the current event."""
        self._accounted = 0.0
        """The tape's time up to which time has passed in the lesson too."""
        self._has_life = False
        self._in_vain: tuple[int, int | None] | None = None
        """The thread and the line of the last get_message(), if no message had come."""
        self._asks_idle = any(isinstance(each, TapedCommand) and traits_of(each.words).idle for each in events)
        """Whether a command can ask how long something was left alone."""

    def beats(self) -> list[Beat]:
        """Return drafts of steps and, between them, the changes of variables by the script's lines."""
        found: list[Beat] = []
        for place, event in enumerate(self._events):
            self._place = place
            if type(event) in self._handlers:
                found.extend(self._handlers[type(event)](event))
        return [*found, *self._left_waiting()]

    @property
    def _handlers(self) -> Mapping[type[Any], Callable[[Any], Iterable[Beat]]]:
        return {
            TapedCommand: self._command,
            Replied: self._replied,
            Printed: self._printed,
            Slept: self._slept,
            Cut: self._cut,
            Changed: lambda changed: [changed],
            Heard: self._heard,
            Got: self._got,
        }

    def _heard(self, heard: Heard) -> Iterator[Heard]:
        self._listen(heard.thread, heard.connection)
        yield heard

    def _printed(self, printed: Printed) -> Iterator[StepDraft]:
        self._in_vain = None
        draft = StepDraft("print", self._speaker[printed.thread], printed.thread, printed.line, text=printed.text)
        draft.reads = {name: from_stored(value) for name, value in printed.reads.items()}
        draft.objects = dict(printed.objects)
        yield draft

    def _slept(self, slept: Slept) -> Iterator[StepDraft]:
        if not (self._has_life or self._asks_idle):
            return
        # Threads that sleep simultaneously let time pass once.
        seconds = min(slept.seconds, slept.at - self._accounted)
        is_whole = slept.seconds - seconds < 0.2 * slept.seconds
        yield from self._wait(slept.thread, slept.line, slept.seconds if is_whole else seconds, slept.at)

    def _got(self, got: Got) -> Iterator[StepDraft]:
        """Yield a read; for a loop that polls without a message, only the first one."""
        self._listen(got.thread, got.connection)
        where = (got.thread, got.line)
        is_repeated = got.push is None and self._in_vain == where
        self._in_vain = where if got.push is None else None
        if is_repeated:
            return
        draft = StepDraft("read", self._speaker[got.thread], got.thread, got.line, connection=got.connection)
        draft.reply, draft.is_none = got.push, got.is_none
        yield draft

    def _listen(self, thread: int, connection: int) -> None:
        """Assign the thread to the actor whose connection it has read."""
        mine = [each for each in self._sent.values() if each.connection == connection]
        self._speaker[thread] = mine[-1].actor if mine else self._speaker[thread]

    def _command(self, sent: TapedCommand) -> Iterator[StepDraft]:
        self._in_vain = None
        actor = self._cast.by_number[sent.number]
        self._speaker[sent.thread] = actor
        self._has_life = self._has_life or gives_life(sent.words)
        draft = StepDraft("command", actor, sent.thread, sent.line, words=sent.words)
        draft.number, draft.connection = sent.number, sent.connection
        self._sent[sent.number] = draft
        limit = time_limit(sent.words) if sent.is_waiting else None
        if limit is not None:
            self._limits[sent.number] = limit
        yield draft

    def _replied(self, event: Replied) -> Iterator[Beat]:
        draft = self._sent.get(event.number)
        left = self._limits.pop(event.number, None)
        if draft is None:
            return
        draft.reply, draft.has_replied = event.reply, True
        if left is not None and left > 0 and as_python(event.reply) is None:
            for wait in self._wait(draft.thread, draft.line, left, event.at):
                wait.is_in_vain = True
                yield wait

    def _wait(self, thread: int, line: int | None, seconds: float, at: float) -> Iterator[StepDraft]:
        seconds = round(seconds, 1) if seconds >= 0.1 else round(seconds, 3)
        if seconds <= 0:
            return
        self._accounted = at
        self._limits = {number: left - seconds for number, left in self._limits.items()}
        shown = int(seconds) if float(seconds).is_integer() else seconds
        yield StepDraft("wait", self._speaker[thread], thread, line, seconds=shown)

    def _cut(self, event: Cut) -> Iterator[StepDraft]:
        """Yield the end of a connection if a later event could depend on it."""
        mine = [each for each in self._sent.values() if each.connection == event.connection]
        self._cut_off.add(event.connection)
        comes_more = any(isinstance(each, TapedCommand) for each in self._events[self._place :])
        if not comes_more:
            self._cut_off.discard(event.connection)
        elif mine:
            yield StepDraft("crash", mine[-1].actor, mine[-1].thread, None)

    def _left_waiting(self) -> Iterator[StepDraft]:
        """Yield the end of the connections that still wait when the script ends."""
        for draft in self._sent.values():
            is_open = not draft.has_replied and draft.connection not in self._cut_off
            if is_open and traits_of(draft.words).limit:
                yield StepDraft("crash", draft.actor, draft.thread, None, is_at_end=True)
