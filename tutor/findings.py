"""Findings: why the program can't serve, in a sentence for strangers and one for operators, with its cure."""

import logging
from dataclasses import dataclass
from threading import Lock

from cachetools import TTLCache

LOG_SECONDS = 60.0
"""How long the log does not repeat a sentence."""

# Strangers may read these: they name no host, user or file, and don't tell whether a password was wrong.
REDIS_SILENT = "Redis does not answer."
REDIS_REFUSES = "Redis refuses the program; its log has the reason."
REDIS_REPLICA = "This Redis server is a read-only replica."
REDIS_FULL = "Redis has no memory left."
REDIS_LOADING = "Redis is loading its data."
REDIS_UNWRITABLE = "Redis accepts no writes; the program's log has the reason."
REDIS_RIGHTS = "The program lacks rights on Redis; its log names them."
REDIS_LACKS = "Redis lacks a command that the program needs; the program's log names it."
DATABASE_SILENT = "The database does not answer."
DATABASE_REFUSES = "The database can't be used; the program's log has the reason."
DATABASE_UNWRITABLE = "The database accepts no writes."
DATABASE_LOCKED = "The database is locked by another program."
DATABASE_MISSING = "The database file is missing."
DATABASE_REPLACED = "The database file was replaced while the program had it open."
DATABASE_OLD = "The tables of the database are not up to date."
DISK_FULL = "The disk is full."
DISK_UNUSABLE = "The program's folder can't be used; its log has the reason."
DISK_SILENT = "The disk does not answer."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a part, such as the database.

    `reason`: one of the sentences above, "" if only operators see the finding. `detail`, for the log and the doctor,
    may name hosts, users and files, never a password. `cure`: how to repair it. `is_serious`: learners can't take
    steps; otherwise it is a warning.
    """

    part: str
    reason: str
    detail: str
    cure: str
    is_serious: bool = True


_said: TTLCache[str, None] = TTLCache(maxsize=500, ttl=LOG_SECONDS)
_saying = Lock()


def log_once(log: logging.Logger, sentence: str) -> None:
    """Log a warning, unless the same one was logged within the last minute."""
    with _saying:
        if sentence in _said:
            return
        _said[sentence] = None
    log.warning("%s", sentence)
