"""A lesson: the schema of its YAML, and the properties derived from it without running it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from tutor.engine.lesson.background import Background
from tutor.engine.lesson.channels import channels_named_by, with_lonely_patterns
from tutor.engine.lesson.flow import Flow
from tutor.engine.lesson.identities import Named, ids_of
from tutor.engine.lesson.parts import Actor, ActorName, ClientOptions, KeyMoment, Sample
from tutor.engine.lesson.placement import Placement
from tutor.engine.lesson.programs import MOST_FILES, EntryPoint, FileName, SourceText, entry_points
from tutor.engine.lesson.questions.quiz import Question
from tutor.engine.lesson.step_names import with_step_numbers
from tutor.engine.lesson.steps.base import Template, Variables
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.kinds import Step
from tutor.engine.lesson.watched_types import is_nameable, types_of_key, types_of_pattern
from tutor.engine.program.client import PLAIN, Client
from tutor.engine.redis import arguments
from tutor.engine.redis.costs import cost_of
from tutor.engine.redis.globs import is_pattern
from tutor.engine.redis.table import Cost, KeyType, Space, traits_of
from tutor.engine.values.replies import Json

CURRENT_FORMAT = 2
"""The format of new lessons. Texts without `format:` are in format 1 and keep its meaning."""

MOST_LANE_STEPS = 100
"""Maximum number of steps of a lesson drawn as lanes."""

CLAIMS = ("output", "reply", "error")
"""Names allowed in `expect` besides watched keys and variables."""

COSTLIEST_FIRST: tuple[Cost, ...] = ("product", "copies")

MOST_IN_PART = 20
"""Maximum number of questions in a lesson's quiz, and in its practice."""

KeyName = Annotated[str, Field(max_length=200)]
VariableName = Annotated[str, Field(max_length=40)]


