"""A question whose answer is a short text, exact or by a pattern."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.interactions import Interaction, TextInteraction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.patterns import complaint_about
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.typed_answers import forgiven, text_in
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Json, Value

LONGEST_TEXT = 200
"""Maximum number of characters of an answer, which bounds the time of pattern matching."""


class TextQuestion(QuestionFields):
    """A short text, exact or by a pattern."""

    kind = "text"
    key_field = "text"
    template = "quizzes/_text.html"
    please = "Type an answer first."

    text: str = Field(
        min_length=1, description="The right answer; spaces and quote marks are forgiven.", examples=["publish"]
    )
    also: list[str] = Field(
        default_factory=list, max_length=50, description="Other answers that are right.", examples=[["PUBLISH"]]
    )
    pattern: str | None = Field(
        default=None,
        max_length=200,
        description="A regular expression that right answers match.",
        examples=["publish( .*)?"],
    )
    ignore_case: bool = Field(default=True, description="Whether case makes no difference.", examples=[False])

    @property
    def key_text(self) -> str:
        return self.text

    def read(self, fields: Sequence[str]) -> Json | None:
        return text_in(fields, LONGEST_TEXT)

    def mark(self, answer: Json) -> Mark:
        # The re module has no timeout, so the length of the answer is bounded as well as the pattern (patterns.py).
        given = forgiven(answer[:LONGEST_TEXT]) if isinstance(answer, str) else ""
        return Mark(float(bool(given) and self._is_right(given)), {})

    def _is_right(self, given: str) -> bool:
        fold = str.casefold if self.ignore_case else str
        if fold(given) in {fold(forgiven(text)) for text in (self.text, *self.also)}:
            return True
        flags = re.IGNORECASE if self.ignore_case else re.NOFLAG
        return self.pattern is not None and bool(re.fullmatch(self.pattern, given, flags))

    def rules(self) -> Iterator[str]:
        if self.also:
            yield f"Also right: {', '.join(self.also)}."
        if self.pattern:
            yield f"Also right: whatever matches {self.pattern}."
        if not self.ignore_case:
            yield "Case counts."

    def problems(self) -> Iterator[Problem]:
        paths: list[tuple[str | int, ...]] = [("text",), *(("also", k) for k in range(len(self.also)))]
        for path, text in zip(paths, (self.text, *self.also), strict=True):
            if not forgiven(text):
                yield Problem(path, "an answer can't consist of spaces and quote marks alone")
        complaint = complaint_about(self.pattern) if self.pattern is not None else None
        if complaint:
            yield Problem(("pattern",), complaint)
        yield from super().problems()

    def key_says(self, value: Value) -> bool:
        return self._is_right(forgiven(as_str(value))) or self._is_right(forgiven(as_repr(value)))

    def interaction(self) -> Interaction:
        written = [text.strip() for text in (self.text, *self.also)]
        # Other systems compare exactly: learners there may leave the quote marks out.
        spellings = tuple(text for text in dict.fromkeys([*written, *map(forgiven, written)]) if text)
        return TextInteraction(spellings, "ignored" if self.ignore_case else "counts", self.pattern or "")

    def export_losses(self) -> Iterator[str]:
        if self.pattern is not None:
            yield "the pattern; only `text` and `also` are right answers there"

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        if not isinstance(interaction, TextInteraction):
            return None
        first, *also = interaction.spellings or ("",)
        found: dict[str, Any] = {"text": first, "also": also, "pattern": interaction.pattern}
        found = {name: value for name, value in found.items() if value}
        return found if interaction.case == "ignored" else {**found, "ignore_case": False}
