"""One list of commands for all brokers: what a learner sees must not depend on which of them answers.

The embedded server is the measure. fakeredis, and a Redis if TEST_REDIS_URL names one, are compared with it reply by
reply. What differs stands in DIFFERENCES with the reason, and an entry there that no longer differs is a failure.
"""

import pytest

from tests.corners import new_corner
from tests.engine.playing import lesson
from tests.servers import broker_at
from tutor import embedded
from tutor.engine import player
from tutor.engine.cast import Cast
from tutor.engine.errors import BrokerLacks
from tutor.engine.player import Moment
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values import Reply

CASES = """
PING
PING hello
ECHO hello
ECHO | PING a b
PUBLISH news hi | PUBLISH news
SPUBLISH news hi | SPUBLISH news
PUBSUB CHANNELS | PUBSUB channels n* | PUBSUB NUMSUB | PUBSUB NUMSUB a b | PUBSUB NUMPAT
PUBSUB SHARDCHANNELS | PUBSUB SHARDCHANNELS a* | PUBSUB SHARDNUMSUB a
PUBSUB CHANNELS a b
PUBSUB NUMPAT a
LPUSH k a b c | LRANGE k 0 -1
LPUSH k a | LPUSH k | LPUSH
RPUSH k a b c | LRANGE k 0 -1 | LRANGE k -2 -1 | LRANGE k 5 9 | LRANGE k a b
LPUSHX k a | RPUSHX k a | EXISTS k
LPUSH k a | LPUSHX k b | RPUSHX k c d | LRANGE k 0 -1
RPUSH k a b c d | LPOP k | RPOP k | LPOP k 0 | LPOP k 9 | LPOP k | LPOP k 2
RPOP k | RPOP k 2 | RPOP k -1 | RPOP k x
RPUSH k a b a c a | LREM k 2 a | LREM k -1 a | LREM k 0 x | LREM k x a | LRANGE k 0 -1
RPUSH k a c | LINSERT k BEFORE c b | LINSERT k AFTER x y | LINSERT none BEFORE a b | LINSERT k BESIDE a b | LRANGE k 0 -1
RPUSH k a b | LSET k 0 x | LSET k -1 y | LSET k 9 z | LSET none 0 a | LSET k x a | LRANGE k 0 -1
RPUSH k a b c d | LTRIM k 1 2 | LRANGE k 0 -1 | LTRIM k 5 9 | EXISTS k
RPUSH k a b | LLEN k | LINDEX k 0 | LINDEX k -1 | LINDEX k 9 | LLEN none | LINDEX k x
RPUSH k a b c b | LPOS k b | LPOS k b RANK 2 | LPOS k b COUNT 0 | LPOS k x | LPOS k x COUNT 1
RPUSH k a | LPOS k a RANK 0
RPUSH k a b c | LMOVE k l RIGHT LEFT | LMOVE k k LEFT RIGHT | LMOVE none l LEFT LEFT | LMOVE k l UP DOWN | LRANGE k 0 -1
RPUSH k a b | RPOPLPUSH k l | RPOPLPUSH none l | LRANGE l 0 -1
SET k v | GET k | SET k w GET | SET k x NX | SET k x XX | SET none x XX | GET k
SET k v EX 100 | SET k w KEEPTTL | PERSIST k | PERSIST k | SET k v EX x | SET k v EX 1 PX 1 | SET k v WRONG
SET k v NX GET | SET k w NX GET
SET k v EX 0
SET k | SET | GET | GET a b | get k | Get none
SETNX k a | SETNX k b | GETSET k c | GETSET none d | GET none
SET k v | GETDEL k | GETDEL k | SET k v EX 100 | GETEX k PERSIST | GETEX k EX 50 | PERSIST k | GETEX none
SET k v | GETEX k EX 0
SETEX k 0 v
SETEX k 100 v | PERSIST k | SETEX k x v | PSETEX k 100000 v | PERSIST k
APPEND k a | APPEND k bc | STRLEN k | STRLEN none | GETRANGE k 0 1 | GETRANGE k -2 -1 | GETRANGE k 9 12 | GETRANGE k x y
INCR k | INCRBY k 5 | DECR k | DECRBY k 2 | INCRBYFLOAT k 0.5 | GET k | INCR k | INCRBY k x | INCRBYFLOAT k x
SET k 9223372036854775807 | INCR k | SET k -9223372036854775808 | DECR k | SET k a | INCR k | DECRBY k 9223372036854775808
INCRBYFLOAT k 3.0 | INCRBYFLOAT k 1e3 | INCRBYFLOAT k -0.5 | INCRBYFLOAT k inf | GET k
SET k 1003 | INCRBYFLOAT k -0.1
MSET a 1 b 2 | MGET a b none | MSET a | MGET
MSET a 1 b
HSET k a 1 b 2 | HSET k a 3 c 4 | HGETALL k | HSET k a | HSET k
HSETNX k a 1 | HSETNX k a 2 | HGET k a | HGET k none | HGET none a | HMGET k a none | HMGET none a
HSET k a 1 b 2 | HDEL k a none | HKEYS k | HVALS k | HLEN k | HEXISTS k b | HEXISTS k a | HSTRLEN k b | HDEL k b | EXISTS k
HINCRBY k a 5 | HINCRBY k a -7 | HINCRBY k a x | HINCRBYFLOAT k f 1.5 | HINCRBYFLOAT k f 1.5 | HSET k t x | HINCRBY k t 1
HINCRBYFLOAT k t 0.25 | HINCRBYFLOAT k t x
HINCRBYFLOAT k t 0.1
SADD k a | SADD k a b | SREM k a x | SCARD k | SISMEMBER k b | SISMEMBER k a | SMISMEMBER k a b | SMEMBERS k
SADD k 3 1 2 | SMEMBERS k | SPOP none | SPOP none 2 | SPOP k 0 | SPOP k -1
SADD k a | SPOP k x
SADD k only | SPOP k | EXISTS k
SADD k a | SMOVE k l a | SMOVE k l x | SMOVE none l a | SMEMBERS l | SCARD none | SMEMBERS none
SADD a 1 2 3 | SADD b 2 3 4 | SINTER a b | SDIFF a b | SUNION a none | SINTER a none | SDIFF none a
ZADD k 1 a 2 b | ZADD k XX CH 3 a | ZADD k NX 9 a | ZADD k INCR 5 b | ZADD k GT CH 1 a | ZADD k x a | ZADD k 1 | ZADD k NX XX 1 a
ZADD k 1 a 2 b 3 c | ZRANGE k 0 -1 | ZRANGE k 0 -1 WITHSCORES | ZREVRANGE k 0 0 | ZRANGE k 1 2 BYSCORE | ZRANGE k 0 -1 REV
ZADD k 1 a 2 b 3 c | ZRANGEBYSCORE k (1 +inf | ZRANGEBYSCORE k -inf 2 WITHSCORES LIMIT 0 1 | ZCOUNT k 1 2 | ZCOUNT k x y
ZADD k 1.5 a inf b -inf c 3.0 d 1e20 e | ZRANGE k 0 -1 WITHSCORES | ZSCORE k a | ZSCORE k b | ZSCORE k none | ZSCORE none a
ZADD k 1 a 2 b | ZINCRBY k 0.5 a | ZRANK k b | ZRANK k none | ZREVRANK k b | ZCARD k | ZREM k a none | ZCARD none | ZINCRBY k nan a
ZADD k 1 a 2 b 3 c 4 d | ZPOPMIN k | ZPOPMAX k 2 | ZPOPMIN none | ZPOPMIN k 0 | ZPOPMAX k 9 | EXISTS k
ZADD k 1 a | ZPOPMIN k x
ZADD k 1 a 2 b 3 c 4 d | ZREMRANGEBYSCORE k 1 (2 | ZREMRANGEBYRANK k -1 -1 | ZREMRANGEBYSCORE k x y | ZRANGE k 0 -1
XADD k 1-1 a 1 | XADD k 1-2 b 2 c 3 | XADD k 1-1 d 4 | XADD k 0-0 e 5 | XADD k 2-* f 6 | XLEN k | XRANGE k - +
XADD k NOMKSTREAM 1-1 a 1 | XADD k MAXLEN 1 1-1 a 1 | XADD k MAXLEN = 1 2-1 b 2 | XRANGE k - + | XADD k 3-1 a | XADD k x a 1
XADD k 1-1 a 1 | XADD k 2-1 b 2 | XADD k 3-1 c 3 | XRANGE k 2 + | XRANGE k (1-1 + COUNT 1 | XREVRANGE k + - COUNT 2 | XRANGE k x y
XADD k 1-1 a 1 | XADD k 2-1 b 2 | XDEL k 1-1 9-9 | XLEN k | XTRIM k MAXLEN 0 | XLEN k | XLEN none | XTRIM k MAXLEN x | EXISTS k
XADD k 1-1 a 1 | XADD k 2-1 b 2 | XREAD STREAMS k 0 | XREAD COUNT 1 STREAMS k 0
XADD k 1-1 a 1 | XREAD STREAMS k 1-1
XREAD STREAMS none 0
XREAD STREAMS k
SET k v | XREAD STREAMS k 0
XADD k 1-1 a 1 | XGROUP CREATE k g 0 | XGROUP CREATE k g 0
XADD k 1-1 a 1 | XGROUP CREATE none g 0 | XGROUP CREATE l g $ MKSTREAM | XLEN l
XADD k 1-1 a 1 | XGROUP CREATE k g 0 | XREADGROUP GROUP g me STREAMS k > | XREADGROUP GROUP g me STREAMS k 0 | XACK k g 1-1 9-9
XADD k 1-1 a 1 | XREADGROUP GROUP g me STREAMS k > | XACK k g 1-1 | XGROUP CREATE k g $ | XREADGROUP GROUP g me STREAMS k >
XADD k 1-1 a 1 | XGROUP CREATE k g 0 | XREADGROUP GROUP g me STREAMS k > | XGROUP DESTROY k g | XPENDING k g
XADD k 1-1 a 1 | XGROUP CREATE k g 0 | XREADGROUP GROUP g me STREAMS k > | XPENDING k g
SET k v | DEL k none | UNLINK k | EXISTS k k | SET k v | EXISTS k k none | DEL | UNLINK
SET k v | EXPIRE k 100 | PERSIST k | PERSIST none | EXPIRE none 9 | EXPIRE k x | EXPIRE k 200 GT | EXPIRE k -1 | EXISTS k
SET k v | PEXPIRE k 100000 | PEXPIRE k 100 XX NX | PERSIST k | TTL none | PTTL none
SET k v | TTL k | PTTL k | EXPIRETIME k | PEXPIRETIME k | EXPIRETIME none | PEXPIRETIME none | EXPIRE k 100 NX | TTL k
SET k v | EXPIREAT k 4102444800 | EXPIRETIME k | EXPIREAT k 1 | EXISTS k | EXPIREAT none 9 | EXPIREAT k x
SET k v | PEXPIREAT k 4102444800000 GT | TTL k | PEXPIREAT k 4102444800000 | EXPIRETIME k | PEXPIREAT k 1 | EXISTS k
SET k v EX 100 | COPY k l | TTL l | COPY k l | COPY k l REPLACE | COPY none l | COPY k k | GET l
SET k v | SET l w EX 100 | RENAMENX k l | RENAMENX k m | EXISTS k | TTL m | RENAMENX none m | RENAME l m | TTL m
SET s v | RPUSH l a | HSET h a 1 | SADD t a | ZADD z 1 a | XADD x 1-1 a 1 | TYPE s | TYPE l | TYPE h | TYPE t | TYPE z | TYPE x
TYPE none | TYPE
SET k v | RENAME k l | GET l | RENAME none l | RENAME l l | RENAME l
SET k v | LPUSH k a | RPOP k | LLEN k | LRANGE k 0 -1 | HSET k a 1 | HGETALL k | SADD k a | SMEMBERS k | ZADD k 1 a | ZRANGE k 0 -1
SET k v | XADD k 1-1 a 1 | XLEN k | LMOVE k l LEFT LEFT | LPOS k a | SMOVE k l a | ZPOPMIN k | HINCRBY k a 1
RPUSH k a | GET k | INCR k | APPEND k x | STRLEN k | GETSET k x | GETDEL k | SET k x GET | SETNX k x | GETRANGE k 0 1 | MGET k
SET k "" | GET k | RPUSH l "" " " | LRANGE l 0 -1 | SET "" v | GET "" | HSET h "" "" | HGETALL h
SET k "größer ≠ 1 \\xf0\\x9f\\x98\\x80" | GET k | STRLEN k | GETRANGE k 2 2 | RPUSH l "a\\nb" | LRANGE l 0 -1
SET k "\\"'<script>{{7*7}}" | GET k | APPEND k "%s{}" | GET k
""".strip().splitlines()  # noqa: E501 - a case is a line
"""Each line is played from an empty corner; `|` stands between commands."""

