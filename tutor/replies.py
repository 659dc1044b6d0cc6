"""What redis-py hands over or raises, as replies of the engine; errors that speak of the server raise BrokerAway."""

import logging

from redis.exceptions import RedisError

from tutor.engine.errors import BrokerAway
from tutor.engine.values import Reply, decode, error

log = logging.getLogger(__name__)

CANNOT_SERVE = (
    "LOADING MASTERDOWN READONLY MISCONF OOM NOAUTH WRONGPASS NOPERM NOREPLICAS BUSY UNKILLABLE"
    " CLUSTERDOWN TRYAGAIN MOVED ASK CROSSSLOT"
).split()
"""Error codes that speak of the server's state, not of the learner's command; they are never recorded."""


def as_reply(raw: object) -> Reply:
    """Return what the client library handed over, or raised, as a reply. Raises: BrokerAway."""
    if not isinstance(raw, RedisError):
        return decode(raw)
    line = _error_line(raw)
    code = line.split(" ", 1)[0]
    if code in CANNOT_SERVE:
        log.warning("the broker can't serve: %s", code)
        raise BrokerAway("Redis can't take commands right now.")
    return error(line)


def _error_line(fault: RedisError) -> str:
    """Return the line that the server sent; redis-py cuts some error codes off and keeps them apart."""
    text = str(fault)
    code = getattr(fault, "status_code", None)
    if code:
        return f"{code} {text}"
    return text if text.split(" ", 1)[0].isupper() else f"ERR {text}"