class Lesson(Background, Placement):
    """One lesson, one file."""

    model_config = ConfigDict(title="Lesson of Redis Tutor")

    format: int = Field(
        default=1,
        ge=1,
        description="Which version of this file format the lesson is written in; 1 if missing.",
        examples=[CURRENT_FORMAT],
    )
    strict: bool = Field(
        default=False,
        description="Whether everything that is not proved is an error instead of a warning.",
        examples=[True],
    )
    title: str = Field(min_length=1, max_length=120, description="The lesson's name.", examples=["My first queue"])
    track: str = Field(pattern=r"^[a-z][a-z0-9-]*$", description="Which series it belongs to.", examples=["django"])
    order: int = Field(
        default=0, ge=0, le=10_000, description="Its place in the track; by level and title if equal.", examples=[10]
    )
    level: Literal["beginner", "intermediate", "advanced"] = Field(
        default="beginner", description="How much a learner should know before.", examples=["intermediate"]
    )
    minutes: int = Field(default=10, ge=1, le=240, description="How long it takes, in minutes.", examples=[10])
    summary: str = Field(
        default="",
        max_length=300,
        description="One sentence for the catalogue.",
        examples=["A producer puts tasks into a list, a consumer takes them."],
    )
    flow: Flow | None = Field(
        default=None,
        description="The concept flow: boxes in a row, lit step by step.",
        examples=[{"boxes": ["The producer sends", "The list stores", "The consumer takes"], "loop": True}],
    )
    sample: Sample | None = Field(
        default=None,
        description="The code sample beside the picture.",
        examples=[{"language": "python", "code": "import redis\nr = redis.Redis()\n"}],
    )
    program: dict[FileName, SourceText] = Field(
        default_factory=dict,
        max_length=MOST_FILES,
        description="The program's files, which `lessons prove` runs; learners see them as tabs.",
        examples=[{"producer.py": 'import redis\nredis.Redis().lpush("queue", "task1")\n'}],
    )
    actors: list[ActorName | Actor] = Field(
        min_length=1, max_length=8, description="Who takes part, in order.", examples=[["producer", "consumer"]]
    )
    watch: list[KeyName] | dict[KeyName, KeyType] = Field(
        default_factory=list,
        max_length=32,
        description="The keys that learners see, or patterns of them (from format 2 on): job:*. Their type is guessed"
        " from the commands, or given: {queue: list}.",
        examples=[{"queue": "list"}],
    )
    variables: list[VariableName] | dict[VariableName, Json] = Field(
        default_factory=list,
        max_length=64,
        description="The program's variables; all start as None, or as given: {done: 0}.",
        examples=[["task"]],
    )
    client: ClientOptions | None = Field(
        default=None,
        description="How the program's client is set up; without it, it decodes replies.",
        examples=[{"decode_responses": False}],
    )
    steps: list[Step] = Field(
        min_length=1,
        max_length=10_000,
        description="What happens, one row of the table each.",
        examples=[[{"actor": "producer", "action": "Producer pushes 'a'", "command": "LPUSH queue a"}]],
    )
    closing: str = Field(
        default="",
        description="What to take away after the last step, in Markdown.",
        examples=["A list is a **queue**."],
    )
    key_moments: list[KeyMoment] = Field(
        default_factory=list,
        max_length=40,
        description="Questions that the table answers.",
        examples=[[{"question": "When is the message gone?", "answer": "With the `RPOP`.", "steps": [2]}]],
    )
    quiz: list[Question] = Field(
        default_factory=list,
        max_length=MOST_IN_PART,
        description="Questions beside the table.",
        examples=[[{"question": "How long is the queue after step 1?", "number": 1}]],
    )
    practice: list[Question] = Field(
        default_factory=list,
        max_length=MOST_IN_PART,
        description="Tasks with worked solutions.",
        examples=[
            [
                {
                    "question": "Which is out first?",
                    "text": "a",
                    "solution": {"steps": ["`RPOP` takes the oldest."], "answer": "`a`"},
                }
            ]
        ],
    )
    snapshot: list[str] = Field(
        default_factory=list,
        max_length=12,
        description="The lesson in a few short lines.",
        examples=[["`LPUSH` and `RPOP`: first in, first out"]],
    )
    transcript: str = Field(
        default="",
        description="The whole run in one passage.",
        examples=["The producer pushes a task; the consumer pops it."],
    )

    _ids: tuple[str, ...] | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _resolve_step_names(cls, fields: Any) -> Any:
        return with_step_numbers(fields) if isinstance(fields, dict) else fields

    def rendered(self, fields: Mapping[str, Any]) -> Self:
        """Return the lesson with other texts for learners, and with its ids."""
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        found = type(self).model_validate({**kept, **fields})
        found._ids = self.ids  # noqa: SLF001 - of this class
        return found

    @cached_property
    def cast(self) -> tuple[Actor, ...]:
        """The actors in order."""
        return tuple(actor if isinstance(actor, Actor) else Actor(name=actor) for actor in self.actors)

    @cached_property
    def entry_points(self) -> Mapping[str, EntryPoint]:
        """Where the program of each actor begins, by the actor's name; none for an actor without a program."""
        return entry_points(self.program, self.cast)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The stable ids of the steps, the quiz and the practice, in this order; each names one item."""
        if self._ids is not None:
            return self._ids
        steps = [Named(step.id or "", step.action, "step") for step in self.steps]
        asked = [Named(each.id or "", each.question, "question") for each in (*self.quiz, *self.practice)]
        return ids_of([*steps, *asked])

    @cached_property
    def step_ids(self) -> tuple[str, ...]:
        """The stable id of each step, in order."""
        return self.ids[: len(self.steps)]

    @cached_property
    def quiz_ids(self) -> tuple[str, ...]:
        """The stable id of each question of the quiz, in order."""
        return self.ids[len(self.steps) : len(self.steps) + len(self.quiz)]

    @cached_property
    def practice_ids(self) -> tuple[str, ...]:
        """The stable id of each practice task, in order."""
        return self.ids[len(self.steps) + len(self.quiz) :]

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """The position of each step, from 1, by its stable id."""
        return {id_: position for position, id_ in enumerate(self.step_ids, 1)}

    @cached_property
    def watched(self) -> Mapping[str, KeyType]:
        """The keys that are watched by their names, in order, each with its type."""
        return {key: type_ for key, type_ in self._types.items() if key not in self._patterns}

    @cached_property
    def watched_patterns(self) -> Mapping[str, KeyType]:
        """The patterns whose keys are watched, in order, each with the type of its keys."""
        return {pattern: type_ for pattern, type_ in self._types.items() if pattern in self._patterns}

    @cached_property
    def _patterns(self) -> frozenset[str]:
        """The watched patterns; format 1 has none, and a pattern that a command uses as a key's name is a key."""
        if self.format < 2:
            return frozenset()
        return frozenset(filter(is_pattern, self.watch)) - self.keys_touched.keys()

    @cached_property
    def _types(self) -> Mapping[str, KeyType]:
        if isinstance(self.watch, dict):
            return self.watch
        return {key: next(iter(self.types_for(key)), "list") for key in self.watch}

    def types_for(self, watched: str) -> Mapping[KeyType, int]:
        """Return the types that commands give to a key of that name or pattern, each with its first step."""
        find = types_of_pattern if watched in self._patterns else types_of_key
        return find(watched, self.commands)

    def is_nameable(self, pattern: str) -> bool:
        """Return whether a command can name a key that matches the pattern."""
        return is_nameable(pattern, (command for _, command in self.commands))

    @cached_property
    def start_variables(self) -> Variables:
        """The variables before the first step."""
        if not isinstance(self.variables, dict):
            return dict.fromkeys(self.variables)
        return {name: self.redis_client.literal(value) for name, value in self.variables.items()}

    @cached_property
    def redis_client(self) -> Client:
        """The client of the lesson's program; in format 1 it returns values as redis-cli shows them."""
        if self.format == 1:
            return PLAIN
        return Client(decode_responses=self.client.decode_responses if self.client else True)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The label of each actor, by name."""
        return {actor.name: actor.shown for actor in self.cast}

    @cached_property
    def commands(self) -> Sequence[tuple[int, Template]]:
        """All commands that the steps send, in order, each with the index of its step."""
        return [(i, template) for i, step in enumerate(self.steps) for template in step.templates]

    @property
    def _templates(self) -> Iterator[Template]:
        return (template for _, template in self.commands)

    def _sends(self, has_trait: Callable[[Sequence[str]], bool]) -> bool:
        """Return whether any step sends a command with that trait."""
        return any(has_trait(command.words) for command in self._templates)

    @cached_property
    def command_steps(self) -> Mapping[int, CommandStep]:
        """The steps of the kind `command`, by index from 0: those whose command a proof can replace."""
        return {i: step for i, step in enumerate(self.steps) if isinstance(step, CommandStep)}

    @cached_property
    def saved_by(self) -> Mapping[str, tuple[str, ...]]:
        """The variables that each actor's steps set."""
        names: dict[str, dict[str, None]] = {actor.name: {} for actor in self.cast}
        for step in self.steps:
            names.setdefault(step.actor, {}).update(dict.fromkeys(step.saves))
        return {actor: tuple(saved) for actor, saved in names.items()}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that the lesson names literally, watched ones first; a run may name others by its variables."""
        return tuple(dict.fromkeys([*self.watched, *self.keys_touched]))

    @cached_property
    def known_keys(self) -> frozenset[str]:
        """The same as a set, for membership tests."""
        return frozenset(self.keys)

    @cached_property
    def keys_touched(self) -> Mapping[str, None]:
        """The keys that the lesson's commands name literally, in order."""
        return dict.fromkeys(key for command in self._templates for key in command.keys)

    @cached_property
    def names_keys(self) -> bool:
        """Whether a run can name keys by variables: in keys' names, or in words that determine which words are keys."""
        return any(
            command.open_keys or (command.variables and arguments.finds_keys(command.words))
            for command in self._templates
        )

    @cached_property
    def names_taken(self) -> frozenset[str]:
        """The names allowed in `expect` besides watched keys."""
        return frozenset((*self.start_variables, *CLAIMS))

    @cached_property
    def command_names(self) -> frozenset[str]:
        """The names of all commands that the steps send, in capitals."""
        return frozenset(command.words[0].upper() for command in self._templates if command.words)

    @cached_property
    def needs_connections(self) -> bool:
        """Whether each actor needs its own connection: actors wait or subscribe, or effects depend on time."""
        reasons = (arguments.needs_connection, arguments.depends_on_idle_time, arguments.gives_field_life)
        return any(map(self._sends, reasons)) or any(step.needs_connection for step in self.steps)

    @cached_property
    def readers(self) -> frozenset[str]:
        """The actors that read their messages in `read` steps; all others receive them as they are sent."""
        return frozenset(step.actor for step in self.steps if step.reads_mailbox)

    @cached_property
    def cost(self) -> Cost:
        """The highest cost of the lesson's commands beyond the bytes that they send."""
        found = {cost_of(command.words) for command in self._templates}
        return next((cost for cost in COSTLIEST_FIRST if cost in found), "")

    @cached_property
    def gives_field_lives(self) -> bool:
        """Whether any step can give a hash field a time to live."""
        return self._sends(arguments.gives_field_life)

    @cached_property
    def shows_idle_times(self) -> bool:
        """Whether a reply or an effect depends on how long ago an entry of a stream was delivered."""
        names = [traits_of(command.words) for command in self._templates]
        return any(each.idle or (each.time and each.type == "stream") for each in names)

    @cached_property
    def keys_with_own_expiry(self) -> frozenset[str]:
        """Keys whose time to live the lesson itself may set."""
        return frozenset(key for command in self._templates if traits_of(command.words).life for key in command.keys)

    @cached_property
    def gives_lives(self) -> bool:
        """Whether any step gives a key a time to live.

        RENAME and COPY move it, so any key of the lesson can get one: https://redis.io/docs/latest/commands/expire/
        """
        return self._sends(arguments.gives_life)

    @cached_property
    def gives_ends(self) -> bool:
        """Whether any step makes a key expire at an instant, as EXPIREAT does."""
        return self._sends(arguments.gives_end)

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels that the steps name, in order, and the patterns that match none of them."""
        return with_lonely_patterns(self.named_channels["channel"], self.named_channels["pattern"])

    @cached_property
    def named_channels(self) -> Mapping[Space, tuple[str, ...]]:
        """The channels, the patterns and the sharded channels that the steps send to or subscribe to, in order.

        Channels that a step only asks about, as PUBSUB NUMSUB does, are left out.
        """
        return channels_named_by(self._templates)

    @cached_property
    def listens_from(self) -> Mapping[str, int]:
        """The index of the step at which each actor first subscribes to something."""
        found = [i for i, command in reversed(self.commands) if traits_of(command.words).pubsub == "begins"]
        return {self.steps[i].actor: i for i in found}

    @property
    def has_lanes(self) -> bool:
        """Whether lanes are drawn: several actors wait for one another, in few enough steps to be drawn whole."""
        return (self.needs_connections or len(self.cast) > 2) and len(self.steps) <= MOST_LANE_STEPS
