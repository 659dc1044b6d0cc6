"""A question with several right choices."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.interactions import ChoiceInteraction, Interaction
from tutor.engine.lesson.questions.marks import Credit, Mark
from tutor.engine.lesson.questions.options import picks
from tutor.engine.lesson.questions.quiz.choices import WithChoices, choice_fields
from tutor.engine.values.replies import Json, Value


class SeveralQuestion(WithChoices):
    """Several right choices."""

    kind = "several"
    key_field = "answers"
    template = "quizzes/_several.html"

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
    def right_letters(self) -> Sequence[str]:
        return self.answers

    def read(self, fields: Sequence[str]) -> Json | None:
        return [pick for pick in self.options if pick in fields] or None

    def mark(self, answer: Json) -> Mark:
        picked = set(picks(answer, self.options))
        score = self.credit.score(picked, self.key, set(self.options)) if picked else 0.0
        return Mark(score, {pick: pick in self.key for pick in picked})

    def rules(self) -> Iterator[str]:
        yield self.credit.rule

    def _key_problems(self) -> Iterator[Problem]:
        for k, letter in enumerate(self.answers):
            if letter not in self.choices:
                yield self.unknown_letter(letter, ("answers", k))
            elif letter in self.answers[:k]:
                yield Problem(("answers", k), f"the choice {letter} is already there")

    def key_says(self, value: Value) -> bool:
        """Return whether the list `value` holds exactly the values claimed by the right choices."""
        values = self.claimed(value)
        right = [self.options[identity] for identity in self.key]
        are_all_said = all(any(self.says(choice, each) for choice in right) for each in values)
        return are_all_said and all(self.says_any(choice, values) for choice in right)

    def claimed(self, value: Value) -> list[Value]:
        return list(value) if isinstance(value, list | tuple | set) else [value]

    def interaction(self) -> Interaction:
        return self.as_interaction(self.credit)

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        if not isinstance(interaction, ChoiceInteraction) or not isinstance(interaction.scoring, Credit):
            return None
        fields = {**choice_fields(interaction), "answers": interaction.right_letters}
        is_default = interaction.scoring == cls.model_fields["credit"].default
        return fields if is_default else {**fields, "credit": interaction.scoring}
