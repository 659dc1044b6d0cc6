"""The registry of all kinds of step, and the only place that lists them."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Discriminator, GetCoreSchemaHandler, Tag
from pydantic_core import CoreSchema

from tutor.engine.lesson.steps.assign import AssignStep
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.lesson.steps.crash import CrashStep
from tutor.engine.lesson.steps.printing import PrintStep
from tutor.engine.lesson.steps.read import ReadStep
from tutor.engine.lesson.steps.wait import WaitStep

STEP_KINDS: dict[str, type[StepFields]] = {
    step.kind: step for step in (CommandStep, PrintStep, AssignStep, WaitStep, CrashStep, ReadStep)
}


def kind_of(step: Any) -> str | None:
    """Return the kind of a step in a file: the first name in the registry that is one of its fields."""
    if isinstance(step, StepFields):
        return step.kind
    return next((kind for kind in STEP_KINDS if isinstance(step, dict) and kind in step), None)


class _OneOfTheKinds:
    """Reads a step as the kind that its fields name: a union built from the registry, which type checkers can't follow.

    See https://docs.pydantic.dev/latest/concepts/unions/#discriminated-unions-with-callable-discriminator.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        tagged: Any = reduce(or_, (Annotated[step, Tag(kind)] for kind, step in STEP_KINDS.items()))
        by_field = Discriminator(
            kind_of,
            custom_error_type="step_kind",
            custom_error_message="a step needs one of: " + ", ".join(STEP_KINDS),
        )
        return handler.generate_schema(Annotated[tagged, by_field])


Step = Annotated[StepFields, _OneOfTheKinds()]
"""A step of any kind."""
