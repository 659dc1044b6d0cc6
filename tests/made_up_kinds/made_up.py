"""Kinds of question that the program does not have: the first has every part, the second as few as possible."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.interactions import ChoiceInteraction, Interaction, Option
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.values.replies import Json, Value

_WORDS = {True: "yes", False: "no"}


class TruthQuestion(QuestionFields):
    """Is it so?"""

    kind = "truth"
    key_field = "is_so"
    template = "quizzes/_truth.html"
    please = "Say yes or no first."
    script = "js/order.js"

    is_so: bool = Field(description="Whether it is so.", examples=[True])

    @property
    def key_text(self) -> str:
        return _WORDS[self.is_so]

    def read(self, fields: Sequence[str]) -> Json | None:
        return fields[0] if fields and fields[0] in _WORDS.values() else None

    def mark(self, answer: Json) -> Mark:
        return Mark(float(answer == self.key_text), {})

    def rules(self) -> Iterator[str]:
        yield "There is no maybe."

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if "not" in self.question:
            yield Problem(("question",), "a question that says `not` confuses", "warning")

    def key_says(self, value: Value) -> bool:
        return value is self.is_so or value == int(self.is_so)

    def interaction(self) -> Interaction:
        options = (Option("A", "yes", is_right=self.is_so), Option("B", "no", is_right=not self.is_so))
        return ChoiceInteraction(options, "single", "fixed")

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        if not isinstance(interaction, ChoiceInteraction):
            return None
        is_yes_or_no = [each.text for each in interaction.options] == ["yes", "no"]
        return {"is_so": interaction.right_letters == ["A"]} if is_yes_or_no else None


class SpotQuestion(QuestionFields):
    """Which place? No other system has such a question."""

    kind = "spot"
    key_field = "spot"
    template = "quizzes/_text.html"

    spot: str = Field(description="The place.", examples=["left"])

    @property
    def key_text(self) -> str:
        return self.spot

    def read(self, fields: Sequence[str]) -> Json | None:
        return fields[0].strip() or None if fields else None

    def mark(self, answer: Json) -> Mark:
        return Mark(float(answer == self.spot), {})

    def key_says(self, value: Value) -> bool:
        return bool(value == self.spot)
