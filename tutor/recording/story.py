"""What was recorded as drafts of steps: commands, printed lines, time that passes, connections that end."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from tutor.engine.lesson.problems.refusals import command_refusal
from tutor.engine.redis.table import facts_of, spec_of
from tutor.engine.redis.words import LONGEST_COMMAND, asks_for_id, gives_life, id_place, time_limit
from tutor.engine.values.replies import Reply, Value, as_python
from tutor.engine.values.stored import from_stored
from tutor.recording.cast import Cast
from tutor.recording.tape import Changed, Cut, Event, Got, Heard, Printed, Replied, Sent, Slept

LONGEST_LINE = 1_000
"""Characters of a printed line that a lesson shows."""


@dataclass(slots=True)
class Draft:
    """A step before it is written down; `line` is the script's."""

    kind: Literal["command", "print", "assign", "wait", "crash", "read"]
    actor: str
    thread: int
    line: int | None
    action: str = ""
    words: list[str] = field(default_factory=list)
    number: int = 0
    connection: int = 0
    reply: Reply = None
    """What the script got, None where no reply came; of a read, what it took from the buffer."""
    has_replied: bool = False
    save: str = ""
    pick: list[int | str] = field(default_factory=list)
    part: str = ""
    """Of a read, which part of the message is saved."""
    is_none: bool = False
    """Of a read, whether it returned None."""
    text: str = ""
    """What is printed."""
    reads: dict[str, Value] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    """Whose attributes the thread's statements mean, by names such as self.done."""
    assign: dict[str, Value] = field(default_factory=dict)
    seconds: float = 0
    is_in_vain: bool = False
    """Of a wait: whether a command's time limit is over by it, and nothing has come."""
    is_at_end: bool = False
    """Of a crash: whether it is the program's end, not only that of a connection."""
    error: str = ""
    template: list[str] = field(default_factory=list)
    """The words, or the printed line, with variables in them."""

    @property
    def name(self) -> str:
        """The command's name, "" if it sends none."""
        return self.words[0].upper() if self.words else ""


Beat: TypeAlias = Draft | Changed | Heard


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a lesson can't hold, with the script's line."""

    line: int | None
    message: str


def with_plain_ids(events: Sequence[Event]) -> list[Event]:
    """Return the events with 1-0, 2-0, … in place of ids that the server gave, if the script goes on to use any."""
    given = _given_ids(events)
    if not given or not _are_used(events, given):
        return list(events)
    plain = {real: f"{i}-0" for i, real in enumerate(given, 1)}
    found = re.compile("|".join(map(re.escape, plain)))

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            return found.sub(lambda match: plain[match[0]], value)
        if isinstance(value, list):
            return [renamed(each) for each in value]
        return {renamed(key): renamed(each) for key, each in value.items()} if isinstance(value, dict) else value

    by_number = {number: plain[real] for real, number in given.items()}
    return [_renamed(event, renamed, by_number) for event in events]


def _given_ids(events: Sequence[Event]) -> dict[str, int]:
    """Return the ids that the server gave, each with the number of its XADD."""
    asked = {event.number for event in events if isinstance(event, Sent) and asks_for_id(event.words)}
    replies = [event for event in events if isinstance(event, Replied) and event.number in asked]
    return {event.reply: event.number for event in replies if isinstance(event.reply, str)}


def _are_used(events: Sequence[Event], given: dict[str, int]) -> bool:
    """Return whether an id is seen anywhere but in the variable that takes it from its XADD."""
    last: Reply = None
    for event in events:
        seen: Any = None
        if isinstance(event, Replied):
            last = event.reply
        elif isinstance(event, Sent):
            seen = event.words
        elif isinstance(event, Printed):
            seen = event.text
        elif isinstance(event, Changed):
            seen = [value for value in event.values.values() if value not in (last, {"bytes": last})]
        if seen and any(real in repr(seen) for real in given):
            return True
    return False


def _renamed(event: Event, renamed: Any, by_number: dict[int, str]) -> Event:
    if isinstance(event, Sent):
        words = list(event.words)
        if event.number in by_number:
            words[id_place(words)] = by_number[event.number]
        return replace(event, words=renamed(words))
    if isinstance(event, Replied):
        return replace(event, reply=renamed(event.reply))
    if isinstance(event, Got):
        return replace(event, push=renamed(event.push))
    if isinstance(event, Printed):
        return replace(event, text=renamed(event.text), reads=renamed(event.reads))
    return replace(event, values=renamed(event.values)) if isinstance(event, Changed) else event


def complaints(events: Sequence[Event]) -> list[Complaint]:
    """Return what can't be told as a lesson, whatever is made of it."""
    found: dict[Complaint, None] = {}
    databases = sorted({event.database for event in events if isinstance(event, Sent)})
    if len(databases) > 1:
        shown = ", ".join(map(str, databases))
        found[Complaint(None, f"the script uses the databases {shown}; a lesson has one")] = None
    heard = {event.connection for event in events if isinstance(event, Heard)}
    for event in events:
        if isinstance(event, Got) and event.connection in heard:
            message = "reads messages with get_message() and in listen(); a lesson has one of the two for each client"
            found[Complaint(event.line, message)] = None
        if isinstance(event, Sent):
            found |= dict.fromkeys(_of_command(event))
        elif isinstance(event, Printed) and len(event.text) > LONGEST_LINE:
            message = f"prints more than {LONGEST_LINE:,} characters at once; learners would not read them"
            found[Complaint(event.line, message)] = None
    return sorted(found, key=lambda each: (each.line or 0, each.message))


