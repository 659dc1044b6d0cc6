"""The commands a lesson may send, where their keys stand, and how a command line is read.

This allow-list is the first wall: a command that is not in it never leaves the program. Key positions are the
server's own (COMMAND INFO: first key, last key, step); a test compares each row with COMMAND GETKEYS.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from tutor.engine.values import Reply, decode, refusal_of, status

KeyType = Literal["list", "string", "hash", "set", "zset", "stream"]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One allowed command: `first`, `last`, `step` are argument positions of keys as in COMMAND INFO."""

    name: str
    type: KeyType | None
    first: int = 1
    last: int = 1
    step: int = 1
    says_status: bool = False
    writes: bool = True
    keyword: str = ""
    """The word after which keys come, as many of them as of what follows them: STREAMS key … id …"""
    is_connected: bool = False
    """Whether it leaves something in the connection: a subscription, a transaction, a client that waits."""
    waits: bool = False

    def key_positions(self, words: Sequence[str]) -> range:
        """Return the positions of keys, and of channels, among the words of a command (the name is position 0)."""
        if self.keyword:
            # A group can be called like the keyword.
            places = (place + 1 for place in option_places(words) if words[place].upper() == self.keyword)
            start = next(places, len(words))
            return range(start, start + (len(words) - start) // 2)
        if not self.first:
            return range(0)
        last = self.last if self.last >= 0 else len(words) + self.last
        return range(self.first, min(last, len(words) - 1) + 1, self.step)


class _Table(dict[str, CommandSpec]):
    """Commands by name, filled a row of names at a time."""

    def allow(self, type_: KeyType | None, names: str, **fields: int | bool | str) -> None:
        for name in names.split():
            self[name] = CommandSpec(name, type_, **fields)  # type: ignore[arg-type]


def _values_and_collections() -> _Table:
    table = _Table()
    allow = table.allow
    allow("list", "LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LREM LINSERT")
    allow("list", "LSET LTRIM", says_status=True)
    allow("list", "LLEN LRANGE LINDEX LPOS", writes=False)
    allow("list", "LMOVE RPOPLPUSH", last=2)
    allow("string", "GETSET GETDEL GETEX SETNX APPEND INCR INCRBY INCRBYFLOAT DECR DECRBY")
    allow("string", "SET SETEX PSETEX", says_status=True)
    allow("string", "MSET", last=-1, step=2, says_status=True)
    allow("string", "GET STRLEN GETRANGE", writes=False)
    allow("string", "MGET", last=-1, writes=False)
    allow("hash", "HSET HSETNX HDEL HINCRBY HINCRBYFLOAT")
    allow("hash", "HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSTRLEN", writes=False)
    allow("set", "SADD SREM SPOP")
    allow("set", "SMOVE", last=2)
    allow("set", "SMEMBERS SISMEMBER SMISMEMBER SCARD", writes=False)
    allow("set", "SINTER SUNION SDIFF", last=-1, writes=False)
    allow("zset", "ZADD ZREM ZINCRBY ZPOPMIN ZPOPMAX ZREMRANGEBYSCORE ZREMRANGEBYRANK")
    allow("zset", "ZRANGE ZRANGEBYSCORE ZREVRANGE ZSCORE ZCARD ZCOUNT ZRANK ZREVRANK", writes=False)
    allow(None, "DEL UNLINK", last=-1)
    allow(None, "EXISTS", last=-1, writes=False)
    allow(None, "EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST")
    allow(None, "TTL PTTL EXPIRETIME PEXPIRETIME", writes=False)
    allow(None, "TYPE", says_status=True, writes=False)
    allow(None, "RENAME", last=2, says_status=True)
    allow(None, "RENAMENX COPY", last=2)
    allow(None, "PING", first=0, last=0, says_status=True, writes=False)
    allow(None, "ECHO", first=0, last=0, writes=False)
    return table


def _streams_and_connections() -> _Table:
    table = _Table()
    allow = table.allow
    allow("stream", "XADD XDEL XTRIM")
    allow("stream", "XLEN XRANGE XREVRANGE", writes=False)
    allow("list", "BLPOP BRPOP", last=-2, is_connected=True, waits=True)
    allow("list", "BLMOVE BRPOPLPUSH", last=2, is_connected=True, waits=True)
    allow("zset", "BZPOPMIN BZPOPMAX", last=-2, is_connected=True, waits=True)
    allow("stream", "XREAD", keyword="STREAMS", writes=False, waits=True)
    allow("stream", "XREADGROUP", keyword="STREAMS", waits=True)
    allow("stream", "XGROUP", first=2, last=2, says_status=True)
    allow("stream", "XINFO", first=2, last=2, writes=False)
    allow("stream", "XACK XCLAIM XAUTOCLAIM")
    allow("stream", "XPENDING", writes=False)
    allow(None, "SUBSCRIBE PSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE", last=-1, is_connected=True, writes=False)
    allow(None, "PUBLISH", writes=False)
    allow(None, "MULTI DISCARD UNWATCH", first=0, last=0, is_connected=True, says_status=True, writes=False)
    allow(None, "EXEC", first=0, last=0, is_connected=True, writes=False)
    allow(None, "WATCH", last=-1, is_connected=True, says_status=True, writes=False)
    return table


ALLOWED: dict[str, CommandSpec] = _values_and_collections() | _streams_and_connections()

SETS_EXPIRY = frozenset("EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST SETEX PSETEX SET GETEX RENAME RENAMENX COPY".split())
"""Commands that can change how long a key has to live."""

_LIFE_OPTIONS = frozenset("EX PX EXAT PXAT".split())


def gives_end(words: Sequence[str]) -> bool:
    """Return whether the command gives a key an end at a time of the clock."""
    name = words[0].upper() if words else ""
    return name in ("EXPIREAT", "PEXPIREAT") or _may_have_option(words, {"EXAT", "PXAT"})


def gives_life(words: Sequence[str]) -> bool:
    """Return whether the command gives a key a time to live."""
    name = words[0].upper() if words else ""
    is_named = name in ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "SETEX", "PSETEX")
    return is_named or _may_have_option(words, _LIFE_OPTIONS)


