"""What the methods of redis-py return for a reply: by redis-py's own conversions.

This is the one module of the engine that imports redis, and all that it takes are pure functions: the callbacks with
which a client converts replies. Ours come over RESP2; a default client speaks RESP3 and converts what it gets to the
same shapes, but for the few in `_INSTEAD`. The options that methods pass to callbacks follow from the command's words.

Names of commands are redis-py's here: its callbacks go by them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redis import Redis
from redis.commands.vectorset.commands import CallbacksOptions

from tutor.engine.redis.arguments import option_places
from tutor.engine.redis.table import spec_of
from tutor.engine.values.replies import Reply, Value, encoded

Callback = Callable[..., Any]


def _callbacks(**options: Any) -> Mapping[str, Callback]:
    client = Redis(**options)  # it connects when it first sends something, which it never does
    client.vset()
    return client.response_callbacks


_OF_RESP2 = _callbacks(protocol=2)
_OF_DEFAULT = _callbacks()


def returned(words: Sequence[str], reply: Reply, *, decode_responses: bool) -> Value:
    """Return what the method that sends `words` returns for a reply without errors in it.

    Raises: UnicodeDecodeError, if the client decodes and the reply holds bytes that are no UTF-8; what else redis-py
    raises where a reply does not have the shape that its method expects.
    """
    name = _name(words)
    options = _options(name, words)
    is_raw = options.pop(_RAW, False)
    raw = _raw(reply, decode_responses=decode_responses and not is_raw)
    if is_raw:  # VEMB RAW: only its first part is ever decoded
        return _OF_RESP2[name](raw, **{_RAW: True, _DECODES: decode_responses})
    if name in _INSTEAD:
        return _INSTEAD[name](raw, **options)
    callback = _OF_RESP2.get(name)
    return callback(raw, **options) if callback else raw


def _name(words: Sequence[str]) -> str:
    command = spec_of(words)
    name = words[0].upper()
    return f"{name} {words[1].upper()}" if command and command.name.startswith(f"{name}|") else name


def _raw(reply: Reply, *, decode_responses: bool) -> Any:
    """Return the reply as redis-py's parser gives it to a callback."""
    if isinstance(reply, str):
        if not decode_responses:
            return encoded(reply)
        return reply if reply.isascii() else encoded(reply).decode()
    if isinstance(reply, list):
        return [_raw(item, decode_responses=decode_responses) for item in reply]
    if isinstance(reply, dict) and "status" in reply:
        return _raw(reply["status"], decode_responses=decode_responses)
    return reply


_RAW, _DECODES = CallbacksOptions.RAW.value, CallbacksOptions.ALLOW_DECODING.value
_SCORES, _SCORE = {"WITHSCORES": "withscores"}, {"WITHSCORE": "withscore"}
_PLACES = {"WITHDIST": "withdist", "WITHCOORD": "withcoord", "WITHHASH": "withhash"}

