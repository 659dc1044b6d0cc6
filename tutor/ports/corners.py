"""Choosing the port for a lesson: a corner of the shared server, or connections for actors that wait."""

import logging
from uuid import UUID, uuid4

from tutor.broker import status
from tutor.broker.servers import SHARED, PlayServer
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Port
from tutor.ports import playable
from tutor.ports.namespace import TEMPORARY, removed
from tutor.ports.redis_corner import RedisCorner, TemporaryCorner
from tutor.ports.wires.kept import KeptWires
from tutor.ports.wires.port import RedisWires

log = logging.getLogger(__name__)


def of_run(run_id: str, lesson: Lesson) -> Port:
    """Return the port for the next step of the run `run_id`; nothing is sent yet. Raises: BrokerAway, BrokerLacks."""
    _require_playable(lesson, SHARED)
    return KeptWires(run_id, lesson) if lesson.needs_connections else RedisCorner(run_id, lesson)


def temporary(lesson: Lesson, server: PlayServer = SHARED) -> Port:
    """Return a port for one play of the lesson, which removes its keys afterwards. Raises: BrokerAway, BrokerLacks.

    `server`: where it is played, by default where learners play.
    """
    _require_playable(lesson, server)
    corner = TemporaryCorner(f"{TEMPORARY}{uuid4()}", lesson, server)
    return RedisWires(corner, server) if lesson.needs_connections else corner


def forget(run_id: UUID) -> None:
    """Remove the corner of a run that the learner has left; if Redis is away, a sweep does it later."""
    try:
        if status.was_there():
            removed(str(run_id))
    except BrokerAway:
        log.info("a corner could not be removed; a sweep removes it")


def _require_playable(lesson: Lesson, server: PlayServer) -> None:
    if reason := playable.why_not_played(lesson, server.status()):
        raise BrokerLacks(reason)