def _may_have_option(words: Sequence[str], options: Set[str]) -> bool:
    """Return whether a SET or GETEX has one of these options, or a variable in the place of an option."""
    first = {"SET": 3, "GETEX": 2}.get(words[0].upper() if words else "", len(words))
    return any(word.upper() in options or "{" in word for word in words[first:])


LONGEST_COMMAND = 64
"""Words that one command may have."""


def spec_of(words: Sequence[str]) -> CommandSpec | None:
    """Return the row of the allow-list for this command, None if there is none."""
    return ALLOWED.get(words[0].upper()) if words else None


def key_positions(words: Sequence[str]) -> tuple[int, ...]:
    """Return which of `words` are keys. Raises: KeyError for a command that is not allowed."""
    return tuple(ALLOWED[words[0].upper()].key_positions(words))


CHANNEL_COMMANDS = frozenset("SUBSCRIBE PSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE PUBLISH".split())
"""Commands whose names stand for channels: they get the corner's prefix as keys do, and are no keys."""


def needs_connection(words: Sequence[str]) -> bool:
    """Return whether the command only makes sense on a connection that stays: it subscribes, waits, or is MULTI's."""
    spec = spec_of(words)
    if spec is None:
        return False
    blocks = spec.waits and any(word.upper() == "BLOCK" for word in words)
    return spec.is_connected or blocks


def depends_on_idle_time(words: Sequence[str]) -> bool:
    """Return whether what the command does depends on how long ago something was done: no time may pass unseen."""
    name = words[0].upper() if words else ""
    return name in ("XCLAIM", "XAUTOCLAIM") or (name == "XPENDING" and any(word.upper() == "IDLE" for word in words))


_OPTION_VALUES = {"GROUP": 2, "COUNT": 1, "BLOCK": 1, "CLAIM": 1}
"""How many words belong to an option of XREAD and XREADGROUP."""


def option_places(words: Sequence[str]) -> Iterator[int]:
    """Yield where the options of an XREAD or XREADGROUP stand, STREAMS the last; a group may be called BLOCK."""
    spec, place = spec_of(words), 1
    while spec and spec.keyword and place < len(words):
        yield place
        option = words[place].upper()
        place = len(words) if option == spec.keyword else place + 1 + _OPTION_VALUES.get(option, 0)


_SECONDS = re.compile(r"\+?(\d{1,9}\.?\d{0,9}|\.\d{1,9})([eE][+-]?\d)?", re.ASCII)
"""As the server reads a time limit in seconds."""

_MILLISECONDS = re.compile(r"\d{1,12}", re.ASCII)


def _limit_place(words: Sequence[str]) -> int:
    """Return where the time limit of a command that waits stands; 0 if there is none."""
    spec = spec_of(words)
    if spec is None or not spec.waits:
        return 0
    if not spec.keyword:
        return len(words) - 1
    return next((place + 1 for place in option_places(words) if words[place].upper() == "BLOCK"), 0)


def time_limit(words: Sequence[str]) -> float | None:
    """Return the seconds after which the command gives up waiting; None if it never does, or if that is no number."""
    place = _limit_place(words)
    text = words[place] if 0 < place < len(words) else ""
    if ALLOWED[words[0].upper()].keyword:
        return int(text) / 1000 or None if _MILLISECONDS.fullmatch(text) else None
    return float(text) or None if _SECONDS.fullmatch(text) else None


def without_limit(words: Sequence[str]) -> list[str]:
    """Return the command as one that waits for ever: in a lesson, time passes in its own steps, not on the clock."""
    place = _limit_place(words)
    return [*words[:place], "0", *words[place + 1 :]] if time_limit(words) else list(words)


