"""One list of commands for all brokers: a learner's pages must not depend on the broker.

The embedded server is the measure. fakeredis, and a Redis if TEST_REDIS_URL names one, are compared with it reply by
reply. What differs stands in DIFFERENCES with the reason, and an entry there that no longer differs is a failure.
"""

import pytest

from tests.corners import new_corner
from tests.engine.plays import lesson
from tests.servers import broker_at, known_commands
from tests.tables import for_each
from tutor.broker import embedded
from tutor.engine.errors import BrokerLacks
from tutor.engine.playing import player
from tutor.engine.playing.cast import Cast
from tutor.engine.playing.moment import Moment
from tutor.engine.redis.table import ALLOWED
from tutor.engine.values.replies import Reply

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
SETRANGE k 3 ab | GET k | SETRANGE k 0 "" | SETRANGE none 5 "" | EXISTS none | SETRANGE k x a | SETRANGE k
SETRANGE k -1 a
SET k hello | SUBSTR k 1 3 | SUBSTR none 0 1
MSETNX a 1 b 2 | MSETNX b 3 c 4 | MGET a b c | MSETNX a
MSETEX 2 a 1 b 2 EX 100 | TTL a | MSETEX 1 a 3 NX | MSETEX 1 a 3 XX KEEPTTL | TTL a | MSETEX 0 a 1
SET k v | DELIFEQ k w | DELIFEQ k v | DELIFEQ k v | EXISTS k
MSET a ohmytext b mynewtext | LCS a b | LCS a b LEN | LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN | LCS a none
MSET a ohmytext b mynewtext | LCS a b IDX
SET k v | LCS k l | RPUSH l a | LCS k l
SETBIT k 7 1 | SETBIT k 7 0 | GETBIT k 7 | GETBIT k 999 | GET k | SETBIT k 7 2
SETBIT k x 1
SET k foobar | BITCOUNT k | BITCOUNT k 0 0 | BITCOUNT k 1 1 BYTE | BITCOUNT k 5 30 BIT | BITCOUNT none | BITPOS k 1 | BITPOS k 0 1 | BITPOS none 1
SET k foobar | BITPOS k 1 7 15 BIT | BITPOS none 0 | BITPOS k 2
MSET a foobar b abcdef | BITOP AND d a b | GET d | BITOP OR d a b | BITOP XOR d a b | GET d | BITOP NOT d a | STRLEN d | BITOP AND d none | EXISTS d
BITOP NOT d a b
BITOP NOPE d a b
BITFIELD k SET u8 0 255 GET u4 0 INCRBY i5 100 1 | BITFIELD k OVERFLOW FAIL INCRBY u2 0 9 | BITFIELD k OVERFLOW SAT INCRBY u2 0 9 | BITFIELD k GET u8 #1
BITFIELD k SET i64 0 -5 | BITFIELD k GET i64 0 | BITFIELD_RO k GET u8 0
BITFIELD k SET u64 0 1
BITFIELD_RO k SET u8 0 1
PFADD k a b c | PFADD k a | PFADD k | PFCOUNT k | PFADD l c d | PFCOUNT k l none | PFMERGE d k l | PFCOUNT d | PFCOUNT none
SET k v | PFADD k a
HMSET k a 1 b 2 | HGETALL k | HMSET k a
HSET k a 1 | HRANDFIELD k 5 | HRANDFIELD k 2 WITHVALUES | HRANDFIELD k -2 | HRANDFIELD none | HRANDFIELD k x
HSET k a 1 | HRANDFIELD k
HRANDFIELD none 2
HSET k a 1 b 2 | HSCAN k 0 | HSCAN k 0 MATCH a* COUNT 10 | HSCAN none 0
HSCAN k x
HSET k a 1 b 2 c 3 | HGETDEL k FIELDS 2 a x | HGETDEL k FIELDS 1 b | HGETDEL k FIELDS 1 c | EXISTS k | HGETDEL none FIELDS 1 a
HSETEX k EX 100 FIELDS 2 a 1 b 2 | HSETEX k FNX FIELDS 1 a 9 | HSETEX k FXX KEEPTTL FIELDS 1 a 9 | HGET k a
HSETEX k EX 100 FIELDS 1 a 1 | HSET k b 2 | HTTL k FIELDS 2 b c
HSETEX k EX 100 FIELDS 1 a 1 | HSETEX k KEEPTTL FIELDS 1 a 2 | HTTL k FIELDS 1 a
HSET k a 1 b 2 | HGETEX k FIELDS 2 a x | HGETEX k EX 100 FIELDS 1 a | HGETEX k PERSIST FIELDS 1 a | HTTL k FIELDS 2 a b
HSET k a 1 b 2 | HEXPIRE k 100 FIELDS 2 a x | HEXPIRE k 100 NX FIELDS 2 a b | HEXPIRE k 200 GT FIELDS 1 a | HEXPIRE k 0 FIELDS 1 a | HKEYS k
HSET k a 1 | HPEXPIRE k 100000 FIELDS 1 a | HPERSIST k FIELDS 2 a x | HPERSIST k FIELDS 1 a | HPTTL k FIELDS 2 a x | HPTTL none FIELDS 1 a
HSET k a 1 | HEXPIREAT k 4102444800 FIELDS 1 a | HEXPIRETIME k FIELDS 2 a x | HPEXPIRETIME k FIELDS 1 a | HPEXPIREAT k 4102444800001 XX FIELDS 1 a | HPEXPIRETIME k FIELDS 1 a
RPUSH k a b c | LMPOP 2 none k LEFT | LMPOP 1 k RIGHT COUNT 5 | LMPOP 1 k LEFT
LMPOP 0 k LEFT
LMPOP 3 k LEFT
SADD k a | SRANDMEMBER k | SRANDMEMBER k 5 | SRANDMEMBER k -2 | SRANDMEMBER none | SRANDMEMBER none 2 | SRANDMEMBER k x
SADD k 1 2 3 | SSCAN k 0 | SSCAN k 0 MATCH 2 | SSCAN none 0
SADD a 1 2 3 | SADD b 2 3 4 | SINTERCARD 2 a b | SINTERCARD 2 a b LIMIT 1 | SINTERCARD 0 a
SINTERCARD 1 none
SINTERCARD 3 a b
SADD a 1 2 3 | SADD b 2 3 4 | SINTERSTORE d a b | SMEMBERS d | SUNIONSTORE d a b | SMEMBERS d | SDIFFSTORE d a b | SMEMBERS d | SDIFFSTORE d none | EXISTS d
ZADD a 1 x 2 y 3 z | ZADD b 10 y 20 z 30 w | ZUNION 2 a b | ZUNION 2 a b WITHSCORES | ZINTER 2 a b WITHSCORES | ZDIFF 2 a b WITHSCORES | ZINTERCARD 2 a b | ZINTERCARD 2 a b LIMIT 1
ZADD a 1 x 2 y | ZADD b 10 y | ZUNIONSTORE d 2 a b WEIGHTS 2 3 AGGREGATE MAX | ZRANGE d 0 -1 WITHSCORES | ZINTERSTORE d 2 a b | ZRANGE d 0 -1 WITHSCORES | ZDIFFSTORE d 2 a b | ZRANGE d 0 -1 | ZINTERSTORE d 2 a none | EXISTS d
ZADD a 1 x | ZUNIONSTORE d 1 a WEIGHTS inf | ZRANGE d 0 -1 WITHSCORES | ZUNIONSTORE d 0 a
ZUNIONSTORE d 3 a b
ZUNION x a
ZADD k 0 a 0 b 0 c | ZRANGEBYLEX k - + | ZRANGEBYLEX k [b + LIMIT 0 1 | ZREVRANGEBYLEX k + (a | ZLEXCOUNT k (a [c | ZREMRANGEBYLEX k [a (b | ZRANGE k 0 -1
ZLEXCOUNT k a b
ZADD k 1 a 2 b 3 c | ZREVRANGEBYSCORE k +inf 2 WITHSCORES | ZREVRANGEBYSCORE k 3 -inf LIMIT 1 1 | ZMSCORE k a none | ZMSCORE none a | ZREVRANGEBYSCORE k x y
ZADD k 1 a 2 b 3 c | ZMPOP 2 none k MIN | ZMPOP 1 k MAX COUNT 9 | ZMPOP 1 k MIN
ZMPOP 1 k MID
ZADD k 1 a | ZRANDMEMBER k 3 WITHSCORES | ZRANDMEMBER k -2 | ZRANDMEMBER none 2
ZADD k 1 a | ZRANDMEMBER k
ZRANDMEMBER none
ZADD k 1 a 2.5 b | ZSCAN k 0 | ZSCAN none 0
ZADD k 1 a 2 b 3 c | ZRANGESTORE d k 1 -1 | ZRANGE d 0 -1 WITHSCORES | ZRANGESTORE d k (1 +inf BYSCORE LIMIT 0 1 | ZRANGE d 0 -1 | ZRANGESTORE d none 0 -1 | EXISTS d
GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEOADD k NX 1 1 a | GEODIST k a none | GEOHASH k a none | GEOPOS k none
GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEODIST k a b
GEOADD k 200 100 a
GEODIST k a b yards
GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km ASC | GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1
GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEOSEARCH k FROMMEMBER a BYBOX 400 400 km DESC WITHDIST
GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEOSEARCHSTORE d k FROMLONLAT 15 37 BYRADIUS 100 km | ZRANGE d 0 -1
GEOSEARCH k FROMMEMBER a BYRADIUS 1 m
GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEORADIUS k 15 37 200 km ASC | GEORADIUS k 15 37 100 km STORE d | ZRANGE d 0 -1 | GEORADIUSBYMEMBER k a 200 km DESC
GEOADD k 13.361389 38.115556 a | GEORADIUS_RO k 15 37 200 km | GEORADIUSBYMEMBER_RO k a 200 km
GEORADIUS_RO k 15 37 200 km STORE d
SET k 5 | OBJECT ENCODING k | HSET h a 1 | OBJECT ENCODING h | ZADD z 1 a | OBJECT ENCODING z | SADD s 1 | OBJECT ENCODING s
OBJECT ENCODING none
SET a 1 | TOUCH a b a | TOUCH none | TOUCH
RPUSH k 3 1 2 | SORT k | SORT k DESC LIMIT 0 2 | SORT k STORE d | LRANGE d 0 -1 | SORT none | SORT_RO k | RPUSH k x | SORT k ALPHA
RPUSH k x | SORT k
RPUSH k 1 2 | MSET w_1 9 w_2 3 n_1 one n_2 two | SORT k BY w_* GET # GET n_* | HSET h_1 f a | SORT k BY nosort GET h_*->f
XADD k 1-1 a 1 | XSETID k 5-0 | XADD k 4-0 a 1 | XSETID k 0-1 | XSETID none 1-1
""".strip().splitlines()  # noqa: E501 - a case is a line
"""Each line is played from an empty corner; `|` separates commands."""

NOT_COMPARED = {
    "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE": "need a connection",
    "MULTI EXEC DISCARD WATCH UNWATCH": "need a connection",
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BZPOPMIN BZPOPMAX BLMPOP BZMPOP": "wait for another connection",
    "TIME": "tells the time",
    "VADD VCARD VDIM VEMB VGETATTR VINFO VISMEMBER VLINKS VRANDMEMBER VREM VSETATTR VSIM": "only Redis has them",
    "XACKDEL XDELEX": "only Redis has them",
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
    "MSETEX 2 a 1 b 2 EX 100 | TTL a | MSETEX 1 a 3 NX | MSETEX 1 a 3 XX KEEPTTL | TTL a | MSETEX 0 a 1": "other words",
    "MSET a ohmytext b mynewtext | LCS a b IDX": "a range that was found first comes with its ends changed round",
    "SET k v | LCS k l | RPUSH l a | LCS k l": "the error is about the type",
    "BITOP NOT d a b": "the error ends with no full stop",
    "BITOP NOPE d a b": "the error is about the number of arguments",
    "SET k v | PFADD k a": "the error speaks of any type",
    "HSET k a 1 | HRANDFIELD k": "one field is an array",
    "HRANDFIELD none 2": "nothing is nil, not an empty array",
    "HSCAN k x": "the error is about an integer, not about the cursor",
    "HSETEX k EX 100 FIELDS 1 a 1 | HSETEX k KEEPTTL FIELDS 1 a 2 | HTTL k FIELDS 1 a": "it forgets the life",
    "SINTERCARD 1 none": "it takes a key that is not there for one of another type",
    "ZADD a 1 x | ZUNIONSTORE d 1 a WEIGHTS inf | ZRANGE d 0 -1 WITHSCORES | ZUNIONSTORE d 0 a": "no quotes",
    "ZADD k 1 a | ZRANDMEMBER k": "one member is an array",
    "ZRANDMEMBER none": "nothing is an empty array, not nil",
    "GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEODIST k a b": "it counts with more digits, and otherwise",
    "ZLEXCOUNT k a b": "the error has a word more",
    "GEODIST k a b yards": "an unknown unit of what is not there is nil",
    "GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b | GEOSEARCH k FROMMEMBER a BYBOX 400 400 km DESC WITHDIST": (
        "it has no BYBOX"
    ),
    "GEORADIUS_RO k 15 37 200 km STORE d": "it takes STORE",
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


def all_played() -> Replies:
    """Return the replies to all cases whose commands the server at hand has."""
    known = known_commands()
    return {case: played(case) for case in CASES if names_in(case) <= known}


def names_in(case: str) -> set[str]:
    return {line.split()[0].upper() for line in case.split(" | ")}


@pytest.fixture(scope="module")
def measure() -> Replies:
    with broker_at(""):
        return all_played()


def is_missing(folder: object) -> str:
    raise embedded.NoEmbeddedServer


@pytest.fixture(scope="module")
def fakeredis() -> Replies:
    with pytest.MonkeyPatch.context() as patched, broker_at(""):
        patched.setattr(embedded, "ensure_server", is_missing)
        return all_played()


@pytest.mark.slow
@for_each("case", CASES)
def test_fakeredis_answers_as_the_embedded_server_does(measure, fakeredis, case):
    if case not in fakeredis:
        return
    if case not in DIFFERENCES:
        assert fakeredis[case] == measure[case]
        return
    assert fakeredis[case][:-1] == measure[case][:-1]
    assert fakeredis[case][-1] != measure[case][-1], "it answers alike now: take it out of DIFFERENCES"


def test_fakeredis_lacks_few_commands(fakeredis):
    lacking = [case for case in CASES if case not in fakeredis]
    assert len(lacking) < len(CASES) / 10
    if lacking:
        pytest.skip(f"fakeredis lacks a command of each of {len(lacking)} cases")


def test_a_redis_answers_as_the_embedded_server_does(measure, real_redis_url):
    with broker_at(real_redis_url):
        found = all_played()
    differing = {case: (replies, measure[case]) for case, replies in found.items() if case in measure}
    assert {case: both for case, both in differing.items() if both[0] != both[1]}.keys() == set()


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
