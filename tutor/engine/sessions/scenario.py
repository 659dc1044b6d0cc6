"""A session as a lesson of its own: one step a command, so that it is played as every lesson is."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from tutor.engine.checking.lesson_problems import problems_of
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis.command_line import BadCommandLine, split_command
from tutor.engine.sessions.cli_session import CliSession, CliTurn, SessionFault


def scenario_of(session: CliSession) -> tuple[Lesson | None, list[SessionFault]]:
    """Return the session as a lesson whose steps are its commands, None if there are faults; and the faults."""
    faults = list(session.faults)
    words: list[list[str]] = []
    for turn in session.commands:
        try:
            words.append(split_command(turn.command))
        except BadCommandLine as bad:
            faults.append(SessionFault(turn.number, turn.column, str(bad)))
    if faults:
        return None, faults
    steps = [_step(turn, each) for turn, each in zip(session.commands, words, strict=True)]
    fields = {"title": "redis-cli", "track": "session", "actors": list(session.clients), "steps": steps}
    try:
        lesson = Lesson.model_validate(fields)
    except ValidationError as error:
        return None, [SessionFault(0, 0, f"the session can't be played: {error.errors()[0]['msg']}")]
    faults = list(_unsendable(lesson, session.commands))
    return (None if faults else lesson), faults


def _step(turn: CliTurn, words: Sequence[str]) -> dict[str, object]:
    # Nothing is filled in: braces in a session are those of redis-cli.
    plain = [word.replace("{", "{{").replace("}", "}}") for word in words]
    return {"actor": turn.client, "action": f"line {turn.number + 1}", "command": plain}


def _unsendable(lesson: Lesson, commands: Sequence[CliTurn]) -> Iterator[SessionFault]:
    """Yield the commands that no lesson may send, and limits that the session exceeds as a lesson would."""
    for problem in problems_of(lesson):
        if problem.severity != "error":
            continue
        if problem.path[:1] == ("steps",) and len(problem.path) > 1 and isinstance(problem.path[1], int):
            turn = commands[problem.path[1]]
            yield SessionFault(turn.number, turn.column, problem.message)
        else:
            yield SessionFault(commands[0].number, 0, problem.message)
