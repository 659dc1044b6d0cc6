"""What a lesson is: the schema of its YAML, and what follows from it without running it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tutor.engine.facts import NO_FACTS, Facts
from tutor.engine.identities import Named, ids_of
from tutor.engine.quiz import Question
from tutor.engine.redis import words
from tutor.engine.redis.growth import cost_of
from tutor.engine.redis.table import Cost, KeyType, spec_of
from tutor.engine.steps import CommandStep, Step, Strict, Variables
from tutor.engine.values import Json

Path = tuple[str | int, ...]

CURRENT_FORMAT = 2
"""The format of new lessons. Texts without `format:` are in format 1, and keep its meaning for ever."""

MOST_LANE_STEPS = 100
"""Steps of a lesson whose lanes are drawn."""

CLAIMS = ("output", "reply", "error")
"""What `expect` can name besides watched keys and variables."""


COSTLIEST_FIRST: tuple[Cost, ...] = ("product", "copies")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a lesson: `path` leads to it from the top of the file, as in ("steps", 3, "line")."""

    path: Path
    message: str
    severity: Literal["error", "warning"] = "error"
    facts: Facts = field(default=NO_FACTS, compare=False)


MOST_IN_PART = 20
"""Questions that the quiz of a lesson, or its practice, may have."""

Role = Literal["producer", "consumer"]


_NAME = r"^[a-z][a-z0-9_]*$"
ActorName = Annotated[str, Field(pattern=_NAME, max_length=40)]
KeyName = Annotated[str, Field(max_length=200)]
VariableName = Annotated[str, Field(max_length=40)]


