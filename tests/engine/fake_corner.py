"""A corner in memory that knows a few commands of lists and strings; test_fake_corner.py holds it against a server."""

from collections.abc import Callable, Sequence
from typing import Self

from tutor.engine.errors import CornerBehind
from tutor.engine.playing.port import Act, Ahead, PortAnswer, nothing_ahead
from tutor.engine.values.replies import Reply, Words, error

WRONGTYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


class FakeCorner:
    """Keeps lists and strings in a dict; `sent` holds every command in order."""

    def __init__(self) -> None:
        self.keys: dict[str, list[str] | str] = {}
        self.counter = 0
        self.sent: list[Words] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def exchange(self, act: Act, ahead: Ahead = nothing_ahead) -> PortAnswer:
        if self.counter != act.position - 1 and act.position > 1:
            raise CornerBehind(f"the corner was at {self.counter}, not at {act.position - 1}")
        if act.position == 1:
            self.keys.clear()
        self.counter = act.position
        self.sent += act.sends
        replies = tuple(self.answer(words) for words in act.sends)
        return PortAnswer(replies, [self.answer(read) for read in act.reads], 1)

    def restore(self, acts: Sequence[Act], *, claim: str) -> None:
        self.clear()
        for words in (words for act in acts for words in act.sends):
            self.answer(words)
        self.counter = len(acts)

    def clear(self) -> None:
        self.keys.clear()
        self.counter = 0

    def answer(self, words: Words) -> Reply:
        name, key, *rest = words
        type_, perform = COMMANDS[name.upper()]
        if not isinstance(self.keys.get(key, type_()), type_):
            return error(WRONGTYPE)
        reply = perform(self.keys, key, rest)
        if self.keys.get(key) == []:
            del self.keys[key]
        return reply


class TemporaryFake(FakeCorner):
    """The same for one play: nothing is left in it afterwards."""

    def __exit__(self, *exc: object) -> None:
        self.clear()


Keys = dict[str, list[str] | str]
Perform = Callable[[Keys, str, list[str]], Reply]


def _list(keys: Keys, key: str) -> list[str]:
    return keys.setdefault(key, [])  # type: ignore[return-value]


def _push(keys: Keys, key: str, values: list[str], *, left: bool) -> Reply:
    for value in values:
        _list(keys, key).insert(0 if left else len(_list(keys, key)), value)
    return len(_list(keys, key))


def _pop(keys: Keys, key: str, at: int) -> Reply:
    return _list(keys, key).pop(at) if _list(keys, key) else None


def _range(keys: Keys, key: str, bounds: list[str]) -> Reply:
    items = _list(keys, key)
    first, last = (max(0, len(items) + int(bound)) if int(bound) < 0 else int(bound) for bound in bounds)
    return items[first : last + 1]


def _set(keys: Keys, key: str, rest: list[str]) -> Reply:
    keys[key] = rest[0]
    return "OK"


COMMANDS: dict[str, tuple[type, Perform]] = {
    "LPUSH": (list, lambda keys, key, rest: _push(keys, key, rest, left=True)),
    "RPUSH": (list, lambda keys, key, rest: _push(keys, key, rest, left=False)),
    "LPOP": (list, lambda keys, key, rest: _pop(keys, key, 0)),
    "RPOP": (list, lambda keys, key, rest: _pop(keys, key, -1)),
    "LLEN": (list, lambda keys, key, rest: len(_list(keys, key))),
    "LRANGE": (list, _range),
    "SET": (object, _set),
    "GET": (str, lambda keys, key, rest: keys.get(key)),
}
