"""A step that prints a line."""

from collections.abc import Mapping

from pydantic import Field

from tutor.engine.lesson.steps.base import Appearance, Outcome, StepFields, Variables
from tutor.engine.lesson.steps.literals import literal
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.program.interpolation import decoded, fill
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Value


class PrintStep(StepFields):
    """Print a line, as `print(f"Processed {task!r}")` does; nothing is sent."""

    kind = "print"
    predicted = "output"

    print: str = Field(description="The line; {name} and {name!r} are variables.", examples=["Processed {task!r}"])

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:  # noqa: ARG002 - nothing was sent
        return Outcome(variables, fill(self.print, variables, decoded=decoded), printed=True)

    @property
    def texts(self) -> Mapping[str, str]:
        return {"action": self.action, "print": self.print}

    def announced(self, who: str) -> str:
        return f"{who} prints a line"

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - the line shows its variables by name
        return f"print({literal(self.print)})"

    @property
    def listing(self) -> str:
        return f"print {self.print}"

    def appearance(self, entry: TraceEntry) -> Appearance:  # noqa: ARG002 - the same for all lines
        return Appearance(lane="print")
