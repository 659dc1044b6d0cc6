"""Trying on two connections to Redis what lessons do: messages, waiting, closing clients; and its settings."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from redis.connection import AbstractConnection
from redis.exceptions import RedisError

from tutor import findings
from tutor.broker import connection, diagnosis
from tutor.broker.access import CHANNEL, KEY
from tutor.broker.probe import hurried_connection
from tutor.broker.protocol import read_reply, send_batch
from tutor.broker.replies import error_line
from tutor.broker.trial import fields_of
from tutor.findings import Finding
from tutor.ports.sweeping import Clock

WAIT_SECONDS = 1.0
"""Timeout of each reply."""

MOST_SECONDS_OFF = 5.0
"""How far two clocks may differ."""

LEAST_MEMORY = 32 * 1024 * 1024
"""Memory below which a class of learners fills the server: a corner has up to some 200 KB."""

_LOG = "Look into the log of the server."


class NotAsExpected(Exception):
    """The server answered something else than it should; the text says to what."""


class _Pair:
    """Two connections, of which the second wakes and closes the first."""

    def __init__(self, first: AbstractConnection, second: AbstractConnection) -> None:
        self.first, self.second = first, second

    def ask(self, *words: str) -> object:
        """Return the second connection's answer. Raises: RedisError, OSError."""
        return _answer(self.second, *words)


def _answer(wire: AbstractConnection, *words: str) -> object:
    send_batch(wire, [words])
    return _read(wire)


def _read(wire: AbstractConnection) -> object:
    reply = read_reply(wire)
    if isinstance(reply, RedisError):
        raise reply
    return reply


@contextmanager
def _opened() -> Iterator[_Pair]:
    wires = [hurried_connection(connection.client(), WAIT_SECONDS) for _ in range(2)]
    try:
        for wire in wires:
            wire.connect()  # type: ignore[no-untyped-call]
        yield _Pair(*wires)
    finally:
        for wire in wires:
            wire.disconnect()  # type: ignore[no-untyped-call]


def try_lessons(clock: Clock = time.time) -> list[Finding]:
    """Return what fails of all that lessons do, and what is wrong with the server's settings and clock.

    Raises: RedisError, OSError if the connection fails.
    """
    found = list[Finding]()
    user = diagnosis.user_of(connection.options_of_client())
    key = f"{KEY}:{secrets.token_hex(8)}"
    with _opened() as pair:
        for name, trial in TRIALS.items():
            try:
                trial(pair, key)
            except RedisError as refusal:
                if not getattr(refusal, "status_code", None):
                    raise
                found.append(diagnosis.of_error_line(error_line(refusal), user))
                break
            except NotAsExpected as strange:
                found.append(_serious(f"Redis can't {name}: {strange}", _LOG))
                break
        else:
            found += _of_settings(fields_of([pair.ask("INFO", "everything")]))
            found += _of_clock(pair, clock)
    return found


def _expire(pair: _Pair, key: str) -> None:
    pair.ask("SET", key, "value", "EX", "60")
    _require(pair.ask("GET", key) == b"value", "a value that was written can't be read")
    left = pair.ask("TTL", key)
    _require(isinstance(left, int) and 0 < left <= 60, "a key with a time to live has none")
    pair.ask("UNLINK", key)


def _publish(pair: _Pair, key: str) -> None:
    # A channel of its own, because the probes of processes that serve learners publish at any moment.
    channel = f"{CHANNEL}:{key}"
    _answer(pair.first, "SUBSCRIBE", channel)
    _require(pair.ask("PUBLISH", channel, "hello") == 1, "a message does not reach its subscriber")
    _require(_read(pair.first) == [b"message", channel.encode(), b"hello"], "a message does not arrive")
    _answer(pair.first, "UNSUBSCRIBE", channel)