QUEUED = status("QUEUED")
"""The reply to a command within a transaction; its own comes with EXEC."""


def as_status(words: Sequence[str], reply: Reply) -> Reply:
    """Return `reply` as a status line where this command answers with one (RESP2 clients lose that mark)."""
    spec = ALLOWED[words[0].upper()]
    if not spec.says_status or not isinstance(reply, str):
        return reply
    options = {word.upper() for word in words[3:]} if spec.name == "SET" else set()
    if "GET" in options or (spec.name == "PING" and len(words) > 1):
        return reply
    return status(reply)


def replayed(words: Sequence[str], reply: Reply) -> list[str] | None:
    """Return the command that repeats what the server decided by chance or by its clock, None to send nothing.

    As Redis' own replication does: an XADD with the id that was given, an SREM of the members that SPOP took. A command
    that was refused is refused again, and one that a transaction queued is queued.
    """
    name = words[0].upper()
    if refusal_of(reply) or reply == QUEUED:
        return list(words)
    if name == "XADD" and isinstance(reply, str):
        place = id_place(words)
        return [*words[:place], reply, *words[place + 1 :]]
    if name == "SPOP" and not isinstance(reply, dict):
        members = reply if isinstance(reply, list) else [] if reply is None else [reply]
        return ["SREM", words[1], *members] if members else None
    return list(words)


def with_life_left(words: Sequence[str], lives: Mapping[str, int]) -> list[str]:
    """Return the command with a life from now on in place of an end at a time of the clock, if that is near.

    `lives` are the milliseconds that keys had left after it. A command that left its key without a life did nothing, or
    ended it, and does so again. An end that is more than a day away can be sent as it was.
    """
    name, left = words[0].upper(), lives.get(words[1]) if len(words) > 1 else None
    if left is None or left > _A_DAY:
        return list(words)
    if name in ("EXPIREAT", "PEXPIREAT"):
        # NX, GT and the like were decided then.
        return ["PEXPIRE", words[1], str(left)]
    at = next((i for i, word in enumerate(words[:-1]) if i > 1 and word.upper() in ("EXAT", "PXAT")), 0)
    if name not in ("SET", "GETEX") or not at:
        return list(words)
    return [*words[:at], "PX", str(left), *words[at + 2 :]]


_A_DAY = 24 * 60 * 60 * 1000


def id_place(words: Sequence[str]) -> int:
    """Return where the id stands in an XADD: after the key and the options (a field's value can be `*` too).

    It can be behind the last word: the server refuses an XADD that has none.
    """
    place = 2
    while place < len(words) and words[place].upper() in ("NOMKSTREAM", "MAXLEN", "MINID", "LIMIT"):
        if words[place].upper() == "NOMKSTREAM":
            place += 1
        else:
            place += 3 if list(words[place + 1 : place + 2]) in (["="], ["~"]) else 2
    return place


class BadCommandLine(ValueError):
    """A command line that can't be split into words: its quotes don't match."""


_BYTES = re.compile(r"(\\x[0-9a-fA-F]{2})+")
_TYPOGRAPHIC = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b"
"""Quotes that a word processor types, and that belong to the text for Redis."""

_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}


def split_command(line: str) -> list[str]:
    """Split a command line into words by the rules of redis-cli (quotes, and escapes in double quotes).

    Raises: BadCommandLine.
    """
    line, words, i = line.strip(), list[str](), 0
    while i < len(line):
        word, i = _next_word(line, i)
        words.append(word)
        while i < len(line) and line[i].isspace():
            i += 1
    return words


def _next_word(text: str, i: int) -> tuple[str, int]:
    parts: list[str] = []
    if text[i] in _TYPOGRAPHIC:
        raise BadCommandLine(f"{text[i]} is no quote for Redis; type \" or '")
    while i < len(text) and not text[i].isspace():
        quote = text[i]
        if quote in "'\"":
            part, i = _quoted_part(text, i + 1, quote)
            parts.append(part)
            if i < len(text) and not text[i].isspace():
                raise BadCommandLine("a closing quote must be followed by a space")
        else:
            parts.append(quote)
            i += 1
    return "".join(parts), i


def _quoted_part(text: str, i: int, quote: str) -> tuple[str, int]:
    part = ""
    while i < len(text):
        if text[i] == quote:
            return part, i + 1
        if quote == '"' and (escaped_bytes := _BYTES.match(text, i)):
            part, i = part + _decoded(escaped_bytes[0]), escaped_bytes.end()
        elif text[i] == "\\" and i + 1 < len(text) and (quote == '"' or text[i + 1] == "'"):
            part, i = part + (_ESCAPED.get(text[i + 1], text[i + 1]) if quote == '"' else "'"), i + 2
        else:
            part, i = part + text[i], i + 1
    raise BadCommandLine(f"the quote {quote} is never closed")


def _decoded(escaped_bytes: str) -> str:
    return str(decode(bytes.fromhex(escaped_bytes.replace("\\x", ""))))
