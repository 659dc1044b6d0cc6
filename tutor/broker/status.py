"""Which server answers, and whether it answered when last asked."""

import time
from dataclasses import dataclass, replace
from importlib import metadata
from threading import Lock
from typing import cast

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tutor.broker.connection import client, forget_client, is_imitation, one_answer
from tutor.engine.errors import BrokerAway
from tutor.engine.values.replies import decode

PROBE_SECONDS = 0.5
"""Time limits: to connect, for a pipeline, and for the question whether the server is there at all."""


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """Which server answers: "Valkey 9.1.0", how it is run, and whether it answered when last asked.

    `commands` are the names of all that it knows, in capitals; empty if it would not tell.
    """

    name: str
    kind: str
    is_up: bool
    commands: frozenset[str] = frozenset()


IN_PROCESS = "in process"
"""How fakeredis is run."""


STATUS_SECONDS = 5.0
"""For how long a page believes that the server is there; that it is away is believed for a fifth of that."""


_status: tuple[float, BrokerStatus] | None = None
"""When the server was last asked, or found away, and what it is."""


_asking = Lock()


def current(*, max_age: float = STATUS_SECONDS) -> BrokerStatus:
    """Return which server answers, as it was at most `max_age` seconds ago."""
    known = _status
    if known is None:
        return _asked()
    is_old = time.monotonic() - known[0] > (max_age if known[1].is_up else min(max_age, STATUS_SECONDS / 5))
    return _asked() if is_old and not _asking.locked() else known[1]


def last_known() -> BrokerStatus:
    """Return which server answered last; it is asked only if it never was."""
    known = _status
    return known[1] if known else _asked()


def is_there(*, ask: bool = True) -> bool:
    """Return whether the server answers. Costs nothing as long as it does; with `ask`, one that was away is asked."""
    known = _status
    return known is None or known[1].is_up or (ask and _asked().is_up)


def _asked() -> BrokerStatus:
    global _status
    came = time.monotonic()
    with _asking:
        # Whoever had to wait for another's question takes the answer to it.
        if _status is None or _status[0] < came:
            found = _answer()
            _status = (time.monotonic(), found)
        return _status[1]


def note_fault() -> None:
    """Note that the server does not answer, so that others need not find out each for themselves."""
    global _status
    forget_client()
    known = _status[1] if _status else AWAY
    _status = (time.monotonic(), replace(known, is_up=False))


def note_answer() -> None:
    """Have the next page ask which server it is, if one was away and is back."""
    global _status
    if _status and not _status[1].is_up:
        _status = None


AWAY = BrokerStatus("Redis", "", is_up=False)


def _answer() -> BrokerStatus:
    try:
        answering = client()
        if is_imitation(answering):
            return BrokerStatus(f"fakeredis {metadata.version('fakeredis')}", IN_PROCESS, is_up=True)
        fields, names = _info(answering)
    except BrokerAway:
        return AWAY
    except ResponseError:
        # It answers; an account that may not ask for INFO is no reason to take it for lost.
        return BrokerStatus("Redis", "", is_up=True)
    except (RedisError, OSError):
        forget_client()
        return AWAY
    name = "Valkey" if "valkey_version" in fields else "Redis"
    release = fields.get("valkey_version") or fields.get("redis_version", "")
    kind = "" if settings.REDIS_URL else "embedded"
    return BrokerStatus(f"{name} {release}".strip(), kind, is_up=True, commands=names)


def _info(answering: redis.Redis) -> tuple[dict[str, str], frozenset[str]]:
    """Return what the server says of itself and of its commands, asked over a connection of its own.

    Its time limit suits a page that waits for it. Raises: RedisError.
    """
    pool = answering.connection_pool
    hurried = {"socket_timeout": PROBE_SECONDS, "socket_connect_timeout": PROBE_SECONDS, "retry": Retry(NoBackoff(), 0)}
    kwargs = {**pool.connection_kwargs, **hurried}
    if issubclass(pool.connection_class, redis.UnixDomainSocketConnection):
        del kwargs["socket_connect_timeout"]
    connection = pool.connection_class(**kwargs)
    try:
        connection.send_packed_command(connection.pack_commands([("INFO", "server"), ("COMMAND", "LIST")]))
        text, listed = cast(bytes, connection.read_response()), one_answer(connection)
    finally:
        connection.disconnect()
    fields = dict(line.split(":", 1) for line in text.decode("utf-8", "replace").splitlines() if ":" in line)
    names = listed if isinstance(listed, list) else []
    return fields, frozenset(str(decode(name)).upper() for name in names)
