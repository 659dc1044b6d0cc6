"""A program's values are those that redis-py's own methods return, for each command on a real server."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from redis.connection import Encoder

from tests.engine.redis_py_calls import CALLS, GROUP, HASH, LIST, ZSET, Call
from tests.polling import until
from tests.servers import RedisServer
from tests.tables import for_each
from tutor.engine.errors import DataError
from tutor.engine.program.client import Client
from tutor.engine.redis.redis_py import returned
from tutor.engine.redis.status_lines import as_status
from tutor.engine.redis.table import ALLOWED, all_commands
from tutor.engine.values.formatting import has_set
from tutor.engine.values.replies import Reply, decode

ENCODER = Encoder("utf-8", "strict", decode_responses=False)

ELSEWHERE = frozenset(
    """
    SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE EXEC DISCARD XGROUP XINFO OBJECT PUBSUB
    """.split()
)
"""Commands that no method returns a value of: those of subscriptions, EXEC (see below), and names of containers."""


class Telling(redis.Redis):
    """A client that remembers the words of its last command."""

    words: tuple[Any, ...] = ()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.words = args
        return super().execute_command(*args, **options)


@pytest.fixture(scope="module")
def url(real: RedisServer) -> str:
    """A database of TEST_REDIS_URL, else of a server of our own; it is emptied for each call.

    Each process of the tests has another one of the databases.
    """
    address = urlsplit(os.environ.get("TEST_REDIS_URL") or real.url)
    number = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    return address._replace(path=f"/{number}").geturl()


@pytest.fixture(scope="module")
def wire(url: str) -> Iterator[redis.Redis]:
    """A client that hands over what comes over RESP2, as the broker's does."""
    with redis.Redis.from_url(url, protocol=2) as client:
        client.response_callbacks.clear()
        yield client


@pytest.fixture(scope="module")
def telling(url: str) -> Iterator[dict[bool, Telling]]:
    """Clients that decode replies, and that do not."""
    with Telling.from_url(url, decode_responses=True) as text, Telling.from_url(url) as binary:
        yield {True: text, False: binary}


def prepare(wire: redis.Redis, call: Call) -> None:
    wire.execute_command("FLUSHDB")
    for line in call.setup:
        wire.execute_command(*line.split())


def version(wire: redis.Redis) -> str:
    fields = dict(
        line.split(":", 1) for line in decode(wire.execute_command("INFO", "server")).split("\r\n") if ":" in line
    )
    return f"Valkey {fields['valkey_version']}" if "valkey_version" in fields else f"Redis {fields['redis_version']}"


def words_of(client: Telling) -> list[str]:
    return [*str(client.words[0]).split(), *(decode(ENCODER.encode(word)) for word in client.words[1:])]


def reply_to(wire: redis.Redis, words: list[str]) -> Reply:
    return as_status(words, decode(wire.execute_command(*words)))


