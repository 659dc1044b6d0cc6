"""Converting redis-py's values and exceptions into replies; errors about the server itself raise ServerRefuses."""

import logging

from redis.exceptions import RedisError

from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import Reply, decode, error
from tutor.findings import log_once

log = logging.getLogger(__name__)

CANNOT_SERVE = frozenset(
    "LOADING MASTERDOWN READONLY MISCONF OOM NOAUTH WRONGPASS NOPERM NOREPLICAS NOREPLICA NOGOODSLAVE BUSY UNKILLABLE"
    " CLUSTERDOWN TRYAGAIN MOVED ASK CROSSSLOT NOPROTO IOERR DENIED".split()
)
"""Codes of errors about the server's state, not about the learner's command; they are never recorded."""

NOT_PERMITTED = ("ERR BY option of SORT denied", "ERR GET option of SORT denied")
"""Errors for users who may not read every key; Redis and Valkey give them no specific code."""

LACKS = "ERR unknown command"
"""The error of a server that lacks a command. Lessons send only allowed commands, so none is misspelt."""


class ServerRefuses(BrokerAway):
    """The server answered that it can't serve now; nothing is recorded. `reason`: for logs and authors."""

    reason = ""

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the server has no memory left for what was sent."""
        return self.reason.startswith("OOM")

    @property
    def is_about_one_command(self) -> bool:
        """Whether the server only lacks this command or does not permit it, and may serve others."""
        return self.reason.startswith(("NOPERM", *NOT_PERMITTED, LACKS))


def as_reply(raw: object) -> Reply:
    """Return redis-py's value or exception as a reply. Raises: ServerRefuses."""
    if isinstance(raw, RedisError):
        return _refusal(raw)
    if isinstance(raw, list | tuple):
        # EXEC answers with an array, in which each command may have failed separately:
        # https://redis.io/docs/latest/develop/using-commands/transactions/
        return [as_reply(item) for item in raw]
    return decode(raw)


def _refusal(fault: RedisError) -> Reply:
    line = error_line(fault)
    if line.split(" ", 1)[0] in CANNOT_SERVE or line.startswith((*NOT_PERMITTED, LACKS)):
        refusal = ServerRefuses("Redis can't take commands right now.")
        # The rest of the line may contain a learner's keys and values, which must not be logged.
        refusal.reason = line.split(", with args", 1)[0][:200]
        log_once(log, f"the broker can't serve: {refusal.reason}")
        raise refusal
    return error(line)


def error_line(fault: RedisError) -> str:
    """Return the server's error line; redis-py removes the codes of some errors and stores them separately."""
    text = str(fault)
    code = getattr(fault, "status_code", None)
    if code:
        return f"{code} {text}"
    return text if text.split(" ", 1)[0].isupper() else f"ERR {text}"
