"""Observations after each step: the states of the watched keys, and details beside them.

Details are shown and never compared: a time to live changes by itself, and the groups of a stream are no elements of
it. They are JSON as well: `{"ttl": 57}` in whole seconds, rounded up; of a stream `{"groups": [{"name": …, "last":
"1-0", "pending": [{"consumer": …, "ids": […], "length": 3}]}]}`; of a hash `{"fields": {"name": 57}}`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, get_args

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.run_names import MOST_SHOWN, watched_among
from tutor.engine.playing.port import PortAnswer
from tutor.engine.redis import key_states
from tutor.engine.redis.key_states import KeyState
from tutor.engine.redis.table import KeyType
from tutor.engine.values.formatting import LONGEST_TEXT, SHOWN_ELEMENTS
from tutor.engine.values.replies import Reply, error_of

Beside = Mapping[str, Any]

LivesByField = dict[str, dict[str, int]]

MOST_GROUPS = 4
MOST_CONSUMERS = 4
MOST_PENDING = 8
"""Groups of a stream, consumers of a group, and pending ids of a consumer that an entry keeps."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The states of the watched keys by name, details of some, and the milliseconds that keys have left to live.

    A key that only a pattern watches is among the states if it exists and is one of the first MOST_SHOWN that ever did;
    `unshown` counts the others that exist.
    """

    states: dict[str, KeyState]
    beside: dict[str, Beside]
    lives: dict[str, int]
    ends: dict[str, int]
    """The instants at which keys with a life end, in milliseconds since 1970."""
    field_lives: LivesByField
    """How long fields of hashes have left to live, in milliseconds, by key and field."""
    unshown: int = 0


def reads(lesson: Lesson, named: Sequence[str] = ()) -> list[list[str]]:
    """Return the commands that read all watched keys and the lives of keys; they change nothing.

    `named` are the keys that the run has named by its variables.
    """
    found = watched_among(lesson, named)
    shown = [words for key, type_ in lesson.watched.items() for words in _reads(key, type_)]
    matching = [words for key, type_ in found.items() for words in (["EXISTS", key], *_reads(key, type_))]
    keys = (*lesson.keys, *named)
    lives = [["PTTL", key] for key in keys] if lesson.gives_lives else []
    ends = [["PEXPIRETIME", key] for key in keys] if lesson.gives_ends else []
    return [*shown, *matching, *lives, *ends]


def _reads(key: str, type_: KeyType) -> list[list[str]]:
    # Only FULL shows groups without a need for their names, and COUNT bounds the entries and pending ids in the reply:
    # https://redis.io/docs/latest/commands/xinfo-stream/
    groups = [["XINFO", "STREAM", key, "FULL", "COUNT", str(MOST_PENDING)]] if type_ == "stream" else []
    return key_states.reads(type_, key) + groups


_STATE_READS = {type_: len(key_states.reads(type_, "")) for type_ in get_args(KeyType)}
"""How many reads show the state of a key."""


def seen(lesson: Lesson, answer: PortAnswer, named: Sequence[str] = (), appeared: Collection[str] = ()) -> Sight:
    """Return what the answer to `reads` shows; `appeared` are the keys that only a pattern watches, shown before."""
    replies = iter(answer.reads)
    sight = Sight({}, {}, {}, {}, _kept(answer.field_lives))
    for key, type_ in lesson.watched.items():
        _see(sight, key, type_, replies)
    sight = _with_matching(sight, lesson, watched_among(lesson, named), appeared, replies)
    keys = (*lesson.keys, *named)
    if lesson.gives_lives:
        sight.lives.update(_times(keys, replies))
    sight.ends.update(_times(keys, replies))
    for key, milliseconds in sight.lives.items():
        if key in sight.states:
            sight.beside[key] = {**sight.beside.get(key, {}), "ttl": _seconds(milliseconds)}
    for key, own in sight.field_lives.items():
        if own and sight.states.get(key, {}).get("type") == "hash":
            seconds = {name: _seconds(left) for name, left in own.items()}
            sight.beside[key] = {**sight.beside.get(key, {}), "fields": seconds}
    return sight


def _see(sight: Sight, key: str, type_: KeyType, replies: Iterator[Reply]) -> None:
    """Add what the next replies show of a key."""
    sight.states[key] = key_states.state(type_, list(islice(replies, _STATE_READS[type_])))
    if type_ == "stream" and (groups := _groups(next(replies))):
        sight.beside[key] = groups


def _with_matching(
    sight: Sight, lesson: Lesson, found: Mapping[str, KeyType], appeared: Collection[str], replies: Iterator[Reply]
) -> Sight:
    """Return the sight with the keys that only a pattern watches: those shown before, and new ones up to a limit."""
    if not found:
        return sight
    room, unshown = MOST_SHOWN - len(appeared), 0
    for key, type_ in found.items():
        is_there, is_new = bool(next(replies)), key not in appeared
        if is_there and (room or not is_new):
            room -= is_new
            _see(sight, key, type_, replies)
        else:
            unshown += is_there
            _see(Sight({}, {}, {}, {}, {}), key, type_, replies)
    in_order = dict.fromkeys(key for key in (*lesson.watched, *appeared, *found) if key in sight.states)
    return replace(sight, states={key: sight.states[key] for key in in_order}, unshown=unshown)


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)


def _times(keys: Sequence[str], replies: Iterable[Reply]) -> Iterator[tuple[str, int]]:
    """Yield the keys that have a time, each with it. There are no replies if no step of the lesson gives one."""
    for key, milliseconds in zip(keys, replies, strict=False):
        if isinstance(milliseconds, int) and milliseconds >= 0:
            yield key, milliseconds


def _kept(lives: Mapping[str, Mapping[str, int]]) -> LivesByField:
    """Return the lives that an entry keeps: of as many fields as a state shows, and of none with a long name."""
    short = {key: {name: left for name, left in own.items() if len(name) <= LONGEST_TEXT} for key, own in lives.items()}
    return {key: dict(islice(own.items(), SHOWN_ELEMENTS)) for key, own in short.items()}


def _groups(reply: Reply) -> dict[str, Any]:
    """Return the stream's groups; nothing if it has none, or if the server does not know FULL (before Redis 6)."""
    if error_of(reply) or not isinstance(reply, list):
        return {}
    groups = _fields(reply).get("groups")
    return {"groups": [_group(_fields(group)) for group in groups[:MOST_GROUPS]]} if groups else {}


def _group(fields: Mapping[str, Any]) -> dict[str, Any]:
    consumers = [_fields(consumer) for consumer in fields.get("consumers", [])[:MOST_CONSUMERS]]
    pending = [
        {"consumer": each["name"], "ids": [row[0] for row in each["pending"]], "length": each["pel-count"]}
        for each in consumers
    ]
    return {"name": fields.get("name", ""), "last": fields.get("last-delivered-id", ""), "pending": pending}


def _fields(flat: Sequence[Reply]) -> dict[str, Any]:
    return {str(flat[i]): flat[i + 1] for i in range(0, len(flat) - 1, 2)}
