"""Random lessons over all commands: several actors, waits, transactions, lives of keys, chance, and refusals anywhere.

Every command of the allow-list has its forms here; a test holds the two against each other.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tutor.engine.redis.costs import cost_of, pads
from tutor.engine.redis.table import ALLOWED

Step = dict[str, Any]

KEYS = {"list": "k1", "string": "k2", "stream": "k3", "zset": "key four", "hash": "h", "set": "s"}
"""The keys by the type that most of their commands are for; each is used for others too, which are refused then."""

FOUND = {"list": "list:", "string": "text:", "hash": "hash:", "set": "set:", "zset": "ranks:", "stream": "log:"}
"""How keys of each type begin that are named by the variable `n`, and watched by a pattern."""

CHANNELS = ("news", "chat", '"n\\xff"')

LONG = "y" * 2001

VALUES = (
    "a",
    "b",
    "",
    "10",
    "3.5",
    "two words",
    "ünï",
    "a\\x00b",
    "\\xff\\xfe",
    "QUEUED",
    "OK",
    "tutor:{x}:k1",
    LONG,
)
"""As typed within double quotes; the last but one looks like a key of ours, the last is too long to be drawn."""

FORMS: Mapping[str, str] = {
    "LPUSH": "K V; K V V", "RPUSH": "K V; K V V", "LPUSHX": "K V", "RPUSHX": "K V", "LPOP": "K; K N",
    "RPOP": "K; K N", "LREM": "K I V", "LINSERT": "K BEFORE V V; K AFTER V V", "LSET": "K I V", "LTRIM": "K I I",
    "LLEN": "K", "LRANGE": "K I I", "LINDEX": "K I", "LPOS": "K V; K V COUNT 0",
    "LMOVE": "K K LEFT RIGHT; K K RIGHT LEFT", "RPOPLPUSH": "K K", "GETSET": "K V", "GETDEL": "K",
    "GETEX": "K; K EX L; K PERSIST; K PXAT 4102444800000", "SETNX": "K V", "APPEND": "K V", "INCR": "K",
    "INCRBY": "K I", "INCRBYFLOAT": "K F", "DECR": "K", "DECRBY": "K I",
    "SET": "K V; K V EX L; K V PX M; K V NX; K V XX GET; K V KEEPTTL; K V EXAT 4102444800; K V NX PX M; K V BAD",
    "SETEX": "K L V; K 0 V", "PSETEX": "K M V", "MSET": "K V K V", "GET": "K", "STRLEN": "K", "GETRANGE": "K I I",
    "MGET": "K K", "HSET": "K V V; K V V V V", "HSETNX": "K V V", "HDEL": "K V", "HINCRBY": "K V I",
    "HINCRBYFLOAT": "K V F", "HGET": "K V", "HMGET": "K V V", "HGETALL": "K", "HKEYS": "K", "HVALS": "K", "HLEN": "K",
    "HEXISTS": "K V", "HSTRLEN": "K V", "SADD": "K V; K V V V", "SREM": "K V", "SPOP": "K; K N", "SMOVE": "K K V",
    "SMEMBERS": "K", "SISMEMBER": "K V", "SMISMEMBER": "K V V", "SCARD": "K", "SINTER": "K K", "SUNION": "K K",
    "SDIFF": "K K", "ZADD": "K N V; K NX N V; K INCR F V; K N V F V", "ZREM": "K V", "ZINCRBY": "K F V",
    "ZPOPMIN": "K; K N", "ZPOPMAX": "K; K N", "ZREMRANGEBYSCORE": "K -inf N", "ZREMRANGEBYRANK": "K I I",
    "ZRANGE": "K I I; K I I WITHSCORES", "ZRANGEBYSCORE": "K -inf +inf; K 0 (5 LIMIT 0 2", "ZREVRANGE": "K I I",
    "ZSCORE": "K V", "ZCARD": "K", "ZCOUNT": "K -inf +inf", "ZRANK": "K V", "ZREVRANK": "K V", "DEL": "K; K K",
    "UNLINK": "K", "EXISTS": "K K", "EXPIRE": "K L; K L NX; K L XX; K L GT; K L LT; K -1; K 0",
    "PEXPIRE": "K M; K M NX", "EXPIREAT": "K 4102444800; K 1; K 4102444800 GT", "PEXPIREAT": "K 4102444800000",
    "PERSIST": "K", "TTL": "K", "PTTL": "K", "EXPIRETIME": "K", "PEXPIRETIME": "K", "TYPE": "K", "RENAME": "K K",
    "RENAMENX": "K K", "COPY": "K K; K K REPLACE", "PING": "; V", "ECHO": "V",
    "XADD": "K ID V V; K NOMKSTREAM ID V V; K MAXLEN 2 ID V V; K AUTO V V", "XDEL": "K ID", "XTRIM": "K MAXLEN N",
    "XLEN": "K", "XRANGE": "K - +; K ID + COUNT N", "XREVRANGE": "K + -",
    "XREAD": "STREAMS K 0; COUNT N STREAMS K K 0 0; BLOCK 0 STREAMS K $",
    "XREADGROUP": "GROUP G C STREAMS K >; GROUP G C COUNT 1 STREAMS K >"
    "; GROUP G C STREAMS K 0; GROUP G C BLOCK L STREAMS K >",
    "XGROUP": "CREATE K G 0 MKSTREAM; CREATE K G $; DESTROY K G; CREATECONSUMER K G C; SETID K G 0; HELP",
    "XINFO": "STREAM K; GROUPS K; CONSUMERS K G; HELP", "XACK": "K G ID", "XCLAIM": "K G C 0 ID; K G C M ID JUSTID",
    "XAUTOCLAIM": "K G C 0 0; K G C M 0 JUSTID", "XPENDING": "K G; K G - + N; K G IDLE M - + N",
    "BLPOP": "K L; K K 0; K V", "BRPOP": "K 0; K K L", "BLMOVE": "K K LEFT RIGHT 0", "BRPOPLPUSH": "K K L",
    "BZPOPMIN": "K 0; K K L", "BZPOPMAX": "K 0", "SUBSCRIBE": "CH; CH CH", "PSUBSCRIBE": "n*; *",
    "UNSUBSCRIBE": "; CH", "PUNSUBSCRIBE": "; n*", "PUBLISH": "CH V", "SSUBSCRIBE": "CH; CH CH", "SUNSUBSCRIBE": "; CH",
    "SPUBLISH": "CH V", "PUBSUB": "CHANNELS; CHANNELS n*; NUMSUB; NUMSUB CH CH; NUMPAT; SHARDCHANNELS; SHARDCHANNELS *t"
    "; SHARDNUMSUB CH; CHANNELS CH CH; NUMPAT V; HELP", "MULTI": "", "EXEC": "", "DISCARD": "",
    "WATCH": "K; K K", "UNWATCH": "",
    "LMPOP": "1 K LEFT; 2 K K RIGHT COUNT N; 0 K LEFT; 3 K K LEFT", "SETRANGE": "K O V", "SUBSTR": "K I I",
    "MSETNX": "K V K V", "DELIFEQ": "K V", "LCS": "K K; K K LEN; K K IDX WITHMATCHLEN; K K IDX MINMATCHLEN 1",
    "MSETEX": "2 K V K V EX L; 1 K V PX M NX; 1 K V; 0 K V; 2 K V K V KEEPTTL; 1 K V EXAT 4102444800",
    "BITCOUNT": "K; K I I; K I I BIT", "BITOP": "AND K K K; NOT K K; XOR K K; OR K K; DIFF K K K; BAD K K",
    "BITPOS": "K 1; K 0 I; K 1 I I BIT", "GETBIT": "K O", "SETBIT": "K O 1; K O 0; K O 2",
    "BITFIELD": "K SET U O N INCRBY U #1 I; K OVERFLOW FAIL INCRBY u2 0 N GET U O; K GET U O"
    "; K OVERFLOW SAT SET i8 0 N",
    "BITFIELD_RO": "K GET U O; K SET u8 0 1", "PFADD": "K V; K; K V V", "PFCOUNT": "K; K K", "PFMERGE": "K K; K; K K K",
    "HMSET": "K V V; K V V V V", "HRANDFIELD": "K; K N; K -2; K N WITHVALUES",
    "HSCAN": "K 0; K 0 MATCH a* COUNT 5; K 0 NOVALUES; K x", "HGETDEL": "K FIELDS 1 V; K FIELDS 2 V V; K FIELDS 0 V",
    "HSETEX": "K FIELDS 1 V V; K EX L FIELDS 1 V V; K FNX PX M FIELDS 2 V V V V"
    "; K KEEPTTL FIELDS 1 V V; K FXX FIELDS 1 V V",
    "HGETEX": "K FIELDS 1 V; K EX L FIELDS 1 V; K PERSIST FIELDS 2 V V; K EXAT 4102444800 FIELDS 1 V",
    "HEXPIRE": "K L FIELDS 1 V; K L NX FIELDS 2 V V; K L GT FIELDS 1 V; K 0 FIELDS 1 V; K L FIELDS 2 V",
    "HPEXPIRE": "K M FIELDS 1 V; K M XX FIELDS 1 V", "HEXPIREAT": "K 4102444800 FIELDS 1 V; K 1 FIELDS 1 V",
    "HPEXPIREAT": "K 4102444800000 FIELDS 2 V V", "HPERSIST": "K FIELDS 1 V; K FIELDS 2 V V", "HTTL": "K FIELDS 1 V",
    "HPTTL": "K FIELDS 2 V V", "HEXPIRETIME": "K FIELDS 1 V", "HPEXPIRETIME": "K FIELDS 1 V",
    "SRANDMEMBER": "K; K N; K -2", "SSCAN": "K 0; K 0 MATCH *", "SINTERCARD": "2 K K; 2 K K LIMIT N; 0 K; 3 K K",
    "SINTERSTORE": "K K K", "SUNIONSTORE": "K K K; K K", "SDIFFSTORE": "K K K",
    "ZDIFF": "2 K K; 2 K K WITHSCORES; 0 K", "ZDIFFSTORE": "K 2 K K; K 3 K K",
    "ZINTER": "2 K K; 2 K K WEIGHTS F F AGGREGATE MAX WITHSCORES", "ZINTERCARD": "2 K K; 1 K LIMIT N; x K",
    "ZINTERSTORE": "K 2 K K; K 2 K K AGGREGATE MIN", "ZUNION": "2 K K; 2 K K WITHSCORES; 1 K WEIGHTS F",
    "ZUNIONSTORE": "K 2 K K; K 2 K K WEIGHTS F F; K 1 K WEIGHTS inf; K -1 K; K 0 K; K 3 K K",
    "ZLEXCOUNT": "K - +; K X X", "ZRANGEBYLEX": "K - +; K X X LIMIT 0 N", "ZREVRANGEBYLEX": "K + -; K X X",
    "ZREMRANGEBYLEX": "K X X", "ZREVRANGEBYSCORE": "K +inf -inf; K (5 0 WITHSCORES", "ZMSCORE": "K V; K V V",
    "ZMPOP": "1 K MIN; 2 K K MAX COUNT N; 0 K MIN", "ZRANDMEMBER": "K; K N WITHSCORES; K -3",
    "ZSCAN": "K 0; K 0 COUNT N",
    "ZRANGESTORE": "K K 0 -1; K K 0 +inf BYSCORE LIMIT 0 N; K K X X BYLEX",
    "GEOADD": "K P V; K P V P V; K NX CH P V", "GEODIST": "K V V; K V V D", "GEOHASH": "K V; K V V",
    "GEOPOS": "K V; K V V",
    "GEORADIUS": "K P 200 km; K P 500 km WITHDIST ASC; K P 500 km STORE K; K P 900 D COUNT N STOREDIST K",
    "GEORADIUSBYMEMBER": "K V 300 km; K V 300 km WITHCOORD DESC; K V 300 km STORE K",
    "GEORADIUS_RO": "K P 300 km WITHHASH; K P 300 km STORE K", "GEORADIUSBYMEMBER_RO": "K V 300 km COUNT N ANY",
    "GEOSEARCH": "K FROMLONLAT P BYRADIUS 300 km ASC; K FROMMEMBER V BYBOX 400 400 D WITHDIST DESC; K BYRADIUS 1 m",
    "GEOSEARCHSTORE": "K K FROMLONLAT P BYRADIUS 300 km; K K FROMMEMBER V BYRADIUS 500 km STOREDIST",
    "OBJECT": "ENCODING K; HELP; ENCODING", "TOUCH": "K; K K",
    "SORT": "K; K ALPHA; K ALPHA DESC LIMIT 0 N; K BY nosort GET # GET w_*; K ALPHA STORE K"
    "; K BY w_*->a ALPHA GET *->a",
    "SORT_RO": "K ALPHA; K BY nosort; K ALPHA GET # STORE K", "TIME": "; V",
    "BLMPOP": "0 1 K LEFT; L 2 K K RIGHT COUNT N; 0 0 K LEFT", "BZMPOP": "0 1 K MIN; L 2 K K MAX COUNT N",
    "XSETID": "K ID; K 9-9 ENTRIESADDED 9 MAXDELETEDID 1-1", "XDELEX": "K IDS 1 ID; K KEEPREF IDS 2 ID ID"
    "; K DELREF IDS 0",
    "XACKDEL": "K G IDS 1 ID; K G ACKED IDS 1 ID",
    "VADD": "vs VALUES 3 1 0 0 V; vs VALUES 3 0 1 0 V SETATTR J; vs VALUES 2 1 1 V"
    "; K VALUES 3 0 0 1 V; vs VALUES 4 1 V",
    "VCARD": "vs; K", "VDIM": "vs; K", "VEMB": "vs V; vs V RAW", "VGETATTR": "vs V", "VINFO": "vs", "VISMEMBER": "vs V",
    "VLINKS": "vs V; vs V WITHSCORES", "VRANDMEMBER": "vs; vs N; vs -2", "VREM": "vs V", "VSETATTR": "vs V J; vs V V",
    "VSIM": "vs ELE V; vs VALUES 3 1 0 0 WITHSCORES COUNT 2; vs ELE V FILTER J",
}  # fmt: skip
"""The forms of each command by name, separated by semicolons; WORDS has the values for words in capitals."""

BY_CHANCE = frozenset(name for name, spec in ALLOWED.items() if spec.chance in ("members", "reply"))
TIMES = frozenset(
    name for name, spec in ALLOWED.items() if spec.time and (spec.group == "generic" or spec.type == "hash")
)

NO_SAVE = frozenset({"XINFO", "XPENDING", "TIME"})
"""Commands whose replies contain times, so that saved values would depend on the clock."""

CONNECTED = frozenset(name for name, spec in ALLOWED.items() if spec.connected or spec.field_life or spec.idle is True)
"""Commands that make a lesson one of connections."""

WAITING = frozenset(name for name, spec in ALLOWED.items() if spec.limit)
SUBSCRIBING = frozenset(name for name, spec in ALLOWED.items() if spec.pubsub in ("begins", "ends"))


@dataclass(frozen=True)
class Writer:
    """Writes one random lesson."""

    chance: Random
    actors: tuple[str, ...]
    names: tuple[str, ...]
    """The commands that can come."""
    decides: bool = False
    """Whether the server may be left to decide: which member SPOP takes, which id XADD gives."""

    def steps(self) -> Iterator[Step]:
        """Yield steps without end: single ones, and small scenes in which one has to do with another."""
        while True:
            scene = self.chance.choice(SCENES) if self.chance.random() < 0.25 else ""
            lines = [line.strip() for line in scene.split(";")] if scene else []
            if lines and all(self._is_allowed(line) for line in lines):
                yield from map(self._scripted, lines)
            else:
                yield self._single()

    @property
    def _waits(self) -> bool:
        """Whether clients may wait, time pass and programs crash."""
        return "SUBSCRIBE" in self.names

    def _is_allowed(self, line: str) -> bool:
        name = line.split()[1]
        return self._waits if name in ("X", "W", "R") or "BLOCK" in line else name in self.names

    def _scripted(self, line: str) -> Step:
        place, name, *words = line.split()
        actor = self.actors[int(place) % len(self.actors)]
        if name == "R":
            return self._reading(actor)
        if name in ("X", "W"):
            return self._step(actor, crash=True) if name == "X" else self._step(actor, wait=int(words[0]))
        return self._saving(actor, name, " ".join([name, *(self._word(word, name) for word in words)]))

    def _single(self) -> Step:
        actor, kind = self.chance.choice(self.actors), self.chance.random()
        if kind < 0.05:
            return self._step(actor, print="Got {x!r}, {y} and {t}")
        if kind < 0.1:
            return self._step(
                actor, assign={self.chance.choice("xy"): self.chance.choice(["{x}", "<{y}>", "plain", 7])}
            )
        if kind < 0.14:
            return self._step(actor, assign={"n": self.chance.choice(["1", "2", "", 7, None, "ü {y}"])})
        if kind < 0.17 and self._waits:
            return self._step(actor, wait=self.chance.choice([0.5, 30, 60, 2000]))
        if kind < 0.2 and self._waits:
            return self._step(actor, crash=True)
        if kind < 0.22 and self._waits:
            return self._reading(actor)
        name = self.chance.choice(self.names)
        forms = [form for form in FORMS[name].split(";") if self._waits or not {"BLOCK", "IDLE"} & {*form.split()}]
        words = [self._word(kind, name) for kind in self.chance.choice(forms).split()]
        if self.chance.random() < 0.05:
            words = words[:-1] if self.chance.random() < 0.5 else [*words, '"one more"']
        return self._saving(actor, name, " ".join([self.chance.choice([name, name.lower()]), *words]))

    def _reading(self, actor: str) -> Step:
        options = self.chance.choice([{}, {}, {"pick": "data"}, {"pick": "type"}, {"ignore_subscribe_messages": True}])
        return self._step(actor, read=self.chance.choice(["x", "y", True]), **options)

    def _saving(self, actor: str, name: str, line: str) -> Step:
        if name in TIMES:
            # A time is saved only if no command sends it, because later steps would depend on the clock.
            return self._step(actor, command=line, save="t")
        if name in NO_SAVE or self.chance.random() < 0.5:
            return self._step(actor, command=line)
        pick = self.chance.choice([{}, {}, {"pick": 1}, {"pick": [0, 1]}])
        return self._step(actor, command=line, save=self.chance.choice("xy"), **pick)

    @staticmethod
    def _step(actor: str, **fields: object) -> Step:
        return {"actor": actor, "action": "Acts on {x!r} and {y}", **fields}

    def _word(self, kind: str, name: str) -> str:
        """Return a word of a command as it is typed."""
        choose = self.chance.choice
        match kind:
            case "K":
                type_ = ALLOWED[name].type or choose([*KEYS])
                type_ = type_ if self.chance.random() < 0.8 else choose([*KEYS])
                return f'"{FOUND[type_]}{{n}}"' if self.chance.random() < 0.3 else f'"{KEYS[type_]}"'
            case "V":
                few = self.chance.random() < 0.5
                return choose(
                    ['"a"', '"b"', '"10"'] if few else [*(f'"{value}"' for value in VALUES), "{x}", '"<{y}>"']
                )
            case "ID":
                return f"{self.chance.randint(1, 6)}-{self.chance.randint(0, 1)}"
            case "L" | "M":
                # No two are the same: which of two that are lasts longer is a matter of the clock.
                seconds = self.chance.randint(100, 9_000)
                return str(seconds if kind == "L" else seconds * 1000)
            case "AUTO":
                return "*" if self.decides else "7-7"
        return choose(WORDS[kind]) if kind in WORDS else kind


WORDS: Mapping[str, tuple[str, ...]] = {
    "N": ("1", "2", "3", "0"),
    "I": ("0", "1", "-1", "2", "-3", "x"),
    "F": ("1.5", "-2", "1e3", "nan"),
    "G": ("g1", "g1", "g2", '"\\x00g"'),
    "C": ("c1", "c1", "c2", '"\\xff"'),
    "CH": (*CHANNELS, "news:{n}"),
    "O": ("0", "7", "100", "#2", "-1", "x"),
    "U": ("u8", "i5", "i64", "u63", "u64"),
    "X": ("-", "+", "[a", "(b", "[two", "x"),
    "P": ("13.361389 38.115556", "15.087269 37.502669", "13.583333 37.316667", "200 100"),
    "D": ("m", "km", "ft", "mi", "yd"),
    "J": ('"{\\"size\\": 3}"', '".size > 2"'),
}

SCENES = (
    "0 BRPOP K L; 1 LPUSH K V",
    "0 BLPOP K K 0; 1 BRPOP K 0; 2 RPUSH K V V",
    "0 BRPOP K 100; 1 W 60; 1 W 60; 1 LPUSH K V",
    "0 BLMOVE K K LEFT RIGHT 0; 1 X; 1 RPUSH K V; 1 LRANGE K 0 -1",
    "0 SUBSCRIBE CH; 1 PUBLISH CH V; 0 UNSUBSCRIBE; 1 PUBLISH CH V",
    "0 PSUBSCRIBE n*; 0 SUBSCRIBE CH CH; 1 PUBLISH CH V; 0 X; 1 PUBLISH CH V",
    "0 SUBSCRIBE CH; 1 PUBLISH CH V; 0 R; 0 R; 0 R",
    "0 PSUBSCRIBE n*; 0 SUBSCRIBE CH CH; 1 PUBLISH CH V; 0 R; 0 UNSUBSCRIBE; 0 R; 0 PUNSUBSCRIBE; 0 R; 0 R; 0 R",
    "0 SSUBSCRIBE CH CH; 0 PSUBSCRIBE *; 1 SPUBLISH CH V; 1 PUBLISH CH V; 0 SUNSUBSCRIBE; 0 PING V; 0 R; 0 R; 0 X; 0 R",
    "0 SUBSCRIBE CH; 1 PSUBSCRIBE n*; 2 MULTI; 2 PUBLISH CH V; 2 PUBSUB NUMPAT; 2 PUBSUB CHANNELS; 2 EXEC; 0 R",
    "0 MULTI; 0 SET K V; 0 LPUSH K V; 0 INCR K; 0 EXEC",
    "0 WATCH K; 1 SET K V; 0 MULTI; 0 SET K V; 0 EXEC; 0 GET K",
    "0 MULTI; 0 LPUSH K; 0 SET K V; 0 EXEC",
    "0 MULTI; 0 SADD K V V; 0 DISCARD; 0 SMEMBERS K",
    "0 MULTI; 0 SADD K a b c; 0 SPOP K; 0 XADD K AUTO f V; 0 EXEC; 1 SMEMBERS K; 1 XRANGE K - +",
    "0 SADD K a b c d e; 0 SPOP K; 1 SMEMBERS K; 0 SPOP K 2; 1 SMEMBERS K",
    "0 XADD K AUTO f V; 0 XADD K AUTO f V; 1 XRANGE K - +; 0 XREAD STREAMS K 0",
    "0 SET K V EX L; 0 TTL K; 0 EXPIRE K L GT; 0 RENAME K K; 0 PTTL K; 0 PERSIST K; 0 TTL K",
    "0 SET K V EXAT 4102444800; 0 EXPIRETIME K; 0 GETEX K PXAT 4102444800000; 0 PEXPIRETIME K",
    "0 SET K V PX M; 1 W 60; 0 COPY K K REPLACE; 0 PTTL K; 1 W 2000; 0 GET K",
    "0 XGROUP CREATE K G 0 MKSTREAM; 1 XADD K ID f V; 0 XREADGROUP GROUP G C STREAMS K >; 0 XACK K G ID",
    "0 XGROUP CREATE K G 0 MKSTREAM; 0 XREADGROUP GROUP G C BLOCK 0 STREAMS K >; 1 XADD K ID f V; 1 XPENDING K G",
    "0 XGROUP CREATE K G 0 MKSTREAM; 1 XADD K ID f V; 0 XREADGROUP GROUP G C STREAMS K >; 1 XAUTOCLAIM K G C 0 0",
    "0 SET K V; 0 GET K; 0 APPEND K {x}; 0 STRLEN K; 0 SET K {x}; 0 GET K",
)
"""Small scenes, each a line of steps: the actor's number, then the command; X crashes, W lets seconds pass, R reads."""


