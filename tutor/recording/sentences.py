"""What a step of a recording does, in one short sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tutor.engine.mailbox import is_message
from tutor.engine.redis.words import id_place
from tutor.engine.telling import awaited, duration
from tutor.engine.texts import names_in
from tutor.recording.story import Draft
from tutor.recording.templates import escaped

LONGEST_VALUE = 40
LONGEST_SENTENCE = 200

_QUOTES = "'\""


def sentence(draft: Draft, who: str, *, is_waiting: bool, is_empty: bool) -> str:
    """Return the sentence; `is_waiting` if the command waits, `is_empty` if its reply is nil."""
    said = _said(draft, is_waiting=is_waiting, is_empty=is_empty)
    text = f"{escaped(who)} {said}"
    if len(text) <= LONGEST_SENTENCE:
        return text
    return f"{escaped(who)} sends {escaped(draft.name)}"[:LONGEST_SENTENCE]


def _said(draft: Draft, *, is_waiting: bool, is_empty: bool) -> str:
    if draft.kind == "command":
        return _sent(draft, is_waiting=is_waiting, is_empty=is_empty)
    if draft.kind == "print":
        names = [f"{{{name}!r}}" for name in dict.fromkeys(names_in("".join(draft.template)))]
        return f"prints a line with {_listed(names)}" if names else "prints a line"
    if draft.kind == "assign":
        names = list(draft.assign)
        return f"sets {_listed(names)}" if len(names) > 1 else _assigned(names[0])
    if draft.kind == "read":
        return _read(draft)
    if draft.kind == "wait":
        time = duration(draft.seconds)
        return f"has waited in vain: {time} are over" if draft.is_in_vain else f"lets {time} go by"
    return "stops: the program ends" if draft.is_at_end else "closes its connection"


def _read(draft: Draft) -> str:
    if draft.reply is None:
        return "looks for a message, and none has come"
    if not is_message(draft.reply):
        return "reads a confirmation"
    return f"reads {{{draft.save}!r}}" if draft.save.isascii() and draft.save else "reads a message"


def _sent(draft: Draft, *, is_waiting: bool, is_empty: bool) -> str:
    if draft.error:
        return f"sends {draft.name}, and is refused"
    if is_waiting:
        return f"waits for {escaped(awaited(draft.words).replace('a message', 'an element'))}"
    tell = _TELLERS.get(draft.name)
    return tell(_deed(draft, is_empty=is_empty)) if tell else f"sends {escaped(draft.name)}"


def _assigned(name: str) -> str:
    return f"sets {name} to {{{name}!r}}" if name.isascii() else f"sets {escaped(name)}"


@dataclass(frozen=True, slots=True)
class _Deed:
    """A command to be told: its words as they stand in a sentence, the same as values, whether its reply is nil."""

    draft: Draft
    words: Sequence[str]
    values: Sequence[str]
    is_empty: bool

    @property
    def name(self) -> str:
        """The command's name."""
        return self.draft.name


def _deed(draft: Draft, *, is_empty: bool) -> _Deed:
    templates = draft.template or draft.words
    words = [_shortened(word) for word in draft.words]
    values = [_value(word, template) for word, template in zip(draft.words, templates, strict=True)]
    return _Deed(draft, words, values, is_empty)


def _shortened(word: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in word)
    return escaped(plain if len(plain) <= LONGEST_VALUE else f"{plain[: LONGEST_VALUE - 1]}…")


def _value(word: str, template: str) -> str:
    """Return a word as a value: a variable as such, any other as Python prints it."""
    names = list(names_in(template))
    if len(names) == 1 and template == f"{{{names[0]}}}" and len(word) <= LONGEST_VALUE:
        return f"{{{names[0]}!r}}"
    return escaped(repr(word if len(word) <= LONGEST_VALUE else f"{word[: LONGEST_VALUE - 1]}…"))


def _listed(words: Sequence[str]) -> str:
    shown = list(words[:3])
    if len(words) > 3:
        return f"{', '.join(shown)} and {len(words) - 3} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _what(draft: Draft, otherwise: str) -> str:
    """Return the saved value as the learner will see it."""
    return f"{{{draft.save}!r}}" if draft.save and draft.save.isascii() else otherwise


def _pushes(deed: _Deed) -> str:
    return f"pushes {_listed(deed.values[2:])} to {deed.words[1]}"


