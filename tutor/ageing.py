"""Time that passes in a lesson: what a server remembers of keys is made older, since its clock can't be moved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tutor.engine.port import Words
from tutor.engine.values import Reply

Ask = Callable[[Sequence[Words]], list[Reply]]
"""Asks a server for all of these in one round trip."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How many milliseconds keys have left to live, and which of them are streams, at one moment."""

    lives: Mapping[str, int]
    streams: Sequence[str]

    @classmethod
    def of(cls, keys: Sequence[str], ask: Ask) -> Self:
        """Return the ages of these keys."""
        answers = ask([words for key in keys for words in (("PTTL", key), ("TYPE", key))])
        lives = {key: left for key, left in zip(keys, answers[::2], strict=True) if isinstance(left, int) and left >= 0}
        return cls(lives, [key for key, type_ in zip(keys, answers[1::2], strict=True) if type_ == "stream"])

    def ended_after(self, milliseconds: int) -> set[str]:
        """Return the keys whose life is over when so much time has passed."""
        return {key for key, left in self.lives.items() if left <= milliseconds}

    def let_pass(self, milliseconds: int, ask: Ask) -> None:
        """Make everything older: what is left to live, and how long entries of streams are pending."""
        ended = self.ended_after(milliseconds)
        left = {key: life - milliseconds for key, life in self.lives.items() if key not in ended}
        ask([*(("DEL", key) for key in ended), *(("PEXPIRE", key, str(life)) for key, life in left.items())])
        _age_pending([key for key in self.streams if key not in ended], milliseconds, ask)


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
