"""A step that cuts its actor's connection."""

from typing import Literal

from pydantic import Field

from tutor.engine.lesson.steps.base import Appearance, StepFields, Variables
from tutor.engine.program.client import Client
from tutor.engine.trace.entry import TraceEntry


class CrashStep(StepFields):
    """Cut the actor's connection, as a crashing program does; a reply that it waited for never arrives."""

    kind = "crash"
    cuts_connection = True
    # A crash gives nothing back to a key, which learners should find out.
    predicted = "key"

    crash: Literal[True] = Field(description="Always true: `crash: true`.", examples=[True])

    def announced(self, who: str) -> str:
        return f"{who}'s connection is cut"

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - it has no variables
        return "# the program crashes, its connection is cut"

    def appearance(self, entry: TraceEntry) -> Appearance:  # noqa: ARG002 - every crash looks the same
        return Appearance(
            "Connection cut",
            lane="crash",
            headline="Connection cut",
            icon="crash",
            style="is-crash",
            note="The server dropped everything that this connection waited for, listened to or had queued.",
        )

    def deed(self, entry: TraceEntry, who: str) -> str:  # noqa: ARG002 - every crash is the same
        return f"{who}'s connection is cut"