def _wait(pair: _Pair, key: str) -> None:
    client = str(_answer(pair.first, "CLIENT", "ID"))
    send_batch(pair.first, [("BRPOP", key, "5")])
    _require_waiting(pair, client)
    pair.ask("LPUSH", key, "value")
    _require(_read(pair.first) == [key.encode(), b"value"], "BRPOP does not wake up")
    send_batch(pair.first, [("BRPOP", key, "5")])
    _require_waiting(pair, client)
    _require(pair.ask("CLIENT", "UNBLOCK", client) == 1, "CLIENT UNBLOCK does not wake a client")
    _require(_read(pair.first) is None, "CLIENT UNBLOCK does not end BRPOP")


def _kill(pair: _Pair, _key: str) -> None:
    client = str(_answer(pair.first, "CLIENT", "ID"))
    _require(pair.ask("CLIENT", "KILL", "ID", client) == 1, "CLIENT KILL does not close a client")


TRIALS: Mapping[str, Callable[[_Pair, str], None]] = {
    "write, read and expire": _expire,
    "publish": _publish,
    "let a client wait": _wait,
    "list and close clients": _kill,
}
"""By what they try, in the order in which they are tried."""


def _require_waiting(pair: _Pair, client: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        line = pair.ask("CLIENT", "LIST", "ID", client)
        flags = str(line).partition(" flags=")[2].partition(" ")[0]
        if "b" in flags:
            return
        _require(time.monotonic() < deadline, "CLIENT LIST does not show a client that waits")


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise NotAsExpected(otherwise)


def _of_settings(fields: Mapping[str, str]) -> Iterator[Finding]:
    policy, limit = fields.get("maxmemory_policy", "noeviction"), int(fields.get("maxmemory", "0"))
    if policy != "noeviction":
        yield _doubtful(
            f"Redis evicts keys when its memory is full (maxmemory-policy {policy}), also those of lessons under way.",
            "Set maxmemory-policy noeviction; a learner whose keys are evicted has to wait while they are rebuilt.",
        )
    if limit == 0:
        yield _doubtful(
            "Redis has no memory limit (maxmemory 0): it may use all memory of its machine.",
            "Set maxmemory, such as 256mb.",
        )
    elif limit - int(fields.get("used_memory", "0")) < LEAST_MEMORY:
        yield _doubtful(
            f"Redis has less than {LEAST_MEMORY >> 20} MB left of maxmemory ({limit >> 20} MB).",
            "Raise maxmemory, or remove the keys of other programs.",
        )
    if fields.get("role") == "slave":
        yield _doubtful(
            "This Redis server is a replica that accepts writes; the next synchronization removes them.",
            "Set REDIS_URL to the primary.",
        )
    if int(fields.get("redis_version", "7").partition(".")[0]) < 7:
        yield _serious(
            f"This is Redis {fields['redis_version']}; the program needs 7.", "Install Redis 7 or any Valkey."
        )


def _of_clock(pair: _Pair, clock: Clock) -> Iterator[Finding]:
    answered = pair.ask("TIME")
    if isinstance(answered, list) and (
        finding := of_clocks("Redis", int(answered[0]) + int(answered[1]) / 1e6, clock())
    ):
        yield finding


def of_clocks(server: str, there: float, here: float) -> Finding | None:
    """Return that the clock of a server differs from this machine's, None if it does not."""
    off = there - here
    if abs(off) <= MOST_SECONDS_OFF:
        return None
    direction = "ahead of" if off > 0 else "behind"
    return Finding(
        "clock",
        "",
        f"The clock of {server} is {abs(off):,.0f} seconds {direction} this machine's.",
        "Synchronize both with NTP (timedatectl set-ntp true): corners expire, and sessions end, by the clock.",
    )


def _serious(detail: str, cure: str) -> Finding:
    return Finding(diagnosis.PART, findings.REDIS_REFUSES, detail.rstrip(".") + ".", cure)


def _doubtful(detail: str, cure: str) -> Finding:
    return Finding(diagnosis.PART, "", detail, cure, is_serious=False)
