"""The port to connections on redis-py: one an actor, and one to ask the server about the others."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswerInTime

from tutor.engine.commands import CHANNEL_COMMANDS, needs_connection
from tutor.engine.errors import BrokerAway
from tutor.engine.values import Reply, refusal_of
from tutor.engine.wires import Answer, Arrival, Words
from tutor.replies import as_reply

MOST_SECONDS = 5.0
"""How long one click may take to play a lesson; longer means that something is wrong with the server."""


class Place(Protocol):
    """The corner that the wires lead to."""

    keys: list[str]

    def prefixed(self, words: Words) -> Words: ...

    def stripped(self, reply: Reply) -> Reply: ...

    def clear(self) -> None: ...

    def keeping(self) -> Sequence[Words]: ...

    def keep(self) -> None: ...

    def lost(self) -> None: ...


class RedisWires:
    """One real connection an actor, opened on first use and closed on leaving."""

    def __init__(self, corner: Place, pool: ConnectionPool) -> None:
        self._corner = corner
        self._pool = pool
        self._open: dict[str, AbstractConnection] = {}
        self._ids: dict[str, str] = {}
        self._waiting: list[str] = []
        self._subscribed: list[str] = []
        self._desk: AbstractConnection | None = None
        self._until = 0.0

    def __enter__(self) -> Self:
        self._until = time.monotonic() + MOST_SECONDS
        self._corner.clear()
        try:
            self._desk = self._connected()
        except BrokerAway as fault:
            if _hangs(fault):
                self._corner.lost()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        fault = exc[1]
        is_hanging = _hangs(fault)
        try:
            self._settle(is_hanging=is_hanging)
        except BrokerAway as later:
            is_hanging = is_hanging or _hangs(later)
            # What went wrong first is what is told.
            if fault is None:
                raise
        finally:
            for connection in (*self._open.values(), self._desk):
                if connection is not None:
                    _close(connection)
            self._open.clear()
            if is_hanging:
                self._corner.lost()

    def _settle(self, *, is_hanging: bool) -> None:
        """Have the server drop the actors, before the next click begins, and the keys expire.

        A server that hangs is told and not waited for: it does it if it ever goes on.
        """
        last_words = [*(("CLIENT", "KILL", "ID", client) for client in self._ids.values()), *self._corner.keeping()]
        desk = self._the_desk()
        try:
            _guard(lambda: desk.send_packed_command(desk.pack_commands(last_words)))  # type: ignore[no-untyped-call]
            for _ in () if is_hanging else last_words:
                _read(desk)
        except BrokerAway as fault:
            if is_hanging or _hangs(fault):
                raise
            self._corner.keep()

    def call(self, actor: str, words: Words) -> Answer:
        """Send a command on the actor's connection, as engine.wires.Wires says."""
        self._hurry()
        connection = self._connection(actor)
        sent = self._corner.prefixed(words)
        started = time.perf_counter_ns()
        if words[0].upper() in CHANNEL_COMMANDS - {"PUBLISH"}:
            reply: Reply = self._subscription(actor, sent)
            return Answer(reply, is_waiting=False, elapsed_us=_since(started))
        _send(connection, *sent)
        if needs_connection(words) and self._waits(actor):
            self._waiting.append(actor)
            return Answer(None, is_waiting=True, elapsed_us=_since(started))
        reply = self._read(actor)
        return Answer(reply, is_waiting=False, elapsed_us=_since(started))

    def arrivals(self) -> list[Arrival]:
        """Return what has come to the others, as engine.wires.Wires says."""
        return [*self._woken(), *self._messages()]

    def read(self, reads: Sequence[Words]) -> list[Reply]:
        """Return the replies to reads, as engine.wires.Wires says."""
        return self._ask_all([self._corner.prefixed(words) for words in reads])

    def cut(self, actor: str) -> None:
        """Cut the actor's connection, as engine.wires.Wires says."""
        connection = self._open.pop(actor, None)
        if connection is None:
            return
        _close(connection)
        client = self._ids.pop(actor)
        for actors in (self._waiting, self._subscribed):
            if actor in actors:
                actors.remove(actor)
        while self._ask("CLIENT", "LIST", "ID", client):
            self._hurry()

    def time_out(self, actor: str) -> None:
        """End the actor's waiting, as engine.wires.Wires says."""
        self._ask("CLIENT", "UNBLOCK", self._ids[actor], "TIMEOUT")

    def age(self, milliseconds: int) -> None:
        """Make the corner's keys older, as engine.wires.Wires says."""
        for key in self._corner.keys:
            left = self._ask("PTTL", key)
            if isinstance(left, int) and left > 0:
                self._ask("PEXPIRE", key, str(left - milliseconds)) if left > milliseconds else self._ask("DEL", key)
            if self._ask("TYPE", key) == "stream":
                self._age_pending(key, milliseconds)

    def _age_pending(self, key: str, milliseconds: int) -> None:
        groups = self._ask("XINFO", "GROUPS", key)
        for group in groups if isinstance(groups, list) else []:
            name = group[group.index("name") + 1]
            for id_, consumer, idle, count in self._ask("XPENDING", key, name, "-", "+", "100"):
                # XCLAIM for its own consumer changes nothing but what it is told to: the idle time.
                idle_text = str(int(idle) + milliseconds)
                self._ask(
                    *("XCLAIM", key, name, consumer, "0", id_, "IDLE", idle_text, "RETRYCOUNT", str(count), "JUSTID")
                )

    def _subscription(self, actor: str, words: Words) -> Reply:
        connection, mark = self._connection(actor), secrets.token_hex(8)
        _send(connection, *words)
        found = self._until_pong(actor, mark)
        if len(found) == 1 and refusal_of(found[0]):
            return found[0]
        is_subscribed = bool(found) and isinstance(found[-1], list) and bool(found[-1][-1])
        if is_subscribed and actor not in self._subscribed:
            self._subscribed.append(actor)
        elif not is_subscribed and actor in self._subscribed:
            self._subscribed.remove(actor)
        return found[0] if len(found) == 1 else found

    def _until_pong(self, actor: str, mark: str) -> list[Reply]:
        """Return what comes on the connection before the answer to a PING: then nothing more is on its way."""
        connection = self._connection(actor)
        _send(connection, "PING", mark)
        found: list[Reply] = []
        while (reply := self._read(actor)) not in (mark, ["pong", mark]):
            found.append(reply)
        return found

    def _messages(self) -> list[Arrival]:
        return [
            Arrival(actor, "message", reply)
            for actor in list(self._subscribed)
            for reply in self._until_pong(actor, secrets.token_hex(8))
        ]

    def _woken(self) -> list[Arrival]:
        blocked = self._blocked(self._waiting)
        woken = [actor for actor in self._waiting if actor not in blocked]
        self._waiting = [actor for actor in self._waiting if actor not in woken]
        return [Arrival(actor, "reply", self._read(actor)) for actor in woken]

    def _waits(self, actor: str) -> bool:
        """Return whether the client waits; the server says so, or the reply is there."""
        connection = self._connection(actor)
        while not _guard(lambda: connection.can_read(timeout=0)):
            if self._blocked([actor]):
                return True
            self._hurry()
        return False

    def _blocked(self, actors: Sequence[str]) -> set[str]:
        """Return which of the actors wait for a reply: the server says so."""
        if not actors:
            return set()
        lines = str(self._ask("CLIENT", "LIST", "ID", *(self._ids[actor] for actor in actors))).splitlines()
        clients = [dict(field.partition("=")[::2] for field in line.split()) for line in lines]
        waiting = {client.get("id") for client in clients if "b" in client.get("flags", "")}
        return {actor for actor in actors if self._ids[actor] in waiting}

    def _hurry(self) -> None:
        if time.monotonic() > self._until:
            raise BrokerAway("Redis took too long to answer.")

    def _connection(self, actor: str) -> AbstractConnection:
        if actor not in self._open:
            self._open[actor] = self._connected()
            _send(self._open[actor], "CLIENT", "ID")
            self._ids[actor] = str(self._read(actor))
        return self._open[actor]

    def _connected(self) -> AbstractConnection:
        connection: AbstractConnection = self._pool.connection_class(**self._pool.connection_kwargs)
        _guard(connection.connect)
        return connection

    def _read(self, actor: str) -> Reply:
        return self._corner.stripped(_read(self._open[actor]))

    def _ask(self, *words: str) -> Reply:
        return self._ask_all([words])[0]

    def _ask_all(self, asked: Sequence[Words]) -> list[Reply]:
        """Return the answers to questions of no actor's, all asked in one round trip."""
        self._hurry()
        desk = self._the_desk()
        _guard(lambda: desk.send_packed_command(desk.pack_commands(asked)))  # type: ignore[no-untyped-call]
        return [self._corner.stripped(_read(desk)) for _ in asked]

    def _the_desk(self) -> AbstractConnection:
        if self._desk is None:
            raise RuntimeError("the wires are used inside `with`")
        return self._desk


Found = TypeVar("Found")


def _guard(act: Callable[[], Found]) -> Found:
    try:
        return act()
    except (RedisError, OSError) as fault:
        raise BrokerAway("Redis does not answer right now.") from fault


def _send(connection: AbstractConnection, *words: str) -> None:
    _guard(lambda: connection.send_command(*words))  # type: ignore[no-untyped-call]


def _close(connection: AbstractConnection) -> None:
    connection.disconnect()  # type: ignore[no-untyped-call]


def _read(connection: AbstractConnection) -> Reply:
    raw: Any
    try:
        # A connection that was lost is not to be opened anew behind our back by what is sent next.
        raw = connection.read_response(disconnect_on_error=False)
    except (ConnectionLost, NoAnswerInTime, OSError) as fault:
        raise BrokerAway("Redis does not answer right now.") from fault
    except RedisError as refusal:
        raw = refusal
    return as_reply(raw)


def _hangs(fault: object) -> bool:
    """Return whether the server was waited for in vain; the next one need not wait as long."""
    return isinstance(fault, BrokerAway) and isinstance(fault.__cause__, (NoAnswerInTime, TimeoutError))


def _since(started: int) -> int:
    return (time.perf_counter_ns() - started) // 1000
