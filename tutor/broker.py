"""The port to a broker on redis-py: each run's corner, and which server it is that answers."""

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any, cast
from uuid import uuid4

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tutor import embedded
from tutor.engine import commands
from tutor.engine.broker import Exchange
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.lesson import Lesson
from tutor.engine.values import Reply, refusal_of
from tutor.engine.wires import Words
from tutor.replies import as_reply
from tutor.wires import RedisWires

log = logging.getLogger(__name__)

CORNER_SECONDS = 24 * 60 * 60
"""How long a corner outlives its last step; after that the next step rebuilds it from the trace."""

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0

PROBE_SECONDS = 0.5
"""Time limits: to connect, for a pipeline, and for the question whether the server is there at all."""

TOO_OLD = "The server does not take a command of the program's own; Redis 7 and Valkey do"

CHUNK = 500
"""Commands that one round trip of a rebuild carries."""


class RedisCorner:
    """The corner of one run: every key is prefixed `tutor:{<run id>}:`, so that a cluster keeps them in one slot."""

    def __init__(self, run_id: str, lesson: Lesson) -> None:
        self._counter = f"tutor:{{{run_id}}}"
        self._prefix = f"{self._counter}:"
        self.keys = [self._prefix + key for key in lesson.keys]
        # A key whose time to live is the lesson's own affair gets ours only while it has none.
        self._expiries = [
            ("EXPIRE", self._prefix + key, str(CORNER_SECONDS), *(["NX"] if key in lesson.keys_with_own_expiry else []))
            for key in lesson.keys
        ]

    def exchange(self, words: Words | None, reads: Sequence[Words], *, position: int) -> Exchange:
        """Claim `position`, send the command and the reads in one pipeline, as engine.broker.Corner says."""
        return self.exchanges([words], reads, position=position)[0]

    def exchanges(self, asked: Sequence[Words | None], reads: Sequence[Words], *, position: int) -> list[Exchange]:
        """Claim the last position, send all commands, the reads after each, as engine.broker.Corner says."""
        clear = [("UNLINK", *self.keys)] if position == 1 and self.keys else []
        claim, looks = secrets.token_hex(8), [self.prefixed(words) for words in reads]
        batch = [self._claim(position + len(asked) - 1, claim), *clear]
        for words in asked:
            batch += [*([self.prefixed(words)] if words is not None else []), *looks]
        batch += self._expiries
        started = time.perf_counter_ns()
        replies = _send(batch)
        elapsed_us = (time.perf_counter_ns() - started) // 1000 // len(asked)
        counter, found = _claimed(replies[0])
        _require_expiry(replies[len(batch) - len(self._expiries) :])
        exchanges, at = list[Exchange](), 1 + len(clear)
        for words in asked:
            shown = [self.stripped(reply) for reply in replies[at : at + (words is not None) + len(looks)]]
            at += len(shown)
            reply = shown.pop(0) if words is not None else None
            exchanges.append(Exchange(counter, reply, tuple(shown), elapsed_us, found, claim))
            counter, found = position + len(exchanges) - 1, claim
        return exchanges

    def rebuild(self, history: Sequence[Words], *, position: int, claim: str) -> None:
        """Empty the corner, send `history`, and only then set the counter, as engine.broker.Corner says."""
        self.clear()
        batch = [self.prefixed(words) for words in history]
        for start in range(0, len(batch), CHUNK):
            _send(batch[start : start + CHUNK])
        _send([*self._expiries, self._claim(position, claim)])

    def clear(self) -> None:
        """Remove everything of the corner."""
        _send([("UNLINK", self._counter, *self.keys)])

    def wires(self) -> RedisWires:
        """Return connections for the actors of a lesson that needs them; none is open yet."""
        if _is_imitation(client()):
            raise BrokerLacks("This lesson needs a real Redis server, and the one that answers here is an imitation.")
        return RedisWires(self, client().connection_pool)

    def keep(self) -> None:
        """Give each key that has no time to live the corner's."""
        _send(self.keeping() or [("PING",)])

    def keeping(self) -> list[Words]:
        """Return the commands that give each key that has no time to live the corner's."""
        return [("EXPIRE", key, str(CORNER_SECONDS), "NX") for key in self.keys]

    def lost(self) -> None:
        """Note that the server hangs, so that others need not find out each for themselves."""
        log.warning("the broker is away: it hangs")
        _note_fault()

    def _claim(self, position: int, claim: str) -> Words:
        return ("SET", self._counter, f"{position} {claim}", "EX", str(CORNER_SECONDS), "GET")

    def prefixed(self, words: Words) -> Words:
        """Return the command with its keys and channels in this corner."""
        places = commands.key_positions(words)
        return [self._prefix + word if place in places else word for place, word in enumerate(words)]

    def stripped(self, reply: Reply) -> Reply:
        """Return the reply as if there were no other corner."""
        if isinstance(reply, str):
            return reply.replace(self._prefix, "") if self._counter in reply else reply
        if isinstance(reply, list):
            return [self.stripped(item) for item in reply]
        if isinstance(reply, dict):
            return {name: self.stripped(item) for name, item in reply.items()}
        return reply


