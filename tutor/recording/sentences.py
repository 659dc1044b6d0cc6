"""What a step of a recording does, in one short sentence."""

from collections.abc import Callable, Mapping, Sequence

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
    if draft.kind == "wait":
        time = duration(draft.seconds)
        return f"has waited in vain: {time} are over" if draft.text else f"lets {time} go by"
    return "stops: the program ends" if draft.text else "closes its connection"


def _sent(draft: Draft, *, is_waiting: bool, is_empty: bool) -> str:
    if draft.error:
        return f"sends {draft.name}, and is refused"
    if is_waiting:
        return f"waits for {escaped(awaited(draft.words).replace('a message', 'an element'))}"
    tell = _DEEDS.get(draft.name)
    return tell(_words(draft), draft, is_empty) if tell else f"sends {escaped(draft.name)}"


def _assigned(name: str) -> str:
    return f"sets {name} to {{{name}!r}}" if name.isascii() else f"sets {escaped(name)}"


class _Words(list[str]):
    """The command's words as they stand in a sentence; `quoted` are the same as values."""

    quoted: list[str]


def _words(draft: Draft) -> _Words:
    pairs = list(zip(draft.words, draft.template or draft.words, strict=True))
    words = _Words(_shortened(word) for word, _ in pairs)
    words.quoted = [_value(word, template) for word, template in pairs]
    return words


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


def _pushes(words: _Words, _draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001 - all deeds are called alike
    return f"pushes {_listed(words.quoted[2:])} to {words[1]}"


def _takes(words: _Words, draft: Draft, is_empty: bool) -> str:  # noqa: FBT001
    keys = words[1:-1] if draft.name.startswith("B") else words[1:2]
    if is_empty:
        return f"finds nothing in {_listed(keys)}"
    return f"takes {_what(draft, 'an element')} from {_listed(keys)}"


def _moves(words: _Words, draft: Draft, is_empty: bool) -> str:  # noqa: FBT001
    if is_empty:
        return f"finds nothing in {words[1]}"
    return f"moves {_what(draft, 'an element')} from {words[1]} to {words[2]}"


def _sets(words: _Words, draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    value = words.quoted[3 if draft.name in ("SETEX", "PSETEX") else 2]
    options = [word.upper() for word in draft.words]
    if draft.name == "SETEX":
        return f"sets {words[1]} to {value} for {words[2]} s"
    life = f" for {words[options.index('EX') + 1]} s" if "EX" in options[3:-1] else ""
    rule = " if it is not there" if "NX" in options[3:] or draft.name == "SETNX" else ""
    return f"sets {words[1]} to {value}{life}{rule}"


def _reads(words: _Words, draft: Draft, is_empty: bool) -> str:  # noqa: FBT001
    keys = _listed(words[1:]) if draft.name in ("MGET", "SINTER", "SUNION", "SDIFF") else words[1]
    if is_empty:
        return f"finds nothing in {keys}"
    return f"reads {keys}" + (f": {_what(draft, '')}" if draft.save and not draft.pick else "")


def _reads_field(words: _Words, draft: Draft, is_empty: bool) -> str:  # noqa: FBT001
    what = f"{_listed(words[2:])} of {words[1]}"
    if is_empty:
        return f"finds no {what}"
    return f"reads {what}" + (f": {_what(draft, '')}" if draft.save and not draft.pick else "")


def _counts(words: _Words, draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    return f"asks how long {words[1]} is" + (f": {_what(draft, '')}" if draft.save else "")


def _adds_number(words: _Words, draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    amount = words[-1] if "BY" in draft.name else "1"
    verb, way = ("takes", "from") if draft.name.startswith("DECR") else ("adds", "to")
    where = f"{words[2]} of {words[1]}" if draft.name.startswith("H") else words[1]
    if draft.name == "ZINCRBY":
        amount, where = words[2], f"the score of {words.quoted[3]} in {words[1]}"
    return f"{verb} {amount} {way} {where}"


def _sets_fields(words: _Words, _draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    pairs = [f"{name} to {value}" for name, value in zip(words[2::2], words.quoted[3::2], strict=False)]
    return f"sets {_listed(pairs)} in {words[1]}"


def _adds(words: _Words, _draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    return f"adds {_listed(words.quoted[2:])} to {words[1]}"


def _adds_scores(words: _Words, draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    options = {"NX", "XX", "GT", "LT", "CH", "INCR"}
    rest = [shown for raw, shown in zip(draft.words[2:], words.quoted[2:], strict=True) if raw.upper() not in options]
    members = [f"{member} ({score.strip(_QUOTES)})" for score, member in zip(rest[::2], rest[1::2], strict=False)]
    return f"adds {_listed(members)} to {words[1]}"


def _removes(words: _Words, draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    members = words.quoted[3 if draft.name == "LREM" else 2 :]
    return f"removes {_listed(members)} from {words[1]}"


def _appends_entry(words: _Words, draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    from tutor.engine.commands import id_place

    place = id_place(draft.words) + 1
    pairs = [f"{name} {value}" for name, value in zip(words[place::2], words.quoted[place + 1 :: 2], strict=False)]
    return f"appends {_listed(pairs)} to {words[1]}"


def _reads_streams(words: _Words, draft: Draft, is_empty: bool) -> str:  # noqa: FBT001
    names = [word.upper() for word in draft.words]
    rest = words[names.index("STREAMS") + 1 :] if "STREAMS" in names else words[1:]
    keys = _listed(rest[: len(rest) // 2])
    who = f" as {words[3]} of {words[2]}" if draft.name == "XREADGROUP" else ""
    return f"finds nothing new in {keys}{who}" if is_empty else f"reads {keys}{who}"


def _publishes(words: _Words, _draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
    return f"publishes {words.quoted[2]} on {words[1]}"


def _simply(text: str) -> Callable[[_Words, Draft, bool], str]:
    """Return a deed that is told with the command's own words: {1} is the first after its name, {*} are all."""

    def tell(words: _Words, _draft: Draft, _is_empty: bool) -> str:  # noqa: FBT001
        said = text.replace("<all>", _listed(words[1:]))
        for place, word in enumerate(words):
            said = said.replace(f"<{place}!r>", words.quoted[place]).replace(f"<{place}>", word)
        return said

    return tell


_DEEDS: Mapping[str, Callable[[_Words, Draft, bool], str]] = {
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
    "UNSUBSCRIBE": _simply("unsubscribes"),
    "PUNSUBSCRIBE": _simply("unsubscribes"),
    "MULTI": _simply("opens a transaction"),
    "EXEC": _simply("runs the transaction"),
    "DISCARD": _simply("gives the transaction up"),
    "WATCH": _simply("watches <all>"),
    "UNWATCH": _simply("watches nothing any more"),
}
