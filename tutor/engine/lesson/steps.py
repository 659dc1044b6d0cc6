"""The kinds of step, one small frozen class each, in one registry: STEP_KINDS.

To add a kind: write its class (the field that names it comes first), add it to STEP_KINDS and to `Step`. A kind says
what it sends (`sends`) and what the learner's program has afterwards (`conclude`); player.py does the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from tutor.engine.lesson.identities import Id
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.program.interpolation import decoded, fill, names_in
from tutor.engine.program.mailbox import returned
from tutor.engine.redis.command_line import split_command
from tutor.engine.redis.table import key_places, spec_of
from tutor.engine.values.replies import Json, Value

Variables = Mapping[str, Value]

MessagePart = Literal["type", "pattern", "channel", "data"]
"""The parts of what redis-py makes of a message."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step leaves in the learner's program: its variables, and what it puts out (text if `printed`)."""

    variables: Variables
    output: Value = None
    printed: bool = False


class Strict(BaseModel):
    """What all parts of a lesson share: unknown fields are errors, values are not converted, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StepFields(Strict):
    """What every step has, whatever its kind."""

    kind: ClassVar[str]

    id: Id | None = Field(
        default=None,
        description="The step's lasting name; by default it follows from `action`. Links and stored answers use it.",
        examples=["push-1"],
    )
    actor: str = Field(description="Who acts: one of `actors`.", examples=["producer"])
    action: str = Field(
        min_length=1,
        max_length=200,
        description="What happens, in one short sentence; {name!r} shows a variable.",
        examples=["Consumer takes {task!r}"],
    )
    line: int | None = Field(
        default=None, ge=1, description="The line of the sample that this step runs.", examples=[3]
    )
    box: int | None = Field(
        default=None, ge=1, description="The box of the concept flow that this step is about.", examples=[1]
    )
    expect: dict[str, Json] = Field(
        default_factory=dict,
        description="Claims that `lessons check` proves: a watched key, a variable, `output`, `reply`, `error`.",
        examples=[{"queue": ["task1"]}],
    )

    def sends(
        self,
        variables: Variables,  # noqa: ARG002 - kinds that send something use it
        client: Client = PLAIN,  # noqa: ARG002 - see above
    ) -> tuple[list[str], ...]:
        """Return the commands to send, in order; none if this step sends none. Raises: DataError, TooLarge."""
        return ()

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:
        """Return what the program has after the step; `value` is what its client has returned. Raises: Raised."""
        raise NotImplementedError

    @property
    def saves(self) -> tuple[str, ...]:
        """The variables that this step gives values to."""
        return ()

    @property
    def texts(self) -> Mapping[str, str]:
        """The fields in which variables may stand, by name."""
        return {"action": self.action}


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
        description="Which part of the value is saved: 1 is the second element, [0, name] what its first has as name.",
        examples=[1],
    )

    @cached_property
    def template(self) -> list[str]:
        """The words of the command before variables are filled in. Raises: BadCommandLine."""
        return split_command(self.command) if isinstance(self.command, str) else list(self.command)

    @property
    def keys(self) -> list[str]:
        """The keys that the command names itself, as they are sent: not those whose names hold a variable."""
        return self._named(key_places(self.template))

    @property
    def open_keys(self) -> list[str]:
        """The keys whose names hold a variable, as they are written: which ones they are is known at run time."""
        words = [self.template[place] for place in key_places(self.template)]
        return [word for word in words if any(names_in(word))]

    @property
    def channels(self) -> list[str]:
        """The channels, or patterns of channels, that the command names itself, as they are sent."""
        command = spec_of(self.template)
        return self._named(command.channel_places(self.template)) if command else []

    def _named(self, places: Iterable[int]) -> list[str]:
        words = [self.template[place] for place in places]
        return [fill(word, {}) for word in words if not any(names_in(word))]

    @property
    def line_shown(self) -> str:
        """The command line as learners see it."""
        return self.command if isinstance(self.command, str) else " ".join(self.command)

    @property
    def saves(self) -> tuple[str, ...]:
        return (self.save,) if self.save else ()

    def sends(self, variables: Variables, client: Client = PLAIN) -> tuple[list[str], ...]:
        return ([client.word(word, variables) for word in self.template],)

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:
        if self.save is None:
            return Outcome(variables)
        value = self.picked(value, client)
        return Outcome({**variables, self.save: value}, value)

    def picked(self, value: Value, client: Client) -> Value:
        """Return the part of the value that is saved. Raises: Raised."""
        return client.part(value, self.places)

    @property
    def places(self) -> Sequence[int | str]:
        """The way from the value that redis-py returns to the part of it that is saved."""
        return self.pick if isinstance(self.pick, list) else [self.pick]


class PrintStep(StepFields):
    """Print a line, as `print(f"Processed {task!r}")` does; nothing is sent."""

    kind = "print"

    print: str = Field(description="The line; {name} and {name!r} are variables.", examples=["Processed {task!r}"])

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:  # noqa: ARG002 - nothing was sent
        return Outcome(variables, fill(self.print, variables, decoded=decoded), printed=True)

    @property
    def texts(self) -> Mapping[str, str]:
        return {"action": self.action, "print": self.print}


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


class WaitStep(StepFields):
    """Let time pass: keys grow old, clients that wait reach their time limits. Nobody really waits for it."""

    kind = "wait"

    wait: int | float = Field(gt=0, le=86_400, description="How much time passes, in seconds.", examples=[5])

    @property
    def milliseconds(self) -> int:
        """How much time passes: whole, so that several waits add up to what they say."""
        return round(self.wait * 1000)

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:  # noqa: ARG002 - nothing was sent
        return Outcome(variables)


class CrashStep(StepFields):
    """Cut the actor's connection, as a program that crashes does; what it was waiting for never reaches it."""

    kind = "crash"

    crash: Literal[True] = Field(description="Always true: `crash: true`.", examples=[True])

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:  # noqa: ARG002 - nothing was sent
        return Outcome(variables)


