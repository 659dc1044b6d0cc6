"""Small lessons of a few commands, and corners to play them in."""

from collections.abc import Callable, Sequence
from typing import Self
from uuid import uuid4

from tests.engine.plays import lesson
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.playing.port import Port, PortAnswer
from tutor.engine.trace.entry import TraceEntry
from tutor.ports.redis_corner import RedisCorner


def commands(*lines: str, **fields: object) -> Lesson:
    return lesson(*({"command": line} for line in lines), **fields)


def new_corner(of: Lesson) -> RedisCorner:
    return RedisCorner(str(uuid4()), of)


def replies(*lines: str, **fields: object) -> list[object]:
    """Play these commands in a new corner and return the results."""
    played = commands(*lines, **fields)
    return [entry.reply for entry in player.play(played, new_corner(played))]


def take(entries: Sequence[TraceEntry], of: Lesson, port: Port) -> TraceEntry:
    """Take the step after `entries`, as a click does."""
    return player.advance(of, entries[-1] if entries else None, port, lambda: entries)


def clicked(of: Lesson, port_of: Callable[[], Port], before: Callable[[], object] = lambda: None) -> list[TraceEntry]:
    """Take all steps one at a time, each at a new port; `before` is done before each of them."""
    entries: list[TraceEntry] = []
    for _ in of.steps:
        before()
        entries.append(take(entries, of, port_of()))
    return entries


class AwayPort:
    """A port to a broker that is away."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def exchange(self, *_: object, **__: object) -> PortAnswer:
        raise BrokerAway("away")

    def restore(self, *_: object, **__: object) -> None:
        raise BrokerAway("away")
