"""Proving lesson files: read them, play them on a real server, and compare their claims with the play."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tutor import library
from tutor.authoring.claim_problems import claim_problems
from tutor.authoring.play_problems import first_difference, play_problems
from tutor.broker.replies import ServerRefuses
from tutor.engine.checking.key_proofs import false_keys
from tutor.engine.errors import BrokerLacks, StepFault, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.problems.name_problems import name_warnings
from tutor.engine.playing import player
from tutor.engine.playing.port import Port
from tutor.engine.trace.entry import TraceEntry
from tutor.files.regular import start_of
from tutor.files.schema_errors import MOST_ERRORS, spot_at
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem, Reading

log = logging.getLogger(__name__)

PortOf = Callable[[Lesson], Port]
"""Returns a new port for one play of a lesson; the play leaves nothing on the server."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """The result of a check: all problems, by line; the lesson and its play, None and empty if it can't be played."""

    problems: tuple[LocatedProblem, ...]
    lesson: Lesson | None
    entries: tuple[TraceEntry, ...]

    @property
    def is_good(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not any(problem.is_error for problem in self.problems)


def check(files: Sequence[Path], port_of: PortOf) -> list[LocatedProblem]:
    """Return all problems of all files, sorted by file and line.

    Raises: BrokerAway.
    """
    return sorted({problem for file in files for problem in _at_most(set(_check_file(file, port_of)), str(file))})


def _at_most(found: set[LocatedProblem], file: str) -> list[LocatedProblem]:
    """Return the first MOST_ERRORS problems, errors before warnings, with a note if there are more."""
    first = sorted(found, key=lambda problem: (problem.severity, problem))[:MOST_ERRORS]
    more = LocatedProblem(file, 1, 1, f"only the first {MOST_ERRORS} problems are listed")
    return first if len(found) <= MOST_ERRORS else [*first, more]


def _check_file(path: Path, port_of: PortOf) -> Iterator[LocatedProblem]:
    file = str(path)
    try:
        content = start_of(path, LARGEST_FILE + 1)
    except OSError as fault:
        yield LocatedProblem(file, 1, 1, f"the file can't be read: {fault.strerror}")
        return
    try:
        yield from _checked(content, file, port_of).problems
    except BrokerLacks as lacking:
        yield from _unplayed(content, file, str(lacking))
    except ServerRefuses as refusal:
        # A server that refuses everything (a wrong password, say) would refuse every other file as well.
        if not refusal.is_about_one_command:
            raise
        yield from _unplayed(content, file, f"the server says {refusal.reason}")


def _unplayed(content: bytes, file: str, reason: str) -> Iterator[LocatedProblem]:
    """Yield the problems of a file that the server can't play, found without playing it."""
    reading = library.read(content, file)
    yield from reading.problems
    yield located(Problem(("steps",), f"not played, so nothing in it is proved: {reason}"), reading, file)


def check_text(text: str | bytes, file: str, port_of: PortOf) -> CheckedText:
    """Read a lesson from text, play it and prove it; problems are reported under the name `file`.

    Raises: BrokerAway, BrokerLacks.
    """
    found = _checked(text, file, port_of)
    return replace(found, problems=tuple(sorted(_at_most(set(found.problems), file))))


def _checked(text: str | bytes, file: str, port_of: PortOf) -> CheckedText:
    reading = library.read(text, file)
    problems = [*reading.problems]
    if not library.is_lesson_name(Path(file).name):
        problems += [LocatedProblem(file, 1, 1, "a lesson's file name is its address: a-z, 0-9 and - only, then .yaml")]
    if reading.lesson is None:
        return CheckedText(tuple(problems), None, ())
    try:
        entries, found = _proved(reading.lesson, port_of)
    except StepFault as fault:
        problems.append(located(_fault_problem(reading.lesson, fault), reading, file))
        return CheckedText(tuple(problems), None, ())
    except TutorError:
        raise
    except Exception as fault:  # a bug that one file triggers must not stop the check of the others
        log.exception("the check of %s failed", file)
        said = f"the program failed while it checked this lesson: {type(fault).__name__}: {fault}"
        return CheckedText((*problems, LocatedProblem(file, 1, 1, said)), None, ())
    problems += [located(problem, reading, file) for problem in found]
    return CheckedText(tuple(problems), reading.lesson, tuple(entries))


def _fault_problem(lesson: Lesson, fault: StepFault) -> Problem:
    """Return a problem at the step that could not be performed."""
    if fault.__cause__ is not None:
        log.error("step %s could not be played", fault.position, exc_info=fault.__cause__)
    return Problem(("steps", fault.position - 1, lesson.steps[fault.position - 1].kind), str(fault))


def located(problem: Problem, reading: Reading, file: str) -> LocatedProblem:
    """Return the problem with its place in the file."""
    root = reading.document.root
    spot = spot_at(root, problem.path, problem.message) if root else None
    line, column = (spot.line, spot.column) if spot else (1, 1)
    return LocatedProblem(file, line, column, problem.message, problem.severity, problem.facts)


def prove(lesson: Lesson, port_of: PortOf) -> list[Problem]:
    """Play the lesson twice, and once for each proof that changes it, and return the problems found.

    These are false claims, refusals, steps that wait in vain, the first difference between the two plays, answers of
    questions that their proofs contradict, and warnings for questions that could have a proof.
    """
    return _proved(lesson, port_of)[1]


def _proved(lesson: Lesson, port_of: PortOf) -> tuple[list[TraceEntry], list[Problem]]:
    """Return the first play of the lesson, and the problems that `prove` finds."""
    # Two plays, because a step with a different result each time would contradict the lesson's text in every run.
    first = play(lesson, port_of)
    second = play(lesson, port_of)
    false_answers = false_keys(lesson, first, lambda each: play(each, port_of))
    return first, [
        *(problem for entry in first for problem in claim_problems(lesson, entry)),
        *play_problems(lesson, first),
        *first_difference(first, second),
        *name_warnings(lesson, first),
        *false_answers,
    ]


def play(lesson: Lesson, port_of: PortOf) -> list[TraceEntry]:
    """Play the lesson in a temporary corner. Raises: BrokerAway, BrokerLacks, StepFault."""
    return player.play(lesson, port_of(lesson))