def _of_command(sent: Sent) -> Iterator[Complaint]:
    name = sent.words[0].upper()
    if refusal := command_refusal(sent.words):
        yield Complaint(sent.line, refusal.message)
    elif not sent.is_text:
        yield Complaint(sent.line, f"{name} sends bytes that are no text, which a lesson can't show")
    elif len(sent.words) > LONGEST_COMMAND:
        yield Complaint(sent.line, f"{name} has {len(sent.words)} words; a lesson's command has {LONGEST_COMMAND}")


def without_first_emptying(events: Sequence[Event]) -> tuple[list[Event], list[Complaint]]:
    """Return the events without FLUSHALL and FLUSHDB before anything else is sent, and a note for each of those."""
    dropped: dict[int, Complaint] = {}
    for event in events:
        if isinstance(event, Sent):
            command = facts_of(event.words[0])
            if command is None or not command.empties:
                break
            message = f"{event.words[0].upper()} is left out: a lesson begins with nothing in Redis"
            dropped[event.number] = Complaint(event.line, message)
    kept = [event for event in events if getattr(event, "number", None) not in dropped]
    return kept, list(dropped.values())


def _asks_idle_time(sent: Sent) -> bool:
    """Return whether the command can ask how long something was left alone."""
    command = spec_of(sent.words)
    return command is not None and bool(command.idle)