def shape(value: Any) -> Any:
    """Return what kinds of values are where; of a list those of its elements, whatever their number."""
    if isinstance(value, dict):
        return {repr(key): shape(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return type(value), {repr(shape(item)) for item in value}
    return type(value)


class Lacking(Exception):
    """This server has not all that is asked of it."""


def value_of(call: Call, client: Telling, wire: redis.Redis) -> Any:
    try:
        prepare(wire, call)
        return call.call(client)
    except redis.ResponseError as refusal:
        if any(word in str(refusal).lower() for word in ("unknown command", "syntax error", "wrong number")):
            raise Lacking from refusal
        raise


def is_lacking(call: Call, client: Telling, wire: redis.Redis) -> bool:
    try:
        value_of(call, client, wire)
    except Lacking:
        return True
    if call.name == "MULTI":
        client.execute_command("DISCARD")
    return False


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")
def test_the_server_has_most_of_what_is_asked_of_it(telling: dict[bool, Telling], wire: redis.Redis):
    lacking = dict.fromkeys(call.name for call in CALLS if is_lacking(call, telling[False], wire))
    assert len(lacking) < len(CALLS) / 5
    if lacking:
        pytest.skip(f"{version(wire)} has not all that is asked of it by {', '.join(lacking)}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")
@for_each("decodes", [True, False])
@for_each("call", CALLS)
def test_a_method_returns_the_value_that_our_reply_becomes(
    telling: dict[bool, Telling], wire: redis.Redis, call: Call, decodes: bool
):
    client = telling[decodes]
    try:
        real = value_of(call, client, wire)
    except Lacking:
        return
    prepare(wire, call)
    words = words_of(client)
    came = returned(words, reply_to(wire, words), "str" if decodes else "bytes")
    if words == ["MULTI"]:
        for each in (client, wire):
            each.execute_command("DISCARD")
    if call.is_by_chance:
        assert shape(came) == shape(real)
    else:
        assert came == real
        assert has_set(came) or repr(came) == repr(real)


def test_each_command_of_the_table_is_among_the_calls():
    subcommands = {
        name
        for name, each in all_commands().items()
        if "|" in name and not each.refused and name.split("|")[0] in ALLOWED
    }
    wanted = {*ALLOWED, *subcommands} - ELSEWHERE
    assert {call.name for call in CALLS} == wanted


WAITING = [
    (lambda r: r.blpop(["low", "q"]), "RPUSH q a"),
    (lambda r: r.brpop("q", 0), "RPUSH q a"),
    (lambda r: r.blmpop(0, 2, "low", "q", direction="LEFT", count=2), "RPUSH q a b"),
    (lambda r: r.blmove("q", "d", 0), "RPUSH q a"),
    (lambda r: r.brpoplpush("q", "d", 0), "RPUSH q a"),
    (lambda r: r.bzpopmin("z"), "ZADD z 0.1 a"),
    (lambda r: r.bzpopmax("z"), "ZADD z 0.1 a"),
    (lambda r: r.bzmpop(0, 1, ["z"], min=True), "ZADD z 0.1 a"),
    (lambda r: r.xread({"x": "$"}, block=0), "XADD x 7-0 job a"),
    (lambda r: r.xreadgroup("g", "anna", {"x": ">"}, block=0), "XADD x 7-0 job a"),
]


def is_waiting_in(wire: redis.Redis) -> bool:
    """Return whether a client waits that uses the same database."""
    database = b" db=%d " % wire.connection_pool.connection_kwargs["db"]
    clients = wire.execute_command("CLIENT", "LIST").splitlines()
    return any(b" flags=b " in client and database in client for client in clients)


def waited_for(client: Telling, call: Callable[[Any], Any], wire: redis.Redis, line: str) -> Any:
    """Return what the call returns that another client's command ends."""
    found: list[Any] = []
    waiting = threading.Thread(target=lambda: found.append(call(client)))
    waiting.start()
    try:
        until(lambda: is_waiting_in(wire), "the client to wait")
    finally:
        wire.execute_command(*line.split())
        waiting.join()
    return found[0]


@pytest.mark.slow
@for_each("decodes", [True, False])
@for_each(("call", "line"), WAITING)
def test_what_comes_to_a_method_that_has_waited_is_the_value_that_our_reply_becomes(
    telling: dict[bool, Telling], url: str, wire: redis.Redis, call: Callable[[Any], Any], line: str, decodes: bool
):
    asked, client = Call("", call, ["XGROUP CREATE x g $ MKSTREAM"]), telling[decodes]
    with redis.Redis.from_url(url, protocol=2) as raw:
        raw.response_callbacks.clear()
        prepare(wire, asked)
        real = waited_for(client, call, wire, line)
        words = words_of(client)
        prepare(wire, asked)
        came = decode(waited_for(client, lambda _: raw.execute_command(*words), wire, line))
    value = Client(decode_responses=decodes).returned(words, as_status(words, came))
    assert repr(value) == repr(real)


@pytest.mark.slow
def test_a_method_whose_time_limit_passes_returns_the_value_that_nil_becomes(url: str, wire: redis.Redis):
    wire.execute_command("FLUSHDB")
    with Telling.from_url(url) as client:
        for call in (
            lambda r: r.blpop("q", 0.01),
            lambda r: r.blmpop(0.01, 1, "q", direction="LEFT"),
            lambda r: r.blmove("q", "d", 0.01),
            lambda r: r.bzpopmin("z", 0.01),
            lambda r: r.bzmpop(0.01, 1, ["z"], min=True),
            lambda r: r.xread({"x": "$"}, block=1),
        ):
            assert repr(call(client)) == repr(returned(words_of(client), None, "bytes"))


@pytest.mark.parametrize("decodes", [True, False], ids=["text", "bytes"])
def test_a_transaction_returns_what_each_of_its_commands_returns(url: str, wire: redis.Redis, decodes: bool):
    queued = (["HGETALL", "h"], ["ZRANGE", "z", "0", "-1", "WITHSCORES"], ["SET", "k", "a"], ["LRANGE", "q", "0", "-1"])
    prepare(wire, Call("", lambda r: None, [*HASH, *ZSET, *LIST, *GROUP]))
    with redis.Redis.from_url(url, decode_responses=decodes) as client, client.pipeline() as pipe:
        real = pipe.hgetall("h").zrange("z", 0, -1, withscores=True).set("k", "a").lrange("q", 0, -1).execute()
    with wire.client() as single:
        single.response_callbacks.clear()
        for words in (["MULTI"], *queued):
            single.execute_command(*words)
        came = decode(single.execute_command("EXEC"))
    replies = [as_status(words, item) for words, item in zip(queued, came, strict=True)]
    assert repr(Client(decode_responses=decodes).returned(["EXEC"], replies, queued)) == repr(real)


def test_bytes_that_are_no_utf_8_raise_what_they_raise_in_redis_py(url: str, wire: redis.Redis):
    wire.set("k", b"a\xff")
    with redis.Redis.from_url(url, decode_responses=True) as client, pytest.raises(UnicodeDecodeError) as real:
        client.get("k")
    with pytest.raises(UnicodeDecodeError) as ours:
        returned(["GET", "k"], decode(b"a\xff"), "str")
    assert str(ours.value) == str(real.value)
    assert returned(["GET", "k"], decode(b"a\xff"), "bytes") == b"a\xff"


@for_each("value", [None, True, {"a": 1}, ["a"], ("a",), {"a"}, "a", b"\xff", 1, 1.5, 1e300, float("inf")])
def test_a_variable_alone_is_sent_as_redis_py_sends_the_value(value: object):
    assert outcome(lambda: Client().word("{v}", {"v": value})) == outcome(lambda: decode(ENCODER.encode(value)))


def outcome(encode: Callable[[], str]) -> tuple[str, str]:
    """Return what is sent, or how the refusal begins."""
    try:
        return "sent", encode()
    except (redis.DataError, DataError) as refused:
        return "DataError", str(refused).removeprefix("DataError: ").partition(" (the")[0]
