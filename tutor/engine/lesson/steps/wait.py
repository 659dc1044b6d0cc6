"""A step that lets time pass."""

from pydantic import Field

from tutor.engine.lesson.steps.base import Appearance, StepFields, Variables
from tutor.engine.program.client import Client
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.wording import duration


class WaitStep(StepFields):
    """Let time pass: keys age, waiting clients reach their time limits. Simulated, without a real delay."""

    kind = "wait"
    is_done_by_actor = False
    # A key can expire meanwhile.
    predicted = "key"

    wait: int | float = Field(gt=0, le=86_400, description="How much time passes, in seconds.", examples=[5])

    @property
    def passes_seconds(self) -> int | float:
        return self.wait

    def announced(self, who: str) -> str:  # noqa: ARG002 - passing time needs no actor
        return f"{duration(self.wait)} pass" + ("es" if self.wait == 1 else "")

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - no variable is in it
        return f"# {self.wait:g} {'second passes' if self.wait == 1 else 'seconds pass'}"

    def appearance(self, entry: TraceEntry) -> Appearance:
        passed = duration(entry.passed)
        note = f"Every key is {passed} older, and every waiting client has waited {passed} longer."
        return Appearance(f"{passed} pass", headline=f"{passed} pass", icon="wait", style="is-time", note=note)

    def deed(self, entry: TraceEntry, who: str) -> str:  # noqa: ARG002 - passing time needs no actor
        return f"{duration(entry.passed)} passed"