NOT_COMPARED = {
    "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE": "need a connection",
    "MULTI EXEC DISCARD WATCH UNWATCH": "need a connection",
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BZPOPMIN BZPOPMAX": "wait for another connection",
    "XINFO XCLAIM XAUTOCLAIM": "tell idle times and what a server's version knows of its streams",
}

DIFFERENCES = {
    "RPUSH k a | LPOS k a RANK 0": "the error has no code",
    "PUBSUB CHANNELS a b": "it takes several patterns",
    "PUBSUB NUMPAT a": "the error names the subcommand behind a space",
    "SET k v EX 0": "the error names the command without quotes",
    "SET k v | GETEX k EX 0": "the error names the command without quotes",
    "SETEX k 0 v": "the error names the command without quotes",
    "MSET a 1 b": "the error speaks of a script",
    "SADD k a | SPOP k x": "the error is about an integer, not about its range",
    "ZADD k 1 a | ZPOPMIN k x": "the error is about an integer, not about its range",
    "SET k 1003 | INCRBYFLOAT k -0.1": "it counts with Python's floats, not with long doubles",
    "HINCRBYFLOAT k t 0.1": "it counts with Python's floats, not with long doubles",
    "XADD k 1-1 a 1 | XREAD STREAMS k 1-1": "nothing new is an empty array, not nil",
    "XREAD STREAMS none 0": "nothing new is an empty array, not nil",
    "XREAD STREAMS k": "the error is about syntax, not about the number of arguments",
    "SET k v | XREAD STREAMS k 0": "it breaks",
    "XADD k 1-1 a 1 | XGROUP CREATE k g 0 | XGROUP CREATE k g 0": "the error has a code too many",
    "XADD k 1-1 a 1 | XGROUP CREATE k g 0 | XREADGROUP GROUP g me STREAMS k > | XPENDING k g": "a count is no text",
}
"""How the last reply of fakeredis to a case differs from the embedded server's; known, and not hidden."""