def text_of(found: list[Step], actors: tuple[str, ...]) -> str:
    """Return the lesson's text: YAML that is JSON as well."""
    fields = {
        "format": 2,
        "title": "Random",
        "track": "tests",
        "actors": list(actors),
        "watch": {**{key: type_ for type_, key in KEYS.items()}, **{f"{key}*": type_ for type_, key in FOUND.items()}},
        "variables": {"x": None, "y": "y0", "t": None, "n": 0},
        "steps": found,
    }
    return json.dumps(fields)


def without_unknown(text: str, known: Collection[str]) -> str:
    """Return a random lesson's text without the commands that a server lacks, "" if no step is left."""
    fields = json.loads(text)
    fields["steps"] = [step for step in fields["steps"] if _name(step) in known or not _name(step)]
    return _within_limits(fields) if fields["steps"] else ""


def _name(step: Step) -> str:
    return str(step.get("command", "")).partition(" ")[0].upper()


def _within_limits(fields: dict[str, Any]) -> str:
    """Return the text with its values shortened to the limits of engine/program/limits.py."""
    commands = [str(step.get("command", "")).split() for step in fields["steps"]]
    costs = {cost_of(words) for words in commands}
    if "product" in costs:
        fields["steps"] = [step for step, words in zip(fields["steps"], commands, strict=True) if not pads(words)]
    text = json.dumps(fields)
    return text.replace(LONG, "y" * 70) if costs != {""} else text


