"""Which commands answer with a status line: what the table says, against the bytes that servers send."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.servers import running_redis
from tutor.engine.redis.command_line import split_command
from tutor.engine.redis.replays import as_status
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values import encoded

BEFORE = """
SET s 5; RPUSH l 3 1 2; HSET h f v n 1; SADD t a b; ZADD z 1 a 2 b; XADD x 1-1 f v; XGROUP CREATE x g 0; PFADD p a
GEOADD geo 13.36 38.11 a 15.08 37.5 b; VADD v VALUES 2 1 0 e; XADD y 1-1 f v; SET s2 abc
""".replace("\n", ";")
"""What each line of ANSWERED finds."""

ANSWERED = """
APPEND s x; BITCOUNT s; BITFIELD n SET u8 0 1; BITFIELD_RO s GET u8 0; BITOP NOT d s; BITPOS s 1
BLMOVE l l LEFT RIGHT 0; BLMPOP 0 1 l LEFT; BLPOP l 0; BRPOP l 0
BRPOPLPUSH l d 0; BZMPOP 0 1 z MIN; BZPOPMAX z 0; BZPOPMIN z 0; COPY s d
DECR s; DECRBY s 2; DEL s; DELIFEQ s 5; DISCARD; ECHO hello; EXEC; EXISTS s; EXPIRE s 100; EXPIREAT s 4102444800
EXPIRETIME s; GEOADD geo 1 1 c; GEODIST geo a b; GEOHASH geo a; GEOPOS geo a; GEORADIUS geo 15 37 200 km
GEORADIUSBYMEMBER geo a 200 km; GEORADIUSBYMEMBER_RO geo a 200 km; GEORADIUS_RO geo 15 37 200 km
GEOSEARCH geo FROMMEMBER a BYRADIUS 200 km; GEOSEARCHSTORE d geo FROMMEMBER a BYRADIUS 200 km; GET s; GETBIT s 1
GETDEL s; GETEX s EX 10; GETRANGE s 0 1; GETSET s 6; HDEL h f; HEXISTS h f; HEXPIRE h 100 FIELDS 1 f
HEXPIREAT h 4102444800 FIELDS 1 f; HEXPIRETIME h FIELDS 1 f; HGET h f; HGETALL h; HGETDEL h FIELDS 1 f
HGETEX h EX 100 FIELDS 1 f; HINCRBY h n 1; HINCRBYFLOAT h n 1.5; HKEYS h; HLEN h; HMGET h f n; HMSET h f w
HPERSIST h FIELDS 1 f; HPEXPIRE h 100000 FIELDS 1 f; HPEXPIREAT h 4102444800000 FIELDS 1 f
HPEXPIRETIME h FIELDS 1 f; HPTTL h FIELDS 1 f; HRANDFIELD h; HSCAN h 0; HSET h g 1; HSETEX h EX 100 FIELDS 1 g 1
HSETNX h g 1; HSTRLEN h f; HTTL h FIELDS 1 f; HVALS h; INCR s; INCRBY s 2; INCRBYFLOAT s 1.5; LCS s s2; LINDEX l 0
LINSERT l BEFORE 1 0; LLEN l; LMOVE l d LEFT RIGHT; LMPOP 1 l LEFT; LPOP l; LPOS l 1; LPUSH l 4; LPUSHX l 4
LRANGE l 0 -1; LREM l 1 3; LSET l 0 9; LTRIM l 0 1; MGET s s2; MSET s 1 d 2; MSETEX 2 s 1 d 2 EX 100; MSETNX c 1 d 2
MULTI; OBJECT ENCODING s; OBJECT HELP; PERSIST s; PEXPIRE s 100000; PEXPIREAT s 4102444800000; PEXPIRETIME s
PFADD p b; PFCOUNT p; PFMERGE d p; PING; PING hello; PSETEX s 100000 v; PSUBSCRIBE n*; PTTL s; PUBLISH news hi
PUBSUB CHANNELS; PUBSUB HELP; PUBSUB NUMSUB news; PUNSUBSCRIBE n*; RENAME s d; RENAMENX s d; RPOP l; RPOPLPUSH l d
RPUSH l 4; RPUSHX l 4; SADD t c; SCARD t; SDIFF t; SDIFFSTORE d t; SET s v; SET s v GET; SET none v GET; SET s v NX
SETBIT s 7 1; SETEX s 100 v; SETNX s v; SETRANGE s 1 x; SINTER t; SINTERCARD 1 t; SINTERSTORE d t; SISMEMBER t a
SMEMBERS t; SMISMEMBER t a x; SMOVE t d a; SORT l; SORT l STORE d; SORT_RO l; SPOP t; SPOP t 1; SPUBLISH news hi
SRANDMEMBER t; SREM t a; SSCAN t 0; SSUBSCRIBE news; STRLEN s; SUBSCRIBE news; SUBSTR s 0 1; SUNION t
SUNIONSTORE d t; SUNSUBSCRIBE news; TIME; TOUCH s; TTL s; TYPE s; TYPE none; UNLINK s; UNSUBSCRIBE news; UNWATCH
VADD v VALUES 2 0 1 f; VCARD v; VDIM v; VEMB v e; VEMB v e RAW; VGETATTR v e; VINFO v; VISMEMBER v e; VLINKS v e
VRANDMEMBER v; VREM v e; VSETATTR v e {}; VSIM v ELE e; WATCH s; XACK x g 1-1; XACKDEL x g IDS 1 1-1; XADD x 2-1 f v
XAUTOCLAIM x g c 0 0; XCLAIM x g c 0 1-1; XDEL x 1-1; XDELEX x IDS 1 1-1; XGROUP CREATE x h 0
XGROUP CREATECONSUMER x g c; XGROUP DELCONSUMER x g c; XGROUP DESTROY x g; XGROUP SETID x g 0; XGROUP HELP
XINFO STREAM x; XINFO GROUPS x; XINFO CONSUMERS x g; XINFO HELP; XLEN x; XPENDING x g; XRANGE x - +
XREAD STREAMS x 0; XREADGROUP GROUP g c STREAMS x >; XREVRANGE x + -; XSETID x 9-9; XTRIM x MAXLEN 0; ZADD z 3 c
ZADD z INCR 1 a; ZCARD z; ZCOUNT z 0 9; ZDIFF 1 z; ZDIFFSTORE d 1 z; ZINCRBY z 1 a; ZINTER 1 z; ZINTERCARD 1 z
ZINTERSTORE d 1 z; ZLEXCOUNT z - +; ZMPOP 1 z MIN; ZMSCORE z a; ZPOPMAX z; ZPOPMIN z; ZRANDMEMBER z; ZRANGE z 0 -1
ZRANGEBYLEX z - +; ZRANGEBYSCORE z 0 9; ZRANGESTORE d z 0 -1; ZRANK z a; ZREM z a; ZREMRANGEBYLEX z - +
ZREMRANGEBYRANK z 0 0; ZREMRANGEBYSCORE z 0 1; ZREVRANGE z 0 -1; ZREVRANGEBYLEX z + -; ZREVRANGEBYSCORE z 9 0
ZREVRANK z a; ZSCAN z 0; ZSCORE z a; ZUNION 1 z; ZUNIONSTORE d 1 z
""".replace("\n", ";")
"""Lines that the server answers with no error; those that need something else first say so in FIRST."""

KEYS = ("s", "s2", "n", "l", "h", "t", "z", "x", "y", "p", "geo", "v", "d", "c")
"""All keys of these lines."""

FIRST = {"DISCARD": ["MULTI"], "EXEC": ["MULTI"]}


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.split(";") if line.strip()]


@dataclass(frozen=True)
class Asked:
    """A server that the test may empty."""

    host: str
    port: int

    def has(self, name: str) -> bool:
        return len(spoken(self.host, self.port, f"COMMAND LIST FILTERBY PATTERN {name}")) > 1


@pytest.fixture(params=["embedded", "real"])
def own(request) -> Iterator[Asked]:
    if request.param == "real":
        address = urlsplit(request.getfixturevalue("real_redis_url"))
        yield Asked(address.hostname or "", address.port or 6379)
        return
    with running_redis() as server:
        yield Asked("127.0.0.1", server.port)


def spoken(host: str, port: int, line: str) -> list[bytes]:
    """Return the marks of all lines of the reply: `+` for a status line, `$` a text, `-` an error, `_` nil."""
    with closing(socket.create_connection((host, port), timeout=5)) as connection:
        reader = connection.makefile("rb")

        def ask(words: list[str]) -> list[bytes]:
            connection.sendall(b"".join([b"*%d\r\n" % len(words), *(_packed(word) for word in words)]))
            return _read(reader)

        ask(["DEL", *KEYS])
        for words in map(split_command, [*lines_of(BEFORE), *FIRST.get(line, ())]):
            ask(words)
        return ask(split_command(line))


def _packed(word: str) -> bytes:
    raw = encoded(word)
    return b"$%d\r\n%s\r\n" % (len(raw), raw)


def _read(reader) -> list[bytes]:
    line = reader.readline()
    if line[:1] == b"$":
        if line == b"$-1\r\n":
            return [b"_"]
        reader.read(int(line[1:]) + 2)
    if line[:1] == b"*":
        return [b"*", *(mark for _ in range(int(line[1:])) for mark in _read(reader))]
    return [line[:1]]


def told(line: str, *, is_array: bool) -> bool:
    """Return whether the program takes a text in the reply for a status line."""
    text = "a line"
    return as_status(split_command(line), [text] if is_array else text) != ([text] if is_array else text)


def test_a_command_answers_with_a_status_line_where_the_table_says_so(own):
    found = {line: spoken(own.host, own.port, line) for line in lines_of(ANSWERED) if own.has(line.split()[0])}
    assert {line for line, marks in found.items() if b"-" in marks} == set()
    single = {line: marks[0] for line, marks in found.items() if marks[0] in (b"+", b"$")}
    assert {line for line, mark in single.items() if (mark == b"+") != told(line, is_array=False)} == set()
    arrays = {line: set(marks[1:]) for line, marks in found.items() if marks[0] == b"*" and {b"+", b"$"} & {*marks}}
    assert {line for line, marks in arrays.items() if (marks == {b"+"}) != told(line, is_array=True)} == set()


def test_every_command_is_answered():
    assert {line.split()[0] for line in lines_of(ANSWERED)} == set(ALLOWED)
