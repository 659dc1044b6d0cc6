"""Probing the server: its name, its commands, and whether it serves steps, in the time that a page can wait."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Literal, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.exceptions import RedisError
from redis.retry import Retry

from tutor import findings
from tutor.broker import diagnosis
from tutor.broker.connection import client, forget_client, is_imitation
from tutor.broker.trial import Trial, attempt
from tutor.engine.errors import BrokerAway
from tutor.findings import Finding

PROBE_SECONDS = 0.5
"""Timeout of the probe, for the connection and for each reply."""

ServerKind = Literal["", "embedded", "in process"]
"""The server's origin: run by an operator, by this program, or fakeredis within it."""


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """The server's name ("Valkey 9.1.0"), its origin, and whether it answered the last probe.

    `commands`: the names of all its commands, in capitals; empty if unknown. `findings`: why no steps can be taken,
    although it may answer; empty if they can.
    """

    name: str
    kind: ServerKind
    is_up: bool
    commands: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    @property
    def is_imitation(self) -> bool:
        """Whether fakeredis answers, which has no connections."""
        return self.kind == "in process"

    @property
    def takes_steps(self) -> bool:
        """Whether the server answers and serves what steps need."""
        return self.is_up and not self.findings


NO_SERVER = Finding(
    diagnosis.PART,
    findings.REDIS_SILENT,
    "The embedded Redis server could not be started.",
    "Read the log and valkey.log in the folder embedded of TUTOR_VAR, or set REDIS_URL to a server.",
)

AWAY = BrokerStatus("Redis", "", is_up=False)
"""No server has answered yet."""

LessonCommands = Callable[[], Iterable[str]]
_lesson_commands: LessonCommands = tuple


def try_commands_of(lesson_commands: LessonCommands) -> None:
    """Have later probes try the rights for these commands of lessons as well. The callable must not raise."""
    global _lesson_commands
    _lesson_commands = lesson_commands


def ask() -> BrokerStatus:
    """Return the server's description of itself; not `is_up` if it does not answer or refuses the connection."""
    try:
        answering = client()
    except BrokerAway:
        return _away(NO_SERVER)
    if is_imitation(answering):
        return BrokerStatus(f"fakeredis {metadata.version('fakeredis')}", "in process", is_up=True)
    try:
        return described(answering, "" if settings.REDIS_URL else "embedded")
    except (RedisError, OSError) as fault:
        forget_client()
        return _away(diagnosis.examined(fault, answering.connection_pool))


def described(answering: redis.Redis, kind: ServerKind = "") -> BrokerStatus:
    """Return the description of the server that this client reaches. Raises: RedisError, OSError."""
    trial = _tried(answering)
    # Valkey reports its own version beside redis_version, the version of the Redis that it is compatible with.
    fields = trial.fields
    name = "Valkey" if "valkey_version" in fields else "Redis"
    release = fields.get("valkey_version") or fields.get("redis_version", "")
    full_name = f"{name} {release}".strip()
    return BrokerStatus(full_name, kind, is_up=True, commands=trial.commands, findings=trial.findings)


def _away(finding: Finding) -> BrokerStatus:
    return BrokerStatus("Redis", "", is_up=False, findings=(finding,))


def _tried(answering: redis.Redis) -> Trial:
    """Raises: RedisError, OSError."""
    connection = hurried_connection(answering)
    try:
        connection.connect()  # type: ignore[no-untyped-call]
        user = diagnosis.user_of(answering.connection_pool.connection_kwargs)
        return attempt(connection, user, _lesson_commands())
    finally:
        connection.disconnect()  # type: ignore[no-untyped-call]


def hurried_connection(answering: redis.Redis, seconds: float = PROBE_SECONDS) -> AbstractConnection:
    """Return a separate connection to the same server, with a shorter timeout than the pool's; not yet open."""
    pool = answering.connection_pool
    hurried = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": Retry(NoBackoff(), 0)}
    options = {**pool.connection_kwargs, **hurried}
    if issubclass(pool.connection_class, redis.UnixDomainSocketConnection):
        del options["socket_connect_timeout"]
    return cast(AbstractConnection, pool.connection_class(**options))
