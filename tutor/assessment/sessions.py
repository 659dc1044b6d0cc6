"""The sessions in a lesson's prose: where they stand, and what they show when a learner runs them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tutor import prose
from tutor.apart.limits import LEARNERS
from tutor.apart.pool import run
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path
from tutor.engine.lesson.prose_texts import prose_texts
from tutor.engine.playing import player
from tutor.engine.sessions.cli_session import LANGUAGE, ONLY_CLIENT, CliTurn, read_session
from tutor.engine.sessions.comparison import first_difference
from tutor.engine.sessions.replies_shown import ShownTurn, shown_turns
from tutor.engine.sessions.scenario import scenario_of
from tutor.engine.values.formatting import MOST_ELEMENTS, visible
from tutor.ports import corners
from tutor.ports.eviction import with_room
from tutor.prose import FencedBlock

MOST_SESSIONS = 20
"""Maximum number of sessions of a lesson."""


class NoSuchSession(TutorError):
    """The lesson has no such session, or no longer."""


class SessionNotRun(TutorError):
    """The session can't be played: its text has a fault."""


@dataclass(frozen=True, slots=True)
class PlacedSession:
    """A session in a lesson, and the path of the text that it stands in."""

    path: Path
    block: FencedBlock


@dataclass(frozen=True, slots=True)
class RunLine:
    """A line of a reply as it came; `differs` from the line that the lesson claims."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class RunTurn:
    """A prompt with its command, the lines that came, and the lines that the lesson claims if they differ.

    `is_waiting`: the client waits for the reply here.
    """

    prompt: str
    command: str
    lines: tuple[RunLine, ...]
    claimed: tuple[str, ...]
    is_waiting: bool
    hidden_count: int = 0


@dataclass(frozen=True, slots=True)
class RunSession:
    """A session as it came from the server. `elapsed_text`: the time of its commands."""

    turns: tuple[RunTurn, ...]
    commands_count: int
    elapsed_text: str

    @property
    def differs(self) -> bool:
        """Whether any reply differs from the one that the lesson claims."""
        return any(turn.claimed for turn in self.turns)


def sessions_of(lesson: Lesson) -> Iterator[PlacedSession]:
    """Yield the sessions in a lesson's prose, in the order of its fields."""
    for each in prose_texts(lesson):
        if not each.is_line and each.kind == "markdown":
            yield from (PlacedSession(each.path, block) for block in prose.blocks_in(each.text, LANGUAGE))


def find_session(lesson: Lesson, name: str) -> PlacedSession:
    """Return the lesson's session of that name. Raises: NoSuchSession."""
    found = next((each for each in sessions_of(lesson) if each.block.name == name), None)
    if found is None:
        raise NoSuchSession("The lesson has no such session. It may have been changed: reload the page.")
    return found


def run_session(placed: PlacedSession) -> RunSession:
    """Run the session now, apart and within limits, in a corner that is removed afterwards.

    Raises: SessionNotRun, BrokerAway, BrokerLacks, WorkBusy, WorkStopped.
    """
    return run(LEARNERS, _run, placed.block.text)


def _run(text: str) -> RunSession:
    session = read_session(text)
    lesson, faults = scenario_of(session)
    if lesson is None:
        raise SessionNotRun(faults[0].message)
    entries = with_room(lambda: player.play(lesson, corners.temporary(lesson)))
    elapsed = sum(entry.elapsed_us for entry in entries)
    turns = tuple(map(_run_turn, shown_turns(session, entries)))
    return RunSession(turns, len(entries), f"{elapsed / 1000:.2f} ms")


def _run_turn(shown: ShownTurn) -> RunTurn:
    turn, came = shown.turn, shown.lines
    if shown.unsent:
        came = (f"(not sent: {shown.unsent})",)
    difference = first_difference(turn.reply, came) if turn.reply else None
    first = len(came)
    if difference is not None:
        # The lines above the first difference fit, unless a wildcard stands for several of them.
        first = min((i for i, line in enumerate(came) if line == difference.came), default=len(came))
    lines = tuple(RunLine(visible(line), difference is not None and i >= first) for i, line in enumerate(came))
    claimed = tuple(line.text for line in turn.reply) if difference is not None else ()
    hidden = max(0, len(lines) - MOST_ELEMENTS)
    return RunTurn(_prompt(turn), turn.command, lines[:MOST_ELEMENTS], claimed, shown.is_waiting, hidden)


def _prompt(turn: CliTurn) -> str:
    return ">" if turn.client == ONLY_CLIENT else f"{turn.client}>"
