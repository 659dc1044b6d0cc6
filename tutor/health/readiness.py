"""Whether this process can serve learners: Redis, the database and the disk, each tried within two seconds."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from tutor import findings, library
from tutor.broker import diagnosis, probe, status
from tutor.engine.errors import BrokerAway
from tutor.findings import Finding, log_once
from tutor.health import database, disk
from tutor.health.prober import FRESH_SECONDS, Prober
from tutor.ports import eviction

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2.2
"""How long an answer waits for the parts; they are tried at the same time."""

REDIS_SILENT = Finding(
    diagnosis.PART,
    findings.REDIS_SILENT,
    "Redis does not answer.",
    "Look whether the server hangs or is stopped; then restart it.",
)


@cache
def _probers() -> Mapping[str, Prober]:
    probe.try_commands_of(lesson_commands)
    return {
        diagnosis.PART: Prober(_redis, silent=REDIS_SILENT),
        database.PART: Prober(database.checker(), silent=database.SILENT),
        disk.PART: Prober(disk.check, silent=disk.SILENT),
    }


def prepare() -> None:
    """Note which SQLite file there is at the start of a process that serves, and which commands lessons send."""
    _probers()


def report() -> list[Finding]:
    """Return why this process can't serve; each finding is also logged, once a minute."""
    probers = _probers()
    for prober in probers.values():
        prober.begin()
    found = [finding for prober in probers.values() for finding in prober.result(ANSWER_SECONDS)]
    for finding in found:
        log_once(log, f"not ready: {finding.detail} {finding.cure}")
    return found


def _redis() -> tuple[Finding, ...]:
    known = status.current(max_age=FRESH_SECONDS)
    if any(finding.reason == findings.REDIS_FULL for finding in known.findings) and _has_made_room():
        known = status.current(max_age=0)
    return known.findings or (() if known.is_up else (REDIS_SILENT,))


def _has_made_room() -> bool:
    """Return whether keys of runs were removed from a full server, as a learner's next click would do."""
    try:
        return eviction.make_room()
    except BrokerAway:
        return False


def lesson_commands() -> frozenset[str]:
    """Return the names of all commands that the lessons of the folder send, in capitals."""
    names = set[str]()
    with suppress(OSError):  # a folder that can't be read is the doctor's to report
        names.update(*(file.lesson.command_names for file in library.all_lessons()))
    return frozenset(names)
