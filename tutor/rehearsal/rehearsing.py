"""Rehearsing a lesson: the player plays it by its program, and the result is a proof, or where the two part."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from tutor.authoring.claim_problems import claim_problems
from tutor.authoring.play_problems import play_problems
from tutor.broker.servers import OtherServer
from tutor.engine.errors import StepFault
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.wait import WaitStep
from tutor.engine.playing import player
from tutor.engine.redis.arguments import time_limit
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.trace.proof_file import ProofFile
from tutor.engine.values.formatting import as_repr, as_str
from tutor.ports.wires.port import RedisWires
from tutor.rehearsal import proof_steps
from tutor.rehearsal.accounts import Accounts
from tutor.rehearsal.departure import Departure
from tutor.rehearsal.held_programs import LESSON_SECONDS, HeldPrograms
from tutor.rehearsal.own_server import OwnServer
from tutor.rehearsal.port import Deed, ProgramPort, command_line


@dataclass(frozen=True, slots=True)
class Parting:
    """Where program and lesson part: a departure at a step, from 1."""

    position: int
    departure: Departure


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The result: a proof if all steps match, else where the first one does not, and the lesson's false claims."""

    proof: ProofFile | None
    parting: Parting | None = None
    problems: tuple[Problem, ...] = ()


def rehearse(lesson: Lesson, patience: float = 1) -> Rehearsal:
    """Run the lesson's program by its steps; `patience` multiplies the limits. Raises: NotRehearsed, BrokerAway."""
    with HeldPrograms(lesson, patience) as programs:
        server = OtherServer(programs.url)
        # The programs keep the time limit.
        wires = RedisWires(OwnServer(lesson), server, seconds=2 * LESSON_SECONDS * patience)
        performance = _Performance(lesson, ProgramPort(lesson, wires, programs), programs)
        try:
            with performance.port:
                parting = performance.play()
                versions = _versions(server)
        finally:
            server.close()
    entries = performance.entries
    problems = tuple(problem for entry in entries for problem in claim_problems(lesson, entry))
    if parting or problems:
        return Rehearsal(None, parting, problems)
    problems = tuple(play_problems(lesson, entries))
    if problems:
        return Rehearsal(None, None, problems)
    return Rehearsal(proof_steps.proof(lesson, entries, performance.deeds, programs.ran, versions))


class _Performance:
    """One play of the lesson by its program."""

    def __init__(self, lesson: Lesson, port: ProgramPort, programs: HeldPrograms) -> None:
        self.port = port
        self.entries: list[TraceEntry] = []
        self.deeds: list[Deed] = []
        self._lesson = lesson
        self._accounts = Accounts(lesson, programs.assignments, programs.has_begun)

    def play(self) -> Parting | None:
        """Play to the end, or to where program and lesson part; return the parting."""
        steps = iter(self._lesson.steps)
        played = player.played(self._lesson, self.port)
        try:
            while step := next(steps, None):
                self._begin(step)
                entry = next(played)
                self.entries.append(entry)
                self.deeds.append(self._checked(entry, self.port.deeds[-1]))
            self._end()
        except Departure as departure:
            return Parting(min(self._position, len(self._lesson.steps)), departure)
        except StepFault as fault:
            return Parting(fault.position, Departure(str(fault)))
        return None

    @property
    def _position(self) -> int:
        return len(self.deeds) + 1

    def _begin(self, step: StepFields) -> None:
        """Require that the actor's program has set nothing that no step accounts for, before its next event."""
        if not isinstance(step, AssignStep | WaitStep) and not step.cuts_connection:
            self._accounts.check_open(step.actor)

    def _checked(self, entry: TraceEntry, deed: Deed) -> Deed:
        """Return the deed with the line that sets a variable, if the step does no more than that. Raises: Departure."""
        _require_same_words(entry, deed)
        _require_same_text(entry, deed)
        line = self._accounts.check_step(entry)
        if deed.words:
            self._accounts.check_replies(entry.actor, deed.line)
        return deed if deed.line.file or entry.kind != AssignStep.kind else Deed(line)

    def _end(self) -> None:
        for actor in self._lesson.entry_points:
            self._accounts.check_open(actor)
        for departure in self.port.left_over():
            raise departure


def _require_same_words(entry: TraceEntry, deed: Deed) -> None:
    """Compare the time limits: the port has compared the rest."""
    for sent, words in zip(entry.sent, deed.words, strict=False):
        if _limit(words) != _limit(sent.words):
            expected, came = command_line(sent.words), command_line(words)
            message = f"the program sends {came} at {deed.line}, the step sends {expected}"
            raise Departure(message, deed.line, expected=expected, came=came)


def _limit(words: Sequence[str]) -> float:
    return time_limit(words) or 0


def _require_same_text(entry: TraceEntry, deed: Deed) -> None:
    if not entry.printed or deed.text is None or deed.text == as_str(entry.output):
        return
    expected, came = as_repr(entry.output), as_repr(deed.text)
    message = f"the program prints {came} at {deed.line}, the step prints {expected}"
    raise Departure(message, deed.line, expected=expected, came=came)


def _versions(server: OtherServer) -> dict[str, str]:
    name, _, number = server.status().name.rpartition(" ")
    return {name: number, "redis-py": version("redis"), "Python": platform.python_version()}
