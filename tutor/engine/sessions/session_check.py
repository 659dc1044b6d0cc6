"""Playing a session and comparing each reply that it claims."""

from collections.abc import Iterator, Sequence

from tutor.engine.errors import StepFault
from tutor.engine.lesson.problem import Facts
from tutor.engine.playing.player import Play
from tutor.engine.redis.arguments import is_left_to_chance, tells_time
from tutor.engine.redis.replay import replayed
from tutor.engine.sessions.cli_session import CliSession, CliTurn, SessionFault, read_session
from tutor.engine.sessions.comparison import ReplyDifference, first_difference
from tutor.engine.sessions.replies_shown import ShownTurn, shown_turns
from tutor.engine.sessions.scenario import scenario_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.wording import cut

PLAYS = 2
"""Number of plays that are compared, to find what is different each time."""

PLAYS_OF_CHANCE = 12
"""The same if the server picks members: of two members, 12 plays bring the same one once in 2,048 times."""

LONGEST_LINE = 200
"""Maximum number of characters of a reply in a message."""

BY_CHANCE = "it is different each time (an id, a time or a pick), so write … for the part that changes"

SessionProblem = tuple[SessionFault, Facts]
"""What is wrong and where, and the facts for an editor."""


def session_problems(text: str, play: Play) -> Iterator[SessionProblem]:
    """Yield what can't be played of a session, and each reply that differs from the claimed one.

    Raises: the exceptions of `play` other than StepFault.
    """
    session = read_session(text)
    lesson, faults = scenario_of(session)
    yield from ((fault, Facts()) for fault in faults)
    if lesson is None:
        return
    by_chance = any(is_left_to_chance(command.words) for _, command in lesson.commands)
    try:
        plays = [play(lesson) for _ in range(PLAYS_OF_CHANCE if by_chance else PLAYS)]
    except StepFault as fault:
        turn = session.commands[fault.position - 1]
        yield SessionFault(turn.number, turn.column, str(fault)), Facts()
        return
    yield from _differences(session, plays)


def _differences(session: CliSession, plays: Sequence[Sequence[TraceEntry]]) -> Iterator[SessionProblem]:
    all_shown = [shown_turns(session, entries) for entries in plays]
    for each in zip(*all_shown, strict=True):
        turn = each[0].turn
        if each[0].unsent:
            yield SessionFault(turn.number, turn.column, f"this can't be sent: {each[0].unsent}"), Facts()
        elif each[0].is_waiting:
            yield from _waiting(session, each[0])
        elif turn.reply:
            yield from _false_reply(turn, each)


def _waiting(session: CliSession, shown: ShownTurn) -> Iterator[SessionProblem]:
    """Yield the problem of a client that waits in vain, or of a reply below a command that has none yet."""
    turn, client = shown.turn, shown.turn.client
    if shown.woken_at < 0:
        message = "the client waits here for something that no later command brings"
        yield SessionFault(turn.number, turn.column, message), Facts()
    elif turn.reply:
        waker = session.turns[shown.woken_at]
        message = (
            f"the client waits, and has no reply before line {waker.number - turn.number} further down,"
            f" `{cut(waker.command, 60)}`: write the reply below that, under a prompt of its own, `{client}>`"
        )
        claimed = turn.reply[0]
        yield SessionFault(claimed.number, 0, message), Facts(claimed.text, "no reply yet")


def _false_reply(turn: CliTurn, shown: Sequence[ShownTurn]) -> Iterator[SessionProblem]:
    """Yield the problem of a claimed reply that any of the plays contradicts."""
    found = [(each, first_difference(turn.reply, each.lines)) for each in shown]
    false = [(each, difference) for each, difference in found if difference is not None]
    if not false:
        return
    _, difference = false[0]
    is_chance = len({each.lines for each in shown}) > 1 or any(_is_servers_choice(each.entry) for each in shown)
    claimed = cut(difference.claimed, LONGEST_LINE)
    came = cut(difference.came, LONGEST_LINE)
    aside = f"; {BY_CHANCE}" if is_chance else ""
    meant = "" if is_chance else came
    yield (
        SessionFault(difference.number, difference.column, f"{_sentence(turn, difference, claimed, came)}{aside}"),
        Facts(claimed or "nothing more", came or "nothing more", meant=meant if claimed else ""),
    )


def _sentence(turn: CliTurn, difference: ReplyDifference, claimed: str, came: str) -> str:
    shows = "redis-cli shows" if turn.command else f"what reaches {turn.client} is"
    if not difference.came:
        return f"claims that {shows} {claimed}, but nothing {'more comes' if turn.command else 'has come'}"
    if not difference.claimed:
        return f"the reply goes on behind this line with {came}; write … for lines that are left out"
    return f"claims that {shows} {claimed}, but it is {came}"


def _is_servers_choice(entry: TraceEntry | None) -> bool:
    if entry is None or not entry.words:
        return False
    words = entry.words
    return tells_time(words) or replayed(words, entry.reply) != words
