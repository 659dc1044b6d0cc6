"""The commands that calls of redis-py's methods send, computed by redis-py's own methods without a connection.

A call is known from the text of a program, so some of its arguments are values that only a running program has. Such
an argument is `Unknown`: the method is tried with placeholders of several types, and the words that it would send hold
the placeholders in its place.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations, count, islice, product
from typing import Any, NoReturn, Self

from redis.commands import CoreCommands
from redis.commands.vectorset.commands import VectorSetCommands
from redis.event import EventDispatcher

from tutor.engine.redis.redis_py import CommandSent
from tutor.engine.redis.table import traits_of

MOST_TRIALS = 128
"""Maximum number of combinations of types that are tried for the unknown arguments of one call."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An argument that only a running program knows; `is_starred`: it stands for any number of arguments.

    `parts`: those of its text, None for each that is unknown; empty if it need not be a text.
    """

    is_starred: bool = False
    parts: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class SentWord:
    """A word that a call sends. `text` is None if it is unknown; `is_many`: it stands for one word or several.

    `is_given`: the text is an argument of the call, and not a word that redis-py adds, such as the name of an option.
    `parts`: those of an unknown text, None for each that is unknown; empty if it may be any.
    """

    text: str | None
    is_given: bool = False
    is_number: bool = False
    is_many: bool = False
    parts: tuple[str | None, ...] = ()


SentWords = tuple[SentWord, ...]


class _NoConnection(CoreCommands, VectorSetCommands):
    """All methods of a client, none of which can send anything."""

    _event_dispatcher = EventDispatcher()

    def execute_command(self, *args: Any, **_: Any) -> NoReturn:
        raise CommandSent(*args)


class _Given(str):
    """A text that is an argument of the call."""

    __slots__ = ()


class _One(str):
    """The placeholder of a text."""

    __slots__ = ()


class _Partly(str):
    """The placeholder of a text of which some parts are known."""

    __slots__ = ("parts",)
    parts: tuple[str | None, ...]

    def __new__(cls, name: str, parts: tuple[str | None, ...]) -> Self:
        made = super().__new__(cls, name)
        made.parts = parts
        return made


class _Many(str):
    """The placeholder of one word or several."""

    __slots__ = ()


class _Number(int):
    """The placeholder of a number."""


_FAR = 7_000_000_000_000_000_000
"""The first of the numbers that are placeholders; no lesson holds such numbers."""

Filler = Callable[[str], Any]

_KINDS: Sequence[Filler] = (
    _One,
    lambda name: _Number(_FAR + int(name)),
    lambda name: [_Many(name)],
    lambda name: {_Many(name): _Many(name)},
)
"""The types of an unknown argument, the likeliest first."""

_WITHOUT_WORDS = {"unwatch": ("UNWATCH",), "multi": ("MULTI",), "discard": ("DISCARD",), "execute": ("EXEC", "MULTI")}
"""Methods of a pipeline, each with the commands that its steps may show.

`execute` sends all that was collected, between MULTI and EXEC: https://redis.readthedocs.io/en/stable/advanced_features.html
"""

_OF_NAMES = {
    name: name.upper()
    for name in ("watch", "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe")
}
"""Methods of pipelines and pubsub objects whose arguments are keys or channels, each with the command that it sends."""

_OPEN = ("bitfield", "vemb", "vsim")
"""Methods of which only the key is compared: one collects its words in further calls, two ask their connection."""

_NOT_COMMANDS = frozenset(("register_script", "digest_local", "cluster", "pipeline", "lock"))

METHODS = frozenset(
    name
    for name in (*dir(_NoConnection), *_WITHOUT_WORDS, *_OF_NAMES, "transaction")
    if name[0] != "_" and name not in _NOT_COMMANDS
)
"""The names of all methods that send a command."""


def sent_by(method: str, args: Sequence[Any], options: Mapping[str, Any]) -> tuple[SentWords, ...]:
    """Return what a call of that method can send; nothing if it can't be called like that.

    Arguments are literals of Python in which values may be `Unknown`, and texts are str or bytes.
    """
    if method in _WITHOUT_WORDS:
        return tuple((SentWord(command),) for command in _WITHOUT_WORDS[method])
    if method == "transaction":
        # It watches the keys behind the function, which is called with the pipeline, and sends what that collected.
        watch = _words(map(_marked, args[1:])) or ()
        return tuple(filter(None, [watch and (SentWord("WATCH"), *watch), (SentWord("MULTI"),), (SentWord("EXEC"),)]))
    if method in _OF_NAMES:
        # Options are channels with their handlers: `subscribe(news=show)`.
        words = _words(map(_marked, [*args, *options]))
        return ((SentWord(_OF_NAMES[method]), *words),) if words is not None else ()
    if method in _OPEN:
        words = _words(map(_marked, args[:1]))
        return ((SentWord(method.upper()), *words, SentWord(None, is_many=True)),) if words is not None else ()
    found = dict.fromkeys(filter(None, (_tried(method, *trial) for trial in _trials(args, options))))
    return tuple(variant for words in found for variant in (words, *_plain(method, words)))


def _plain(method: str, words: SentWords) -> Iterator[SentWords]:
    """Yield the command of the method's own name, if redis-py sends another that does the same: INCR as INCRBY … 1."""
    *first, last = words
    name = method.upper()
    if words[0].text != name and not last.is_given and last.text == "1":
        traits = traits_of([name])
        if traits.name == name and traits.arity == len(first):
            yield (SentWord(name), *first[1:])