HAVE_NO_ORDER = "SMEMBERS SINTER SUNION SDIFF".split()

Replies = dict[str, list[Reply]]


def played(case: str) -> list[Reply]:
    """Return the replies to the commands of a case, as the program shows them."""
    steps = lesson(*({"command": line} for line in case.split(" | ")), watch={}, variables={})
    corner, moment, found = new_corner(steps), Moment(steps, None, Cast()), list[Reply]()
    for step in steps.steps:
        try:
            entry = player.perform(step, moment, corner)
        except BrokerLacks as fault:
            return [*found, {"broken": str(fault)}]
        moment = moment.after(entry)
        is_sorted = entry.words[0].upper() in HAVE_NO_ORDER and isinstance(entry.reply, list)
        found.append(sorted(entry.reply) if is_sorted else entry.reply)
    return found


@pytest.fixture(scope="module")
def measure() -> Replies:
    with broker_at(""):
        return {case: played(case) for case in CASES}


def is_missing(folder: object) -> str:
    raise embedded.NoEmbeddedServer


@pytest.fixture(scope="module")
def fakeredis() -> Replies:
    with pytest.MonkeyPatch.context() as patched, broker_at(""):
        patched.setattr(embedded, "ensure_server", is_missing)
        return {case: played(case) for case in CASES}


