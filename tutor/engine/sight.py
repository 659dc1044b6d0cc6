"""What is looked at after each step: the states of the watched keys, and what stands beside them.

What stands beside a key is shown and never compared: how long it has to live moves by itself, and who has what of a
stream is no element of it. It is JSON too: `{"ttl": 57}` in whole seconds, rounded up, or `{"groups": [{"name": …,
"last": "1-0", "pending": [{"consumer": …, "ids": […], "length": 3}]}]}`. A plain list is read as if there were none of
this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.engine import keys
from tutor.engine.commands import SETS_EXPIRY, KeyType
from tutor.engine.keys import KeyState
from tutor.engine.lesson import Lesson
from tutor.engine.values import Reply, refusal_of

Beside = Mapping[str, Any]

MOST_GROUPS = 4
MOST_CONSUMERS = 4
MOST_PENDING = 8
"""Of a stream: the groups, the consumers of each and the ids that each has not acknowledged that are kept."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The states of the watched keys by name, and of some of them what stands beside it."""

    states: dict[str, KeyState]
    beside: dict[str, Beside]


def reads(lesson: Lesson) -> list[list[str]]:
    """Return the commands that show all watched keys, in one go; they change nothing."""
    return [words for key, type_ in lesson.watched.items() for words in _reads(lesson, key, type_)]


def _reads(lesson: Lesson, key: str, type_: KeyType) -> list[list[str]]:
    return keys.reads(type_, key) + _reads_beside(lesson, key, type_)


def _reads_beside(lesson: Lesson, key: str, type_: KeyType) -> list[list[str]]:
    # FULL is the one question about groups that needs none of their names; what it tells is bounded by COUNT.
    groups = [["XINFO", "STREAM", key, "FULL", "COUNT", str(MOST_PENDING)]] if type_ == "stream" else []
    return groups + ([["PTTL", key]] if key in lesson.keys_with_life else [])


def seen(lesson: Lesson, replies: Sequence[Reply], words: Sequence[str] | None, before: Mapping[str, Beside]) -> Sight:
    """Return what the replies to `reads` show after the command `words`; `before` stood beside the keys until then."""
    left = list(replies)
    sight = Sight({}, {})
    for key, type_ in lesson.watched.items():
        count, count_beside = len(keys.reads(type_, key)), len(_reads_beside(lesson, key, type_))
        sight.states[key] = keys.state(type_, left[:count])
        found = _groups(left[count]) if type_ == "stream" else {}
        if key in lesson.keys_with_life and _can_expire(key, words, before):
            found |= _life(left[count + count_beside - 1])
        if found:
            sight.beside[key] = found
        del left[: count + count_beside]
    return sight


def _can_expire(key: str, words: Sequence[str] | None, before: Mapping[str, Beside]) -> bool:
    """Return whether it is the lesson that gave the key its life: else it is the corner's, and nobody's business."""
    name = words[0].upper() if words else ""
    has_set = name == "EXEC" or (name in SETS_EXPIRY and words is not None and key in words)
    return has_set or "ttl" in before.get(key, {})


def _life(reply: Reply) -> dict[str, Any]:
    return {"ttl": -(-reply // 1000)} if isinstance(reply, int) and reply > 0 else {}


def _groups(reply: Reply) -> dict[str, Any]:
    """Return the stream's groups; nothing where there are none, or where the server does not know FULL."""
    if refusal_of(reply) or not isinstance(reply, list):
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
