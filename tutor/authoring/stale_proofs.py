"""Whether a lesson with a program has a proof file, whether it is of this program, and which lines it leaves out."""

from collections.abc import Iterator
from pathlib import Path

from tutor import proof_files
from tutor.engine.checking.unrun_lines import unrun_lines
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.lesson.problem import Problem
from tutor.proof_files import ReadProof


def proof_problems(lesson: Lesson, path: Path) -> Iterator[Problem]:
    """Yield the problem of a program without a proof, or with one of another program or other steps.

    If the proof is of this program, yield the problems of the lines that no step ran; older proofs don't know these.
    """
    found = proof_files.beside(path)
    if lesson.program:
        yield from _of_program(lesson, path, found)
    if lesson.django:
        proved = found.proof.django if found else None
        if proved is None or proved.digest != lesson.django.digest:
            reason = "the proof of its project is of other files or runs" if proved else "its project is not proved yet"
            yield Problem(("django",), f"{reason}; prove it: python manage.py lessons prove {path}", "strict")


def _of_program(lesson: Lesson, path: Path, found: ReadProof | None) -> Iterator[Problem]:
    if found is None or found.proof.digest != play_digest(lesson):
        name = proof_files.path_of(path).name
        reason = f"{name} is older than the lesson's steps or its program" if found else "its lines are not proved yet"
        yield Problem(("program",), f"{reason}; prove them: python manage.py lessons prove {path}", "strict")
    elif found.proof.ran is not None:
        yield from unrun_lines(lesson, found.proof.ran)
