"""A question whose answer is a short text, exact or by a pattern."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.interactions import Interaction, TextInteraction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.patterns import complaint_about, is_linear, is_match, warning_about
from tutor.engine.lesson.questions.question import Attempted, QuestionFields
from tutor.engine.lesson.questions.typed_answers import forgiven, text_in
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Json, Value

LONGEST_TEXT = 200
"""Maximum number of characters of an answer."""


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
        given = forgiven(answer[:LONGEST_TEXT]) if isinstance(answer, str) else ""
        return Mark(float(bool(given) and self._is_right(given)), {})

    @property
    def is_marked_apart(self) -> bool:
        return self.pattern is not None and not is_linear(self.pattern, self._flags)

    def mark_again(self, answer: Json, score: float) -> Mark:  # noqa: ARG002 - the base class's signature
        # A pattern can have taken its time, and matching it again for each look at the card would take it again.
        return Mark(score, {})

    @property
    def _flags(self) -> re.RegexFlag:
        return re.IGNORECASE if self.ignore_case else re.NOFLAG

    def _is_right(self, given: str) -> bool:
        fold = str.casefold if self.ignore_case else str
        if fold(given) in {fold(forgiven(text)) for text in (self.text, *self.also)}:
            return True
        return self.pattern is not None and is_match(self.pattern, given, self._flags)

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
        if self.pattern is not None:
            if complaint := complaint_about(self.pattern):
                yield Problem(("pattern",), complaint)
            elif warning := warning_about(self.pattern):
                yield Problem(("pattern",), warning, "warning")
        yield from super().problems()

    def key_says(self, value: Value) -> bool:
        return self._is_right(forgiven(as_str(value))) or self._is_right(forgiven(as_repr(value)))

    @property
    def attempted(self) -> Sequence[Attempted]:
        wrong = self.proof.wrong if self.proof else []
        return [
            Attempted(("text",), (self.text,), is_right=True, said=self.text),
            *(Attempted(("also", k), (each,), is_right=True, said=each) for k, each in enumerate(self.also)),
            *(Attempted(("proof", "wrong", k), (each,), is_right=False, said=each) for k, each in enumerate(wrong)),
        ]

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