def _trials(args: Sequence[Any], options: Mapping[str, Any]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    unknowns = sum(map(_unknowns, [*args, *options.values()]))
    for kinds in islice(_combinations(unknowns), MOST_TRIALS):
        names, chosen = count(), iter(kinds)
        with suppress(TypeError):  # a list can't be a mapping's key
            yield (
                [_filled(arg, chosen, names) for arg in args],
                {name: _filled(value, chosen, names) for name, value in options.items()},
            )


def _combinations(unknowns: int) -> Iterator[list[Filler]]:
    """Yield a type for each unknown argument: first the likeliest for all, then others for some of them."""
    likeliest, *others = _KINDS
    for changed in range(unknowns + 1):
        for places in combinations(range(unknowns), changed):
            for kinds in product(others, repeat=changed):
                at = dict(zip(places, kinds, strict=True))
                yield [at.get(place, likeliest) for place in range(unknowns)]


def _unknowns(value: Any) -> int:
    if isinstance(value, Unknown):
        return not (value.is_starred or value.parts)
    if isinstance(value, dict):
        return sum(_unknowns(key) + _unknowns(each) for key, each in value.items())
    return sum(map(_unknowns, value)) if isinstance(value, list | tuple | set) else 0


def _filled(value: Any, kinds: Iterator[Filler], names: Iterator[int]) -> Any:
    """Return the value with placeholders in it, and with its texts marked as given."""
    if isinstance(value, Unknown):
        if value.parts:
            return _Partly(str(next(names)), value.parts)
        return _Many(next(names)) if value.is_starred else next(kinds)(str(next(names)))
    if isinstance(value, dict):
        return {_filled(key, kinds, names): _filled(each, kinds, names) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return type(value)([_filled(each, kinds, names) for each in value])
    return _marked(value)


def _marked(value: Any) -> Any:
    if isinstance(value, bytes):
        return _Given(value.decode("utf-8", "surrogateescape"))
    return _Given(value) if type(value) is str else value


def _tried(method: str, args: Sequence[Any], options: Mapping[str, Any]) -> SentWords | None:
    """Return the words that the method sends first, None if it refuses its arguments or sends nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # methods that redis-py advises against are methods too
            returned = getattr(_NoConnection(), method)(*args, **options)
            next(iter(returned), None)  # `scan_iter` sends its command when it is iterated
    except CommandSent as sent:
        return _words(sent.args)
    except Exception:  # noqa: BLE001 - whatever redis-py raises says that it can't be called like that
        return None
    return None


def _words(values: Iterable[Any]) -> SentWords | None:
    words = [_word(value) for value in values]
    if None in words:
        return None
    known = [word for word in words if word]
    # redis-py sends the first argument as several words: `XGROUP CREATE`.
    first = known[0].text if known else None
    parts = [SentWord(part) for part in first.split()] if first and not known[0].is_number else known[:1]
    return (*parts, *known[1:])


def _word(value: Any) -> SentWord | None:
    """Return the word as which redis-py sends a value, None if it refuses values of that type."""
    if isinstance(value, Unknown):
        return SentWord(None, is_given=True, is_many=value.is_starred, parts=value.parts)
    if isinstance(value, _Partly):
        return SentWord(None, is_given=True, parts=value.parts)
    if isinstance(value, _One | _Many | _Number):
        return SentWord(None, is_given=True, is_many=isinstance(value, _Many))
    if isinstance(value, bool) or not isinstance(value, str | bytes | int | float):
        return None
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
    if len(text) == len(str(_FAR)) and text[:15] == str(_FAR)[:15]:  # a placeholder that redis-py made a plain number
        return SentWord(None, is_given=True)
    return SentWord(text, isinstance(value, _Given), isinstance(value, int | float))
