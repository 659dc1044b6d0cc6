"""Whether the current server can play a lesson, according to its own description."""

from collections.abc import Sequence
from typing import Literal

from tutor.broker import status
from tutor.broker.probe import BrokerStatus
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis.table import command_named

SERVERS: tuple[Literal["Redis", "Valkey"], ...] = ("Redis", "Valkey")

OLDEST = (7, 0, 0)
"""The version of Redis that the program requires; Valkey was forked from a later one."""


def why_not_played(lesson: Lesson, answering: BrokerStatus | None = None) -> str:
    """Return a sentence on why a server can't play the lesson, "" if nothing is known against it.

    `answering`: the server's description, by default that of the server on which learners play.
    """
    answering = answering or status.last_known()
    if lesson.needs_connections and answering.is_imitation:
        return "This lesson needs a real Redis server. The one that answers here is an imitation without connections."
    missing = sorted(lesson.command_names - answering.commands) if answering.commands else []
    if not missing:
        return ""
    has = f"the server that answers is {answering.name}"
    if version := _version_with(missing):
        return f"This lesson needs {version}; {has}."
    return f"This lesson sends {', '.join(missing)}; {has}, and has no such command."


def _version_with(names: Sequence[str]) -> str:
    """Return the first versions of Redis and Valkey with all these commands, "" if every supported version has them."""
    facts = [found for name in names if (found := command_named(name))]
    needed = {
        server: max((each.version_in(server) for each in facts), key=_as_numbers, default="") for server in SERVERS
    }
    if all(_as_numbers(version) <= OLDEST for version in needed.values()):
        return ""
    return " or ".join(f"{server} {version.removesuffix('.0')}" for server, version in needed.items() if version)


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
