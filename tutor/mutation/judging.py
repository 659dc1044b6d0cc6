"""Checking texts with falsehoods in them, by the code of `lessons check`, in a process that can be ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from tutor.authoring import proving
from tutor.broker.replies import ServerRefuses
from tutor.engine.errors import BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.redis.arguments import tells_time
from tutor.engine.trace.entry import TraceEntry
from tutor.library import LocatedProblem
from tutor.mutation.plays import RememberedPlays
from tutor.ports import corners


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """A problem that the check reports; line and column count from 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """The result of the check of one text.

    `rows`: a digest of each step, empty if the lesson could not be played. `program`: a digest of what its program has
    to do, "" if it has no program, or could not be played. `is_stopped`: whether the check did not end in time.
    """

    problems: tuple[FoundProblem, ...]
    has_errors: bool = False
    rows: tuple[str, ...] = ()
    program: str = ""
    is_stopped: bool = False


@dataclass(frozen=True, slots=True)
class PlayedText:
    """A checked lesson and its play."""

    verdict: TextVerdict
    problems: tuple[LocatedProblem, ...]
    lesson: Lesson | None
    entries: tuple[TraceEntry, ...]


@cache
def _remembered() -> RememberedPlays:
    # For the life of the process: a falsehood in prose plays as the lesson itself does.
    return RememberedPlays(corners.temporary)


def judged(text: str, file: str) -> TextVerdict:
    """Return the problems that `lessons check` finds in a text. Raises: BrokerAway."""
    return play(text, file).verdict


def play(text: str, file: str) -> PlayedText:
    """Check a text as `lessons check` does, and return the play as well. Raises: BrokerAway."""
    try:
        checked = proving.check_text(text, file, _remembered().of_one_check())
    except (BrokerLacks, ServerRefuses) as refusal:
        if isinstance(refusal, ServerRefuses) and not refusal.is_about_one_command:
            raise
        found = FoundProblem(1, 1, f"not played: {refusal}")
        return PlayedText(TextVerdict((found,), has_errors=True), (), None, ())
    problems = tuple(FoundProblem(each.line, each.column, each.message) for each in checked.problems)
    rows = tuple(_row(entry) for entry in checked.entries)
    program = play_digest(checked.lesson) if checked.lesson and checked.lesson.program else ""
    verdict = TextVerdict(problems, not checked.is_good, rows, program)
    return PlayedText(verdict, checked.problems, checked.lesson, checked.entries)


def _row(entry: TraceEntry) -> str:
    """Return a digest of a step and of the state after it, without its position."""
    # A reply that tells the time is another one in each play.
    sent = [(each.words, None if tells_time(each.words) else each.reply) for each in entry.sent]
    step = (entry.kind, entry.actor, entry.action, sent, entry.output, entry.refusal)
    state = (_sorted(entry.variables), _sorted(entry.keys))
    return " ".join(sha256(repr(part).encode("utf-8", "surrogatepass")).hexdigest()[:16] for part in (step, state))


def _sorted(values: Mapping[str, object]) -> Sequence[tuple[str, object]]:
    return sorted(values.items(), key=lambda item: item[0])
