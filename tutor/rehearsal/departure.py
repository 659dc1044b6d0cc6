"""The point at which the lesson's program and its steps part."""

from tutor.engine.errors import TutorError
from tutor.rehearsal.messages import ProgramLine


class Departure(TutorError):
    """Program and step differ; the text says how. `field`: the step's, "" for its kind.

    `line`: the program's line. `expected`, `came`: the step's and the program's words, "" where there are none.
    `is_in_program`: whether the program's line, and not the step, has to be corrected in any case. `is_of_time`:
    whether a time limit was exceeded, as on a busy machine one may be.
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
        self.is_of_time = False

    @classmethod
    def in_program(cls, message: str, line: ProgramLine) -> "Departure":
        """Return the departure of a program that ends with an exception, say, whatever the steps are."""
        found = cls(message, line)
        found.is_in_program = True
        return found

    @classmethod
    def of_time(cls, message: str, line: ProgramLine) -> "Departure":
        """Return the departure of a program that has run into a time limit at that line."""
        found = cls.in_program(message, line)
        found.is_of_time = True
        return found


class NotRehearsed(TutorError):
    """The program can't be run here; the text says why."""
