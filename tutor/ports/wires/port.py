"""The port to connections on redis-py: one per actor, and one to ask the server about the others.

This is the port for a play in one go: nothing is left of it. kept.py has the one for a learner's clicks.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from tutor.broker.servers import PlayServer
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.playing.port import Act, Ahead, Arrival, PortAnswer, nothing_ahead
from tutor.engine.redis.arguments import is_subscription, needs_connection, runs_transaction
from tutor.engine.values.replies import Reply, Words
from tutor.ports.ageing import Ages, FieldLives, field_lives
from tutor.ports.namespace import Namespace
from tutor.ports.wires.actors import Actors, ActorWire
from tutor.ports.wires.blocked import BlockedActors
from tutor.ports.wires.delivery import Delivery
from tutor.ports.wires.desk import Desk
from tutor.ports.wires.watching import doomed, let_pass
from tutor.ports.wires.wire import Deadline, hangs

log = logging.getLogger(__name__)

MOST_SECONDS = 5.0
"""Time limit of one click, in which a lesson is replayed; a longer time means trouble with the server."""


class RedisWires:
    """One real connection per actor, opened on first use. Leaving closes it and removes everything on the server.

    `seconds`: the time limit from entering on.
    """

    def __init__(self, namespace: Namespace, server: PlayServer, *, seconds: float = MOST_SECONDS) -> None:
        self._namespace, self._server = namespace, server
        pool = server.client().connection_pool
        self._deadline = Deadline(seconds)
        self._desk = Desk(pool, namespace, self._deadline)
        self._actors = Actors(pool, namespace)
        self._forget_connections()
        self._position = 0
        self._is_restored = False

    def _forget_connections(self) -> None:
        self._actors.close()
        self._blocked = BlockedActors(self._actors, self._desk, self._deadline)
        self._delivery = Delivery(self._actors)

    def _opening(self) -> list[Words]:
        """Return the commands to send when the port is entered."""
        return self._namespace.beginning()

    def __enter__(self) -> Self:
        self._deadline.start()
        try:
            self._desk.open()
            self._desk.ask_all(self._opening())
        except BrokerAway as fault:
            self._note_if_hanging(fault)
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        fault = exc[1]
        faults = [fault]
        try:
            if hangs(fault):
                # Do not wait for a hung server again; if it ever resumes, it performs the commands sent.
                self._desk.send(*self._last_commands())
            else:
                self._settle()
        except BrokerAway as later:
            faults.append(later)
            # The first fault is the one to report.
            if fault is None:
                raise
        finally:
            self._actors.close()
            self._desk.close()
            self._note_if_hanging(*faults)

    def _note_if_hanging(self, *faults: object) -> None:
        if self._deadline.is_fair and any(map(hangs, faults)):
            log.warning("the broker is away: it hangs")
            self._server.note_hanging()

    def _settle(self) -> None:
        """Remove everything from the server. Raises: BrokerAway."""
        last_commands = self._last_commands()
        if not last_commands:
            return
        try:
            self._desk.send(*last_commands)
            for _ in last_commands:
                self._desk.read()
        except BrokerAway as fault:
            if hangs(fault):
                raise
            # If only this connection is gone, another one sends them; if the server is gone, that is noted.
            self._server.send(last_commands)

    def _last_commands(self) -> list[Words]:
        return [*self._killing(), *self._namespace.ending()]

    def _killing(self) -> list[Words]:
        # Closing a connection ends its client eventually. After the reply to KILL the client is certainly gone, so that
        # the next click can neither wake nor reach it.
        held = {*self._blocked, *self._delivery}
        clients = [wire.client for actor, wire in self._actors.items() if actor in held]
        return [("CLIENT", "KILL", "ID", client) for client in clients]

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:  # noqa: ARG002 - steps are never sent ahead
        """Perform the act; see engine.playing.port.Port. New wires are at the position before the first step."""
        if act.position != self._position + 1:
            raise CornerBehind(f"the connections are at {self._position}, not at {act.position - 1}")
        return self._exchanged(act, self._namespace.is_indexed())[0]

    def _exchanged(self, act: Act, *last: Words) -> tuple[PortAnswer, Sequence[Reply]]:
        """Perform the act, and return the replies to the `last` questions too, which are asked after the reads."""
        if self._is_restored:
            self._give_back(act)
        replies, elapsed_us = self._do(act)
        arrivals = self._arrivals()
        self._position = act.position
        answers = self._desk.ask_all([*map(self._namespace.prefixed, act.reads), *last])
        reads, said = answers[: len(act.reads)], answers[len(act.reads) :]
        self._require_there(said)
        lives = {str(self._namespace.stripped(key)): own for key, own in self._field_lives(act).items()}
        is_waiting = len(replies) < len(act.sends)
        answer = PortAnswer(
            replies,
            reads,
            elapsed_us,
            is_waiting=is_waiting,
            arrivals=arrivals,
            field_lives=lives,
            doomed=doomed(self._actors, self._desk),
        )
        return answer, said

    def _require_there(self, said: Sequence[Reply]) -> None:
        """Require, by the replies to the last questions, that nothing emptied the server. Raises: BrokerAway."""
        if said[0] is None:
            raise BrokerAway("Redis was emptied while the step ran.")

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:  # noqa: ARG002 - nothing outlasts these wires
        """Repeat these acts; see engine.playing.port.Port."""
        for act in acts:
            self._do(act)
            self._arrivals()
        self._position, self._is_restored = len(acts), True

    def _give_back(self, act: Act) -> None:
        """Reset the lives of keys to the recorded values: repeating the previous steps takes no time in the lesson."""
        self._is_restored = False
        lives = {key: left for key, left in act.lives.items() if key not in act.ends}
        # For an actor that watches such a key, it would count as changed.
        if not lives or self._actors.watching():
            return
        batch = [self._namespace.prefixed(["PEXPIRE", key, str(left)]) for key, left in lives.items()]
        if 0 in self._desk.ask_all(batch):
            raise BrokerAway("Redis took so long that a key's life ended while the steps before were repeated.")

    def _do(self, act: Act) -> tuple[tuple[Reply, ...], int]:
        """Perform the act except the reads; return the replies and the microseconds of its commands."""
        self._desk.ask_all(self._namespace.naming(act))
        if act.crashes:
            self._cut(act.actor)
        if act.passes_ms:
            self._let_pass(act)
        for actor in act.times_out:
            self._desk.ask("CLIENT", "UNBLOCK", self._actors[actor].client, "TIMEOUT")
        started = time.perf_counter_ns()
        replies = tuple(self._replies(act))
        return replies, (time.perf_counter_ns() - started) // 1000

    def _replies(self, act: Act) -> Iterator[Reply]:
        """Yield the reply to each command of the step, up to one that blocks its client."""
        for words in act.sends:
            self._deadline.require()
            sent = self._namespace.prefixed(words)
            if is_subscription(words):
                yield self._delivery.subscribe(act.actor, sent)
                continue
            wire = self._actors[act.actor]
            wire.send(sent)
            if needs_connection(words) and self._blocked.begins(act.actor):
                return
            reply = self._as_if_alone(wire, words, wire.read())
            wire.note(sent, reply)
            yield reply

    def _as_if_alone(self, wire: ActorWire, words: Words, reply: Reply) -> Reply:
        """Return the reply as on a server without other clients; EXEC's contains several replies."""
        if wire.queued is None:
            return self._delivery.answers([words], [reply])[0]
        if runs_transaction(words) and isinstance(reply, list) and len(reply) == len(wire.queued):
            return self._delivery.answers(wire.queued, reply)
        if reply == "QUEUED":
            wire.queued.append(words)
        return reply

    def _arrivals(self) -> list[Arrival]:
        """Return the arrivals at waiting and subscribed actors since the last call, in the actors' order."""
        return [*self._blocked.woken(), *self._delivery.arrived()]

    def _cut(self, actor: str) -> None:
        """Cut the actor's connection as a crash does, and wait until the server has noticed."""
        if client := self._actors.cut(actor):
            self._blocked.forget(actor)
            self._delivery.forget(actor)
            self._desk.wait_until_gone(client)

    def _let_pass(self, act: Act) -> None:
        """Shift the ages of all keys. Raises: NotPlayable, BrokerAway."""
        ages = Ages.of(self._namespace.keys, self._field_lives(act), self._desk.ask_all)
        busy: dict[str, Iterable[str]] = {
            "has a transaction open": [actor for actor, wire in self._actors.items() if wire.queued is not None],
            "waits": self._blocked,
            "is subscribed": self._delivery,
        }
        let_pass(act.passes_ms, ages, self._actors, self._desk, busy)

    def _field_lives(self, act: Act) -> FieldLives:
        return field_lives(self._namespace.keys, self._desk.ask_all) if act.has_field_lives else {}
