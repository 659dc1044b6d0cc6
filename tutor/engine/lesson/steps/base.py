"""The interface of every kind of step: its commands and results, and how it is shown, narrated and predicted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tutor.engine.lesson.identities import Id
from tutor.engine.program.client import PLAIN, Client, word_text
from tutor.engine.program.interpolation import fill, names_in
from tutor.engine.redis.table import key_places, traits_of
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import listed

Variables = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The learner's program after a step: its variables and its output (text if `printed`)."""

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
"""The appearance of a step with a command line, of which the page uses nothing while it shows the command."""


@dataclass(frozen=True)
class Template:
    """A command as written in the lesson: its words before variables are filled in."""

    words: Sequence[str]

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables in its words."""
        return frozenset(name for word in self.words for name in names_in(word))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys named without a variable, as they are sent."""
        return self._named(key_places(self.words))

    @cached_property
    def open_keys(self) -> tuple[str, ...]:
        """The names of keys with a variable in them, as written; the actual keys are known at run time."""
        words = (self.words[place] for place in key_places(self.words))
        return tuple(word for word in words if any(names_in(word)))

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels, or patterns of channels, named without a variable, as they are sent."""
        return self._named(traits_of(self.words).channel_places(self.words))

    def _named(self, places: Iterable[int]) -> tuple[str, ...]:
        words = (self.words[place] for place in places)
        return tuple(fill(word, {}) for word in words if not any(names_in(word)))


def _name_of(words: Sequence[str]) -> str:
    """Return the name of a command as documentation writes it, with its subcommand."""
    return (traits_of(words).name or words[0].upper()).replace("|", " ")


class Strict(BaseModel):
    """The base of all parts of a lesson: unknown fields are errors, values are not converted, instances are frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StepFields(Strict):
    """The fields and the interface of every step; each kind overrides the defaults that do not suit it.

    By default a step is a line of its actor's program that sends nothing, changes nothing and puts out nothing.
    """

    # Facts of a kind are class variables, which pydantic keeps out of the fields of a lesson's file.

    kind: ClassVar[str]
    """The field that makes a step one of this kind. It comes first in the class."""

    cuts_connection: ClassVar[bool] = False
    """Whether the actor's connection is cut before anything is sent."""

    reads_mailbox: ClassVar[bool] = False
    """Whether the step takes the next push out of the client's buffer, where its actor's messages then wait."""

    is_done_by_actor: ClassVar[bool] = True
    """Whether the actor acts; passing time needs no actor."""

    predicted: ClassVar[Literal["reply", "output", "key"]] = "reply"
    """The part to predict of a step that saves nothing and writes to no watched key suitable for a question.

    Its reply, its printed line, or a watched key that it may change without naming it.
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
    why: str = Field(
        default="",
        max_length=300,
        description="Why it is done, or why that came of it: a sentence or two of Markdown, shown with the reply.",
        examples=["`RPOP` takes from the end that `LPUSH` does not use, so the oldest comes first."],
    )
    expect: dict[str, Json] = Field(
        default_factory=dict,
        description="Claims that `lessons check` proves: a watched key, a variable, `output`, `reply`, `error`.",
        examples=[{"queue": ["task1"]}],
    )

    # Commands and results.

    @property
    def templates(self) -> tuple[Template, ...]:
        """The step's commands, in order: the only source of its keys before it runs."""
        return ()

    def sends(self, variables: Variables, client: Client = PLAIN) -> tuple[list[str], ...]:
        """Return the commands with the variables filled in, in order. Raises: DataError, TooLarge."""
        return tuple([client.word(word, variables) for word in each.words] for each in self.templates)

    def conclude(
        self,
        value: Value,  # noqa: ARG002 - used by kinds that get a value from the server
        variables: Variables,
        client: Client = PLAIN,  # noqa: ARG002 - see above
    ) -> Outcome:
        """Return the program's state after the step; `value` is the client's return value. Raises: Raised."""
        return Outcome(variables)

    @property
    def saves(self) -> tuple[str, ...]:
        """The variables that this step sets."""
        return ()

    @property
    def saves_field(self) -> str:
        """The field that names those variables."""
        return self.kind

    @property
    def saves_reply_in(self) -> str | None:
        """The variable that takes later replies and messages; None if the program drops them."""
        return None

    @property
    def places(self) -> Sequence[int | str]:
        """The way from the value that came to the part of it that is saved; empty if it is saved as a whole."""
        return ()

    def picked(self, value: Value, client: Client) -> Value:  # noqa: ARG002 - kinds that save a part use it
        """Return the part of the value to save. Raises: Raised."""
        return value

    def puts_out(self, entry: TraceEntry) -> bool:
        """Return whether the step, played as `entry` says, prints a line or saves a value before it is over."""
        return entry.printed

    @property
    def passes_seconds(self) -> int | float:
        """The seconds that pass before anything is sent."""
        return 0

    # Derived from the above.

    @property
    def passes_ms(self) -> int:
        """The same in whole milliseconds, so that several steps add up exactly."""
        return round(self.passes_seconds * 1000)

    @property
    def template(self) -> Sequence[str]:
        """The words of its first command before variables are filled in; none if it sends nothing."""
        return self.templates[0].words if self.templates else []

    @property
    def needs_connection(self) -> bool:
        """Whether the step affects a connection or waiting clients, independently of its commands."""
        return self.cuts_connection or self.reads_mailbox or self.passes_seconds > 0

    @property
    def runs_in_program(self) -> bool:
        """Whether it is a line of the actor's program, which can output a value but can't run while the actor waits."""
        return self.is_done_by_actor and not self.cuts_connection

    # Text and display.

    @property
    def texts(self) -> Mapping[str, str]:
        """The fields that can hold variables, by name."""
        return {"action": self.action}

    def path_of(self, text: str) -> tuple[str, ...]:
        """Return the path in the step that leads to one of `texts`."""
        return (text,)

    @property
    def line_shown(self) -> str | None:
        """The command line shown to learners; None for a step that sends nothing."""
        return "; ".join(" ".join(each.words) for each in self.templates) or None

    def announced(self, who: str) -> str:
        """Return what the step is about to do, no full stop: never what comes of it, which learners predict."""
        names = [_name_of(each.words) for each in self.templates]
        return f"{who} sends {listed(names)}" if names else f"{who} acts"

    def code(self, variables: Variables, client: Client) -> str:  # noqa: ARG002 - kinds with literals use the client
        """Return the step as a prediction shows it before it runs: its command line, or its line of Python."""
        return f"# {self.kind}" if self.line_shown is None else fill(self.line_shown, variables, as_text=word_text)

    @property
    def listing(self) -> str:
        """The step in a listing under a question, with variables by name; "" if its action is enough."""
        return self.line_shown or ""

    def appearance(self, entry: TraceEntry) -> Appearance:
        """Return how the step is shown; for a step with a command line only the gaps left by the command are used."""
        return _OF_COMMANDS if entry.words else Appearance(lane=self.kind)

    def deed(self, entry: TraceEntry, who: str) -> str:  # noqa: ARG002 - used by kinds that name the actor
        """Return the effect of a commandless step in words, no full stop, "" if its changes say it; `who` acted."""
        return entry.action.rstrip(".")