def _takes(deed: _Deed) -> str:
    keys = deed.words[1:-1] if deed.name.startswith("B") else deed.words[1:2]
    if deed.is_empty:
        return f"finds nothing in {_listed(keys)}"
    return f"takes {_what(deed.draft, 'an element')} from {_listed(keys)}"


def _moves(deed: _Deed) -> str:
    if deed.is_empty:
        return f"finds nothing in {deed.words[1]}"
    return f"moves {_what(deed.draft, 'an element')} from {deed.words[1]} to {deed.words[2]}"


def _sets(deed: _Deed) -> str:
    value = deed.values[3 if deed.name in ("SETEX", "PSETEX") else 2]
    options = [word.upper() for word in deed.draft.words]
    if deed.name == "SETEX":
        return f"sets {deed.words[1]} to {value} for {deed.words[2]} s"
    life = f" for {deed.words[options.index('EX') + 1]} s" if "EX" in options[3:-1] else ""
    rule = " if it is not there" if "NX" in options[3:] or deed.name == "SETNX" else ""
    return f"sets {deed.words[1]} to {value}{life}{rule}"


def _reads(deed: _Deed) -> str:
    keys = _listed(deed.words[1:]) if deed.name in ("MGET", "SINTER", "SUNION", "SDIFF") else deed.words[1]
    if deed.is_empty:
        return f"finds nothing in {keys}"
    return f"reads {keys}" + (f": {_what(deed.draft, '')}" if deed.draft.save and not deed.draft.pick else "")


def _reads_field(deed: _Deed) -> str:
    what = f"{_listed(deed.words[2:])} of {deed.words[1]}"
    if deed.is_empty:
        return f"finds no {what}"
    return f"reads {what}" + (f": {_what(deed.draft, '')}" if deed.draft.save and not deed.draft.pick else "")


def _counts(deed: _Deed) -> str:
    return f"asks how long {deed.words[1]} is" + (f": {_what(deed.draft, '')}" if deed.draft.save else "")


def _adds_number(deed: _Deed) -> str:
    amount = deed.words[-1] if "BY" in deed.name else "1"
    verb, way = ("takes", "from") if deed.name.startswith("DECR") else ("adds", "to")
    where = f"{deed.words[2]} of {deed.words[1]}" if deed.name.startswith("H") else deed.words[1]
    if deed.name == "ZINCRBY":
        amount, where = deed.words[2], f"the score of {deed.values[3]} in {deed.words[1]}"
    return f"{verb} {amount} {way} {where}"


def _sets_fields(deed: _Deed) -> str:
    pairs = [f"{name} to {value}" for name, value in zip(deed.words[2::2], deed.values[3::2], strict=False)]
    return f"sets {_listed(pairs)} in {deed.words[1]}"


def _adds(deed: _Deed) -> str:
    return f"adds {_listed(deed.values[2:])} to {deed.words[1]}"


def _adds_scores(deed: _Deed) -> str:
    options = {"NX", "XX", "GT", "LT", "CH", "INCR"}
    rest = [
        shown for raw, shown in zip(deed.draft.words[2:], deed.values[2:], strict=True) if raw.upper() not in options
    ]
    members = [f"{member} ({score.strip(_QUOTES)})" for score, member in zip(rest[::2], rest[1::2], strict=False)]
    return f"adds {_listed(members)} to {deed.words[1]}"


def _removes(deed: _Deed) -> str:
    members = deed.values[3 if deed.name == "LREM" else 2 :]
    return f"removes {_listed(members)} from {deed.words[1]}"


def _appends_entry(deed: _Deed) -> str:
    place = id_place(deed.draft.words) + 1
    pairs = [f"{name} {value}" for name, value in zip(deed.words[place::2], deed.values[place + 1 :: 2], strict=False)]
    return f"appends {_listed(pairs)} to {deed.words[1]}"