class Actor(Strict):
    """A lane of the picture: producers stand left of the broker, consumers right."""

    name: ActorName = Field(description="How steps refer to the actor.", examples=["worker"])
    label: str = Field(
        default="",
        max_length=24,
        description="What learners see; by default the name, capitalised.",
        examples=["The worker"],
    )
    role: Role | None = Field(
        default=None, description="Which side of the broker; guessed from the name if missing.", examples=["consumer"]
    )

    @property
    def shown(self) -> str:
        """What learners see."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def side(self) -> Role:
        """On which side of the broker the actor stands."""
        sends = ("produc", "publish", "sender", "view", "web", "client")
        return self.role or ("producer" if self.name.startswith(sends) else "consumer")


class Flow(Strict):
    """The concept flow: boxes in a row, lit while the learner is at a step about them."""

    boxes: list[str] = Field(
        min_length=1,
        max_length=12,
        description="One short sentence a box.",
        examples=[["The producer sends a message", "A Redis list stores it"]],
    )
    loop: bool = Field(default=False, description="Whether the last box leads back to the first.", examples=[True])


class Sample(Strict):
    """The code sample beside the picture."""

    code: str = Field(
        min_length=1,
        max_length=10_000,
        description="The code; steps refer to its lines.",
        examples=["import redis\nr = redis.Redis()\n"],
    )
    language: str = Field(default="python", description="How to highlight it, by Pygments' name.", examples=["python"])
    about: str = Field(
        default="",
        description="A sentence or two about the code, in Markdown.",
        examples=["The producer pushes on the left."],
    )

    @cached_property
    def lines_count(self) -> int:
        """How many lines the code has."""
        return len(self.code.splitlines())


class KeyMoment(Strict):
    """A question that the table answers."""

    question: str = Field(min_length=1, description="What is asked.", examples=["When is the message gone?"])
    answer: str = Field(min_length=1, description="In Markdown.", examples=["With the `RPOP`, not later."])
    steps: list[int] = Field(
        default_factory=list, max_length=20, description="The steps that show it.", examples=[[1, 3]]
    )


class Lesson(Strict):
    """One lesson, one file."""

    model_config = ConfigDict(title="Lesson of Redis Tutor")

    format: int = Field(
        default=1,
        ge=1,
        description="Which version of this file format the lesson is written in; 1 if missing.",
        examples=[CURRENT_FORMAT],
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
    actors: list[ActorName | Actor] = Field(
        min_length=1, max_length=8, description="Who takes part, in order.", examples=[["producer", "consumer"]]
    )
    watch: list[KeyName] | dict[KeyName, KeyType] = Field(
        default_factory=list,
        max_length=32,
        description="The keys that learners see; their type is guessed from the commands, or given: {queue: list}.",
        examples=[{"queue": "list"}],
    )
    variables: list[VariableName] | dict[VariableName, Json] = Field(
        default_factory=list,
        max_length=64,
        description="The program's variables; all start as None, or as given: {done: 0}.",
        examples=[["task"]],
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
        description="The whole run told in one passage.",
        examples=["The producer pushes a task; the consumer pops it."],
    )

    @cached_property
    def cast(self) -> tuple[Actor, ...]:
        """The actors in order."""
        return tuple(actor if isinstance(actor, Actor) else Actor(name=actor) for actor in self.actors)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The lasting names of the steps, the quiz and the practice, in this order; each names one thing."""
        steps = [Named(step.id or "", step.action, "step") for step in self.steps]
        asked = [Named(each.id or "", each.question, "question") for each in (*self.quiz, *self.practice)]
        return ids_of([*steps, *asked])

    @cached_property
    def step_ids(self) -> tuple[str, ...]:
        """The lasting name of each step, in order."""
        return self.ids[: len(self.steps)]

    @cached_property
    def quiz_ids(self) -> tuple[str, ...]:
        """The lasting name of each question of the quiz, in order."""
        return self.ids[len(self.steps) : len(self.steps) + len(self.quiz)]

    @cached_property
    def practice_ids(self) -> tuple[str, ...]:
        """The lasting name of each practice task, in order."""
        return self.ids[len(self.steps) + len(self.quiz) :]

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """The position of each step, from 1, by its lasting name."""
        return {id_: position for position, id_ in enumerate(self.step_ids, 1)}

    @cached_property
    def watched(self) -> Mapping[str, KeyType]:
        """The watched keys in order, each with its type."""
        if isinstance(self.watch, dict):
            return self.watch
        return {key: self._type_of(key) for key in self.watch}

    def _type_of(self, key: str) -> KeyType:
        for step in self.command_steps.values():
            spec = spec_of(step.template)
            if spec and spec.type and key in step.keys:
                return spec.type
        return "list"

    @cached_property
    def start_variables(self) -> Variables:
        """The variables before the first step."""
        return dict(self.variables) if isinstance(self.variables, dict) else dict.fromkeys(self.variables)

    @cached_property
    def command_steps(self) -> Mapping[int, CommandStep]:
        """The steps that send a command, by index from 0."""
        return {i: step for i, step in enumerate(self.steps) if isinstance(step, CommandStep)}

    @cached_property
    def saved_by(self) -> Mapping[str, tuple[str, ...]]:
        """The variables that each actor's steps give values to: what that actor can hold in its hands."""
        names: dict[str, dict[str, None]] = {actor.name: {} for actor in self.cast}
        for step in self.steps:
            names.setdefault(step.actor, {}).update(dict.fromkeys(step.saves))
        return {actor: tuple(saved) for actor, saved in names.items()}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every key that the lesson can touch, the watched ones first."""
        touched = (key for step in self.command_steps.values() for key in step.keys)
        return tuple(dict.fromkeys([*self.watched, *touched]))

    @cached_property
    def command_names(self) -> frozenset[str]:
        """The names of all commands that the steps send, in capitals."""
        return frozenset(step.template[0].upper() for step in self.command_steps.values() if step.template)

    @cached_property
    def needs_connections(self) -> bool:
        """Whether it is played on connections, one an actor: actors wait or subscribe, or time decides what comes."""
        kinds = {step.kind for step in self.steps}
        sent = [step.template for step in self.command_steps.values()]
        reasons = (words.needs_connection, words.depends_on_idle_time, words.gives_field_life)
        return bool(kinds & {"wait", "crash"}) or any(reason(each) for each in sent for reason in reasons)

    @cached_property
    def cost(self) -> Cost:
        """In which way the lesson's commands take more than is sent: the costliest way of all."""
        found = {cost_of(step.template) for step in self.command_steps.values()}
        return next((cost for cost in COSTLIEST_FIRST if cost in found), "")

    @cached_property
    def gives_field_lives(self) -> bool:
        """Whether any step can give a field of a hash a time to live."""
        return any(words.gives_field_life(step.template) for step in self.command_steps.values())

    @cached_property
    def keys_with_own_expiry(self) -> frozenset[str]:
        """Keys whose time to live the lesson itself may set."""
        found = [(spec_of(step.template), step.keys) for step in self.command_steps.values()]
        return frozenset(key for command, keys in found if command and command.life for key in keys)

    @cached_property
    def keys_with_lives(self) -> tuple[str, ...]:
        """The keys that can get a time to live: all that the lesson touches, if any step gives one to a key at all.

        A life moves with RENAME and COPY, so that it can end up at any of them.
        """
        gives_any = any(words.gives_life(step.template) for step in self.command_steps.values())
        return self.keys if gives_any else ()

    @cached_property
    def keys_with_ends(self) -> tuple[str, ...]:
        """Those of them that can get an end at a time of the clock: all, if any step gives one to a key at all."""
        gives_any = any(words.gives_end(step.template) for step in self.command_steps.values())
        return self.keys if gives_any else ()

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels that the steps name, in order; a pattern stands for itself where it is like none of them."""
        names, patterns = self.named_channels
        lonely = [pattern for pattern in patterns if not any(fnmatchcase(channel, pattern) for channel in names)]
        return (*names, *lonely)

    @cached_property
    def named_channels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The channels and the patterns that the steps name, each in order."""
        found: dict[str, None] = {}
        patterns: dict[str, None] = {}
        for step in self.command_steps.values():
            command = spec_of(step.template)
            if command and command.channels:
                (patterns if command.patterns else found).update(dict.fromkeys(step.channels))
        return tuple(found), tuple(patterns)

    @property
    def has_lanes(self) -> bool:
        """Whether its story is one of several actors who wait for one another, short enough to be drawn whole."""
        return (self.needs_connections or len(self.cast) > 2) and len(self.steps) <= MOST_LANE_STEPS
