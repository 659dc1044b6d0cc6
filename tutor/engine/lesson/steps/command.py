"""A step that sends one command."""

from collections.abc import Sequence
from functools import cached_property

from pydantic import Field

from tutor.engine.lesson.steps.base import Outcome, StepFields, Template, Variables
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.redis.command_line import split_command
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Value


class CommandStep(StepFields):
    """Send one command; `save` keeps the reply in a variable, as `task = r.rpop("queue")` does."""

    kind = "command"

    command: str | list[str] = Field(
        min_length=1,
        description="The command as typed in redis-cli, or a list of words; docs/commands.md has all commands.",
        examples=["RPOP queue"],
    )
    save: str | None = Field(default=None, description="The variable that takes the reply.", examples=["task"])
    pick: int | str | list[int | str] = Field(
        default_factory=list,
        description="Which part of the value is saved: 1 is the second element, [0, name] the first one's `name`.",
        examples=[1],
    )

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """Its one command. Raises: BadCommandLine."""
        return (Template(split_command(self.command) if isinstance(self.command, str) else list(self.command)),)

    @property
    def line_shown(self) -> str:
        return self.command if isinstance(self.command, str) else " ".join(self.command)

    @property
    def listing(self) -> str:
        return f"{self.line_shown}  -> {self.save}" if self.save else self.line_shown

    @property
    def saves(self) -> tuple[str, ...]:
        return (self.save,) if self.save else ()

    @property
    def saves_field(self) -> str:
        return "save"

    @property
    def saves_reply_in(self) -> str | None:
        return self.save

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:
        if self.save is None:
            return Outcome(variables)
        value = self.picked(value, client)
        return Outcome({**variables, self.save: value}, value)

    def puts_out(self, entry: TraceEntry) -> bool:
        is_answered = not entry.refusal and entry.lane.get("state") not in ("waiting", "subscribed")
        return self.save is not None and is_answered

    def picked(self, value: Value, client: Client) -> Value:
        return client.part(value, self.places)

    @property
    def places(self) -> Sequence[int | str]:
        return self.pick if isinstance(self.pick, list) else [self.pick]
