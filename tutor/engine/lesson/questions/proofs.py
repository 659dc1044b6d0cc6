"""The schema of `proof`: how running the lesson, or a scenario, confirms an answer. engine/asking/proof.py runs it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from tutor.engine.lesson.step_names import MomentNumber, StepKey
from tutor.engine.lesson.steps.base import Strict
from tutor.engine.values.replies import Json

MOST_LINES = 20
"""Maximum number of lines of a scenario."""

ScenarioLine = Annotated[str, Field(min_length=1, max_length=500)]


class First(Strict):
    """The first step after which a key or variable has a given value."""

    key: str | None = Field(default=None, description="A watched key.", examples=["queue"])
    variable: str | None = Field(default=None, description="A variable.", examples=["task"])
    equals: Json = Field(description="The value to wait for.", examples=[[]])
    after: MomentNumber = Field(
        default=0, description="Look only at later steps than this, by id or number.", examples=["second-pop"]
    )


class Proof(Strict):
    """How running the lesson gives the answer: the value to look at, and changes to make before.

    `{after: 3, variable: task}`, `{after: 5, key: queue}`, `{after: 4, output: true}` or
    `{first: {key: queue, equals: []}}`; `replace: {1: RPUSH queue task1}` or `swap: {LPUSH: RPUSH}` changes the steps
    of the lesson for the proof. With `run` the lines of a scenario are played in place of the lesson's steps.
    """

    after: MomentNumber | None = Field(
        default=None,
        description="The step after which to look, by id or number; 0 is before the first. A scenario's last line by"
        " default.",
        examples=["second-pop"],
    )
    key: str | None = Field(default=None, description="A watched key.", examples=["queue"])
    variable: str | None = Field(default=None, description="A variable.", examples=["task"])
    output: bool = Field(default=False, description="Look at what the step puts out.", examples=[True])
    reply: bool = Field(default=False, description="Look at the reply to the step's command.", examples=[True])
    waiting: bool = Field(default=False, description="Look at the list of actors that wait.", examples=[True])
    sum: list[str] = Field(
        default_factory=list, max_length=20, description="Add up these variables.", examples=[["first", "second"]]
    )
    first: First | None = Field(
        default=None,
        description="Look for a step instead; the answer is its number.",
        examples=[{"key": "queue", "equals": []}],
    )
    field: str | None = Field(default=None, description="The field of the hash at `key`.", examples=["status"])
    length: bool = Field(default=False, description="How many elements the key has.", examples=[True])
    score: str | None = Field(default=None, description="A member of a sorted set: its score.", examples=["ann"])
    rank: str | None = Field(default=None, description="A member of a sorted set: its rank, from 0.", examples=["ann"])
    life: bool = Field(default=False, description="The seconds that the key has to live.", examples=[True])
    pick: int | str | list[int | str] = Field(
        default_factory=list, description="Which part of the value is the answer, as in a step.", examples=[1]
    )
    replace: dict[StepKey, str] = Field(
        default_factory=dict,
        max_length=100,
        description="Step, by id or number: the command it sends instead.",
        examples=[{"second-push": "RPUSH queue task2"}],
    )
    swap: dict[str, str] = Field(
        default_factory=dict,
        max_length=20,
        description="Command name: the name that it has instead.",
        examples=[{"LPUSH": "RPUSH"}],
    )
    run: list[ScenarioLine] | None = Field(
        default=None,
        max_length=MOST_LINES,
        description="The lines of a scenario that is played in place of the lesson; {answer} is the answer.",
        examples=[["anna: BRPOP jobs 0", "producer: LPUSH jobs mail"]],
    )
    gives: dict[str, Json] | None = Field(
        default=None,
        min_length=1,
        description="What only right answers bring about: as in `expect`; `waiting` and `crashed`, actors; `after 2`,"
        " earlier.",
        examples=[{"jobs": []}],
    )
    lines: dict[str, str | list[str]] = Field(
        default_factory=dict,
        max_length=10,
        description="The line, or lines, played for a choice (by its letter) or for a line to be ordered (1, 2, …).",
        examples=[{"A": "LPUSH queue a"}],
    )
    wrong: list[str] = Field(
        default_factory=list, max_length=20, description="Typed answers that are wrong.", examples=[["RPUSH"]]
    )

    @model_validator(mode="after")
    def _looks_at_one_thing(self) -> Self:
        named = (self.key, self.variable)
        looks = [*(each is not None for each in named), self.output, self.reply, self.waiting, bool(self.sum)]
        parts = [each is not None for each in (self.field, self.score, self.rank)] + [self.length, self.life]
        is_of_key = self.key is not None or (self.length and self.waiting)
        if any(parts) and (not is_of_key or sum(parts) > 1):
            raise ValueError("a proof needs a `key` for one of field, length, score, rank, life")
        if self.first is not None:
            if any(looks) or self.after is not None:
                raise ValueError("`first` can't be combined with after, key, variable or output")
            if (self.first.key is None) == (self.first.variable is None):
                raise ValueError("`first` needs a key or a variable")
        elif self.run is None:
            if self.after is None or sum(looks) != 1:
                raise ValueError("a proof needs `after` and one of key, variable, output; or `first`")
        elif sum(looks) > 1:
            raise ValueError("a scenario looks at one of key, variable, output, reply, waiting, sum; or it `gives`")
        return self

    @model_validator(mode="after")
    def _is_lesson_or_scenario(self) -> Self:
        if self.run is None and (self.gives or self.lines or self.wrong):
            raise ValueError("gives, lines and wrong belong to a scenario: add `run`, which may be empty")
        if self.run is not None and self.changes_steps:
            raise ValueError("a scenario has no steps of the lesson to replace or swap: change its lines")
        return self

    @property
    def changes_steps(self) -> bool:
        """Whether the proof changes the lesson's steps."""
        return bool(self.replace or self.swap)

    @property
    def tries_answers(self) -> bool:
        """Whether each answer is run to see its effect, so that no value is looked at."""
        looks = self.key, self.variable, self.output or None, self.reply or None, self.waiting or None, self.first
        return self.run is not None and not self.sum and all(each is None for each in looks)

    def played_for(self, place: str, text: str) -> tuple[str, ...]:
        """Return the lines that are played for a choice or a line to be ordered; its own text by default."""
        lines = self.lines.get(place, text)
        return (lines,) if isinstance(lines, str) else tuple(lines)

    @property
    def places(self) -> list[int | str]:
        """The way to the part of the value that is the answer."""
        return self.pick if isinstance(self.pick, list) else [self.pick]


