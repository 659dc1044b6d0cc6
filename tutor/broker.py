"""The process's client of the broker on redis-py, and which server it is that answers."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any, cast

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tutor import embedded
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.port import Words
from tutor.engine.values import Reply, decode, encoded
from tutor.replies import as_reply

log = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0

PROBE_SECONDS = 0.5
"""Time limits: to connect, for a pipeline, and for the question whether the server is there at all."""


def send(batch: Sequence[Words]) -> list[Reply]:
    """Send a batch in one round trip and return its replies, errors among them. Raises: BrokerAway."""
    try:
        raw = _answers(client(), batch)
    except (RedisError, OSError) as fault:
        note_fault()
        log.warning("the broker is away: %s", type(fault).__name__)
        raise BrokerAway("Redis does not answer right now.") from fault
    _note_answer()
    return [as_reply(item) for item in raw]


def _answers(found: redis.Redis, batch: Sequence[Words]) -> list[object]:
    if is_imitation(found):
        pipeline = found.pipeline(transaction=False)
        for words in batch:
            pipeline.execute_command(*map(as_sent, words))  # type: ignore[no-untyped-call]
        try:
            return cast(list[object], pipeline.execute(raise_on_error=False))
        except (RedisError, OSError):
            raise
        except Exception as fault:  # the imitation fails in ways of its own, where a server answers
            raise BrokerLacks("The imitation of Redis that answers here can't do this. A real server can.") from fault
    # As a pipeline does it; but what that does beside, for each command, takes as long as all the rest.
    pool = found.connection_pool
    connection = pool.get_connection()
    try:
        return connection.retry.call_with_retry(
            lambda: _exchanged(connection, batch),
            lambda _: connection.disconnect(),  # type: ignore[no-untyped-call]
        )
    finally:
        pool.release(connection)


def as_sent(word: str) -> str | bytes:
    """Return what redis-py is given for a word: bytes where the word holds any that are no UTF-8."""
    return word if word.isascii() else encoded(word)


def _exchanged(connection: redis.Connection, batch: Sequence[Words]) -> list[object]:
    connection.send_packed_command(connection.pack_commands([list(map(as_sent, words)) for words in batch]))  # type: ignore[no-untyped-call]
    return [_one_answer(connection) for _ in batch]


def _one_answer(connection: redis.Connection) -> object:
    try:
        return cast(object, connection.read_response())
    except ResponseError as refusal:
        return refusal


_lock = Lock()
_client: redis.Redis | None = None


def client() -> redis.Redis:
    """Return the process's client, connecting to REDIS_URL, else the embedded server, else fakeredis in process."""
    global _client
    found = _client
    if found is None:
        with _lock:
            found = _client = _client if _client is not None else _connected()
    return found


def _forget_client() -> None:
    """Drop the client after a fault: an embedded server that died is started again by the next one."""
    global _client
    if not settings.REDIS_URL and not is_imitation(_client):
        _client = None


def _connected() -> redis.Redis:
    found = _from_url(settings.REDIS_URL) if settings.REDIS_URL else _embedded_or_fake()
    # Replies are kept as the server sent them: redis-py's conversions are for programs, not for a trace.
    found.response_callbacks.clear()
    return found


def _embedded_or_fake() -> redis.Redis:
    try:
        return _from_url(embedded.ensure_server(Path(settings.TUTOR_VAR) / "embedded"))
    except embedded.NoEmbeddedServer:
        # Loaded only where it is needed: it takes as long as a lesson's check.
        import fakeredis

        log.warning("no embedded server for this platform: fakeredis answers, in process")
        return fakeredis.FakeRedis(protocol=2)
    except embedded.EmbeddedServerFailed as fault:
        log.error("%s", fault)
        raise BrokerAway("The embedded Redis server could not be started.") from fault


def is_imitation(found: redis.Redis | None) -> bool:
    """Return whether the client speaks to fakeredis in process, and to no server."""
    return type(found).__module__.startswith("fakeredis")


def _from_url(url: str) -> redis.Redis:
    options: dict[str, Any] = {
        "protocol": 2,  # redis-cli's notation is that of RESP2
        "socket_timeout": ANSWER_SECONDS,
        # A connection that introduces itself takes two commands more, and reads the package's metadata for its version.
        "driver_info": None,
        # For a pooled connection that the server closed: the claim makes it harmless. A server that hangs is not asked
        # twice, which would only double the wait.
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    }
    if not url.startswith("unix:"):
        options["socket_connect_timeout"] = CONNECT_SECONDS
    return redis.Redis.from_url(url, **options)


async def async_client() -> redis.asyncio.Redis:
    """Return a new client for an event loop, which tries nothing twice. Raises: BrokerAway, BrokerLacks."""
    # In a thread: it may have to start the embedded server, and to wait until that answers.
    url = await asyncio.to_thread(_url)
    connecting: dict[str, Any] = {} if url.startswith("unix:") else {"socket_connect_timeout": CONNECT_SECONDS}
    return redis.asyncio.Redis.from_url(
        url, protocol=2, socket_timeout=ANSWER_SECONDS, retry=AsyncRetry(NoBackoff(), 0), **connecting
    )


def _url() -> str:
    try:
        return settings.REDIS_URL or embedded.ensure_server(Path(settings.TUTOR_VAR) / "embedded")
    except embedded.NoEmbeddedServer as fault:
        raise BrokerLacks("Listening needs a real Redis server; the one that answers here is an imitation.") from fault
    except embedded.EmbeddedServerFailed as fault:
        raise BrokerAway("The embedded Redis server could not be started.") from fault


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


def status(*, max_age: float = STATUS_SECONDS) -> BrokerStatus:
    """Return which server answers, as it was at most `max_age` seconds ago."""
    known = _status
    if known is None:
        return _asked()
    is_old = time.monotonic() - known[0] > (max_age if known[1].is_up else min(max_age, STATUS_SECONDS / 5))
    return _asked() if is_old and not _asking.locked() else known[1]


def known_status() -> BrokerStatus:
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
    _forget_client()
    known = _status[1] if _status else AWAY
    _status = (time.monotonic(), replace(known, is_up=False))


def _note_answer() -> None:
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
        _forget_client()
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
        text, listed = cast(bytes, connection.read_response()), _one_answer(connection)
    finally:
        connection.disconnect()
    fields = dict(line.split(":", 1) for line in text.decode("utf-8", "replace").splitlines() if ":" in line)
    names = listed if isinstance(listed, list) else []
    return fields, frozenset(str(decode(name)).upper() for name in names)
