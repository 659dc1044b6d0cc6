"""A question with one right choice; tests draw it from a trace."""

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Self

from pydantic import Field

from tutor.engine.lesson.problem import Problem
from tutor.engine.lesson.questions.draft_question import DraftQuestion, PossibleAnswer
from tutor.engine.lesson.questions.interactions import ChoiceInteraction, Interaction
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.question import Choice
from tutor.engine.lesson.questions.quiz.choices import WithChoices, choice_fields
from tutor.engine.values.claim_values import as_claim, is_same
from tutor.engine.values.replies import Json, Value, is_text

LONGEST_CHOICE = 80
"""Maximum number of characters of a choice made from a trace."""

FEWEST_WRONG, MOST_WRONG = 2, 3
"""Minimum number of wrong choices of a question made from a trace."""


class ChoiceQuestion(WithChoices):
    """One right choice."""

    kind = "choice"
    key_field = "answer"
    template = "quizzes/_choice.html"

    answer: str = Field(description="The letter of the right choice.", examples=["C"])

    @property
    def key(self) -> str:
        """The identity of the right choice."""
        return next(identity for identity, letter in self.letters.items() if letter == self.answer)

    @property
    def right_letters(self) -> Sequence[str]:
        return (self.answer,)

    @property
    def lone_key(self) -> str:
        return self.answer

    def read(self, fields: Sequence[str]) -> Json | None:
        return next((field for field in fields if field in self.options), None)

    def mark(self, answer: Json) -> Mark:
        is_right = answer == self.key
        return Mark(float(is_right), {answer: is_right} if isinstance(answer, str) else {})

    def _key_problems(self) -> Iterator[Problem]:
        if self.answer not in self.choices:
            yield self.unknown_letter(self.answer, ("answer",))

    def key_says(self, value: Value) -> bool:
        return self.says(self.options[self.key], value)

    @classmethod
    def drawn(cls, draft: DraftQuestion, chance: Random) -> Self | None:
        wrong = _wrong_answers(draft, chance)
        if len(wrong) < FEWEST_WRONG or not _fits_choice(draft.key) or not is_text([draft.question, draft.explanation]):
            return None
        answers = [draft.key, *wrong]
        chance.shuffle(answers)
        by_letter = dict(zip("ABCD", answers, strict=False))
        return cls(
            question=draft.question,
            choices={
                letter: Choice(text=_markdown(each.text), value=as_claim(each.value))
                for letter, each in by_letter.items()
            },
            answer=next(letter for letter, each in by_letter.items() if each is draft.key),
            mistakes={letter: each.reason for letter, each in by_letter.items() if each is not draft.key},
            proof=draft.proof,
            concept=draft.concept,
            difficulty=draft.difficulty,
            explanation=draft.explanation,
            steps=list(draft.steps),
        )

    def interaction(self) -> Interaction:
        return self.as_interaction("single")

    @classmethod
    def fields_of(cls, interaction: Interaction) -> dict[str, Any] | None:
        if not isinstance(interaction, ChoiceInteraction) or interaction.scoring != "single":
            return None
        return {**choice_fields(interaction), "answer": "".join(interaction.right_letters[:1])}


def _wrong_answers(draft: DraftQuestion, chance: Random) -> list[PossibleAnswer]:
    """Return at most MOST_WRONG wrong answers that differ from the right one and from each other."""
    wrong: list[PossibleAnswer] = []
    for group in draft.wrong:
        for answer in chance.sample(list(group), len(group)):
            if _fits_choice(answer) and all(_differ(answer, other) for other in (draft.key, *wrong)):
                wrong.append(answer)
            if len(wrong) == MOST_WRONG:
                return wrong
    return wrong


def _differ(one: PossibleAnswer, other: PossibleAnswer) -> bool:
    return one.text != other.text and not is_same(one.value, other.value)


def _fits_choice(answer: PossibleAnswer) -> bool:
    """Return whether the answer fits a choice; a question can't store bytes that are not UTF-8."""
    text = answer.text
    is_short_line = text.isprintable() and "`" not in text and len(text) <= LONGEST_CHOICE
    return is_short_line and is_text([answer.value, answer.reason])


_PLAIN = re.compile(r"[\w ',\[\].:-]*")


def _markdown(text: str) -> str:
    """Return the text as Markdown that shows every character of it."""
    return text if _PLAIN.fullmatch(text) and "_" not in text else f"`{text}`"
