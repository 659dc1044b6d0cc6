"""Time that passes in a lesson: what a server remembers of keys is made older, since its clock can't be moved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tutor.engine.values.replies import Reply, Words

Ask = Callable[[Sequence[Words]], list[Reply]]
"""Asks a server for all of these in one round trip."""


FieldLives = Mapping[str, Mapping[str, int]]
"""How many milliseconds fields of hashes have left to live: by key and field, those that have an end."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How many milliseconds keys and fields have left to live, and which keys are streams, at one moment."""

    lives: Mapping[str, int]
    streams: Sequence[str]
    fields: FieldLives

    @classmethod
    def of(cls, keys: Sequence[str], ask: Ask, *, with_fields: bool) -> Self:
        """Return the ages of these keys; of their fields only on a server where fields can have a life."""
        answers = ask([words for key in keys for words in (("PTTL", key), ("TYPE", key))])
        lives = {key: left for key, left in zip(keys, answers[::2], strict=True) if isinstance(left, int) and left >= 0}
        streams = [key for key, type_ in zip(keys, answers[1::2], strict=True) if type_ == "stream"]
        return cls(lives, streams, field_lives(keys, ask) if with_fields else {})

    @property
    def changing(self) -> set[str]:
        """The keys to which something is done when time passes."""
        return {*self.lives, *self.fields}

    def noticed_after(self, milliseconds: int) -> set[str]:
        """Return the keys of which something ends when so much time passes: themselves, or one of their fields."""
        shortest = {key: min(left.values()) for key, left in self.fields.items()}
        return {key for key, left in (*self.lives.items(), *shortest.items()) if left <= milliseconds}

    def let_pass(self, milliseconds: int, ask: Ask) -> None:
        """Make everything older: what is left to live, and how long entries of streams are pending."""
        ended = {key for key, left in self.lives.items() if left <= milliseconds}
        left = {key: life - milliseconds for key, life in self.lives.items() if key not in ended}
        ask([*(("DEL", key) for key in ended), *(("PEXPIRE", key, str(life)) for key, life in left.items())])
        ask(list(_older_fields({key: own for key, own in self.fields.items() if key not in ended}, milliseconds)))
        _age_pending([key for key in self.streams if key not in ended], milliseconds, ask)


def field_lives(keys: Sequence[str], ask: Ask) -> FieldLives:
    """Return what is left to live to the fields of all hashes among these keys."""
    types = ask([("TYPE", key) for key in keys])
    hashes = [key for key, type_ in zip(keys, types, strict=True) if type_ == "hash"]
    found = [(key, names) for key, names in zip(hashes, ask([("HKEYS", key) for key in hashes]), strict=True) if names]
    lives = ask([("HPTTL", key, "FIELDS", str(len(names)), *names) for key, names in found])
    own = {
        key: {name: left for name, left in zip(names, each, strict=True) if left >= 0}
        for (key, names), each in zip(found, lives, strict=True)
        if isinstance(each, list)
    }
    return {key: of_key for key, of_key in own.items() if of_key}


def _older_fields(fields: FieldLives, milliseconds: int) -> Iterator[Words]:
    """Yield the commands that make fields older."""
    for key, own in fields.items():
        for name, left in own.items():
            if left <= milliseconds:
                yield ("HDEL", key, name)
            else:
                yield ("HPEXPIRE", key, str(left - milliseconds), "FIELDS", "1", name)


def _age_pending(streams: Sequence[str], milliseconds: int, ask: Ask) -> None:
    told = ask([("XINFO", "GROUPS", key) for key in streams])
    groups = [
        (key, group[group.index("name") + 1])
        for key, found in zip(streams, told, strict=True)
        for group in (found if isinstance(found, list) else [])
    ]
    listed = ask([("XPENDING", key, name, "-", "+", "100") for key, name in groups])
    pending = [(*group, *each) for group, found in zip(groups, listed, strict=True) for each in found]
    # XCLAIM would take an entry that was deleted out of its group.
    entries = ask([("XRANGE", key, id_, id_) for key, _, id_, *_ in pending])
    ask([_older(each, milliseconds) for each, entry in zip(pending, entries, strict=True) if entry])


def _older(pending: Sequence[Reply], milliseconds: int) -> Words:
    """Return the command that makes an entry pending for longer: a key, a group, and a row of XPENDING's."""
    key, name, id_, consumer, idle, count = pending
    # XCLAIM for its own consumer changes nothing but what it is told to: the idle time.
    idle_text = str(int(idle) + milliseconds)
    return ("XCLAIM", key, name, consumer, "0", id_, "IDLE", idle_text, "RETRYCOUNT", str(count), "JUSTID")
