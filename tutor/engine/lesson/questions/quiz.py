"""The kinds of question, one small frozen class each, in one registry: QUESTION_KINDS.

To add a kind: write its class, add it to QUESTION_KINDS and to `Question`, and write templates/quizzes/_<kind>.html.
An answer is JSON; what a learner picks is told apart by its identity, never by its letter or place.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import isclose
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from tutor.engine.lesson.questions.marks import Credit, Mark
from tutor.engine.lesson.questions.options import identities, picks, shuffled
from tutor.engine.lesson.questions.question import Choice, QuestionFields
from tutor.engine.lesson.questions.typed import as_list, as_number, forgiven, typed
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Json, Value


class WithChoices(QuestionFields):
    """What questions with choices share; the letters are the author's, learners see their own order."""

    choices: dict[str, str | Choice] = Field(
        min_length=2, max_length=10, description="Letter: choice.", examples=[{"A": "task1", "B": "task2"}]
    )

    @cached_property
    def options(self) -> Mapping[str, Choice]:
        """The choices by identity, in the author's order."""
        shown = [c if isinstance(c, Choice) else Choice(text=c) for c in self.choices.values()]
        return dict(zip(identities([choice.text for choice in shown]), shown, strict=True))

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """The author's letter of each identity."""
        return dict(zip(self.options, self.choices, strict=True))

    def arranged(self, seed: str) -> list[str]:
        return shuffled(self.options, seed) if self.shuffle else list(self.options)

    def option_text(self, identity: str) -> str:
        return self.options[identity].text

    def says(self, choice: Choice, value: Value) -> bool:
        """Return whether the choice claims `value`: by its own value, or by its text as Python prints it."""
        if "value" in choice.model_fields_set:
            return is_same(choice.value, value)
        text = choice.text.strip().strip("`").strip()
        return text in (as_repr(value), as_str(value)) or (isinstance(value, int) and text.lower() == f"step {value}")


class ChoiceQuestion(WithChoices):
    """One right choice."""

    kind = "choice"

    answer: str = Field(description="The letter of the right choice.", examples=["C"])

    @property
    def key(self) -> str:
        """The identity of the right choice."""
        return next(identity for identity, letter in self.letters.items() if letter == self.answer)

    @property
    def key_text(self) -> str:
        return self.options[self.key].text

    def read(self, fields: Sequence[str]) -> Json | None:
        return next((field for field in fields if field in self.options), None)

    def mark(self, answer: Json) -> Mark:
        is_right = answer == self.key
        return Mark(float(is_right), {answer: is_right} if isinstance(answer, str) else {})

    def key_says(self, value: Value) -> bool:
        return self.says(self.options[self.key], value)

    def distractor_that_says(self, value: Value) -> str | None:
        wrong = (choice for identity, choice in self.options.items() if identity != self.key)
        return next((choice.text for choice in wrong if self.says(choice, value)), None)

    def answer_text(self, answer: Json) -> str:
        return self.options[answer].text if isinstance(answer, str) and answer in self.options else ""


class SeveralQuestion(WithChoices):
    """Several right choices."""

    kind = "several"

    answers: list[str] = Field(
        min_length=1, max_length=10, description="The letters of the right choices.", examples=[["A", "C"]]
    )
    credit: Credit = Field(
        default=Credit.RIGHT_MINUS_WRONG, strict=False, description="How picks are marked.", examples=["each_choice"]
    )

    @property
    def key(self) -> set[str]:
        """The identities of the right choices."""
        return {identity for identity, letter in self.letters.items() if letter in self.answers}

    @property
    def key_text(self) -> str:
        return "; ".join(choice.text for identity, choice in self.options.items() if identity in self.key)

    def read(self, fields: Sequence[str]) -> Json | None:
        return [pick for pick in self.options if pick in fields] or None

    def mark(self, answer: Json) -> Mark:
        picked = set(picks(answer, self.options))
        score = self.credit.score(picked, self.key, set(self.options)) if picked else 0.0
        return Mark(score, {pick: pick in self.key for pick in picked})

    def key_says(self, value: Value) -> bool:
        """Return whether `value`, a list, holds just what the right choices claim."""
        values = list(value) if isinstance(value, list | tuple | set) else [value]
        right = [choice for identity, choice in self.options.items() if identity in self.key]
        are_all_said = all(any(self.says(choice, each) for choice in right) for each in values)
        return are_all_said and all(any(self.says(choice, each) for each in values) for choice in right)

    def distractor_that_says(self, value: Value) -> str | None:
        values = list(value) if isinstance(value, list | tuple | set) else [value]
        wrong = (choice for identity, choice in self.options.items() if identity not in self.key)
        return next((choice.text for choice in wrong if any(self.says(choice, each) for each in values)), None)

    def answer_text(self, answer: Json) -> str:
        return "; ".join(self.options[pick].text for pick in picks(answer, self.options))


class TextQuestion(QuestionFields):
    """A short text, exact or by a pattern."""

    kind = "text"
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
        return typed(fields, 200)

    def mark(self, answer: Json) -> Mark:
        given = forgiven(answer[:200]) if isinstance(answer, str) else ""
        return Mark(float(bool(given) and self._is_right(given)), {})

    def _is_right(self, given: str) -> bool:
        fold = str.casefold if self.ignore_case else str
        if fold(given) in {fold(forgiven(text)) for text in (self.text, *self.also)}:
            return True
        flags = re.IGNORECASE if self.ignore_case else re.NOFLAG
        return self.pattern is not None and bool(re.fullmatch(self.pattern, given, flags))

    def key_says(self, value: Value) -> bool:
        return self._is_right(forgiven(as_str(value))) or self._is_right(forgiven(as_repr(value)))


