"""The smaller parts of a lesson's schema: actors, the code sample, the client, key moments."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from tutor.engine.lesson.step_names import StepNumber
from tutor.engine.lesson.steps.base import Strict

Role = Literal["producer", "consumer"]


_NAME = r"^[a-z][a-z0-9_]*$"
ActorName = Annotated[str, Field(pattern=_NAME, max_length=40)]


class Actor(Strict):
    """An actor with a lane in the picture: producers are drawn left of the broker, consumers right."""

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

    runs: str = Field(
        default="",
        pattern=r"^([a-z0-9_/]+\.py(:[a-z_][a-z0-9_]*)?)?$",
        max_length=80,
        description="The file of `program` that the actor runs, or a function in it; by default the file or the"
        " function with the actor's name.",
        examples=["worker.py:ben"],
    )

    @property
    def shown(self) -> str:
        """The name that learners see."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def side(self) -> Role:
        """The side of the broker on which the actor is drawn."""
        sends = ("produc", "publish", "sender", "view", "web", "client")
        return self.role or ("producer" if self.name.startswith(sends) else "consumer")


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


class ClientOptions(Strict):
    """The redis-py client of the lesson's program."""

    decode_responses: bool = Field(
        default=True,
        description="Whether replies are text; else a variable has bytes, as redis.Redis() gives them.",
        examples=[False],
    )


class KeyMoment(Strict):
    """A question that the table answers."""

    question: str = Field(min_length=1, description="What is asked.", examples=["When is the message gone?"])
    answer: str = Field(min_length=1, description="In Markdown.", examples=["With the `RPOP`, not later."])
    steps: list[StepNumber] = Field(
        default_factory=list,
        max_length=20,
        description="The steps that show it, by id or number.",
        examples=[["first-push", "first-pop"]],
    )
