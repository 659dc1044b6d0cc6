"""The return values of redis-py's methods for a reply, computed by redis-py's own callbacks.

Besides `redis_py_calls.py` no other module of the engine imports redis, and this one takes only pure functions: the
callbacks with which a client converts replies (`get_response_callbacks` in redis/_parsers/response_callbacks.py). Our
replies come over RESP2. A default client of redis-py 8 speaks RESP3 and converts to the same shapes, except for the
commands in `INSTEAD`. The options that methods pass to callbacks follow from the command's words.

Commands have redis-py's names here, because its callbacks are looked up by them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redis import DataError, Redis, RedisError
from redis.commands.core import CoreCommands
from redis.commands.vectorset.commands import CallbacksOptions

from tutor.engine.redis.arguments import option_places
from tutor.engine.redis.table import key_places, traits_of
from tutor.engine.values.replies import Reply, Strings, Value, decode, encoded

Callback = Callable[..., Any]


def _callbacks(**options: Any) -> Mapping[str, Callback]:
    client = Redis(**options)  # it would connect at its first command, and sends none
    client.vset()
    return client.response_callbacks


_OF_RESP2 = _callbacks(protocol=2)
_OF_DEFAULT = _callbacks()


def returned(words: Sequence[str], reply: Reply, strings: Strings) -> Value:
    """Return the value of the method that sends `words` for a reply without errors in it.

    Raises: UnicodeDecodeError, if the client decodes and the reply holds bytes that are not UTF-8; any exception with
    which redis-py reacts to a reply of an unexpected shape.
    """
    name = _name(words)
    options = _options(name, words)
    is_raw = options.pop(_RAW, False)
    if is_raw:
        # For VEMB RAW the callback decodes the first part itself; the vector stays bytes even if the client decodes.
        return _OF_RESP2[name](_raw(reply, "bytes"), **{_RAW: True, _DECODES: strings == "str"})
    raw = _raw(reply, strings)
    if name in INSTEAD:
        return INSTEAD[name](raw, **options)
    callback = _OF_RESP2.get(name)
    return callback(raw, **options) if callback else raw


class NoCommand(Exception):
    """A call sends no command: the text is the exception that it raises, or says that it only returns an object."""


class CommandSent(BaseException):
    """Raised with a command's words in place of sending it; no `except Exception` of redis-py's catches it."""


class _Recorder(Redis):
    """A client that records the words of a command instead of connecting."""

    def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ARG002 - redis-py's signature
        raise CommandSent(*args)


def words_of_call(method: str, args: Sequence[Any], named: Mapping[str, Any]) -> list[str]:
    """Return the command that `r.method(*args, **named)` sends, as redis-py itself builds it. Raises: NoCommand."""
    client = _Recorder()
    if not hasattr(client, method) or method.startswith("_"):
        raise NoCommand(f"AttributeError: 'Redis' object has no attribute {method!r}")
    if not hasattr(CoreCommands, method):
        raise NoCommand(f"{method}() sends no command of its own")
    try:
        getattr(client, method)(*args, **dict(named))
    except CommandSent as sent:
        return _packed(client, sent.args)
    except (RedisError, TypeError, ValueError, AttributeError, LookupError) as fault:
        raise NoCommand(f"{type(fault).__name__}: {fault}") from None
    raise NoCommand(f"{method}() sends nothing by itself")


def _packed(client: Redis, args: Sequence[Any]) -> list[str]:
    encode: Callable[[Any], bytes] = client.get_encoder().encode
    try:
        # redis-py writes `XGROUP CREATE` as one argument and splits it when it packs the command.
        return [*str(args[0]).split(), *(decode(encode(each)) for each in args[1:])]
    except (DataError, ValueError, IndexError) as fault:  # ValueError: half a character, a number of 4300 digits
        raise NoCommand(f"{type(fault).__name__}: {fault}") from None


def _name(words: Sequence[str]) -> str:
    name = words[0].upper()
    return f"{name} {words[1].upper()}" if traits_of(words).name.startswith(f"{name}|") else name


def _raw(reply: Reply, strings: Strings) -> Any:
    """Return the reply as redis-py's parser gives it to a callback."""
    if isinstance(reply, str):
        if strings == "bytes":
            return encoded(reply)
        return reply if reply.isascii() else encoded(reply).decode()
    if isinstance(reply, list):
        return [_raw(item, strings) for item in reply]
    if isinstance(reply, dict) and "status" in reply:
        return _raw(reply["status"], strings)
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
"""By command: the first position of options (0: after its keys), and redis-py's names of the options."""

