"""Problems of the sessions in a lesson's prose, each at its own line of the text that it stands in."""

from collections.abc import Iterator

from tutor.apart import progress
from tutor.assessment.sessions import MOST_SESSIONS, PlacedSession, sessions_of
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import NO_FACTS, Facts, Problem
from tutor.engine.playing.player import Play
from tutor.engine.sessions import session_check
from tutor.engine.sessions.cli_session import SessionFault
from tutor.engine.sessions.session_words import unnamed_commands
from tutor.files.schema_errors import node_near
from tutor.files.yaml_reader import Node


def session_problems(lesson: Lesson, root: Node, play: Play) -> Iterator[Problem]:
    """Yield what is wrong with the sessions of a lesson, which `play` plays. Raises: the exceptions of `play`."""
    for count, placed in enumerate(sessions_of(lesson), 1):
        if count > MOST_SESSIONS:
            yield _problem(
                placed, SessionFault(0, 0, f"a lesson may have {MOST_SESSIONS} sessions, and this is one more")
            )
            return
        progress.at_line(node_near(root, placed.path).line)
        for fault, facts in session_check.session_problems(placed.block.text, play):
            yield _problem(placed, fault, facts)
        for fault in unnamed_commands(lesson, placed.path, placed.block.text) if lesson.strict else ():
            yield _problem(placed, fault)


def _problem(placed: PlacedSession, fault: SessionFault, facts: Facts = NO_FACTS) -> Problem:
    """Return a fault of a session as a problem of the text around it."""
    block = placed.block
    # An empty block has no line.
    before = block.columns[fault.number] if fault.number < len(block.columns) else 0
    inside = (block.number + fault.number + 1, before + fault.column + 1)
    return Problem(placed.path, fault.message, "strict", facts, inside)
