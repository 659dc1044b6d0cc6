"""Rehearsing lessons with falsehoods in them, by the code of `lessons prove`: what only a run of the program shows."""

from tutor import library
from tutor.engine.lesson.problems.program_problems import program_problems
from tutor.rehearsal.rehearsing import rehearse


def rehearsal_fault(text: str, file: str) -> str:
    """Rehearse a lesson whose text has no errors; return why that fails, "" if its program does the steps.

    Raises: NotRehearsed, BrokerAway.
    """
    lesson = library.read(text, file).lesson
    if lesson is None:
        return "it is no lesson"
    for problem in program_problems(lesson):
        return problem.message
    found = rehearse(lesson)
    if found.proof is not None:
        return ""
    if found.parting:
        return f"step {found.parting.position}: {found.parting.departure}"
    return next((problem.message for problem in found.problems), "the program does not do the steps")