class ReadStep(StepFields):
    """Take the next thing out of the client's buffer, as `message = pubsub.get_message()` does; nothing is sent."""

    kind = "read"

    read: str | Literal[True] = Field(
        description="The variable that takes what `get_message()` returns; `true` if the program drops it.",
        examples=["message"],
    )
    pick: MessagePart | None = Field(
        default=None, description="Which part of the message is saved; by default the whole dict.", examples=["data"]
    )
    ignore_subscribe_messages: bool = Field(
        default=False,
        description="As `get_message` takes it: the confirmation of a subscription is read too, but None is returned.",
        examples=[True],
    )

    @property
    def saves(self) -> tuple[str, ...]:
        return (self.read,) if isinstance(self.read, str) else ()

    @property
    def call(self) -> str:
        """The line of Python that it stands for."""
        options = "ignore_subscribe_messages=True" if self.ignore_subscribe_messages else ""
        part = f'["{self.pick}"]' if self.pick else ""
        name = f"{self.read} = " if isinstance(self.read, str) else ""
        return f"{name}pubsub.get_message({options}){part}"

    def conclude(self, value: Value, variables: Variables, client: Client = PLAIN) -> Outcome:
        """Return what the program has after it; `value` is what leaves the buffer, as the server had sent it."""
        got = returned(value, ignores_confirmations=self.ignore_subscribe_messages, has=client.has)
        # Of None there is no part: a real program ends with a TypeError here, which `lessons check` says.
        got = got[self.pick] if self.pick and isinstance(got, dict) else got
        return Outcome({**variables, **dict.fromkeys(self.saves, got)}, got if self.saves else None)


def _filled(value: Value, variables: Variables) -> Value:
    if not isinstance(value, str):
        return value
    name = value[1:-1] if value[:1] == "{" and value[-1:] == "}" else ""
    return variables[name] if name in variables else fill(value, variables, decoded=decoded)


STEP_KINDS: dict[str, type[StepFields]] = {
    step.kind: step for step in (CommandStep, PrintStep, AssignStep, WaitStep, CrashStep, ReadStep)
}


def kind_of(step: Any) -> str | None:
    """Return which kind a step in a file is: the first of the registry's names that is one of its fields."""
    if isinstance(step, StepFields):
        return step.kind
    return next((kind for kind in STEP_KINDS if isinstance(step, dict) and kind in step), None)


Step = Annotated[
    Annotated[CommandStep, Tag("command")]
    | Annotated[PrintStep, Tag("print")]
    | Annotated[AssignStep, Tag("assign")]
    | Annotated[WaitStep, Tag("wait")]
    | Annotated[CrashStep, Tag("crash")]
    | Annotated[ReadStep, Tag("read")],
    Discriminator(
        kind_of,
        custom_error_type="step_kind",
        custom_error_message="a step needs one of: " + ", ".join(STEP_KINDS),
    ),
]
