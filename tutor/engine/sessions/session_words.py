"""Whether the commands of a session come from the lesson's steps or from the prose around it."""

from collections.abc import Iterator

from tutor.engine.asking.scenarios import words_sent
from tutor.engine.checking.named_commands import NamedCommands
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path
from tutor.engine.lesson.prose_texts import prose_texts, segments
from tutor.engine.sessions.cli_session import ONLY_CLIENT, SessionFault, read_session


def unnamed_commands(lesson: Lesson, at: Path, text: str) -> Iterator[SessionFault]:
    """Yield each command of a session that neither a step nor the prose beside it has; `at` is the path of its text.

    No reply shows every word of a command: `BRPOP jobs 3` answers like `BRPOP jobs 2` if there is a job.
    """
    named = NamedCommands(lesson, _prose_beside(lesson, at))
    for turn in read_session(text).commands:
        actor = "" if turn.client == ONLY_CLIENT else turn.client
        unnamed = dict.fromkeys(named.unnamed(actor, words_sent(turn.command)[1]))
        if unnamed:
            message = (
                f"neither a step nor the prose beside this session has {', '.join(unnamed)}: take a command of the"
                f" lesson, or write `{turn.command}` into the prose"
            )
            yield SessionFault(turn.number, turn.column, message)


def _prose_beside(lesson: Lesson, at: Path) -> Iterator[str]:
    """Yield the prose of the same question, moment or field, without its blocks of code."""
    for each in prose_texts(lesson):
        if each.path[:2] == at[:2]:
            yield "".join(part.text for part in segments(each.text, each.kind) if part.kind != "block")
