"""What every question has, whatever its kind: the fields that authors write, and what a kind has to answer."""

from collections.abc import Sequence
from hashlib import sha256
from typing import ClassVar, Literal

from pydantic import Field

from tutor.engine.lesson.identities import Id
from tutor.engine.lesson.questions.claims import Proof
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.steps.base import Strict
from tutor.engine.values.replies import Json

Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")


class Choice(Strict):
    """A choice whose text is not its value: `{text: "only 'task1'", value: [task1]}`."""

    text: str = Field(min_length=1, description="What learners read.", examples=["only `'task1'`"])
    value: Json = Field(default=None, description="What the choice claims, for the proof.", examples=[["task1"]])


class Solution(Strict):
    """A worked solution."""

    steps: list[str] = Field(
        min_length=1,
        max_length=20,
        description="The way to the answer, one numbered step each, in Markdown.",
        examples=[["`LPUSH` puts 'b' left of 'a'.", "`RPOP` takes the rightmost element."]],
    )
    answer: str = Field(min_length=1, description="The final answer, in Markdown.", examples=["`b`"])
    check: str = Field(
        default="",
        description="How to see quickly that it is right, in Markdown.",
        examples=["Two pushes and one pop leave one element."],
    )


class QuestionFields(Strict):
    """What every question has, whatever its kind."""

    kind: ClassVar[str]
    please: ClassVar[str] = "Choose an answer first."
    """What a learner reads who sent a form without an answer."""

    id: Id | None = Field(
        default=None,
        description="The question's lasting name; by default it follows from its text. Stored answers belong to it.",
        examples=["who-is-first"],
    )
    question: str = Field(
        min_length=1, description="What is asked, in Markdown.", examples=["What is the value of `task` after step 3?"]
    )
    hint: str = Field(
        default="",
        description="Where to look; shown when asked for.",
        examples=["Look at the output column of step 3."],
    )
    hint_costs: float = Field(
        default=0, ge=0, le=1, description="The share of the marks that the hint costs.", examples=[0.25]
    )
    explanation: str = Field(
        default="",
        description="Why the answer is right, in Markdown; shown after answering.",
        examples=["`RPOP` takes the rightmost element, the oldest one."],
    )
    steps: list[int] = Field(
        default_factory=list, max_length=20, description="The rows to look at; lit after answering.", examples=[[1, 3]]
    )
    concept: str = Field(default="", max_length=40, description="What it tests, in a word or two.", examples=["FIFO"])
    difficulty: Difficulty = Field(default="easy", description="How hard it is.", examples=["medium"])
    shuffle: bool = Field(
        default=True, description="Whether the order of the choices may differ for each learner.", examples=[False]
    )
    proof: Proof | None = Field(
        default=None,
        description="How running the lesson proves the key.",
        examples=[{"after": 3, "variable": "task"}],
    )
    solution: Solution | None = Field(
        default=None,
        description="The worked solution; every practice task has one.",
        examples=[{"steps": ["`RPOP` takes the rightmost element."], "answer": "`'a'`"}],
    )
    mistakes: list[str] | dict[str, str] = Field(
        default_factory=list,
        max_length=20,
        description="Common mistakes; {B: …} says which wrong choice comes of it, and is shown when that is picked.",
        examples=[{"B": "`'task2'` is at the left end; `LPOP` would have taken it."}],
    )

    def arranged(self, seed: str) -> list[str]:  # noqa: ARG002 - only kinds with something to pick have an order
        """Return the identities of what can be picked, in the order that `seed` gives; none where one types."""
        return []

    def option_text(self, identity: str) -> str:
        """Return the text of what can be picked."""
        raise NotImplementedError

    def read(self, fields: Sequence[str]) -> Json | None:
        """Return the answer that the fields of a form give, None if they give none."""
        raise NotImplementedError

    def mark(self, answer: Json) -> Mark:
        """Return the marks for an answer; one that is no answer to this question is worth nothing."""
        raise NotImplementedError

    def remark(self, mark: Mark) -> str:
        """Return what may be said of an answer that is not right, without giving the right one away."""
        return f"That is worth {mark.score:.0%} of the marks." if mark.score else ""

    def key_says(self, value: Json) -> bool:
        """Return whether the key claims `value`, which a proof found."""
        raise NotImplementedError

    def distractor_that_says(self, value: Json) -> str | None:  # noqa: ARG002 - only kinds with choices have wrong ones
        """Return the text of a wrong choice that claims `value`, None if no wrong one does."""
        return None

    @property
    def key_text(self) -> str:
        """The right answer in words, shown after answering."""
        raise NotImplementedError

    @property
    def meaning(self) -> str:
        """A digest of the kind and the right answer: stored answers count for as long as it stays the same."""
        return sha256(f"{self.kind} {self.key_text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def answer_text(self, answer: Json) -> str:
        """Return a given answer in words."""
        return str(answer)
