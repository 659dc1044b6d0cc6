"""What redis-cli shows for each turn of a session, found in the entries of its play."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.redis.arguments import is_subscription
from tutor.engine.sessions.cli_session import CliSession, CliTurn
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_redis_cli
from tutor.engine.values.refusals import NotSent
from tutor.engine.values.replies import Reply, Value


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn with the lines that redis-cli shows below it. `unsent`: why the command was not sent, else "".

    `is_waiting`: the client waits for the reply; `woken_at` is the turn that brings it, -1 for none.
    """

    turn: CliTurn
    lines: tuple[str, ...]
    entry: TraceEntry | None = None
    is_waiting: bool = False
    woken_at: int = -1
    unsent: str = ""


def shown_turns(session: CliSession, entries: Sequence[TraceEntry]) -> list[ShownTurn]:
    """Return each turn with what redis-cli shows; `entries` has one entry for each command."""
    left, inbox = iter(entries), dict[str, list[str]]()
    numbers = [i for i, turn in enumerate(session.turns) if turn.command]
    found: list[ShownTurn] = []
    for turn in session.turns:
        if not turn.command:
            found.append(ShownTurn(turn, tuple(inbox.pop(turn.client, ()))))
            continue
        entry = next(left)
        for event in entry.events:
            inbox.setdefault(str(event["actor"]), []).extend(_event_lines(event))
        found.append(_of_command(turn, entry, entries, numbers))
    return found


def _of_command(turn: CliTurn, entry: TraceEntry, entries: Sequence[TraceEntry], numbers: Sequence[int]) -> ShownTurn:
    if isinstance(entry.refusal, NotSent):
        return ShownTurn(turn, (), entry, unsent=entry.refusal.said)
    if not entry.is_waiting:
        return ShownTurn(turn, tuple(_reply_lines(entry.words, entry.reply)), entry)
    woken = (each.position for each in entries for event in each.events if event.get("since") == entry.position)
    position = next(woken, 0)
    return ShownTurn(turn, (), entry, is_waiting=True, woken_at=numbers[position - 1] if position else -1)


def _reply_lines(words: Sequence[str], reply: Reply) -> Iterator[str]:
    # The server confirms each channel apart, and redis-cli prints each confirmation as it comes.
    if is_subscription(words) and isinstance(reply, list) and reply and isinstance(reply[0], list):
        for confirmation in reply:
            yield from as_redis_cli(confirmation)
    else:
        yield from as_redis_cli(reply)


def _event_lines(event: Mapping[str, Value]) -> list[str]:
    reply: Reply = event["reply"]
    return as_redis_cli(reply)
