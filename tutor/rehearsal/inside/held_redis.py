"""redis-py in the program: each command is held, and its reply is what our process got from the real server.

The client's socket leads nowhere: the other end is here, and what our process releases is written to it. So redis-py
reads and converts the server's replies as it always does. Commands that are sent together, as by a pipeline, are held
one by one.
"""

import _thread
import socket
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import redis
from redis import connection as wire
from redis.client import Pipeline, PubSub

from tutor.engine.redis.arguments import is_subscription
from tutor.engine.redis.redis_py import INSTEAD
from tutor.engine.redis.table import command_named
from tutor.engine.values.replies import decode
from tutor.rehearsal.inside.holds import Holds
from tutor.rehearsal.messages import Hold
from tutor.tapping.packed_commands import commands_in
from tutor.tapping.pipeline_lines import PipelineLines

NOT_FOLLOWED = "uses redis.asyncio, and a rehearsal follows redis.Redis"

LARGE = 32 * 1024
"""Bytes that surely fit into the buffer of a socket."""


class HeldRedis:
    """The clients of one process, from `install` on. `readers`: the actors that are held before they read a message."""

    def __init__(self, holds: Holds) -> None:
        self.readers: set[str] = set()
        self._holds = holds
        self._pipelines = PipelineLines(holds.place)
        self._ends: WeakKeyDictionary[Any, socket.socket] = WeakKeyDictionary()
        self._subscribed: dict[str, Any] = {}
        self._in_get_message: set[str] = set()

    def install(self) -> None:
        """Patch redis-py's classes."""
        for kind in (wire.Connection, wire.SSLConnection, wire.UnixDomainSocketConnection):
            self._wrap(kind, "_connect", self._connected)
        self._wrap(wire.ConnectionPool, "__init__", self._over_resp2)
        self._wrap(redis.Redis, "__init__", self._with_callbacks)
        self._wrap(wire.AbstractConnection, "on_connect_check_health", _greet)
        for owner in (wire.AbstractConnection, PubSub):
            self._wrap(owner, "check_health", lambda *_, **__: None)
        self._wrap(wire.AbstractConnection, "send_packed_command", self._send)
        self._wrap(Pipeline, "pipeline_execute_command", self._pipelines.queue)
        self._wrap(Pipeline, "multi", self._pipelines.multi)
        self._wrap(Pipeline, "reset", self._pipelines.reset)
        self._wrap(Pipeline, "execute", self._pipelines.execute)
        for name in ("get_message", "get_sharded_message"):
            self._wrap(PubSub, name, self._get_message)
        self._wrap(PubSub, "parse_response", self._parse)
        self._wrap(redis.asyncio.connection.AbstractConnection, "connect", lambda *_: self._holds.refuse(NOT_FOLLOWED))

    def _wrap(self, owner: Any, name: str, instead: Callable[..., Any]) -> None:
        original = getattr(owner, name)

        def held(this: Any, *args: Any, **kwargs: Any) -> Any:
            return instead(original, this, *args, **kwargs)

        setattr(owner, name, held)

    def _over_resp2(self, original: Any, pool: Any, *args: Any, **kwargs: Any) -> None:
        """Create the pool for RESP2, in which our process has the replies, as a lesson shows them."""
        original(pool, *args, **{**kwargs, "protocol": 2, "maint_notifications_config": None})

    def _with_callbacks(self, original: Any, client: Any, *args: Any, **kwargs: Any) -> None:
        """Create the client with the return values of a default client, which speaks RESP3."""
        kwargs = {name: value for name, value in kwargs.items() if name != "protocol"}
        original(client, *args, **kwargs)
        client.response_callbacks.update(INSTEAD)

    def _connected(self, _original: Any, connection: Any) -> socket.socket:
        """Return a socket whose other end is ours, regardless of the program's address."""
        ours, found = socket.socketpair()
        self._ends[connection] = ours
        return found

    def _send(self, _original: Any, connection: Any, command: Any, check_health: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - redis-py's
        commands = commands_in(command)
        if not connection._sock:  # noqa: SLF001 - redis-py asks so itself
            connection.connect_check_health(check_health=False)
        places = self._pipelines.lines(len(commands))
        for raw, place in zip(commands, places, strict=True):
            words = [decode(word) for word in raw]
            if _is_about_connection(words):
                self._write(connection, b"+OK\r\n")
                continue
            if is_subscription(words):
                self._subscribed[self._holds.actor] = connection
            decodes = bool(connection.encoder.decode_responses)
            self._write(connection, self._holds.hold(Hold("send", line=place, words=words, decodes=decodes)))

    def _write(self, connection: Any, data: bytes) -> None:
        end = self._ends[connection]
        if len(data) <= LARGE:
            end.sendall(data)
        else:
            # The program has yet to read what does not fit, so another thread waits for it.
            _thread.start_new_thread(end.sendall, (data,))

    def push(self, actor: str, data: bytes) -> None:
        """Write the server's message to the actor's subscribed client."""
        if connection := self._subscribed.get(actor):
            self._write(connection, data)

    def _get_message(
        self,
        original: Any,
        pubsub: Any,
        ignore_subscribe_messages: bool = False,  # noqa: FBT001, FBT002 - redis-py's
        timeout: float | None = 0.0,
    ) -> Any:
        actor = self._holds.actor
        if actor not in self.readers:
            return original(pubsub, ignore_subscribe_messages, timeout if pubsub.subscribed else 0.0)
        self._holds.hold(Hold("read", seconds=timeout))
        self._in_get_message.add(actor)
        try:
            return original(pubsub, ignore_subscribe_messages, 0.0)
        finally:
            self._in_get_message.discard(actor)

    def _parse(self, original: Any, pubsub: Any, block: bool = True, timeout: float | None = 0) -> Any:  # noqa: FBT001, FBT002 - redis-py's
        """Read what has come; hold the thread before a read, and while nothing has come."""
        actor = self._holds.actor
        if actor in self._in_get_message:
            return original(pubsub, block=True) if _has_come(pubsub) else None
        if actor in self.readers:
            self._holds.hold(Hold("read"))
        if not _has_come(pubsub):
            # A loop over get_message() without a timeout asks again and again, so it waits here like listen().
            self._holds.hold(Hold("listen", seconds=None if block else timeout or None))
        return original(pubsub, block=True) if _has_come(pubsub) else None


def _greet(_original: Any, connection: Any, *_args: Any, **_kwargs: Any) -> None:
    """Prepare the connection's parser; there is no server behind the socket that could be greeted."""
    connection._parser.on_connect(connection)  # noqa: SLF001 - as redis-py itself


def _has_come(pubsub: Any) -> bool:
    connection = pubsub.connection
    return bool(connection and connection._sock and connection.can_read(timeout=0))  # noqa: SLF001 - as redis-py itself


def _is_about_connection(words: list[str]) -> bool:
    """Return whether a command concerns only the connection, and so is no step."""
    facts = command_named(*words[:2])
    return bool(facts and (facts.greets or (facts.names_client and len(words) == 3)))
