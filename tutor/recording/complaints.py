"""Parts of a recording that don't fit into a lesson."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutor.engine.lesson.problems.command_refusals import command_refusal
from tutor.engine.redis.arguments import LONGEST_COMMAND
from tutor.engine.redis.table import command_named
from tutor.recording.tape import Event, Got, Heard, Printed, TapedCommand

LONGEST_LINE = 1_000
"""Maximum number of characters of a printed line in a lesson."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """An event that does not fit into a lesson, with the script's line (None: the whole script)."""

    line: int | None
    message: str


def complaints(events: Sequence[Event]) -> list[Complaint]:
    """Return everything that does not fit into any lesson, sorted by line."""
    heard = {event.connection for event in events if isinstance(event, Heard)}
    found = {*_of_databases(events), *(each for event in events for each in _of_event(event, heard))}
    return sorted(found, key=lambda each: (each.line or 0, each.message))


def _of_databases(events: Sequence[Event]) -> Iterator[Complaint]:
    databases = sorted({event.database for event in events if isinstance(event, TapedCommand)})
    if len(databases) > 1:
        shown = ", ".join(map(str, databases))
        yield Complaint(None, f"the script uses the databases {shown}; a lesson has one")


def _of_event(event: Event, heard: set[int]) -> Iterator[Complaint]:
    """Yield the complaints about one event; `heard` are the connections that listen() has read."""
    match event:
        case TapedCommand():
            yield from _of_command(event)
        case Got() if event.connection in heard:
            message = "reads messages with get_message() and in listen(); a lesson has one of the two for each client"
            yield Complaint(event.line, message)
        case Printed() if len(event.text) > LONGEST_LINE:
            message = f"prints more than {LONGEST_LINE:,} characters at once; learners would not read them"
            yield Complaint(event.line, message)


def _of_command(sent: TapedCommand) -> Iterator[Complaint]:
    name = sent.words[0].upper()
    if refusal := command_refusal(sent.words):
        yield Complaint(sent.line, refusal.message)
    elif not sent.is_text:
        yield Complaint(sent.line, f"{name} sends bytes that are not text, which a lesson can't show")
    elif len(sent.words) > LONGEST_COMMAND:
        yield Complaint(sent.line, f"{name} has {len(sent.words)} words; a lesson's command has {LONGEST_COMMAND}")


def without_first_emptying(events: Sequence[Event]) -> tuple[list[Event], list[Complaint]]:
    """Return the events without initial FLUSHALL and FLUSHDB commands, and a note for each of those."""
    dropped: dict[int, Complaint] = {}
    for event in events:
        if isinstance(event, TapedCommand):
            command = command_named(event.words[0])
            if command is None or not command.empties:
                break
            message = f"{event.words[0].upper()} is left out: a lesson starts with an empty Redis"
            dropped[event.number] = Complaint(event.line, message)
    kept = [event for event in events if getattr(event, "number", None) not in dropped]
    return kept, list(dropped.values())