def _reads_streams(deed: _Deed) -> str:
    names = [word.upper() for word in deed.draft.words]
    rest = deed.words[names.index("STREAMS") + 1 :] if "STREAMS" in names else deed.words[1:]
    keys = _listed(rest[: len(rest) // 2])
    who = f" as {deed.words[3]} of {deed.words[2]}" if deed.name == "XREADGROUP" else ""
    return f"finds nothing new in {keys}{who}" if deed.is_empty else f"reads {keys}{who}"


def _publishes(deed: _Deed) -> str:
    return f"publishes {deed.values[2]} on {deed.words[1]}"


def _simply(text: str) -> Callable[[_Deed], str]:
    """Return what tells a command with its own words.

    In `text`, <1> stands for the first word after the name, <1!r> for the same as a value, <all> for all of them.
    """

    def tell(deed: _Deed) -> str:
        said = text.replace("<all>", _listed(deed.words[1:]))
        for place, (word, value) in enumerate(zip(deed.words, deed.values, strict=True)):
            said = said.replace(f"<{place}!r>", value).replace(f"<{place}>", word)
        return said

    return tell


_TELLERS: Mapping[str, Callable[[_Deed], str]] = {
    **dict.fromkeys(("LPUSH", "RPUSH", "LPUSHX", "RPUSHX"), _pushes),
    **dict.fromkeys("LPOP RPOP BLPOP BRPOP SPOP ZPOPMIN ZPOPMAX BZPOPMIN BZPOPMAX GETDEL".split(), _takes),
    **dict.fromkeys(("LMOVE", "RPOPLPUSH", "BLMOVE", "BRPOPLPUSH"), _moves),
    **dict.fromkeys(("SET", "SETEX", "PSETEX", "SETNX", "GETSET"), _sets),
    **dict.fromkeys("GET MGET HGETALL SMEMBERS LRANGE ZRANGE XRANGE HKEYS HVALS SINTER SUNION SDIFF".split(), _reads),
    **dict.fromkeys(("ZREVRANGE", "ZRANGEBYSCORE", "XREVRANGE", "GETEX"), _reads),
    **dict.fromkeys(("HGET", "HMGET"), _reads_field),
    **dict.fromkeys(("LLEN", "SCARD", "ZCARD", "HLEN", "XLEN", "STRLEN"), _counts),
    **dict.fromkeys(
        "INCR INCRBY INCRBYFLOAT DECR DECRBY HINCRBY HINCRBYFLOAT ZINCRBY".split(),
        _adds_number,
    ),
    "HSET": _sets_fields,
    "SADD": _adds,
    "ZADD": _adds_scores,
    **dict.fromkeys(("LREM", "SREM", "ZREM", "HDEL"), _removes),
    "XADD": _appends_entry,
    **dict.fromkeys(("XREAD", "XREADGROUP"), _reads_streams),
    "PUBLISH": _publishes,
    "DEL": _simply("deletes <all>"),
    "UNLINK": _simply("deletes <all>"),
    "EXISTS": _simply("asks whether <all> is there"),
    "EXPIRE": _simply("lets <1> live for <2> s"),
    "TTL": _simply("asks how long <1> will live"),
    "PTTL": _simply("asks how long <1> will live"),
    "PERSIST": _simply("lets <1> live for ever"),
    "TYPE": _simply("asks what type <1> is"),
    "PING": _simply("asks whether Redis answers"),
    "SISMEMBER": _simply("asks whether <2!r> is in <1>"),
    "ZSCORE": _simply("asks for the score of <2!r> in <1>"),
    "ZRANK": _simply("asks for the rank of <2!r> in <1>"),
    "ZREVRANK": _simply("asks for the rank of <2!r> in <1>"),
    "LTRIM": _simply("trims <1> to the elements <2> to <3>"),
    "LINDEX": _simply("reads the element <2> of <1>"),
    "XACK": _simply("acknowledges <3!r> in <1> for <2>"),
    "XGROUP": _simply("makes ready the group <3> of <2>"),
    "SUBSCRIBE": _simply("subscribes to <all>"),
    "PSUBSCRIBE": _simply("subscribes to channels like <all>"),
    "SSUBSCRIBE": _simply("subscribes to the sharded <all>"),
    "SUNSUBSCRIBE": _simply("unsubscribes"),
    "SPUBLISH": _publishes,
    "UNSUBSCRIBE": _simply("unsubscribes"),
    "PUNSUBSCRIBE": _simply("unsubscribes"),
    "MULTI": _simply("opens a transaction"),
    "EXEC": _simply("runs the transaction"),
    "DISCARD": _simply("gives the transaction up"),
    "WATCH": _simply("watches <all>"),
    "UNWATCH": _simply("watches nothing any more"),
}
