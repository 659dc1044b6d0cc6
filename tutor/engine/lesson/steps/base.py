"""What every kind of step is asked: what it sends and leaves behind, how it is shown, narrated and predicted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tutor.engine.lesson.identities import Id
from tutor.engine.program.client import PLAIN, Client, word_text
from tutor.engine.program.interpolation import fill, names_in
from tutor.engine.redis.table import key_places, spec_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json, Value

Variables = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step leaves in the learner's program: its variables, and what it puts out (text if `printed`)."""

    variables: Variables
    output: Value = None
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a step without a command line is shown where other steps show their command.

    The execution table shows `row`, the actor's lane `lane` ("": nothing). Beside the picture there is the `headline`,
    with an icon of templates/icons.html and a class of the style sheet, or `call`, a line of Python; without either,
    the output. `note` is the smaller line below it.
    """

    row: str = "N/A"
    lane: str = ""
    headline: str = ""
    icon: str = ""
    style: str = ""
    call: str = ""
    note: str = "This step sends no Redis command."


_OF_COMMANDS = Appearance()
"""Nothing of it is used as long as the command is shown."""


@dataclass(frozen=True)
class Template:
    """A command as the lesson has it: its words before variables are filled in."""

    words: Sequence[str]

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables in its words."""
        return frozenset(name for word in self.words for name in names_in(word))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that it names itself, as they are sent: not those whose names hold a variable."""
        return self._named(key_places(self.words))

    @cached_property
    def open_keys(self) -> tuple[str, ...]:
        """The keys whose names hold a variable, as they are written: which ones they are is known at run time."""
        words = (self.words[place] for place in key_places(self.words))
        return tuple(word for word in words if any(names_in(word)))

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels, or patterns of channels, that it names itself, as they are sent."""
        command = spec_of(self.words)
        return self._named(command.channel_places(self.words)) if command else ()

    def _named(self, places: Iterable[int]) -> tuple[str, ...]:
        words = (self.words[place] for place in places)
        return tuple(fill(word, {}) for word in words if not any(names_in(word)))


class Strict(BaseModel):
    """What all parts of a lesson share: unknown fields are errors, values are not converted, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StepFields(Strict):
    """The fields of every step, and what the program asks of a step; a kind overrides what is different for it.

    By default a step is a line of its actor's program that sends nothing, changes nothing and puts out nothing.
    """

    # Facts of a kind are class variables, which pydantic keeps out of the fields of a lesson's file.

    kind: ClassVar[str]
    """The name of the field that makes a step one of this kind. That field comes first in the class."""

    cuts_connection: ClassVar[bool] = False
    """Whether the actor's connection is cut before anything is sent."""

    reads_mailbox: ClassVar[bool] = False
    """Whether the step takes the next thing out of the client's buffer: its actor's messages then wait to be read."""

    is_done_by_actor: ClassVar[bool] = True
    """Whether the actor does something; time passes without anyone."""

    predicted: ClassVar[Literal["reply", "output", "key"]] = "reply"
    """What learners predict of a step that saves nothing and whose command writes to no watched key that can be asked.

    Its reply, the line that it puts out, or a watched key that it may change without naming it.
    """

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

    # What it sends and leaves behind.

    @property
    def templates(self) -> tuple[Template, ...]:
        """The commands that the step sends, in order. All that the program knows beforehand of its keys is in them."""
        return ()

    def sends(self, variables: Variables, client: Client = PLAIN) -> tuple[list[str], ...]:
        """Return the commands with the variables filled in, in order. Raises: DataError, TooLarge."""
        return tuple([client.word(word, variables) for word in each.words] for each in self.templates)

    def conclude(
        self,
        value: Value,  # noqa: ARG002 - kinds that take something from the server use it
        variables: Variables,
        client: Client = PLAIN,  # noqa: ARG002 - see above
    ) -> Outcome:
        """Return what the program has after the step; `value` is what its client has returned. Raises: Raised."""
        return Outcome(variables)

    @property
    def saves(self) -> tuple[str, ...]:
        """The variables that this step gives values to."""
        return ()

    @property
    def saves_field(self) -> str:
        """The field that names those variables."""
        return self.kind

    @property
    def saves_reply_in(self) -> str | None:
        """The variable that takes replies and messages that come after the step; None if the program drops them."""
        return None

    def picked(self, value: Value, client: Client) -> Value:  # noqa: ARG002 - kinds that save a part use it
        """Return the part of what came that is saved. Raises: Raised."""
        return value

    @property
    def passes_seconds(self) -> int | float:
        """How much time passes before anything is sent."""
        return 0

    # What follows from that.

    @property
    def passes_ms(self) -> int:
        """The same in milliseconds: whole, so that several steps add up to what they say."""
        return round(self.passes_seconds * 1000)

    @property
    def template(self) -> Sequence[str]:
        """The words of the first command that it sends, before variables are filled in; none if it sends nothing."""
        return self.templates[0].words if self.templates else []

    @property
    def needs_connection(self) -> bool:
        """Whether the step does something to a connection, or to the clients that wait, whatever it sends."""
        return self.cuts_connection or self.reads_mailbox or self.passes_seconds > 0

    @property
    def runs_in_program(self) -> bool:
        """Whether it is a line of the actor's program, which can put out a value but can't run while it waits."""
        return self.is_done_by_actor and not self.cuts_connection

    # How it is written and shown.

    @property
    def texts(self) -> Mapping[str, str]:
        """The fields that can hold variables, by name."""
        return {"action": self.action}

    @property
    def line_shown(self) -> str | None:
        """The command line as learners see it; None for a step that sends nothing."""
        return "; ".join(" ".join(each.words) for each in self.templates) or None

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - kinds with literals use the client
        """Return the step as a prediction shows it before it runs: its command line, or its line of Python."""
        return f"# {self.kind}" if self.line_shown is None else fill(self.line_shown, variables, as_text=word_text)

    @property
    def listing(self) -> str:
        """The step in a listing under a question, with its variables by name; "" where its action says it."""
        return self.line_shown or ""

    def appearance(self, entry: TraceEntry) -> Appearance:
        """Return how the step is shown; of one with a command line only what the command leaves open is used."""
        return _OF_COMMANDS if entry.words else Appearance(lane=self.kind)

    def deed(self, entry: TraceEntry, who: str) -> str:  # noqa: ARG002 - kinds that name the actor use it
        """Return what a step that sent no command did, without a full stop, "" if its changes say it; `who` acted."""
        return entry.action.rstrip(".")
