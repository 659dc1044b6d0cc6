"""What redis-py hands over or raises, as replies of the engine; errors that speak of the server raise ServerRefuses."""

import logging

from redis.exceptions import RedisError

from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import Reply, decode, error

log = logging.getLogger(__name__)

CANNOT_SERVE = frozenset(
    "LOADING MASTERDOWN READONLY MISCONF OOM NOAUTH WRONGPASS NOPERM NOREPLICAS NOREPLICA NOGOODSLAVE BUSY UNKILLABLE"
    " CLUSTERDOWN TRYAGAIN MOVED ASK CROSSSLOT NOPROTO IOERR DENIED".split()
)
"""Error codes that speak of the server's state, not of the learner's command; they are never recorded."""

NOT_PERMITTED = ("ERR BY option of SORT denied", "ERR GET option of SORT denied")
"""How a server refuses what only users who may read all keys may do; Redis and Valkey give it no code of its own."""

LACKS = "ERR unknown command"
"""How a server answers that lacks a command; what a lesson sends is on the allow-list, so that it is never misspelt."""


class ServerRefuses(BrokerAway):
    """The server answered, and that it can't serve now; nothing of it is recorded. `reason` is for logs and authors."""

    reason = ""

    @property
    def is_about_one_command(self) -> bool:
        """Whether the server may well serve others: it lacks this command, or does not permit it."""
        return self.reason.startswith(("NOPERM", *NOT_PERMITTED, LACKS))


def as_reply(raw: object) -> Reply:
    """Return what the client library handed over, or raised, as a reply. Raises: ServerRefuses."""
    if isinstance(raw, RedisError):
        return _refusal(raw)
    if isinstance(raw, list | tuple):
        # EXEC answers with an array, in which each command may have been refused by itself.
        return [as_reply(item) for item in raw]
    return decode(raw)


def _refusal(fault: RedisError) -> Reply:
    line = _error_line(fault)
    if line.split(" ", 1)[0] in CANNOT_SERVE or line.startswith((*NOT_PERMITTED, LACKS)):
        refusal = ServerRefuses("Redis can't take commands right now.")
        # The rest of the line may hold keys and values of a learner's.
        refusal.reason = line.split(", with args", 1)[0][:200]
        log.warning("the broker can't serve: %s", refusal.reason)
        raise refusal
    return error(line)


def _error_line(fault: RedisError) -> str:
    """Return the line that the server sent; redis-py cuts some error codes off and keeps them apart."""
    text = str(fault)
    code = getattr(fault, "status_code", None)
    if code:
        return f"{code} {text}"
    return text if text.split(" ", 1)[0].isupper() else f"ERR {text}"
