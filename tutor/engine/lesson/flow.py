"""The concept flow: boxes in a row, each of which can say which steps it is about."""

from functools import cached_property
from typing import Literal, get_args

from pydantic import Field

from tutor.engine.lesson.steps.base import Strict
from tutor.engine.values.replies import Json

MOST_CONDITIONS = 20
"""Maximum number of alternatives of a box, and of names in each of its conditions."""

KindName = Literal["command", "print", "assign", "wait", "crash", "read"]
"""The kinds of step as a file writes them; a test compares them with the registry."""


class BoxCondition(Strict):
    """Describes steps; a step fits if everything that is given fits."""

    actor: str | list[str] = Field(
        default_factory=list, max_length=80, description="The actor, or one of several.", examples=["producer"]
    )
    sends: str | list[str] = Field(
        default_factory=list,
        max_length=400,
        description="How the command begins that the step sends: its name, or more words; or one of several.",
        examples=["LPUSH queue"],
    )
    kind: KindName | list[KindName] = Field(
        default_factory=list, description="The kind of step, or one of several.", examples=["print"]
    )
    step: str | list[str] = Field(
        default_factory=list, max_length=400, description="The step's name, or one of several.", examples=["push-1"]
    )
    expect: dict[str, Json] = Field(
        default_factory=dict,
        description="Values after the step, as in the `expect` of a step; all of them have to be so.",
        examples=[{"queue": ["task1"]}],
    )
    unless: dict[str, Json] = Field(
        default_factory=dict,
        description="Values after the step; none of them may be so.",
        examples=[{"queue": []}],
    )

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing, so that every step would fit."""
        return not (self.actor or self.sends or self.kind or self.step or self.expect or self.unless)


class FlowBox(Strict):
    """A box of the concept flow that says which steps light it."""

    text: str = Field(min_length=1, description="One short sentence.", examples=["A Redis list stores the message"])
    when: str | BoxCondition | list[str | BoxCondition] = Field(
        default_factory=list,
        description="Which steps the box is about: how their command begins (`LPUSH queue`), their kind (`print`), a"
        " condition, or a list of these, of which one has to fit; [] for a box that no step lights.",
        examples=["LPUSH queue"],
    )

    @property
    def is_described(self) -> bool:
        """Whether the box says which steps it is about."""
        return "when" in self.model_fields_set

    @property
    def is_never_lit(self) -> bool:
        """Whether it says that no step is about it."""
        return self.is_described and not self.conditions

    @cached_property
    def conditions(self) -> tuple[BoxCondition, ...]:
        """The conditions of which a step has to fit one."""
        written = [self.when] if isinstance(self.when, str | BoxCondition) else self.when
        return tuple(_condition(each) if isinstance(each, str) else each for each in written)


def _condition(text: str) -> BoxCondition:
    """Return the condition that a text is short for."""
    kind = next((kind for kind in get_args(KindName) if kind == text), None)
    return BoxCondition(kind=kind) if kind else BoxCondition(sends=text)


class Flow(Strict):
    """The concept flow: boxes in a row, lit while the learner is at a step about them."""

    boxes: list[str | FlowBox] = Field(
        min_length=1,
        max_length=12,
        description="One short sentence a box; or the sentence as `text`, and with `when` the steps that light it.",
        examples=[["The producer sends a message", {"text": "A Redis list stores it", "when": "LPUSH queue"}]],
    )
    loop: bool = Field(default=False, description="Whether the last box leads back to the first.", examples=[True])

    @cached_property
    def described(self) -> tuple[FlowBox, ...]:
        """All boxes in the long form."""
        return tuple(FlowBox(text=box) if isinstance(box, str) else box for box in self.boxes)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The sentences of the boxes."""
        return tuple(box.text for box in self.described)
