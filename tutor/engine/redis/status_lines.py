"""Status lines, such as OK. RESP2 clients return them as plain strings, so only the command identifies them."""

from collections.abc import Sequence

from tutor.engine.redis.table import Command, traits_of
from tutor.engine.values.replies import Reply, status

QUEUED = status("QUEUED")
"""The reply to a command within a transaction; its own comes with EXEC."""


def as_status(words: Sequence[str], reply: Reply) -> Reply:
    """Return `reply` as a status line if this command answers with one."""
    command = traits_of(words)
    if not command.status:
        return reply
    if isinstance(reply, list):
        # To a subscribed client, PING answers with two strings: https://redis.io/docs/latest/commands/ping/
        return reply if command.name == "PING" else [_line(item) for item in reply]
    return reply if _asks_for_text(command, words) else _line(reply)


def _line(item: Reply) -> Reply:
    return status(item) if isinstance(item, str) else item


def _asks_for_text(command: Command, words: Sequence[str]) -> bool:
    """Return whether the arguments make the command answer with a string."""
    if command.name == "PING":
        return len(words) > 1
    return command.name == "SET" and any(word.upper() == "GET" for word in words[3:])
