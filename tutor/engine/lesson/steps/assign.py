"""A step that gives variables new values."""

from collections.abc import Mapping

from pydantic import Field

from tutor.engine.lesson.steps.base import Appearance, Outcome, StepFields, Variables
from tutor.engine.lesson.steps.literals import literal
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.program.interpolation import decoded, fill
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import drawn_repr
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import listed


class AssignStep(StepFields):
    """Give variables new values, as `done = task` does; nothing is sent."""

    kind = "assign"

    assign: dict[str, Json] = Field(
        min_length=1,
        description='Variables and their new values; "{name}" alone copies a variable, text is filled in.',
        examples=[{"done": "{task}"}],
    )

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:  # noqa: ARG002 - nothing was sent
        values = {name: _filled(client.literal(each), variables) for name, each in self.assign.items()}
        return Outcome({**variables, **values})

    @property
    def saves(self) -> tuple[str, ...]:
        return tuple(self.assign)

    @property
    def texts(self) -> Mapping[str, str]:
        values = {name: value for name, value in self.assign.items() if isinstance(value, str)}
        return {"action": self.action, **values}

    def path_of(self, text: str) -> tuple[str, ...]:
        return ("assign", text) if text in self.assign else (text,)

    def announced(self, who: str) -> str:
        return f"{who} sets {listed(self.saves)}"

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - the line shows its variables by name
        return "; ".join(f"{name} = {literal(client.literal(value))}" for name, value in self.assign.items())

    def appearance(self, entry: TraceEntry) -> Appearance:
        # A refused assignment has set nothing.
        values = {} if entry.refusal else {name: drawn_repr(entry.variables[name]) for name in self.assign}
        line = "; ".join(f"{name} = {text}" for name, text in values.items())
        return Appearance(line or "N/A", call=line, note="No Redis command: the program sets its own variables.")

    def deed(self, entry: TraceEntry, who: str) -> str:  # noqa: ARG002 - the new values are listed as changes
        return ""


def _filled(value: Value, variables: Variables) -> Value:
    if not isinstance(value, str):
        return value
    # "{count}" alone keeps the variable's type, as `done = count` does in Python.
    name = value[1:-1] if value[:1] == "{" and value[-1:] == "}" else ""
    return variables[name] if name in variables else fill(value, variables, decoded=decoded)
