"""Simulated time: the ages of keys and entries are shifted, because a server's clock can't be moved."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tutor.engine.values.replies import Reply, Words

Ask = Callable[[Sequence[Words]], list[Reply]]
"""Sends commands to a server in one round trip and returns the replies."""


FieldLives = Mapping[str, Mapping[str, int]]
"""The milliseconds that hash fields have left to live, by key and field, for fields with a life."""

MOST_PENDING = 100
"""Maximum number of pending entries aged in each group of a stream."""


@dataclass(frozen=True, slots=True)
class Ages:
    """A snapshot of the milliseconds that keys and fields have left to live, and of the keys that are streams."""

    lives: Mapping[str, int]
    streams: Sequence[str]
    fields: FieldLives

    @classmethod
    def of(cls, keys: Sequence[str], fields: FieldLives, ask: Ask) -> Self:
        """Return the ages of these keys; `fields` are the lives of their fields."""
        answers = ask([words for key in keys for words in (("PTTL", key), ("TYPE", key))])
        lives = {key: left for key, left in zip(keys, answers[::2], strict=True) if isinstance(left, int) and left >= 0}
        return cls(lives, _of_type("stream", keys, answers[1::2]), fields)

    @property
    def changing(self) -> set[str]:
        """The keys affected by passing time."""
        return {*self.lives, *self.fields}

    def noticed_after(self, milliseconds: int) -> set[str]:
        """Return the keys that expire, or lose a field, within this time."""
        shortest = {key: min(left.values()) for key, left in self.fields.items()}
        return {key for key, left in (*self.lives.items(), *shortest.items()) if left <= milliseconds}

    def let_pass(self, milliseconds: int, ask: Ask) -> None:
        """Shift all ages: the remaining lives, and the idle times of pending stream entries."""
        ended = {key for key, left in self.lives.items() if left <= milliseconds}
        ask([_with_life(key, left - milliseconds) for key, left in self.lives.items()])
        ask(
            [
                _with_field_life(key, name, left - milliseconds)
                for key, own in self.fields.items()
                for name, left in own.items()
                if key not in ended
            ]
        )
        _age_pending([key for key in self.streams if key not in ended], milliseconds, ask)


def field_lives(keys: Sequence[str], ask: Ask) -> FieldLives:
    """Return the remaining lives of the fields of all hashes among these keys."""
    hashes = _of_type("hash", keys, ask([("TYPE", key) for key in keys]))
    filled = [(key, names) for key, names in zip(hashes, ask([("HKEYS", key) for key in hashes]), strict=True) if names]
    lives = ask([("HPTTL", key, "FIELDS", str(len(names)), *names) for key, names in filled])
    own = {key: _with_an_end(names, left) for (key, names), left in zip(filled, lives, strict=True)}
    return {key: of_key for key, of_key in own.items() if of_key}


def _with_an_end(names: Sequence[str], lives: Reply) -> dict[str, int]:
    # A negative number is not a life: the field has none (-1), or is gone (-2). A server without HPTTL refuses it.
    return {name: left for name, left in zip(names, lives, strict=True) if left >= 0} if isinstance(lives, list) else {}


def _of_type(wanted: str, keys: Sequence[str], types: Sequence[Reply]) -> list[str]:
    return [key for key, type_ in zip(keys, types, strict=True) if type_ == wanted]


def _with_life(key: str, left: int) -> Words:
    return ("PEXPIRE", key, str(left)) if left > 0 else ("DEL", key)


def _with_field_life(key: str, name: str, left: int) -> Words:
    return ("HPEXPIRE", key, str(left), "FIELDS", "1", name) if left > 0 else ("HDEL", key, name)


def grow_younger(keys: Sequence[str], milliseconds: int, ask: Ask) -> bool:
    """Take this time back from the idle times of pending entries; return whether that was possible for all of them."""
    pending, entries = _pending(keys, ask)
    # Only an entry that is still in its stream can be claimed, and more than MOST_PENDING are not listed.
    if not all(entries) or any(count >= MOST_PENDING for count in Counter(each[:2] for each in pending).values()):
        return False
    ask([_older(each, -milliseconds) for each in pending])
    return True


def _age_pending(streams: Sequence[str], milliseconds: int, ask: Ask) -> None:
    # XCLAIM removes a deleted entry from the group's list: https://redis.io/docs/latest/commands/xclaim/
    found = zip(*_pending(streams, ask), strict=True)
    ask([_older(each, milliseconds) for each, entry in found if entry])


def _pending(keys: Sequence[str], ask: Ask) -> tuple[list[tuple[Any, ...]], list[Reply]]:
    """Return each pending entry of the streams among these keys: its key, its group and a row of XPENDING.

    Beside them are the replies of XRANGE, empty for an entry that was deleted.
    """
    groups = list(_groups(keys, ask([("XINFO", "GROUPS", key) for key in keys])))
    listed = ask([("XPENDING", key, name, "-", "+", str(MOST_PENDING)) for key, name in groups])
    pending = [(*group, *each) for group, rows in zip(groups, listed, strict=True) for each in rows]
    return pending, ask([("XRANGE", key, id_, id_) for key, _, id_, *_ in pending])


def _groups(streams: Sequence[str], answers: Sequence[Reply]) -> Iterator[tuple[str, str]]:
    """Yield the key and the name of each group, from the answers of XINFO GROUPS: rows of names and values."""
    for key, rows in zip(streams, answers, strict=True):
        for row in rows if isinstance(rows, list) else []:
            yield key, row[row.index("name") + 1]


def _older(pending: Sequence[Reply], milliseconds: int) -> Words:
    """Return the command that changes an entry's idle time. `pending`: a key, a group, and a row of XPENDING."""
    key, name, id_, consumer, idle, count = pending
    # XCLAIM for the entry's own consumer changes only the values set by its options: the idle time.
    idle_text = str(max(0, int(idle) + milliseconds))
    return ("XCLAIM", key, name, consumer, "0", id_, "IDLE", idle_text, "RETRYCOUNT", str(count), "JUSTID")
