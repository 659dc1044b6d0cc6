"""Observations after each step: the states of the watched keys, and details.

Details are shown and never compared: a time to live changes without a command, and groups are not elements of a
stream. They are JSON as well: `{"ttl": 57}` in whole seconds, rounded up; for a stream `{"groups": [{"name": …, "last":
"1-0", "pending": [{"consumer": …, "ids": […], "length": 3}]}]}`; for a hash `{"fields": {"name": 57}}`.
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
"""Maximum number of groups per stream, consumers per group and pending ids per consumer in an entry."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The states of the watched keys by name, details, and the remaining lives of keys in milliseconds.

    A key watched only by a pattern has a state if it exists and is one of the first MOST_SHOWN that ever existed;
    `unshown` counts the other existing ones.
    """

    states: dict[str, KeyState]
    beside: dict[str, Beside]
    lives: dict[str, int]
    ends: dict[str, int]
    """The instants at which keys expire, in milliseconds since 1970."""
    field_lives: LivesByField
    """The remaining lives of hash fields in milliseconds, by key and field."""
    unshown: int = 0


def reads(lesson: Lesson, named: Sequence[str] = ()) -> list[list[str]]:
    """Return the read-only commands that fetch all watched keys and the lives of keys.

    `named`: the keys that the run has named by its variables.
    """
    found = watched_among(lesson, named)
    shown = [words for key, type_ in lesson.watched.items() for words in _reads(key, type_)]
    matching = [words for key, type_ in found.items() for words in (["EXISTS", key], *_reads(key, type_))]
    keys = (*lesson.keys, *named)
    lives = [["PTTL", key] for key in keys] if lesson.gives_lives else []
    ends = [["PEXPIRETIME", key] for key in keys] if lesson.gives_ends else []
    return [*shown, *matching, *lives, *ends]


def _reads(key: str, type_: KeyType) -> list[list[str]]:
    # Only FULL lists groups without their names being known, and COUNT bounds the entries and pending ids in the reply:
    # https://redis.io/docs/latest/commands/xinfo-stream/
    groups = [["XINFO", "STREAM", key, "FULL", "COUNT", str(MOST_PENDING)]] if type_ == "stream" else []
    return key_states.reads(type_, key) + groups


_STATE_READS = {type_: len(key_states.reads(type_, "")) for type_ in get_args(KeyType)}
"""The number of reads for the state of a key."""


def seen(lesson: Lesson, answer: PortAnswer, named: Sequence[str] = (), appeared: Collection[str] = ()) -> Sight:
    """Parse the answer to `reads`; `appeared` are the keys watched only by a pattern that were shown before."""
    replies = iter(answer.reads)
    sight = Sight({}, {}, {}, {}, kept_lives(answer.field_lives))
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
    """Add the state and details of a key from the next replies."""
    sight.states[key] = key_states.state(type_, list(islice(replies, _STATE_READS[type_])))
    if type_ == "stream" and (groups := _groups(next(replies))):
        sight.beside[key] = groups


def _with_matching(
    sight: Sight, lesson: Lesson, found: Mapping[str, KeyType], appeared: Collection[str], replies: Iterator[Reply]
) -> Sight:
    """Add the keys watched only by a pattern: those shown before, and new ones up to a limit."""
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
    """Yield each key that has a time, with its time. `replies` is empty if no step of the lesson sets one."""
    for key, milliseconds in zip(keys, replies, strict=False):
        if isinstance(milliseconds, int) and milliseconds >= 0:
            yield key, milliseconds


def kept_lives(lives: Mapping[str, Mapping[str, int]]) -> LivesByField:
    """Return the lives that an entry keeps: for as many fields as a state shows, without long names."""
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