class Teller:
    """Makes beats of events, and keeps the lesson's clock: time passes in it only where something depends on time."""

    def __init__(self, events: Sequence[Event], cast: Cast) -> None:
        self._events = events
        self._cast = cast
        self._speaker = dict(cast.by_thread)
        self._sent: dict[int, Draft] = {}
        self._cut_off: set[int] = set()
        self._limits: dict[int, float] = {}
        """Of commands that wait and have a time limit, the seconds that are left, by the lesson's clock."""
        self._accounted = 0.0
        self._has_life = False
        self._in_vain: tuple[int, int | None] | None = None
        """The thread and the line that have asked for a message last, if none had come."""
        self._asks_idle = any(isinstance(each, Sent) and _asks_idle_time(each) for each in events)

    def beats(self) -> list[Beat]:
        """Return drafts of steps, and between them what the script's lines did to its variables."""
        found = [beat for place, event in enumerate(self._events) for beat in self._of(event, place)]
        return [*found, *self._left_waiting()]

    def _of(self, event: Event, place: int) -> Iterator[Beat]:
        match event:
            case Sent():
                yield self._command(event)
            case Replied():
                yield from self._replied(event)
            case Printed():
                self._in_vain = None
                speaker = self._speaker[event.thread]
                yield Draft(
                    "print",
                    speaker,
                    event.thread,
                    event.line,
                    text=event.text,
                    reads={name: from_stored(value) for name, value in event.reads.items()},
                    objects=dict(event.objects),
                )
            case Slept() if self._has_life or self._asks_idle:
                # Threads that sleep at the same time let time pass once.
                seconds = min(event.seconds, event.at - self._accounted)
                is_whole = event.seconds - seconds < 0.2 * event.seconds
                yield from self._wait(event.thread, event.line, event.seconds if is_whole else seconds, event.at)
            case Cut():
                yield from self._cut(event, place)
            case Changed():
                yield event
            case Heard() | Got():
                self._listen(event.thread, event.connection)
                yield from self._got(event) if isinstance(event, Got) else (event,)

    def _got(self, got: Got) -> Iterator[Draft]:
        """Yield a read; of a loop that asks again and again while nothing comes, the first one."""
        where = (got.thread, got.line)
        is_repeated = got.push is None and self._in_vain == where
        self._in_vain = where if got.push is None else None
        if is_repeated:
            return
        draft = Draft("read", self._speaker[got.thread], got.thread, got.line, connection=got.connection)
        draft.reply, draft.is_none = got.push, got.is_none
        yield draft

    def _listen(self, thread: int, connection: int) -> None:
        """Take the actor whose connection the thread has read for the one that speaks in it."""
        mine = [each for each in self._sent.values() if each.connection == connection]
        self._speaker[thread] = mine[-1].actor if mine else self._speaker[thread]

    def _command(self, sent: Sent) -> Draft:
        self._in_vain = None
        actor = self._cast.by_number[sent.number]
        self._speaker[sent.thread] = actor
        self._has_life = self._has_life or gives_life(sent.words)
        draft = Draft("command", actor, sent.thread, sent.line, words=sent.words)
        draft.number, draft.connection = sent.number, sent.connection
        self._sent[sent.number] = draft
        limit = time_limit(sent.words) if sent.is_waiting else None
        if limit is not None:
            self._limits[sent.number] = limit
        return draft

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

    def _wait(self, thread: int, line: int | None, seconds: float, at: float) -> Iterator[Draft]:
        seconds = round(seconds, 1) if seconds >= 0.1 else round(seconds, 3)
        if seconds <= 0:
            return
        self._accounted = at
        self._limits = {number: left - seconds for number, left in self._limits.items()}
        shown = int(seconds) if float(seconds).is_integer() else seconds
        yield Draft("wait", self._speaker[thread], thread, line, seconds=shown)

    def _cut(self, event: Cut, place: int) -> Iterator[Draft]:
        """Yield the end of a connection, if anything comes after it that could tell the difference."""
        mine = [each for each in self._sent.values() if each.connection == event.connection]
        self._cut_off.add(event.connection)
        comes_more = any(isinstance(each, Sent) for each in self._events[place:])
        if not comes_more:
            self._cut_off.discard(event.connection)
        elif mine:
            yield Draft("crash", mine[-1].actor, mine[-1].thread, None)

    def _left_waiting(self) -> Iterator[Draft]:
        """Yield the end of those that still wait when the script ends."""
        for draft in self._sent.values():
            spec = spec_of(draft.words)
            is_open = not draft.has_replied and draft.connection not in self._cut_off
            if is_open and spec and spec.limit:
                yield Draft("crash", draft.actor, draft.thread, None, is_at_end=True)