_OPTIONS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "SET": (3, {"GET": "get"}),
    **dict.fromkeys(("ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), (4, _SCORES)),
    **dict.fromkeys(("ZINTER", "ZUNION", "ZDIFF"), (0, _SCORES)),
    "ZRANDMEMBER": (3, _SCORES),
    **dict.fromkeys(("ZRANK", "ZREVRANK"), (3, _SCORE)),
    "GEORADIUS": (6, _PLACES),
    "GEORADIUSBYMEMBER": (5, _PLACES),
    "GEOSEARCH": (2, _PLACES),
    "HSCAN": (3, {"NOVALUES": "no_values"}),
    **dict.fromkeys(("XCLAIM", "XAUTOCLAIM"), (6, {"JUSTID": "parse_justid"})),
    "XINFO STREAM": (3, {"FULL": "full"}),
    "VSIM": (2, {"WITHSCORES": CallbacksOptions.WITHSCORES.value, "WITHATTRIBS": CallbacksOptions.WITHATTRIBS.value}),
    "VLINKS": (3, {"WITHSCORES": CallbacksOptions.WITHSCORES.value}),
    "VEMB": (3, {"RAW": _RAW}),
}
"""From which word on a command's options may come (0: behind its keys), and redis-py's names for those it knows."""

_TAKES_ONE = frozenset("MATCH COUNT FROMMEMBER STORE STOREDIST ELE FILTER WEIGHTS AGGREGATE".split())
"""Options behind which a word stands that is none."""


def _options(name: str, words: Sequence[str]) -> dict[str, Any]:
    if name in ("XREAD", "XREADGROUP"):
        has_claim = any(words[place].upper() == "CLAIM" for place in option_places(words))
        return {"claim_min_idle_time": True} if has_claim else {}
    if name == "XPENDING":
        return {"parse_detail": len(words) > 3}
    first, named = _OPTIONS.get(name, (0, {}))
    if not named:
        return {}
    command = spec_of(words)
    places = command.key_places(words) if command and not first else ()
    start = max(places, default=first - 1) + 1
    given = {
        word.upper()
        for place, word in enumerate(words)
        if place >= start and words[place - 1].upper() not in _TAKES_ONE
    }
    return {option: word in given for word, option in named.items()}


def _float_or_whole(raw: Any) -> Any:
    return raw if raw is None or isinstance(raw, int) else float(raw)


def _pairs_flat(raw: Any, *, withscores: bool) -> Any:
    """Return members and scores as the default client does: flat, each score as bytes, whatever it decodes."""
    pairs = list(zip(raw[::2], map(float, raw[1::2]), strict=True)) if raw and withscores else raw
    return _OF_DEFAULT["ZDIFF"](pairs, withscores=withscores)


def _popped(raw: Any) -> Any:
    scored = raw and [raw[0], [[member, float(score)] for member, score in raw[1]]]
    return _OF_DEFAULT["ZMPOP"](scored)


def _places(raw: Any, **options: bool) -> Any:
    if not isinstance(raw, list):
        return raw  # with STORE it is a number
    return _OF_RESP2["GEOSEARCH"](raw, store=None, store_dist=None, **options)


def _numbers_in_coordinates(raw: Any) -> Any:
    """Return places of a command without a method: the coordinates are numbers to RESP3, and nothing else is."""
    return [
        [[*map(float, part)] if isinstance(part, list) else part for part in place]
        if isinstance(place, list)
        else place
        for place in raw
    ]


def _stream(raw: Any, *, full: bool) -> Any:
    """Return XINFO STREAM; the default client leaves the names in FULL's consumers undecoded."""
    found = _OF_RESP2["XINFO STREAM"](raw, full=full)
    if full and isinstance(found["last-generated-id"], bytes):
        for group in found["groups"]:
            group["consumers"] = [{key.encode(): value for key, value in each.items()} for each in group["consumers"]]
    return found


def _nothing_or(kind: Callback) -> Callback:
    return lambda raw: None if raw is None else kind(raw)


_INSTEAD: Mapping[str, Callback] = {
    "ZADD": _float_or_whole,
    **dict.fromkeys(("ZDIFF", "ZRANDMEMBER"), _pairs_flat),
    **dict.fromkeys(("ZMPOP", "BZMPOP"), _popped),
    **dict.fromkeys(("GEORADIUS", "GEORADIUSBYMEMBER", "GEOSEARCH"), _places),
    **dict.fromkeys(("GEORADIUS_RO", "GEORADIUSBYMEMBER_RO"), _numbers_in_coordinates),
    "XINFO STREAM": _stream,
    "VEMB": _nothing_or(lambda raw: [*map(float, raw)]),
    **dict.fromkeys(("VADD", "VREM", "VSETATTR", "VISMEMBER"), _nothing_or(bool)),
}
"""Where the callbacks for RESP2 alone do not give what a default client returns, or ask for more than the words say."""