@pytest.mark.parametrize("case", CASES)
def test_fakeredis_answers_as_the_embedded_server_does(measure, fakeredis, case):
    if case not in DIFFERENCES:
        assert fakeredis[case] == measure[case]
        return
    assert fakeredis[case][:-1] == measure[case][:-1]
    assert fakeredis[case][-1] != measure[case][-1], "it answers alike now: take it out of DIFFERENCES"


def test_a_redis_answers_as_the_embedded_server_does(measure, real_redis_url):
    with broker_at(real_redis_url):
        assert {case: played(case) for case in CASES} == measure


def test_no_difference_is_about_a_case_that_is_gone():
    assert set(DIFFERENCES) <= set(CASES)


def test_every_command_that_a_lesson_may_send_is_compared():
    compared = {line.split()[0].upper() for case in CASES for line in case.split(" | ")}
    excused = {name for names in NOT_COMPARED for name in names.split()}
    assert set(ALLOWED) - excused <= compared
    assert not excused & compared


def test_errors_are_as_a_learner_would_see_them(measure):
    """With one code, and without the prefix of the corner."""
    lines = [
        reply["error"]
        for replies in measure.values()
        for reply in replies
        if isinstance(reply, dict) and "error" in reply
    ]
    assert len(lines) > 60
    assert [
        line for line in lines if "tutor:" in line or line.startswith("ERR ERR") or not line.split()[0].isupper()
    ] == []
