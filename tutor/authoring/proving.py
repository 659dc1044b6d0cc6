"""Proving lesson files: read them, play them on a real server, and compare their claims with the play."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from tutor import concepts, glossary, library
from tutor.authoring.claim_problems import claim_problems
from tutor.authoring.drawing_problems import drawing_problems
from tutor.authoring.noting import NotingPort
from tutor.authoring.play_problems import first_difference, play_problems, waits_in_vain
from tutor.authoring.session_problems import session_problems
from tutor.authoring.stale_proofs import proof_problems
from tutor.broker.replies import ServerRefuses
from tutor.engine.asking import proof
from tutor.engine.checking.action_problems import action_problems
from tutor.engine.checking.flow_problems import dark_boxes, lit_boxes_problems, needless_conditions
from tutor.engine.checking.key_proofs import false_keys
from tutor.engine.checking.played_mistakes import played_mistakes
from tutor.engine.checking.reference_values import value_problems, values_in
from tutor.engine.checking.saving_problems import saving_problems
from tutor.engine.checking.term_problems import term_problems
from tutor.engine.errors import BrokerLacks, StepFault, TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.path import Syllabus, path_problems
from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.problems.name_problems import name_warnings
from tutor.engine.lesson.references import Values, told
from tutor.engine.lesson.reserved import CONCEPTS_FILE
from tutor.engine.playing import player
from tutor.engine.playing.port import Port
from tutor.engine.trace.entry import TraceEntry
from tutor.files.inner_places import spot_of
from tutor.files.regular import start_of
from tutor.files.schema_errors import MOST_ERRORS
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem, Reading

log = logging.getLogger(__name__)

PortOf = Callable[[Lesson], Port]
"""Returns a new port for one play of a lesson; the play leaves nothing on the server."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """The result of a check: all problems, by line; the lesson and its play, None and empty if it can't be played.

    `values`: those that the lesson's prose names.
    """

    problems: tuple[LocatedProblem, ...]
    lesson: Lesson | None
    entries: tuple[TraceEntry, ...]
    values: Values = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not any(problem.is_error for problem in self.problems)


def check(files: Sequence[Path], port_of: PortOf, syllabus: Syllabus | None = None) -> list[LocatedProblem]:
    """Return all problems of all files, sorted by file and line; of their concepts, only those of a syllabus.

    Raises: BrokerAway.
    """
    found = ((file, set(_check_file(file, port_of, syllabus))) for file in files)
    return sorted({problem for file, problems in found for problem in _at_most(problems, str(file))})


def _at_most(found: set[LocatedProblem], file: str) -> list[LocatedProblem]:
    """Return the first MOST_ERRORS problems, errors before warnings, with a note if there are more."""
    first = sorted(found, key=lambda problem: (problem.severity, problem))[:MOST_ERRORS]
    more = LocatedProblem(file, 1, 1, f"only the first {MOST_ERRORS} problems are listed")
    return first if len(found) <= MOST_ERRORS else [*first, more]


def _check_file(path: Path, port_of: PortOf, syllabus: Syllabus | None) -> Iterator[LocatedProblem]:
    file = str(path)
    if path.name == CONCEPTS_FILE:
        yield from concepts.at(path).problems
        return
    try:
        content = start_of(path, LARGEST_FILE + 1)
    except OSError as fault:
        yield LocatedProblem(file, 1, 1, f"the file can't be read: {fault.strerror}")
        return
    try:
        yield from _checked(content, file, port_of, beside=path, syllabus=syllabus).problems
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


def check_text(text: str | bytes, file: str, port_of: PortOf, syllabus: Syllabus | None = None) -> CheckedText:
    """Read a lesson from text, play it and prove it; problems are reported under the name `file`.

    Without a syllabus, its concepts are not looked at. Raises: BrokerAway, BrokerLacks.
    """
    found = _checked(text, file, port_of, syllabus=syllabus)
    return replace(found, problems=tuple(sorted(_at_most(set(found.problems), file))))


def _checked(
    text: str | bytes, file: str, port_of: PortOf, *, beside: Path | None = None, syllabus: Syllabus | None = None
) -> CheckedText:
    """Check a text; `beside`: the file beside which its proof lies, None for a text that has none."""
    reading = library.read(text, file)
    problems = [*reading.problems]
    if not library.is_lesson_name(Path(file).name):
        problems += [LocatedProblem(file, 1, 1, "a lesson's file name is its address: a-z, 0-9 and - only, then .yaml")]
    if reading.lesson is not None:
        unplayed = _of_whole_lesson(reading.lesson, Path(file).stem, beside, syllabus)
        problems += [located(problem, reading, file) for problem in unplayed]
    lesson = reading.lesson or (reading.sound.played if reading.sound else None)
    if lesson is None or reading.document.root is None:
        return CheckedText(tuple(problems), None, ())
    slow = list(drawing_problems(lesson, reading.document.root))
    try:
        played = _proved(lesson, _noting(port_of, reading), _extent(reading))
    except TutorError:
        raise
    except Exception as fault:  # a bug that one file triggers must not stop the check of the others
        log.exception("the check of %s failed", file)
        said = f"the program failed while it checked this lesson: {type(fault).__name__}: {fault}"
        return CheckedText((*problems, LocatedProblem(file, 1, 1, said)), None, ())
    found = [each for each in (*slow, *played.problems) if reading.sound is None or reading.sound.concerns(each)]
    problems += [located(problem, reading, file) for problem in found]
    problems += [located(problem, reading, file) for problem in _of_sessions(lesson, reading, port_of)]
    # A text that is slow to draw is not shown: the preview would wait for it.
    if reading.lesson is None or slow or not played.is_whole:
        return CheckedText(tuple(problems), None, ())
    return CheckedText(tuple(problems), reading.lesson, tuple(played.entries), played.values)


def _of_whole_lesson(lesson: Lesson, slug: str, beside: Path | None, syllabus: Syllabus | None) -> Iterator[Problem]:
    """Yield what a lesson without errors has to do with its proof file, the glossary and the path of all lessons."""
    if beside:
        yield from proof_problems(lesson, beside)
    yield from term_problems(lesson, glossary.current().terms)
    if syllabus:
        yield from path_problems(slug, lesson, syllabus)


_Extent = Literal["whole", "beginning"]
"""How much of a lesson a play covers: all steps, or those before the first that can't be played."""