class MadeBy(Strict):
    """What gives a wrong choice's value: the question's own proof with these fields in place of its own."""

    after: MomentNumber | None = Field(default=None, description="Another step to look after.", examples=[2])
    key: str | None = Field(default=None, description="Another key to look at.", examples=["queue"])
    variable: str | None = Field(default=None, description="Another variable to look at.", examples=["task"])
    replace: dict[StepKey, str] | None = Field(
        default=None, max_length=100, description="Step: the command it sends instead.", examples=[{"2": "LPOP queue"}]
    )
    swap: dict[str, str] | None = Field(
        default=None,
        max_length=20,
        description="Command name: the name that it has instead.",
        examples=[{"RPOP": "LPOP"}],
    )
    run: list[ScenarioLine] | None = Field(
        default=None,
        max_length=MOST_LINES,
        description="The lines of a scenario to play instead.",
        examples=[["LPUSH queue a", "task = LPOP queue"]],
    )

    def proof(self, of: Proof | None) -> Proof:
        """Return the proof of the wrong choice, given the question's own. Raises: ValidationError."""
        own = {name: getattr(of, name) for name in of.model_fields_set} if of else {}
        mine = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}
        if mine.keys() & {"key", "variable"}:
            own = {name: value for name, value in own.items() if name not in ("key", "variable", "output")}
        if "run" in mine:
            own = {name: value for name, value in own.items() if name not in ("after", "replace", "swap")}
        return Proof.model_validate({**own, **mine})
