"""Interception of redis-py in the script: connections lead to the private server, and each command is recorded.

The tap patches the methods that send bytes and read replies (Connection.send_packed_command, read_response), so that
it also covers pipelines, transactions and subscriptions. One thread at a time sends a command, and the server performs
it before the next one is sent, so the order on the tape is the order of events.
"""

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any
from weakref import WeakKeyDictionary

import redis
from redis import connection as wire
from redis.client import Pipeline, PubSub
from redis.exceptions import RedisError, ResponseError

from tutor.engine.program.mailbox import is_message
from tutor.engine.redis.arguments import is_subscription, needs_connection
from tutor.engine.redis.table import command_named, traits_of
from tutor.engine.values.replies import Reply, decode, error
from tutor.recording.probe import Probe
from tutor.recording.tape import Cut, Got, Heard, Objected, Replied, Tape, TapedCommand
from tutor.tapping.frames import frame_in, line_in
from tutor.tapping.packed_commands import commands_in
from tutor.tapping.pipeline_lines import PipelineLines

HEALTH_CHECK = PubSub.HEALTH_CHECK_MESSAGE

NOT_RECORDED = "a recording follows redis.Redis; redis.asyncio is not recorded. Write it with threads instead"

_DEFAULT_LIMIT = signature(wire.AbstractConnection.__init__).parameters["socket_timeout"].default
"""Default timeout of a connection for a reply, in seconds."""


@dataclass(slots=True)
class _State:
    """The state of one connection: expected replies, and whether redis-py sends commands of its own."""

    number: int = 0
    """Counts sockets, because a reopened one is a new connection."""
    client: int = 0
    name: str = ""
    quiet: int = 0
    is_subscribed: bool = False
    pending: deque[int | None] = field(default_factory=deque)
    waiting: int | None = None


