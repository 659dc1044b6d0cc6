"""The port to connections on redis-py: one an actor, and one to ask the server about the others.

A lesson with such connections is played from its start at every click, on fresh ones: the state is real each time, and
nothing is held between clicks.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, Self, TypeVar

from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswerInTime

from tutor.broker import exchange, status
from tutor.broker.protocol import as_sent
from tutor.broker.replies import as_reply
from tutor.engine.errors import BrokerAway, CornerBehind, NotPlayable
from tutor.engine.playing.port import Act, Ahead, Arrival, PortAnswer, nothing_ahead
from tutor.engine.redis.arguments import is_subscription, needs_connection, runs_transaction
from tutor.engine.redis.table import spec_of
from tutor.engine.values.replies import Reply, Words
from tutor.ports.ageing import Ages, field_lives
from tutor.ports.subscriptions import Subscriptions, answers, confirmations_in_order, messages_in_order, publishes

log = logging.getLogger(__name__)

MOST_SECONDS = 5.0
"""How long one click may take to play a lesson; longer means that something is wrong with the server."""


class Place(Protocol):
    """The corner that the wires lead to."""

    keys: list[str]

    def prefixed(self, words: Words) -> Words: ...

    def stripped(self, reply: Reply) -> Reply: ...

    def beginning(self) -> Sequence[Words]: ...

    def naming(self, act: Act) -> Sequence[Words]: ...

    def ending(self) -> Sequence[Words]: ...


class RedisWires:
    """One real connection an actor, opened on first use and closed on leaving; nothing is left in the corner then."""

    def __init__(self, corner: Place, pool: ConnectionPool) -> None:
        self._corner = corner
        self._pool = pool
        self._open: dict[str, AbstractConnection] = {}
        self._ids: dict[str, str] = {}
        self._waiting: list[str] = []
        self._subscribed = Subscriptions()
        self._heard: list[Arrival] = []
        """Messages that have come since the last step."""
        self._desk: AbstractConnection | None = None
        self._watched: dict[str, list[str]] = {}
        """The keys that each actor watches, as they are sent."""
        self._queued: dict[str, list[Words]] = {}
        """What each actor's open transaction has queued."""
        self._until = 0.0
        self._position = 0
        self._is_restored = False

    def __enter__(self) -> Self:
        self._until = time.monotonic() + MOST_SECONDS
        try:
            self._desk = self._connected()
            self._ask_all(self._corner.beginning())
        except BrokerAway as fault:
            _note_if_hanging(fault)
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
                log.warning("the broker is away: it hangs")
                status.note_fault()

    def _settle(self, *, is_hanging: bool) -> None:
        """Have the server drop actors that wait or are subscribed, and the corner's keys; closing ends the others.

        A server that hangs is told and not waited for: it does it if it ever goes on. Where only this connection is
        gone, another one removes the keys; where the server is, that notes it.
        """
        held = [self._ids[actor] for actor in self._ids if actor in (*self._waiting, *self._subscribed)]
        last_words = [*(("CLIENT", "KILL", "ID", client) for client in held), *self._corner.ending()]
        desk, sent = self._the_desk(), [list(map(as_sent, words)) for words in last_words]
        try:
            _guard(lambda: desk.send_packed_command(desk.pack_commands(sent)))  # type: ignore[no-untyped-call]
            for _ in () if is_hanging else last_words:
                _read(desk)
        except BrokerAway as fault:
            if is_hanging or _hangs(fault):
                raise
            exchange.send(self._corner.ending())

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - each step is one by itself
        """Do what the step asks, as engine.port.Port says. New wires are where the first step begins."""
        if act.position != self._position + 1:
            raise CornerBehind(f"the connections are at {self._position}, not at {act.position - 1}")
        if self._is_restored:
            self._give_back(act)
        replies, is_waiting, elapsed_us = self._do(act)
        arrivals = self._arrivals()
        self._position = act.position
        reads = self._ask_all([self._corner.prefixed(words) for words in act.reads])
        fields = field_lives(self._corner.keys, self._ask_all) if act.has_field_lives else {}
        shown = {str(self._corner.stripped(key)): own for key, own in fields.items()}
        return PortAnswer(replies, reads, elapsed_us, is_waiting=is_waiting, arrivals=arrivals, field_lives=shown)

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:  # noqa: ARG002 - nothing outlasts these wires
        """Do these acts again, as engine.port.Port says."""
        for act in acts:
            self._do(act)
            self._arrivals()
        self._position, self._is_restored = len(acts), True

    def _give_back(self, act: Act) -> None:
        """Give keys what they had left to live: however long the steps before took to be repeated, no time passed."""
        self._is_restored = False
        lives = {key: left for key, left in act.lives.items() if key not in act.ends}
        if not lives or self._watched:  # whoever watches such a key would find it changed
            return
        asked = [self._corner.prefixed(["PEXPIRE", key, str(left)]) for key, left in lives.items()]
        if 0 in self._ask_all(asked):
            raise BrokerAway("Redis took so long that a key's life ended while the steps before were repeated.")

    def _do(self, act: Act) -> tuple[tuple[Reply, ...], bool, int]:
        """Do what the step asks but the reads; return the replies, whether its client waits, and microseconds."""
        self._ask_all(self._corner.naming(act))
        if act.crashes:
            self._cut(act.actor)
        if act.passes_ms:
            self._age(act)
        for actor in act.times_out:
            self._ask("CLIENT", "UNBLOCK", self._ids[actor], "TIMEOUT")
        started, replies = time.perf_counter_ns(), list[Reply]()
        for words in act.sends:
            self._hurry()
            if not self._call(act.actor, words, replies):
                return tuple(replies), True, _since(started)
        return tuple(replies), False, _since(started)

    def _call(self, actor: str, words: Words, replies: list[Reply]) -> bool:
        """Send a command on the actor's connection and add the reply; return False if the client waits for it."""
        connection = self._connection(actor)
        sent = self._corner.prefixed(words)
        if is_subscription(words):
            replies.append(self._subscription(actor, sent))
            return True
        _send(connection, *sent)
        if needs_connection(words) and self._waits(actor):
            self._waiting.append(actor)
            return False
        replies.append(self._as_if_alone(actor, words, self._read(actor)))
        self._note(actor, sent, replies[-1])
        return True

    def _as_if_alone(self, actor: str, words: Words, reply: Reply) -> Reply:
        """Return the reply as on a server that has no other clients; EXEC's has several."""
        queued = self._queued.get(actor)
        if queued is None:
            return self._answers([words], [reply])[0]
        if runs_transaction(words) and isinstance(reply, list) and len(reply) == len(queued):
            return self._answers(queued, reply)
        if reply == "QUEUED":
            queued.append(words)
        return reply

    def _answers(self, sent: Sequence[Words], replies: Sequence[Reply]) -> list[Reply]:
        came = self._messages() if any(map(publishes, sent)) else []
        self._heard += came
        heard = [each.reply for each in came]
        return answers(sent, replies, patterns=self._subscribed.patterns, heard=heard)

    def _note(self, actor: str, sent: Words, reply: Reply) -> None:
        """Remember what the actor watches, and what its transaction has queued."""
        command = spec_of(sent)
        does = command.transaction if command else ""
        if does == "guards" and reply == "OK":
            self._watched.setdefault(actor, []).extend(sent[1:])
        elif does == "opens" and reply == "OK":
            self._queued[actor] = []
        elif does in ("runs", "drops") or (does == "unguards" and reply == "OK"):
            self._watched.pop(actor, None)
            self._queued.pop(actor, None)

    def _arrivals(self) -> list[Arrival]:
        """Return what has come to waiting and subscribed actors since the last call, in the actors' order."""
        heard, self._heard = self._heard, []
        return [*self._woken(), *heard, *self._messages()]

    def _cut(self, actor: str) -> None:
        """Cut the actor's connection as a crash does, and return when the server has noticed."""
        connection = self._open.pop(actor, None)
        if connection is None:
            return
        _close(connection)
        client = self._ids.pop(actor)
        self._watched.pop(actor, None)
        self._queued.pop(actor, None)
        self._subscribed.forget(actor)
        if actor in self._waiting:
            self._waiting.remove(actor)
        while self._ask("CLIENT", "LIST", "ID", client):
            self._hurry()

    def _age(self, act: Act) -> None:
        """Make all that the server remembers of the corner's keys older; who watches one does not notice."""
        milliseconds = act.passes_ms
        undisturbed = self._watched.keys() - self._flagged(self._watched, "d")
        ages = Ages.of(self._corner.keys, self._ask_all, with_fields=act.has_field_lives)
        ended = ages.noticed_after(milliseconds)
        watching = [
            actor
            for actor in undisturbed
            if ended.isdisjoint(self._watched[actor]) and not ages.changing.isdisjoint(self._watched[actor])
        ]
        for actor in watching:
            self._require_watchable(actor)
        ages.let_pass(milliseconds, self._ask_all)
        for actor in watching:
            self._watch_again(actor)

    def _require_watchable(self, actor: str) -> None:
        """Raises: NotPlayable if the actor's connection can't be told to watch its keys again."""
        busy: Mapping[str, Iterable[str]] = {
            "has a transaction open": self._queued,
            "waits": self._waiting,
            "is subscribed": self._subscribed,
        }
        for reason, actors in busy.items():
            if actor in set(actors):
                raise NotPlayable(f"time can't pass here: {actor} {reason} and watches a key that has a time to live")

    def _watch_again(self, actor: str) -> None:
        """Have an actor not notice that keys it watches were made older."""
        connection = self._connection(actor)
        for words in (["UNWATCH"], ["WATCH", *self._watched[actor]]):
            _send(connection, *words)
            if self._read(actor) != "OK":
                raise BrokerAway("Redis does not let a key be watched again.")

    def _subscription(self, actor: str, words: Words) -> Reply:
        connection, mark = self._connection(actor), secrets.token_hex(8)
        _send(connection, *words)
        found = self._until_pong(actor, mark)
        self._subscribed.note(actor, found)
        if len(found) == 1:
            return found[0]
        return found if len(words) > 1 else confirmations_in_order(found)

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
            for actor in self._subscribed
            for reply in messages_in_order(self._until_pong(actor, secrets.token_hex(8)))
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

    def _blocked(self, actors: Iterable[str]) -> set[str]:
        """Return which of the actors wait for a reply: the server says so."""
        return self._flagged(actors, "b")

    def _flagged(self, actors: Iterable[str], flag: str) -> set[str]:
        """Return which of the actors' clients have that flag in the server's list."""
        asked = list(actors)
        if not asked:
            return set()
        lines = str(self._ask("CLIENT", "LIST", "ID", *(self._ids[actor] for actor in asked))).splitlines()
        clients = [dict(field.partition("=")[::2] for field in line.split()) for line in lines]
        flagged = {client.get("id") for client in clients if flag in client.get("flags", "")}
        return {actor for actor in asked if self._ids[actor] in flagged}

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
        if not asked:
            return []
        desk, sent = self._the_desk(), [list(map(as_sent, words)) for words in asked]
        _guard(lambda: desk.send_packed_command(desk.pack_commands(sent)))  # type: ignore[no-untyped-call]
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
    _guard(lambda: connection.send_command(*map(as_sent, words)))  # type: ignore[no-untyped-call]


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


def _note_if_hanging(fault: BrokerAway) -> None:
    if _hangs(fault):
        log.warning("the broker is away: it hangs")
        status.note_fault()


def _since(started: int) -> int:
    return (time.perf_counter_ns() - started) // 1000
