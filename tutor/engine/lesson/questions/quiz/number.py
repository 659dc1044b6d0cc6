"""A question whose answer is a number."""

from collections.abc import Iterator, Sequence
from math import isclose
from typing import Annotated, Any

from pydantic import Field

from tutor.engine.lesson.questions.interactions import Interaction, NumberInteraction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.named_words import is_quoted
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.typed_answers import as_number, text_in
from tutor.engine.values.replies import Json, Value

Finite = Annotated[int, Field(ge=-(10**15), le=10**15)] | Annotated[float, Field(allow_inf_nan=False)]
"""A number that can be subtracted from another one."""

LONGEST_NUMBER = 40
"""Maximum number of characters of a typed number."""


class NumberQuestion(QuestionFields):
    """A number."""

    kind = "number"
    key_field = "number"
    template = "quizzes/_number.html"
    please = "Type a number first."

    number: Finite = Field(description="The right number.", examples=[5])
    tolerance: Finite = Field(default=0, ge=0, description="How far off is still right.", examples=[0.5])
    unit: str = Field(default="", max_length=20, description="Shown behind the field.", examples=["steps"])

    @property
    def key_text(self) -> str:
        return f"{self.number} {self.unit}".strip()

    def read(self, fields: Sequence[str]) -> Json | None:
        given = text_in(fields, LONGEST_NUMBER)
        return None if as_number(given) is None else given

    def mark(self, answer: Json) -> Mark:
        given = as_number(answer)
        if given is None:
            return Mark(0.0, {})
        off = abs(given - self.number)
        # 0.4 is 0.1 away from 0.3, though slightly more in binary floating point.
        return Mark(float(off <= self.tolerance or isclose(off, self.tolerance)), {})

    def rules(self) -> Iterator[str]:
        if self.tolerance:
            yield f"Right within {self.tolerance} {self.unit}".strip() + "."

    def unsaid_by(self, answer: str) -> str:
        return "" if is_quoted(str(self.number), answer) else f"it does not give the number {self.number}"

    def key_says(self, value: Value) -> bool:
        return not isinstance(value, bool) and isinstance(value, int | float) and self.mark(value).is_right

    def interaction(self) -> Interaction:
        return NumberInteraction(self.number, self.tolerance, self.unit)

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        if not isinstance(interaction, NumberInteraction):
            return None
        extras = {"tolerance": interaction.tolerance, "unit": interaction.unit}
        return {"number": interaction.number, **{name: value for name, value in extras.items() if value}}