class Tap:
    """Records on the tape all traffic of redis-py in this process, from `install` on."""

    def __init__(self, tape: Tape, path: str, file: str) -> None:
        self._tape = tape
        self._path = path
        self._file = file
        self._probe = Probe(path)
        self._turn = threading.RLock()
        self._states: WeakKeyDictionary[Any, _State] = WeakKeyDictionary()
        self._numbers = 0
        self._sockets = 0
        self._pipelines = PipelineLines(lambda: line_in(file))
        self._reading = threading.local()

    def install(self) -> None:
        """Patch redis-py's classes."""
        for kind in (wire.Connection, wire.SSLConnection, wire.UnixDomainSocketConnection):
            self._wrap(kind, "_connect", self._connected)
        for name in ("on_connect_check_health", "_send_ping", "check_health"):
            self._wrap(wire.AbstractConnection, name, self._quietly)
        self._wrap(wire.AbstractConnection, "send_packed_command", self._send)
        self._wrap(wire.AbstractConnection, "read_response", self._read)
        self._wrap(wire.AbstractConnection, "disconnect", self._disconnect)
        self._wrap(Pipeline, "pipeline_execute_command", self._pipelines.queue)
        self._wrap(Pipeline, "execute", self._pipelines.execute)
        for name in ("get_message", "get_sharded_message"):
            self._wrap(PubSub, name, self._get_message)
        self._wrap(redis.asyncio.connection.AbstractConnection, "connect", self._refuse)

    def has_news(self) -> bool:
        """Return whether a waiting client has an answer from the server that it has not read yet."""
        for connection, state in list(self._states.items()):
            if state.waiting is not None and not self._probe.is_blocked(state.client):
                return True
            is_open = state.is_subscribed and connection._sock is not None  # noqa: SLF001 - redis-py asks so itself
            if is_open and select.select([connection._sock], [], [], 0)[0]:  # noqa: SLF001 - see above
                return True
        return False

    def _wrap(self, owner: Any, name: str, instead: Callable[..., Any]) -> None:
        original = getattr(owner, name)

        def tapped(this: Any, *args: Any, **kwargs: Any) -> Any:
            return instead(original, this, *args, **kwargs)

        setattr(owner, name, tapped)

    def _state(self, connection: Any) -> _State:
        return self._states.setdefault(connection, _State())

    def _connected(self, _original: Any, connection: Any) -> socket.socket:
        """Connect to the private server regardless of the script's address."""
        found = socket.socket(socket.AF_UNIX)
        found.connect(self._path)
        # By default redis-py times out as soon as a wait of 5 seconds ends, and sends the command again.
        limit = connection.socket_timeout
        found.settimeout(None if limit == _DEFAULT_LIMIT else limit)
        state = self._state(connection)
        self._sockets += 1
        state.number, state.client, state.name = self._sockets, 0, ""
        return found

    def _quietly(self, original: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        """Let redis-py greet the server without the credentials and the database of another server."""
        state = self._state(connection)
        kept = {name: getattr(connection, name) for name in ("username", "password", "credential_provider", "db")}
        state.quiet += 1
        try:
            connection.__dict__.update(username=None, password=None, credential_provider=None, db=0)
            return original(connection, *args, **kwargs)
        finally:
            connection.__dict__.update(kept)
            state.quiet -= 1

    def _send(self, original: Any, connection: Any, command: Any, check_health: bool = True) -> Any:  # noqa: FBT001, FBT002 - redis-py's
        state = self._state(connection)
        if state.quiet:
            return original(connection, command, check_health)
        commands = commands_in(command)
        # Connect here, so that the greeting is not recorded as the script's.
        if not connection._sock:  # noqa: SLF001 - redis-py asks so itself
            connection.connect_check_health(check_health=False)
        if not state.client:
            state.client = self._ask_id(connection)
        lines = self._pipelines.lines(len(commands))
        with self._turn:
            original(connection, command, check_health)
            self._probe.settle()
            for words, line in zip(commands, lines, strict=True):
                self._note(connection, state, words, line)
        return None

    def _ask_id(self, connection: Any) -> int:
        state = self._state(connection)
        state.quiet += 1
        try:
            connection.send_command("CLIENT", "ID", check_health=False)
            return int(connection.read_response())
        finally:
            state.quiet -= 1

    def _note(self, connection: Any, state: _State, words: list[bytes], line: int | None) -> None:
        texts = [decode(word) for word in words]
        if _is_about_connection(state, texts):
            state.pending.append(None)
            return
        self._numbers += 1
        state.waiting = self._numbers if self._is_waiting(state, texts) else None
        if is_subscription(texts):
            state.is_subscribed = True
        else:
            state.pending.append(self._numbers)
        event = TapedCommand(
            number=self._numbers,
            thread=self._tape.thread(),
            line=line,
            words=texts,
            connection=state.number,
            client=state.name or connection.client_name or "",
            holder=_holder(self._file),
            database=connection.db or 0,
            is_waiting=state.waiting is not None,
            is_text=all(_is_text(word) for word in words),
            at=time.monotonic(),
            decodes=bool(connection.encoder.decode_responses),
        )
        self._tape.write(event)

    def _is_waiting(self, state: _State, texts: Sequence[str]) -> bool:
        can_wait = traits_of(texts).limit != "" and needs_connection(texts)
        return can_wait and self._probe.is_blocked(state.client)

    def _read(self, original: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        state = self._state(connection)
        if state.quiet:
            return original(connection, *args, **kwargs)
        try:
            raw = original(connection, *args, **kwargs)
        except ResponseError as refusal:
            self._answered(state, error(_refusal(refusal)))
            raise
        # A woken client comes after the command that woke it, which is recorded while this thread holds its turn.
        with self._turn:
            if state.is_subscribed and kwargs.get("push_request"):
                self._heard(state, raw)
            else:
                self._answered(state, _as_json(raw))
        return raw

    def _get_message(self, original: Any, pubsub: Any, *args: Any, **kwargs: Any) -> Any:
        """Record the result of the script's own calls; redis-py's calls belong to its listener thread."""
        line = line_in(self._file)
        if line is None:
            return original(pubsub, *args, **kwargs)
        pushes: list[Reply] = []
        self._reading.pushes, self._reading.pubsub = pushes, pubsub
        try:
            found = original(pubsub, *args, **kwargs)
        finally:
            self._reading.pushes = None
        if not (pushes and _is_handled(pubsub, pushes[0])):
            self._got(pubsub, line, pushes[0] if pushes else None, found)
        return found

    def _got(self, pubsub: Any, line: int | None, push: Reply, returned: Any) -> None:
        number = self._state(pubsub.connection).number if pubsub.connection else 0
        with self._turn:
            self._tape.write(Got(number, self._tape.thread(), line, push, returned is None))

    def _heard(self, state: _State, raw: Any) -> None:
        push = _as_json(raw)
        reading = getattr(self._reading, "pushes", None)
        if reading is not None and isinstance(push, list):
            reading.append(push)
            if _is_handled(self._reading.pubsub, push):
                # Recorded before its handler runs; get_message() will return None.
                self._got(self._reading.pubsub, line_in(self._file), push, None)
        elif is_message(push):
            self._tape.write(Heard(state.number, self._tape.thread(), line_in(self._file)))

    def _answered(self, state: _State, reply: Reply) -> None:
        state.waiting = None
        number = state.pending.popleft() if state.pending else None
        if number is not None:
            self._tape.write(Replied(number, reply, time.monotonic()))

    def _disconnect(self, original: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        state = self._state(connection)
        if (state.is_subscribed or state.waiting) and connection._sock and not state.quiet:  # noqa: SLF001 - see above
            self._tape.write(Cut(state.number))
        state.pending.clear()
        state.waiting, state.is_subscribed = None, False
        return original(connection, *args, **kwargs)

    def _refuse(self, _original: Any, _connection: Any, *_args: Any, **_kwargs: Any) -> Any:
        self._tape.write(Objected(line_in(self._file), NOT_RECORDED))
        os._exit(0)


def _is_about_connection(state: _State, texts: Sequence[str]) -> bool:
    """Return whether a command concerns only the connection and is not a step; note a client's name in it."""
    facts = command_named(*texts[:2])
    if facts and facts.names_client and len(texts) == 3:
        state.name = texts[2]
        return True
    return bool(facts and facts.greets) or texts[1:] == [HEALTH_CHECK]


def _is_handled(pubsub: Any, push: Reply) -> bool:
    """Return whether redis-py passes this message to a handler of the script."""
    kinds = {"message": pubsub.channels, "pmessage": pubsub.patterns, "smessage": pubsub.shard_channels}
    handlers = {decode(name): handler for name, handler in kinds.get(push[0], {}).items()}
    return handlers.get(push[1]) is not None


def _as_json(raw: Any) -> Reply:
    """Return the reply as an entry stores it; it can contain refusals, as EXEC's does."""
    if isinstance(raw, RedisError):
        return error(_refusal(raw))
    if isinstance(raw, list):
        return [_as_json(each) for each in raw]
    try:
        return decode(raw)
    except TypeError:
        return None


def _refusal(fault: RedisError) -> str:
    code = getattr(fault, "status_code", None)
    return f"{code} {fault}" if code else str(fault)


def _is_text(word: bytes) -> bool:
    try:
        return "\x00" not in word.decode()
    except UnicodeDecodeError:
        return False


def _holder(file: str) -> str:
    """Return the name of the script's variable that holds the sending client, "" if there is none."""
    frame = frame_in(file)
    if frame is None:
        return ""
    pool = _sending_pool()
    known: Sequence[tuple[str, Any]] = [*frame.f_locals.items(), *frame.f_globals.items()]
    clients = (name for name, each in known if isinstance(each, redis.Redis) and not isinstance(each, Pipeline)
               and each.connection_pool is pool)  # fmt: skip
    return next(clients, "")


def _sending_pool() -> Any:
    frame = frame_in(redis.client.__file__)
    while frame is not None:
        this = frame.f_locals.get("self")
        if isinstance(this, redis.Redis | PubSub):
            return this.connection_pool
        frame = frame.f_back
    return None
