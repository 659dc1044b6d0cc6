"""Small lessons of a few commands, and corners to play them in."""

from uuid import uuid4

from tests.engine.playing import lesson
from tutor import broker
from tutor.broker import RedisCorner
from tutor.engine import machine
from tutor.engine.errors import BrokerAway, CornerBehind
from tutor.engine.lesson import Lesson
from tutor.engine.trace import TraceEntry


def commands(*lines: str, **fields: object) -> Lesson:
    return lesson(*({"command": line} for line in lines), **fields)


def new_corner(of: Lesson) -> RedisCorner:
    return broker.corner(str(uuid4()), of)


def replies(*lines: str, **fields: object) -> list[object]:
    """Play these commands in a new corner and return what came back."""
    played = commands(*lines, **fields)
    return [entry.reply for entry in machine.play(played, new_corner(played))]


def take(entries: list[TraceEntry], of: Lesson, corner: RedisCorner) -> TraceEntry:
    """Take the step after `entries`, with a rebuild if that is necessary."""
    try:
        return machine.advance(of, entries[-1], corner)
    except CornerBehind:
        machine.rebuild(entries, corner)
        return machine.advance(of, entries[-1], corner)


class AwayCorner:
    """A corner of a broker that is away."""

    def __init__(self, *_: object) -> None:
        pass

    def exchange(self, *_: object, **__: object) -> None:
        raise BrokerAway("away")

    exchanges = rebuild = exchange
