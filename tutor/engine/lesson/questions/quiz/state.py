"""A question whose answer is the list that a key holds."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from tutor.engine.lesson.questions.interactions import Interaction, TextInteraction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.lesson.questions.typed_answers import as_list, plain_form, text_in
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr
from tutor.engine.values.replies import Json, Value

LONGEST_LIST = 1000
"""Maximum number of characters of a typed list."""


class StateQuestion(QuestionFields):
    """The learner types or assembles the list that a key holds."""

    kind = "state"
    key_field = "state"
    template = "quizzes/_state.html"
    please = "Write the list first, like ['a', 'b'], or [] if it is empty."

    state: list[str] = Field(
        max_length=12, description="The list, from its head (left) to its tail (right).", examples=[["task2", "task1"]]
    )
    pool: list[str] = Field(
        default_factory=list,
        max_length=12,
        description="Messages offered besides the right ones.",
        examples=[["task3"]],
    )

    @property
    def offered(self) -> Sequence[str]:
        # Sorted: their order must not give the state away.
        return sorted({*self.state, *self.pool})

    @property
    def key_text(self) -> str:
        return as_repr(self.state)

    def read(self, fields: Sequence[str]) -> Json | None:
        given = text_in(fields, LONGEST_LIST)
        found = None if given is None else as_list(given)
        # Databases store neither NUL nor half a character, and no state has them.
        return None if found is None or re.search("[\0\ud800-\udfff]", "".join(found)) else list[Json](found)

    def mark(self, answer: Json) -> Mark:
        given = as_list(answer) if isinstance(answer, str) else answer
        is_right = isinstance(given, list) and list(map(_plain, given)) == list(map(_plain, self.state))
        return Mark(float(is_right), {})

    def answer_text(self, answer: Json) -> str:
        given = as_list(answer) if isinstance(answer, str) else answer
        return as_repr(given) if isinstance(given, list) else str(answer)

    def rules(self) -> Iterator[str]:
        if self.pool:
            yield f"Offered besides: {', '.join(self.pool)}."

    def key_says(self, value: Value) -> bool:
        return is_same(self.state, value)

    def interaction(self) -> Interaction:
        return TextInteraction(_spellings(self.state), "counts")

    def export_losses(self) -> Iterator[str]:
        if self.pool:
            yield "the pool; the list is typed there"

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        if not isinstance(interaction, TextInteraction) or not interaction.spellings:
            return None
        state = as_list(interaction.spellings[0])
        return None if state is None else {"state": state}


def _plain(element: Json) -> str:
    return plain_form(str(element))


def _spellings(state: Sequence[str]) -> tuple[str, ...]:
    """Return likely spellings of a list, Python's first."""
    if not state:
        return ("[]", "empty", "None", "nil")
    quoted = ['"' + text + '"' for text in state]
    joined = [f"[{', '.join(quoted)}]", f"[{', '.join(state)}]", ", ".join(state), ",".join(state), " ".join(state)]
    sound = [text for text in joined if text == text.strip() and as_list(text) == list(state)]
    return tuple(dict.fromkeys([as_repr(list(state)), *sound]))
