"""Rehearsing lesson files: each problem gets its line in the file, and a proof is written beside the lesson."""

from dataclasses import dataclass, replace
from pathlib import Path

from tutor import library, proof_files
from tutor.authoring import proving
from tutor.engine.lesson.problem import Facts, Problem
from tutor.engine.lesson.problems.program_problems import program_problems
from tutor.engine.trace.proof_file import ProofFile
from tutor.files import atomic
from tutor.files.changes import NotWritten, content_of
from tutor.files.inner_places import spot_of
from tutor.files.yaml_reader import Spot
from tutor.library import LocatedProblem, Reading
from tutor.rehearsal import proof_steps
from tutor.rehearsal.django_projects import NO_PROJECT, prove_project
from tutor.rehearsal.messages import ProgramLine
from tutor.rehearsal.rehearsing import Parting, Rehearsal, rehearse


@dataclass(frozen=True, slots=True)
class ProvedFile:
    """A lesson file after its rehearsal. `proof` is None if there are errors, or if the lesson has no program.

    `differences`: how the proof differs from the stored one; None if there is no stored one.
    """

    path: Path
    problems: tuple[LocatedProblem, ...] = ()
    proof: ProofFile | None = None
    differences: tuple[str, ...] | None = None


def prove_file(path: Path) -> ProvedFile:
    """Rehearse the lesson in a file; nothing is written. Raises: NotRehearsed, NotWritten, BrokerAway."""
    content = content_of(path)
    reading = library.read(content, str(path))
    if reading.lesson is None:
        return ProvedFile(path, tuple(reading.errors))
    lesson = reading.lesson
    if not (lesson.program or lesson.django):
        return ProvedFile(path)
    if problems := list(program_problems(lesson)):
        return ProvedFile(path, tuple(_as_error(each, reading, path) for each in problems))
    result = rehearse(lesson) if lesson.program else Rehearsal(proof_steps.no_steps(lesson))
    found = [proving.located(problem, reading, str(path)) for problem in result.problems]
    if result.parting:
        found.append(_of_parting(result.parting, reading, path))
    project = prove_project(lesson.django) if lesson.django else NO_PROJECT
    found += [proving.located(problem, reading, str(path)) for problem in project.problems]
    if result.proof is None or found:
        return ProvedFile(path, tuple(sorted(found)))
    proof, old = replace(result.proof, django=project.proof), proof_files.beside(path)
    if not old:
        return ProvedFile(path, (), proof)
    differences = tuple(proof_steps.differences(lesson, old.proof, proof))
    return ProvedFile(path, (), proof_steps.settled(lesson, old.proof, proof), differences)


def write_proof(proved: ProvedFile) -> bool:
    """Write the proof beside the lesson; return whether that changes anything. Raises: NotWritten."""
    if proved.proof is None:
        return False
    target, text = proof_files.path_of(proved.path), proved.proof.as_text()
    try:
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            return False
        atomic.replace(target, text.encode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NotWritten(f"{target} can't be written: {getattr(error, 'strerror', error)}.") from error
    return True


def _as_error(problem: Problem, reading: Reading, path: Path) -> LocatedProblem:
    return proving.located(replace(problem, severity="error"), reading, str(path))


def _of_parting(parting: Parting, reading: Reading, path: Path) -> LocatedProblem:
    departure = parting.departure
    place = _place_in_lesson(departure.line, reading)
    if departure.is_in_program and place:
        message = f"{departure} (at step {parting.position})"
        return LocatedProblem(str(path), place.line, place.column, message)
    lesson = reading.lesson
    kind = lesson.steps[parting.position - 1].kind if lesson else ""
    facts = Facts(departure.expected, departure.came, see_line=place.line if place else 0)
    at = ("steps", parting.position - 1, departure.field or kind)
    return proving.located(Problem(at, f"step {parting.position}: {departure}", facts=facts), reading, str(path))


def _place_in_lesson(line: ProgramLine, reading: Reading) -> Spot | None:
    """Return the place in the lesson's file of a line of its program, None if there is none."""
    root = reading.document.root
    if root is None or reading.lesson is None or line.file not in reading.lesson.program:
        return None
    return spot_of(Problem(("program", line.file), "", inside=(line.line, 1)), root, reading.source)