def _extent(reading: Reading) -> _Extent:
    return "whole" if reading.sound is None or reading.sound.is_whole else "beginning"


def _of_sessions(lesson: Lesson, reading: Reading, port_of: PortOf) -> Iterator[Problem]:
    """Yield the problems of the sessions in the lesson's prose; each is played on a port of its own."""
    root = reading.document.root
    return session_problems(lesson, root, lambda each: play(each, port_of)) if root else iter(())


def _fault_problem(lesson: Lesson, fault: StepFault) -> Problem:
    """Return a problem at the step that could not be performed."""
    if fault.__cause__ is not None:
        log.error("step %s could not be played", fault.position, exc_info=fault.__cause__)
    return Problem(("steps", fault.position - 1, lesson.steps[fault.position - 1].kind), str(fault))


def located(problem: Problem, reading: Reading, file: str) -> LocatedProblem:
    """Return the problem with its place in the file."""
    root = reading.document.root
    spot = spot_of(problem, root, reading.source) if root else None
    line, column = (spot.line, spot.column) if spot else (1, 1)
    fields = root.value if root and isinstance(root.value, dict) else {}
    severity = problem.weighed_in(fields.get("strict"))
    return LocatedProblem(file, line, column, problem.message, severity, problem.facts)


def _noting(port_of: PortOf, reading: Reading) -> PortOf:
    """Return the ports with a note of each step's line, where the check runs apart and can be stopped."""
    root = reading.document.root
    steps = root.children.get("steps") if root else None
    lines = [steps.children[i].line for i in range(len(steps.children))] if steps else []
    return lambda lesson: NotingPort(port_of(lesson), lines)


def prove(lesson: Lesson, port_of: PortOf) -> list[Problem]:
    """Play the lesson twice, and once for each proof that changes it, and return the problems found.

    These are false claims, refusals, steps that wait in vain, the first difference between the two plays, answers of
    questions that their proofs contradict, and warnings for questions that could have a proof.
    """
    return _proved(lesson, port_of, "whole").problems


@dataclass(frozen=True, slots=True)
class _Proved:
    """The first play of a lesson, its problems, and the values that its prose names; `is_whole`: it has all steps."""

    entries: Sequence[TraceEntry]
    problems: list[Problem]
    values: Values = field(default_factory=dict)
    is_whole: bool = True


def _proved(lesson: Lesson, port_of: PortOf, extent: _Extent) -> _Proved:
    """Return the first play of the lesson, and the problems that `prove` finds."""
    try:
        return _proved_steps(lesson, port_of, extent)
    except StepFault as fault:
        # The steps before the fault are proved all the same, but not the questions, which may be about later ones.
        before = fault.position - 1
        known = _proved_steps(proof.cut(lesson, before), port_of, "beginning").problems if before else []
        return _Proved([], [_fault_problem(lesson, fault), *known], is_whole=False)


def _proved_steps(lesson: Lesson, port_of: PortOf, extent: _Extent) -> _Proved:
    # Two plays, because a step with a different result each time would contradict the lesson's text in every run.
    first = play(lesson, port_of)
    second = play(lesson, port_of)
    values = values_in(lesson, first, second)
    # Proofs are compared with the choices as learners read them. A play's lesson keeps its own texts.
    false_answers = false_keys(told(lesson, values, "plain"), first, lambda each: play(each, port_of))
    at_end = (
        [*waits_in_vain(lesson, first), *dark_boxes(lesson, first), *needless_conditions(lesson, first)]
        if extent == "whole"
        else []
    )
    found = [
        *(problem for entry in first for problem in claim_problems(lesson, entry)),
        *play_problems(lesson, first),
        *first_difference(first, second),
        *name_warnings(lesson, first),
        *value_problems(lesson, first, second),
        *lit_boxes_problems(lesson, first),
        *played_mistakes(lesson, first),
        *action_problems(lesson, first),
        *saving_problems(lesson, first),
        *at_end,
        *false_answers,
    ]
    return _Proved(first, found, values)


def play(lesson: Lesson, port_of: PortOf) -> list[TraceEntry]:
    """Play the lesson in a temporary corner. Raises: BrokerAway, BrokerLacks, StepFault."""
    return player.play(lesson, port_of(lesson))
