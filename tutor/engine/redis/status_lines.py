"""Status lines, which RESP2 clients hand over as plain strings: only the command tells which replies are such lines."""

from collections.abc import Sequence

from tutor.engine.redis.table import spec_of
from tutor.engine.values.replies import Reply, status

QUEUED = status("QUEUED")
"""The reply to a command within a transaction; its own comes with EXEC."""


def as_status(words: Sequence[str], reply: Reply) -> Reply:
    """Return `reply` as a status line where this command answers with one (RESP2 clients lose that mark)."""
    command = spec_of(words)
    if command is None or not command.status:
        return reply
    if isinstance(reply, list):
        # To a client that is subscribed, PING answers with two strings.
        is_pong = command.name == "PING"
        return reply if is_pong else [status(line) if isinstance(line, str) else line for line in reply]
    options = {word.upper() for word in words[3:]} if command.name == "SET" else set()
    if not isinstance(reply, str) or "GET" in options or (command.name == "PING" and len(words) > 1):
        return reply
    return status(reply)
