"""`manage.py lessons check --on URL …`: the same lessons on several servers, and what differs between these."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tutor.authoring import diagnostics
from tutor.authoring.server_differences import NamedServer, ServersReport, check_on
from tutor.broker.servers import SHARED, OtherServer
from tutor.engine.errors import BrokerAway
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.trace.proved_servers import (
    SERVERS_FILE,
    ProvedLesson,
    ProvedServer,
    as_servers_text,
    proved_lessons_in,
)
from tutor.engine.values.wording import counted
from tutor.files import atomic
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem
from tutor.management.lessons.verb import Say
from tutor.server_urls.parts import BadUrl
from tutor.server_urls.redis_url import checked_redis_url


def is_url(word: str) -> bool:
    """Return whether a word behind --on is a server's address, and not a lesson's file."""
    return "://" in word


class CheckedServers:
    """The servers of one check: the program's own, and those that --on names."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self.named: list[NamedServer] = []
        self.unreached: list[str] = []

    def reach(self, stack: ExitStack) -> None:
        """Connect to each server; a sentence says why one could not be reached."""
        own = SHARED.status()
        if own.is_up:
            self.named.append(NamedServer(own.name, SHARED))
        else:
            self.unreached.append(f"The program's own server: {own.findings[0].detail if own.findings else 'away'}")
        for place, url in enumerate(self._urls, 1):
            try:
                other = stack.enter_context(closing(OtherServer(checked_redis_url(url))))
            except BadUrl as bad:
                self.unreached.append(f"Server {place} of --on: {_of_address(str(bad))}")
            except BrokerAway as away:
                self.unreached.append(f"Server {place} of --on: {_of_address(str(away))}")
            else:
                self.named.append(NamedServer(self._unique(other.status().name), other))

    def _unique(self, name: str) -> str:
        """Return the name, numbered if an earlier server has it: two servers of one version."""
        count = sum(each.name.partition(" (")[0] == name for each in self.named)
        return f"{name} ({count + 1})" if count else name


def _of_address(said: str) -> str:
    """Return a sentence about REDIS_URL as one about an address of --on."""
    return said.replace("REDIS_URL", "its address")


def check_servers(
    files: Sequence[Path], urls: Sequence[str], options: Mapping[str, Any], source: diagnostics.Source, say: Say
) -> int:
    """Prove the lessons on each server, print problems and differences, and return the exit status."""
    servers = CheckedServers(urls)
    with ExitStack() as stack:
        servers.reach(stack)
        report = check_on(files, servers.named)
    away = [*servers.unreached, *(f"{name}: {reason}" for name, reason in report.failed.items())]
    found = [*report.problems, *report.differences]
    names = [each.name for each in servers.named if each.name not in report.failed]
    last = _closing_lines(report, names, away)
    match options["format"]:
        case "json":
            say(_as_json(report, len(files), names, away))
        case "github":
            say("\n".join([*diagnostics.as_annotations(found), *last]))
        case _:
            say("\n".join([*diagnostics.as_text(found, source, options["paint"]), *last]))
    if options["write"] and not away:
        for folder in sorted({path.parent for path in report.proved}):
            _write(folder, report, names)
    return int(bool(away) or any(problem.is_error for problem in report.problems))


def _closing_lines(report: ServersReport, names: Sequence[str], away: Sequence[str]) -> Iterator[str]:
    yield from away
    for name in names:
        proved = sum(name in good for _, good in report.proved.values())
        yield f"{name}: {counted(proved, 'lesson')} proved"
    steps = len({(each.file, each.line) for each in report.differences})
    yield f"{counted(steps, 'step')} with differences" if len(names) > 1 else "one server alone, so nothing to compare"


def _as_json(report: ServersReport, lessons: int, names: Sequence[str], away: Sequence[str]) -> str:
    def records(problems: Sequence[LocatedProblem]) -> Any:
        return json.loads(diagnostics.as_json(problems, lessons))["problems"]

    said = {"lessons": lessons, "problems": records(report.problems), "differences": records(report.differences)}
    return json.dumps({**said, "servers": list(names), "unreached": list(away)}, indent=2)


def _write(folder: Path, report: ServersReport, names: Sequence[str]) -> None:
    """Write into the folder on which servers its lessons were proved; lessons that were not checked keep their line."""
    path, day = folder / SERVERS_FILE, datetime.now(UTC).date().isoformat()
    try:
        known = proved_lessons_in(start_of(path, LARGEST_FILE).decode("utf-8", "replace"))
    except OSError:
        known = {}
    for file, (lesson, good) in report.proved.items():
        if file.parent != folder:
            continue
        plain = [name for name in names if name in good and not name.endswith(")")]
        known[file.stem] = ProvedLesson(play_digest(lesson), tuple(ProvedServer(name, day) for name in plain))
    there = {slug: each for slug, each in known.items() if (folder / f"{slug}.yaml").exists() and each.servers}
    atomic.replace(path, as_servers_text(there).encode())
