"""The doctor's examination: each part tried as learners need it, within a time limit, with what it found."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, connections
from redis.exceptions import RedisError

from tutor import library
from tutor.broker import connection, diagnosis, probe
from tutor.broker.probe import BrokerStatus
from tutor.engine.errors import BrokerAway
from tutor.findings import Finding
from tutor.health import database, disk, readiness, redis_trials
from tutor.health.prober import Prober
from tutor.health.redis_trials import of_clocks
from tutor.ports.sweeping import Clock

SERVER_SECONDS = 2.0
"""Time limit for each probe of a server or a disk."""

LOCAL_SECONDS = 10.0
"""Time limit for reading local files: the lessons, the static files, the settings."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


@dataclass(frozen=True, slots=True)
class Examined:
    """One part: what was tried, in a few words, and the findings.

    `missing`: the part without which this one could not be tried, "" if it was.
    """

    part: str
    tried: str
    findings: tuple[Finding, ...]
    missing: str = ""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to repair; warnings don't count."""
        return not any(finding.is_serious for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    tried: str
    seconds: float
    check: Callable[[], Sequence[Finding]]
    needs: str = ""


def examine(clock: Clock = time.time) -> list[Examined]:
    """Try all parts at the same time and return what was found; a part that hangs does not answer."""
    probe.try_commands_of(readiness.lesson_commands)
    if not settings.REDIS_URL:
        # Its start is not part of what is timed: it takes a second on a busy machine.
        Prober(_start_embedded, silent=probe.NO_SERVER).result(LOCAL_SECONDS)
    parts = _parts(clock)
    probers = [Prober(part.check, silent=_silent(part)) for part in parts]
    for prober in probers:
        prober.begin()
    found = {part.name: prober.result(part.seconds) for part, prober in zip(parts, probers, strict=True)}
    ill = {name for name, findings in found.items() if any(finding.is_serious for finding in findings)}
    return [
        Examined(part.name, part.tried, found[part.name], part.needs if part.needs in ill else "") for part in parts
    ]


def _parts(clock: Clock) -> list[_Part]:
    rights = "role, version, rights, free memory, eviction policy, clock"
    tried = ", ".join(redis_trials.TRIALS)
    return [
        _Part(diagnosis.PART, f"answers; {rights}", SERVER_SECONDS, lambda: _redis_itself().findings),
        _Part("lessons' commands", tried, 2 * SERVER_SECONDS, lambda: _redis_trials(clock), diagnosis.PART),
        _Part(database.PART, "a committed write, migrations, the SQLite file", SERVER_SECONDS + 0.2, _database),
        _Part(
            "database clock",
            "within seconds of this one",
            SERVER_SECONDS,
            lambda: _database_clock(clock),
            database.PART,
        ),
        _Part(disk.PART, f"a file in TUTOR_VAR, {disk.LEAST_BYTES >> 20} MB free", SERVER_SECONDS, disk.check),
        _Part("static files", "collected, and of this version", LOCAL_SECONDS, lambda: list(_static_files())),
        _Part("lessons", "readable, and playable on this server", LOCAL_SECONDS, lambda: list(_lessons())),
        _Part("settings", "manage.py check --deploy", LOCAL_SECONDS, lambda: list(_settings())),
    ]


def _silent(part: _Part) -> Finding:
    known = {diagnosis.PART: readiness.REDIS_SILENT, database.PART: database.SILENT, disk.PART: disk.SILENT}
    sentence = f"The check of {part.name} does not end: what it asks does not answer within {part.seconds:.0f} seconds."
    cure = "Repair the parts that do not answer, then examine again."
    return known.get(part.name) or Finding(part.name, "", sentence, cure)


def _start_embedded() -> list[Finding]:
    with suppress(BrokerAway):  # found again, and reported, by the check of Redis
        connection.client()
    return []


def _redis_itself() -> BrokerStatus:
    return probe.ask()


def _redis_trials(clock: Clock) -> list[Finding]:
    # One cause, such as a wrong password, is reported once: under Redis itself.
    known = _redis_itself()
    if known.findings or known.is_imitation:
        return []
    try:
        return redis_trials.try_lessons(clock)
    except (RedisError, OSError) as fault:
        return [diagnosis.of_fault(fault, connection.options_of_client())]
    except BrokerAway:
        return [probe.NO_SERVER]


def _database() -> list[Finding]:
    return [*database.checker()(), *_deleted_files()]


def _deleted_files() -> Iterator[Finding]:
    """Yield whether a process still has a SQLite file open that was deleted; known on Linux only."""
    path = database.sqlite_path()
    if path is None:
        return
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:  # the process or the file is gone by now, or is another user's
            continue
        if target in (f"{path} (deleted)", f"{path}-wal (deleted)"):
            yield Finding(
                database.PART,
                "",
                f"Process {link.parts[2]} uses a deleted file of the database {path}: what it stores is lost.",
                "Restart the program. Replace the file only while the program is stopped.",
            )
            return


def _database_clock(clock: Clock) -> list[Finding]:
    own = connections.create_connection("default")
    if own.vendor != "postgresql":
        return []
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            (there,) = cursor.fetchone() or (clock(),)
    except DatabaseError:
        return []  # the database's own check reports the reason
    finally:
        own.close()
    found = of_clocks("the database", float(there), clock())
    return [found] if found else []


def _static_files() -> Iterator[Finding]:
    cure = "Run manage.py collectstatic --noinput, and restart the program."
    if settings.DEBUG:
        return
    try:
        collected = getattr(staticfiles_storage, "hashed_files", {})
    except (OSError, ValueError) as problem:  # ValueError: Django can't parse the manifest
        yield Finding("static files", "", f"The static files can't be read: {problem}.", cure)
        return
    if not collected:
        yield Finding("static files", "", f"No static files are collected in {settings.STATIC_ROOT}.", cure)
        return
    old = sorted(name for name, source in _sources() if _is_old(name, source, collected))
    if old:
        more = f" and {len(old) - 3} more" if len(old) > 3 else ""
        sentence = f"The collected static files are of another version: {', '.join(old[:3])}{more} differ."
        yield Finding("static files", "", sentence, cure)


def _sources() -> Iterator[tuple[str, Path]]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path, Path(storage.path(path))


def _is_old(name: str, source: Path, collected: dict[str, str]) -> bool:
    hashed, root = collected.get(name), Path(settings.STATIC_ROOT)
    # collectstatic keeps a copy under the file's own name; the one with the digest in its name is what pages load.
    if hashed is None or not (root / hashed).is_file() or not (root / name).is_file():
        return True
    return (root / name).read_bytes() != source.read_bytes()


def _lessons() -> Iterator[Finding]:
    try:
        paths = library.lesson_paths()
    except OSError as problem:
        sentence = f"The lessons' folder {settings.LESSONS_DIR} can't be read: {problem.strerror}."
        yield Finding("lessons", "", sentence, "Give the program's user access to it, or correct LESSONS_DIR.")
        return
    readable = {file.slug for file in library.all_lessons()}
    if broken := sorted(path.name for path in paths if path.stem not in readable):
        sentence = f"Lessons with errors are not offered: {', '.join(broken[:5])}."
        yield Finding("lessons", "", sentence, "Run manage.py lessons check, which names the lines.")
    if not paths:
        yield Finding("lessons", "", f"There is no lesson in {settings.LESSONS_DIR}.", "Correct LESSONS_DIR.")
    yield from _lacking_commands()


def _lacking_commands() -> Iterator[Finding]:
    has = _redis_itself().commands
    lacking = sorted(readiness.lesson_commands() - has) if has else []
    if not lacking:
        return
    slugs = sorted(file.slug for file in library.all_lessons() if file.lesson.command_names & set(lacking))
    sentence = f"Redis lacks {', '.join(lacking)}, so these lessons can't be played: {', '.join(slugs[:5])}."
    cure = "Use a newer server, and remove its rename-command lines for these commands."
    yield Finding("lessons", "", sentence, cure, is_serious=False)


def _settings() -> Iterator[Finding]:
    # On one's own computer, HTTPS and the rest of what a server needs are not missing.
    is_server = not settings.DEBUG and not _LOOPBACK.issuperset(settings.ALLOWED_HOSTS)
    for message in run_checks(include_deployment_checks=is_server):
        if not message.is_silenced():
            sentence = " ".join(str(message.msg).split())
            cure = " ".join(str(message.hint or "See manage.py check --deploy.").split())
            yield Finding("settings", "", sentence, cure, is_serious=message.level >= ERROR)