def _lessons(actors: tuple[str, ...], names: tuple[str, ...], *, decides: bool) -> SearchStrategy[str]:
    def written(seed: int) -> str:
        chance = Random(seed)
        writer = Writer(chance, actors, names, decides=decides)
        return text_of(list(islice(writer.steps(), chance.randint(3, 40))), actors)

    return st.integers(0, 2**40).map(written)


def _names(without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return tuple(name for name in FORMS if name not in without)


def lessons() -> SearchStrategy[str]:
    """Return lessons of up to three actors who wait, subscribe, crash and let time pass; nothing is left to chance."""
    return _lessons(("p", "c", "d"), _names(BY_CHANCE), decides=False)


def plain_lessons() -> SearchStrategy[str]:
    """Return lessons that need no connections, in which nothing is left to chance."""
    return _lessons(("p", "c"), _names(CONNECTED | BY_CHANCE), decides=False)


def plain_lessons_of_chance() -> SearchStrategy[str]:
    """Return lessons that need no connections, in which the server decides some things."""
    return _lessons(("p", "c"), _names(CONNECTED) + ("SPOP", "SADD", "XADD") * 8, decides=True)


def lessons_of_chance() -> SearchStrategy[str]:
    """Return lessons with connections in which the server decides some things."""
    return _lessons(("p", "c"), _names() + ("SPOP", "XADD", "SADD", "MULTI", "EXEC") * 8, decides=True)


def lessons_of_one() -> SearchStrategy[str]:
    """Return lessons of one actor whose client never waits, for a server without connections per actor."""
    return _lessons(("p",), _names(BY_CHANCE | WAITING | SUBSCRIBING), decides=False)
