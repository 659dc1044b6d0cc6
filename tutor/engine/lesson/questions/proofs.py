"""The schema of `proof`: how running the lesson confirms an answer. engine/asking/proof.py runs it."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from tutor.engine.lesson.steps.base import Strict
from tutor.engine.values.replies import Json


def _as_number(name: Json) -> Json:
    """Return the number spelled by a mapping's key, which is always text in the file."""
    return int(name) if isinstance(name, str) and name.isdecimal() and len(name) < 6 else name


StepNumber = Annotated[int, BeforeValidator(_as_number)]


class First(Strict):
    """The first step after which a key or variable has a given value."""

    key: str | None = Field(default=None, description="A watched key.", examples=["queue"])
    variable: str | None = Field(default=None, description="A variable.", examples=["task"])
    equals: Json = Field(description="The value to wait for.", examples=[[]])
    after: int = Field(default=0, ge=0, description="Look only at later steps than this.", examples=[3])


class Proof(Strict):
    """How running the lesson gives the answer: the value to look at, and changes to make before.

    `{after: 3, variable: task}`, `{after: 5, key: queue}`, `{after: 4, output: true}` or
    `{first: {key: queue, equals: []}}`; `replace: {1: RPUSH queue task1}` or `swap: {LPUSH: RPUSH}` changes the steps
    of the lesson for the proof.
    """

    after: int | None = Field(
        default=None, ge=0, description="The step after which to look; 0 is before the first.", examples=[3]
    )
    key: str | None = Field(default=None, description="A watched key.", examples=["queue"])
    variable: str | None = Field(default=None, description="A variable.", examples=["task"])
    output: bool = Field(default=False, description="Look at what the step puts out.", examples=[True])
    first: First | None = Field(
        default=None,
        description="Look for a step instead; the answer is its number.",
        examples=[{"key": "queue", "equals": []}],
    )
    replace: dict[StepNumber, str] = Field(
        default_factory=dict,
        max_length=100,
        description="Step: the command it sends instead.",
        examples=[{"2": "RPUSH queue task2"}],
    )
    swap: dict[str, str] = Field(
        default_factory=dict,
        max_length=20,
        description="Command name: the name that it has instead.",
        examples=[{"LPUSH": "RPUSH"}],
    )

    @model_validator(mode="after")
    def _looks_at_one_thing(self) -> Self:
        looks = [self.key is not None, self.variable is not None, self.output]
        if self.first is not None:
            if any(looks) or self.after is not None:
                raise ValueError("`first` can't be combined with after, key, variable or output")
            if (self.first.key is None) == (self.first.variable is None):
                raise ValueError("`first` needs a key or a variable")
        elif self.after is None or sum(looks) != 1:
            raise ValueError("a proof needs `after` and one of key, variable, output; or `first`")
        return self

    @property
    def changes_steps(self) -> bool:
        """Whether the proof changes the lesson's steps."""
        return bool(self.replace or self.swap)
