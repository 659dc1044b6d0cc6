"""The fields that give a lesson its place on the path."""

from typing import Annotated

from pydantic import Field

from tutor.engine.lesson.steps.base import Strict

Concept = Annotated[str, Field(min_length=1, max_length=40)]


class Placement(Strict):
    """What a lesson needs and teaches, by the names of concepts.yaml."""

    needs: list[Concept] = Field(
        default_factory=list,
        max_length=20,
        description="The concepts that a learner should know before; lessons that teach them come first.",
        examples=[["lists as queues"]],
    )
    teaches: list[Concept] = Field(
        default_factory=list,
        max_length=20,
        description="The concepts that a learner knows afterwards, as concepts.yaml names them.",
        examples=[["blocking pops"]],
    )
