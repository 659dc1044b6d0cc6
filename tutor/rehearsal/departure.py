"""The point at which the lesson's program and its steps part."""

from tutor.engine.errors import TutorError
from tutor.rehearsal.messages import ProgramLine


class Departure(TutorError):
    """Program and step differ; the text says how. `field`: the step's, "" for its kind.

    `line`: the program's line. `expected`, `came`: the step's and the program's words, "" where there are none.
    `is_in_program`: whether the program's line, and not the step, has to be corrected in any case.
    """

    def __init__(
        self,
        message: str,
        line: ProgramLine | None = None,
        *,
        field: str = "",
        expected: str = "",
        came: str = "",
    ) -> None:
        super().__init__(message)
        self.line = line or ProgramLine()
        self.field = field
        self.expected = expected
        self.came = came
        self.is_in_program = False

    @classmethod
    def in_program(cls, message: str, line: ProgramLine) -> "Departure":
        """Return the departure of a program that ends with an exception, say, whatever the steps are."""
        found = cls(message, line)
        found.is_in_program = True
        return found


class NotRehearsed(TutorError):
    """The program can't be run here; the text says why."""
