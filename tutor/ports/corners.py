"""Choosing the port for a lesson: a corner of the shared server, or connections for actors that wait."""

from uuid import uuid4

from tutor.broker import connection
from tutor.engine.errors import BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Port
from tutor.ports import playable
from tutor.ports.redis_corner import RedisCorner, TemporaryCorner
from tutor.ports.wires.port import RedisWires


def of_run(run_id: str, lesson: Lesson) -> Port:
    """Return the port for the next step of the run `run_id`; nothing is sent yet. Raises: BrokerAway, BrokerLacks.

    A lesson on connections is replayed at each step in a new corner, so that it can't find keys left by an earlier
    click that was killed.
    """
    if lesson.needs_connections:
        return temporary(lesson)
    _require_playable(lesson)
    return RedisCorner(run_id, lesson)


def temporary(lesson: Lesson) -> Port:
    """Return a port for one play of the lesson, which removes its keys afterwards. Raises: BrokerAway, BrokerLacks."""
    _require_playable(lesson)
    corner = TemporaryCorner(f"play-{uuid4()}", lesson)
    return RedisWires(corner, connection.client().connection_pool) if lesson.needs_connections else corner


def _require_playable(lesson: Lesson) -> None:
    if reason := playable.why_not_played(lesson):
        raise BrokerLacks(reason)
