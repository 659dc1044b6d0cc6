"""The port to a broker on redis-py: each run's corner, and which server it is that answers."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, cast

import fakeredis
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tutor import embedded
from tutor.engine import commands
from tutor.engine.broker import Exchange, Words
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson import Lesson
from tutor.engine.values import Reply, decode, error

log = logging.getLogger(__name__)

CORNER_SECONDS = 24 * 60 * 60
"""How long a corner outlives its last step; after that the next step rebuilds it from the trace."""

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0

CANNOT_SERVE = (
    "LOADING MASTERDOWN READONLY MISCONF OOM NOAUTH WRONGPASS NOPERM NOREPLICAS CLUSTERDOWN TRYAGAIN BUSY UNKILLABLE"
).split()
"""Error codes that speak of the server's state, not of the learner's command; they are never recorded."""

CHUNK = 500
"""Commands that one round trip of a rebuild carries."""


class RedisCorner:
    """The corner of one run: every key is prefixed `tutor:{<run id>}:`, so that a cluster keeps them in one slot."""

    def __init__(self, run_id: str, lesson: Lesson) -> None:
        self._counter = f"tutor:{{{run_id}}}"
        self._prefix = f"{self._counter}:"
        self._keys = [self._prefix + key for key in lesson.keys]
        # A key whose time to live is the lesson's own affair gets ours only while it has none.
        self._expiries = [
            ("EXPIRE", self._prefix + key, str(CORNER_SECONDS), *(["NX"] if key in lesson.keys_with_own_expiry else []))
            for key in lesson.keys
        ]

    def exchange(self, words: Words | None, reads: Sequence[Words], *, position: int) -> Exchange:
        """Claim `position`, send the command and the reads in one pipeline, as engine.broker.Corner says."""
        clear = [("UNLINK", *self._keys)] if position == 1 and self._keys else []
        sent = [self._prefixed(words)] if words is not None else []
        batch = [self._claim(position), *clear, *sent, *map(self._prefixed, reads), *self._expiries]
        started = time.perf_counter_ns()
        replies = _send(batch)
        elapsed_us = (time.perf_counter_ns() - started) // 1000
        after = 1 + len(clear)
        shown = [self._stripped(reply) for reply in replies[after : after + len(sent) + len(reads)]]
        return Exchange(
            counter=int(replies[0] or 0),
            reply=shown[0] if sent else None,
            reads=tuple(shown[len(sent) :]),
            elapsed_us=elapsed_us,
        )

    def rebuild(self, history: Sequence[Words], *, position: int) -> None:
        """Empty the corner, send `history`, and only then set the counter, as engine.broker.Corner says."""
        self.clear()
        batch = [self._prefixed(words) for words in history]
        for start in range(0, len(batch), CHUNK):
            _send(batch[start : start + CHUNK])
        _send([*self._expiries, self._claim(position)])

    def clear(self) -> None:
        """Remove everything of the corner."""
        _send([("UNLINK", self._counter, *self._keys)])

    def _claim(self, position: int) -> Words:
        return ("SET", self._counter, str(position), "EX", str(CORNER_SECONDS), "GET")

    def _prefixed(self, words: Words) -> Words:
        places = commands.key_positions(words)
        return [self._prefix + word if place in places else word for place, word in enumerate(words)]

    def _stripped(self, reply: Reply) -> Reply:
        if isinstance(reply, str):
            return reply.replace(self._prefix, "") if self._counter in reply else reply
        if isinstance(reply, list):
            return [self._stripped(item) for item in reply]
        if isinstance(reply, dict):
            return {name: self._stripped(item) for name, item in reply.items()}
        return reply


def corner(run_id: str, lesson: Lesson) -> RedisCorner:
    """Return the corner of the run `run_id`; nothing is sent yet."""
    return RedisCorner(run_id, lesson)


def _send(batch: Sequence[Words]) -> list[Reply]:
    """Send a batch in one round trip and return its replies, errors among them. Raises: BrokerAway."""
    try:
        pipeline = client().pipeline(transaction=False)
        for words in batch:
            pipeline.execute_command(*words)  # type: ignore[no-untyped-call]
        raw = cast(list[object], pipeline.execute(raise_on_error=False))
    except (RedisError, OSError) as fault:
        forget_client()
        log.warning("the broker is away: %s", type(fault).__name__)
        raise BrokerAway("Redis does not answer right now.") from fault
    return [_reply(item) for item in raw]


def _reply(raw: object) -> Reply:
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


def forget_client() -> None:
    """Drop the client after a fault: an embedded server that died is started again by the next one."""
    global _client
    if not settings.REDIS_URL and not isinstance(_client, fakeredis.FakeRedis):
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
        log.warning("no embedded server for this platform: fakeredis answers, in process")
        return fakeredis.FakeRedis(protocol=2)
    except embedded.EmbeddedServerFailed as fault:
        log.error("%s", fault)
        raise BrokerAway("The embedded Redis server could not be started.") from fault


def _from_url(url: str) -> redis.Redis:
    options: dict[str, Any] = {
        "protocol": 2,  # redis-cli's notation is that of RESP2
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 1),  # a pooled connection that the server closed; the counter makes it harmless
    }
    if not url.startswith("unix:"):
        options["socket_connect_timeout"] = CONNECT_SECONDS
    return redis.Redis.from_url(url, **options)


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """Which server answers: "Valkey 9.1.0", how it is run, and whether it answered when last asked."""

    name: str
    kind: str
    is_up: bool


STATUS_SECONDS = 5.0
_status: tuple[float, BrokerStatus] | None = None


def status(*, ask: bool = True) -> BrokerStatus:
    """Return which server answers, asked at most every STATUS_SECONDS; with `ask` false, what was last known."""
    global _status
    now = time.monotonic()
    if _status is None or (ask and now - _status[0] > STATUS_SECONDS):
        _status = (now, _asked_status())
    return _status[1]


def note_status(*, is_up: bool) -> None:
    """Let the next page ask again if what is known of the server turned out otherwise."""
    global _status
    if _status is not None and _status[1].is_up is not is_up:
        _status = None


def _asked_status() -> BrokerStatus:
    try:
        answering = client()
        fields = _info(cast(bytes, answering.execute_command("INFO", "server")))  # type: ignore[no-untyped-call]
    except BrokerAway:
        return BrokerStatus("Redis", "", False)
    except (RedisError, OSError):
        forget_client()
        return BrokerStatus("Redis", "", False)
    if isinstance(answering, fakeredis.FakeRedis):
        return BrokerStatus(f"fakeredis {fakeredis.__version__}", "in process", True)
    name = "Valkey" if "valkey_version" in fields else "Redis"
    version = fields.get("valkey_version") or fields.get("redis_version", "")
    return BrokerStatus(f"{name} {version}".strip(), "" if settings.REDIS_URL else "embedded", True)


def _info(text: bytes) -> dict[str, str]:
    lines = text.decode("utf-8", "replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
