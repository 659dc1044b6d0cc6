"""Rehearsing lessons with falsehoods in them, by the code of `lessons prove`: what only a run of the program shows."""

from threading import Lock

from tutor import library
from tutor.engine.checking.unrun_lines import unrun_lines
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problems.program_problems import program_problems
from tutor.mutation.survey import RehearsalFault
from tutor.rehearsal.rehearsing import Rehearsal, rehearse

PATIENCE = 5
"""How many times longer a program may take when it is run again, because it has run into a time limit."""


class Rehearsals:
    """The rehearsals of one lesson with falsehoods in it. `text` is the lesson without them."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lock = Lock()
        self._known: frozenset[str] | None = None

    def fault(self, text: str) -> RehearsalFault | None:
        """Rehearse a text without errors; return why that fails, None if its program does the steps as before.

        Raises: NotRehearsed, BrokerAway.
        """
        lesson = library.read(text, self._file).lesson
        if lesson is None:
            return RehearsalFault("it is no lesson")
        for problem in program_problems(lesson):
            return RehearsalFault(problem.message)
        found = _patiently(lesson)
        if found.proof is None:
            return _fault(found)
        unrun = _unrun(lesson, found)
        new = unrun - self._unrun_before() if unrun else unrun
        return RehearsalFault(min(new)) if new else None

    def _unrun_before(self) -> frozenset[str]:
        """Return the problems of lines that no step runs in the unchanged lesson."""
        with self._lock:
            if self._known is None:
                lesson = library.read(self._text, self._file).lesson
                self._known = _unrun(lesson, _patiently(lesson)) if lesson else frozenset()
            return self._known


def _patiently(lesson: Lesson) -> Rehearsal:
    """Rehearse, and once more with longer limits if one was exceeded: the machine may only have been busy."""
    found = rehearse(lesson)
    return rehearse(lesson, PATIENCE) if found.parting and found.parting.departure.is_of_time else found


def _fault(found: Rehearsal) -> RehearsalFault:
    if found.parting:
        departure = found.parting.departure
        return RehearsalFault(f"step {found.parting.position}: {departure}", departure.is_of_time)
    return RehearsalFault(next((problem.message for problem in found.problems), "the program does not do the steps"))


def _unrun(lesson: Lesson, found: Rehearsal) -> frozenset[str]:
    ran = found.proof.ran if found.proof else None
    return frozenset(problem.message for problem in unrun_lines(lesson, ran)) if ran is not None else frozenset()