_TAKES_ONE = frozenset("MATCH COUNT FROMMEMBER STORE STOREDIST ELE FILTER WEIGHTS AGGREGATE".split())
"""Options that are followed by a value."""


def _options(name: str, words: Sequence[str]) -> dict[str, Any]:
    """Return the options that the method which sends `words` passes to its callback."""
    if name in _COMPUTED_OPTIONS:
        return _COMPUTED_OPTIONS[name](words)
    if name not in _OPTIONS:
        return {}
    first, named = _OPTIONS[name]
    start = first or max(key_places(words), default=-1) + 1
    places = [place for place in range(start, len(words)) if words[place - 1].upper() not in _TAKES_ONE]
    given = {words[place].upper() for place in places}
    return {option: word in given for word, option in named.items()}


def _options_of_xread(words: Sequence[str]) -> dict[str, Any]:
    has_claim = any(words[place].upper() == "CLAIM" for place in option_places(words))
    return {"claim_min_idle_time": True} if has_claim else {}


_COMPUTED_OPTIONS: Mapping[str, Callable[[Sequence[str]], dict[str, Any]]] = {
    "XREAD": _options_of_xread,
    "XREADGROUP": _options_of_xread,
    # redis-py returns a summary for `XPENDING key group`; with more words the reply lists single entries.
    "XPENDING": lambda words: {"parse_detail": len(words) > 3},
}


def _float_or_whole(raw: Any) -> Any:
    # ZADD returns a count; with INCR the new score, or nil: https://redis.io/docs/latest/commands/zadd/
    return raw if raw is None or isinstance(raw, int) else float(raw)


def _pairs_flat(raw: Any, **options: Any) -> Any:
    """Return members and scores as the default client does: flat, each score as bytes even if it decodes."""
    pairs = list(zip(raw[::2], map(float, raw[1::2]), strict=True)) if raw and options["withscores"] else raw
    return _OF_DEFAULT["ZDIFF"](pairs, **options)


def _popped(raw: Any) -> Any:
    # RESP2 has no doubles: scores are strings. RESP3 has them: https://redis.io/docs/latest/develop/reference/protocol-spec/
    scored = raw and [raw[0], [[member, float(score)] for member, score in raw[1]]]
    return _OF_DEFAULT["ZMPOP"](scored)


def _places(raw: Any, **options: bool) -> Any:
    if not isinstance(raw, list):
        return raw  # with STORE it is a number
    return _OF_RESP2["GEOSEARCH"](raw, store=None, store_dist=None, **options)


def _numbers_in_coordinates(raw: Any) -> Any:
    """Return places from a command without a method and callback: RESP3 sends only the coordinates as numbers."""
    return [
        [[*map(float, part)] if isinstance(part, list) else part for part in place]
        if isinstance(place, list)
        else place
        for place in raw
    ]


def _stream(raw: Any, **options: Any) -> Any:
    """Return XINFO STREAM; the default client leaves the field names of FULL's consumers undecoded."""
    found = _OF_RESP2["XINFO STREAM"](raw, **options)
    if options["full"] and isinstance(found["last-generated-id"], bytes):
        for group in found["groups"]:
            group["consumers"] = [{key.encode(): value for key, value in each.items()} for each in group["consumers"]]
    return found


def _nothing_or(kind: Callback) -> Callback:
    return lambda raw: None if raw is None else kind(raw)


INSTEAD: Mapping[str, Callback] = {
    "ZADD": _float_or_whole,
    **dict.fromkeys(("ZDIFF", "ZRANDMEMBER"), _pairs_flat),
    **dict.fromkeys(("ZMPOP", "BZMPOP"), _popped),
    **dict.fromkeys(("GEORADIUS", "GEORADIUSBYMEMBER", "GEOSEARCH"), _places),
    **dict.fromkeys(("GEORADIUS_RO", "GEORADIUSBYMEMBER_RO"), _numbers_in_coordinates),
    "XINFO STREAM": _stream,
    "VEMB": _nothing_or(lambda raw: [*map(float, raw)]),
    **dict.fromkeys(("VADD", "VREM", "VSETATTR", "VISMEMBER"), _nothing_or(bool)),
}
"""Commands whose RESP2 callback alone does not return the value of a default client."""
