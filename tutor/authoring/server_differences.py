"""Lessons on several servers: problems on some of them alone, and steps that play differently."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tutor import library
from tutor.authoring import proving
from tutor.authoring.claim_problems import shortened
from tutor.authoring.proving import located
from tutor.broker.servers import PlayServer
from tutor.engine.checking.stable_claims import Claims, found_claims
from tutor.engine.errors import BrokerAway, BrokerLacks, StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem, Reading
from tutor.ports import corners

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class NamedServer:
    """A server that lessons are played on, by its name and version."""

    name: str
    server: PlayServer


@dataclass(frozen=True, slots=True)
class ServersReport:
    """The result of playing lessons on several servers.

    `problems`: those of all servers, and those of one that say so. `differences`: steps that play differently, as
    warnings. `failed`: why a server that was reached could not go on, by its name. `proved`: by file, the names of the
    servers on which the lesson has no error, and the lesson.
    """

    problems: tuple[LocatedProblem, ...]
    differences: tuple[LocatedProblem, ...]
    failed: Mapping[str, str]
    proved: Mapping[Path, tuple[Lesson, tuple[str, ...]]]


def check_on(files: Sequence[Path], servers: Sequence[NamedServer]) -> ServersReport:
    """Prove the lessons on each server, and compare their plays with those on the first."""
    found: dict[str, list[LocatedProblem]] = {}
    failed: dict[str, str] = {}
    for each in servers:
        try:
            found[each.name] = proving.check(files, partial(corners.temporary, server=each.server))
        except BrokerAway as away:
            failed[each.name] = str(away)
    well = [each for each in servers if each.name in found]
    differences = tuple(problem for path in files for problem in _differences(path, well))
    proved = {path: entry for path in files if (entry := _proved_on(path, found))}
    return ServersReport(tuple(_merged(found)), differences, failed, proved)


def _merged(found: Mapping[str, Sequence[LocatedProblem]]) -> list[LocatedProblem]:
    """Return the problems that all servers have once, and each other with the name of its server."""
    counts = Counter(problem for problems in found.values() for problem in set(problems))
    merged = {
        problem if counts[problem] == len(found) else replace(problem, message=f"on {name}: {problem.message}")
        for name, problems in found.items()
        for problem in problems
    }
    return sorted(merged)


def _proved_on(path: Path, found: Mapping[str, Sequence[LocatedProblem]]) -> tuple[Lesson, tuple[str, ...]] | None:
    reading = _reading(path)
    if reading is None or reading.lesson is None:
        return None
    file = str(path)
    good = [name for name, problems in found.items() if not any(p.is_error for p in problems if p.file == file)]
    return reading.lesson, tuple(good)


def _reading(path: Path) -> Reading | None:
    try:
        return library.read(start_of(path, LARGEST_FILE + 1), str(path))
    except OSError:
        return None  # the check of the file reports it


def _differences(path: Path, servers: Sequence[NamedServer]) -> Iterator[LocatedProblem]:
    reading = _reading(path)
    if reading is None or reading.lesson is None:
        return
    played = {each.name: plays for each in servers if (plays := _plays(reading.lesson, each)) is not None}
    if not played:
        return
    (base, first), *others = played.items()
    for name, other in others:
        for problem in step_differences(reading.lesson, (base, first), (name, other)):
            yield located(problem, reading, str(path))


Plays = tuple[Sequence[TraceEntry], Sequence[TraceEntry]]
"""Two plays of a lesson on one server, which show what is the same each time."""


def _plays(lesson: Lesson, each: NamedServer) -> Plays | None:
    """Return two plays on the server, None if it can't play the lesson, which its check has reported."""
    port_of = partial(corners.temporary, server=each.server)
    try:
        return proving.play(lesson, port_of), proving.play(lesson, port_of)
    except (BrokerAway, BrokerLacks, StepFault):
        return None


def step_differences(lesson: Lesson, one: tuple[str, Plays], other: tuple[str, Plays]) -> Iterator[Problem]:
    """Yield the steps that play differently on two servers, each given by its name and two plays.

    A difference that lasts, such as a key's value, is reported at the step where it begins.
    """
    (one_name, ones), (other_name, others) = one, other
    lasting: dict[str, tuple[str, str]] = {}
    facts = zip(_facts(lesson, ones), _facts(lesson, others), strict=True)
    for i, (step, (here, there)) in enumerate(zip(lesson.steps, facts, strict=True)):
        differing = {name: (here[name], there[name]) for name in here if name in there and here[name] != there[name]}
        for name, (mine, its) in differing.items():
            if lasting.get(name) == (mine, its):
                continue
            message = f"step {i + 1}: {name} differs: {shortened(mine)} on {one_name}, {shortened(its)} on {other_name}"
            yield Problem(("steps", i, step.kind), message, "warning", Facts(mine, its))
        lasting = differing


def _facts(lesson: Lesson, plays: Plays) -> Iterator[dict[str, str]]:
    """Yield what is certain about each step on one server, as text by name."""
    first, second = plays
    for one, two, claims in zip(first, second, found_claims(lesson, first, second), strict=True):
        yield {**_claim_texts(claims), **_refusal_and_lanes(one, two), **_groups(one, two)}


def _claim_texts(claims: Claims) -> dict[str, str]:
    return {("the reply" if name == "reply" else name): as_repr(value) for name, value in claims.items()}


def _refusal_and_lanes(one: TraceEntry, two: TraceEntry) -> dict[str, str]:
    said = one.refusal.said if one.refusal else NOTHING
    found = {"the error" if one.words else "the exception": said} if one.refusal == two.refusal else {}
    states: dict[str, Json] = {actor: lane["state"] for actor, lane in one.lanes.items()}
    events: list[Json] = [f"{event['actor']}: {event['kind']}" for event in one.events]
    return {**found, "the state of connections": as_repr(states), "what reaches others": as_repr(events)}


def _groups(one: TraceEntry, two: TraceEntry) -> dict[str, str]:
    """Return the groups of each watched stream with their consumers, where both plays have the same."""
    return {
        f"the details of {key}": as_repr(dict(beside))
        for key in one.keys
        if (beside := one.beside.get(key, {})) == two.beside.get(key, {})
    }