def corner(run_id: str, lesson: Lesson) -> RedisCorner:
    """Return the corner of the run `run_id`; nothing is sent yet."""
    return RedisCorner(run_id, lesson)


def temporary_corner(lesson: Lesson) -> RedisCorner:
    """Return a new empty corner for one play; whoever asks for it clears it."""
    return corner(f"check-{uuid4()}", lesson)


def _claimed(reply: Reply) -> tuple[int, str]:
    """Return the counter and the claim that a corner held; 0 for none, -1 for what is no counter."""
    if refusal := refusal_of(reply):
        log.error("%s: %s", TOO_OLD, refusal)
        raise BrokerAway(TOO_OLD)
    counter, _, claim = str(reply or "0").partition(" ")
    return int(counter) if counter.isdecimal() else -1, claim


def _require_expiry(replies: Sequence[Reply]) -> None:
    for refusal in filter(None, map(refusal_of, replies)):
        log.error("%s: %s", TOO_OLD, refusal)
        raise BrokerAway(TOO_OLD)


def _send(batch: Sequence[Words]) -> list[Reply]:
    """Send a batch in one round trip and return its replies, errors among them. Raises: BrokerAway."""
    try:
        raw = _answers(client(), batch)
    except (RedisError, OSError) as fault:
        _note_fault()
        log.warning("the broker is away: %s", type(fault).__name__)
        raise BrokerAway("Redis does not answer right now.") from fault
    _note_answer()
    return [as_reply(item) for item in raw]


def _answers(found: redis.Redis, batch: Sequence[Words]) -> list[object]:
    if _is_imitation(found):
        pipeline = found.pipeline(transaction=False)
        for words in batch:
            pipeline.execute_command(*words)  # type: ignore[no-untyped-call]
        return cast(list[object], pipeline.execute(raise_on_error=False))
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


def _exchanged(connection: redis.Connection, batch: Sequence[Words]) -> list[object]:
    connection.send_packed_command(connection.pack_commands(batch))  # type: ignore[no-untyped-call]
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
    if not settings.REDIS_URL and not _is_imitation(_client):
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


def _is_imitation(found: redis.Redis | None) -> bool:
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


def send(batch: Sequence[Words]) -> list[Reply]:
    """Send commands that belong to no corner in one round trip. Raises: BrokerAway."""
    return _send(batch)


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """Which server answers: "Valkey 9.1.0", how it is run, and whether it answered when last asked."""

    name: str
    kind: str
    is_up: bool


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


def has_connections() -> bool:
    """Return whether actors can keep connections of their own; the imitation in process has none."""
    return status().kind != IN_PROCESS


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


def _note_fault() -> None:
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
        if _is_imitation(answering):
            return BrokerStatus(f"fakeredis {metadata.version('fakeredis')}", IN_PROCESS, is_up=True)
        fields = _info(answering)
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
    return BrokerStatus(f"{name} {release}".strip(), "" if settings.REDIS_URL else "embedded", is_up=True)


def _info(answering: redis.Redis) -> dict[str, str]:
    """Ask over a connection of its own, whose time limit suits a page that waits for it. Raises: RedisError."""
    pool = answering.connection_pool
    hurried = {"socket_timeout": PROBE_SECONDS, "socket_connect_timeout": PROBE_SECONDS, "retry": Retry(NoBackoff(), 0)}
    kwargs = {**pool.connection_kwargs, **hurried}
    if issubclass(pool.connection_class, redis.UnixDomainSocketConnection):
        del kwargs["socket_connect_timeout"]
    connection = pool.connection_class(**kwargs)
    try:
        connection.send_command("INFO", "server")
        text = cast(bytes, connection.read_response())
    finally:
        connection.disconnect()
    lines = text.decode("utf-8", "replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