Finite = Annotated[int, Field(ge=-(10**15), le=10**15)] | Annotated[float, Field(allow_inf_nan=False)]
"""A number that can be subtracted from another one."""


class NumberQuestion(QuestionFields):
    """A number."""

    kind = "number"
    please = "Type a number first."

    number: Finite = Field(description="The right number.", examples=[5])
    tolerance: Finite = Field(default=0, ge=0, description="How far off is still right.", examples=[0.5])
    unit: str = Field(default="", max_length=20, description="Shown behind the field.", examples=["steps"])

    @property
    def key_text(self) -> str:
        return f"{self.number} {self.unit}".strip()

    def read(self, fields: Sequence[str]) -> Json | None:
        given = typed(fields, 40)
        return None if as_number(given) is None else given

    def mark(self, answer: Json) -> Mark:
        given = as_number(answer)
        if given is None:
            return Mark(0.0, {})
        off = abs(given - self.number)
        # 0.4 is 0.1 away from 0.3, although in binary numbers a little more.
        return Mark(float(off <= self.tolerance or isclose(off, self.tolerance)), {})

    def key_says(self, value: Value) -> bool:
        return not isinstance(value, bool) and isinstance(value, int | float) and self.mark(value).is_right


class OrderQuestion(QuestionFields):
    """Put lines in order."""

    kind = "order"
    please = "Put the lines in order first."

    order: list[str] = Field(
        min_length=2,
        max_length=10,
        description="The lines in the right order.",
        examples=[["LPUSH queue a", "RPOP queue"]],
    )

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The lines by identity, in the right order."""
        return dict(zip(identities(self.order), self.order, strict=True))

    @property
    def key_text(self) -> str:
        return " → ".join(self.order)

    def arranged(self, seed: str) -> list[str]:
        """Return the lines' identities in an order that is never the right one."""
        found = shuffled(self.options, seed if self.shuffle else "")
        is_right = [self.options[line] for line in found] == self.order
        return [*found[1:], found[0]] if is_right else found

    def option_text(self, identity: str) -> str:
        return self.options[identity]

    def read(self, fields: Sequence[str]) -> Json | None:
        return list(fields) if sorted(fields) == sorted(self.options) else None

    def mark(self, answer: Json) -> Mark:
        """Return the marks: right if the lines come out right, whichever of two equal lines stands where."""
        picked = picks(answer, self.options)
        given = [self.options[item] for item in picked]
        parts = {item: line == right for item, line, right in zip(picked, given, self.order, strict=False)}
        return Mark(float(given == self.order), parts)

    def remark(self, mark: Mark) -> str:
        return f"{sum(mark.parts.values())} of {len(self.order)} lines are in their place."

    def key_says(self, value: Value) -> bool:
        return is_same(self.order, value)

    def answer_text(self, answer: Json) -> str:
        return " → ".join(self.options[item] for item in picks(answer, self.options))


class StateQuestion(QuestionFields):
    """What is the state? The learner types or assembles the list that a key holds."""

    kind = "state"
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
    def offered(self) -> list[str]:
        """The messages from which the list can be assembled, sorted: their order tells nothing."""
        return sorted({*self.state, *self.pool})

    @property
    def key_text(self) -> str:
        return as_repr(self.state)

    def read(self, fields: Sequence[str]) -> Json | None:
        given = typed(fields, 1000)
        return None if given is None else as_list(given)

    def mark(self, answer: Json) -> Mark:
        given = as_list(answer) if isinstance(answer, str) else answer
        return Mark(float(given == self.state), {})

    def key_says(self, value: Value) -> bool:
        return is_same(self.state, value)

    def answer_text(self, answer: Json) -> str:
        given = as_list(answer) if isinstance(answer, str) else answer
        return as_repr(given) if isinstance(given, list) else str(answer)


QUESTION_KINDS: dict[str, type[QuestionFields]] = {
    question.kind: question
    for question in (ChoiceQuestion, SeveralQuestion, TextQuestion, NumberQuestion, OrderQuestion, StateQuestion)
}

_FIELD_OF: Mapping[str, str] = {
    "answers": "several",
    "text": "text",
    "number": "number",
    "order": "order",
    "state": "state",
}


def kind_of(question: Any) -> str | None:
    """Return which kind a question in a file is, told by the field that holds its key."""
    if isinstance(question, QuestionFields):
        return question.kind
    if not isinstance(question, dict):
        return None
    found = next((kind for field, kind in _FIELD_OF.items() if field in question), None)
    return found or ("choice" if "choices" in question or "answer" in question else None)


Question = Annotated[
    Annotated[ChoiceQuestion, Tag("choice")]
    | Annotated[SeveralQuestion, Tag("several")]
    | Annotated[TextQuestion, Tag("text")]
    | Annotated[NumberQuestion, Tag("number")]
    | Annotated[OrderQuestion, Tag("order")]
    | Annotated[StateQuestion, Tag("state")],
    Discriminator(
        kind_of,
        custom_error_type="question_kind",
        custom_error_message="a question needs its key: choices with answer or answers, text, number, order or state",
    ),
]
