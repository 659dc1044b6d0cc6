"""The common base of questions with one right choice and with several."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from pydantic import Field

from tutor.engine.lesson.problem import Problem, name_facts
from tutor.engine.lesson.questions.interactions import ChoiceInteraction, Option, Scoring
from tutor.engine.lesson.questions.marks import Mark
from tutor.engine.lesson.questions.named_words import NamedTexts
from tutor.engine.lesson.questions.options import identities, picks, shuffled
from tutor.engine.lesson.questions.question import Attempted, Choice, QuestionFields
from tutor.engine.values.claim_values import is_same
from tutor.engine.values.formatting import as_repr, as_str
from tutor.engine.values.replies import Json, Value
from tutor.engine.values.wording import without_backticks, without_escapes

FEWEST_KNOWN = 2
"""Minimum number of choices that must be values of the trace for a proof to be suggested."""


class WithChoices(QuestionFields):
    """A question with choices; the letters are the author's, learners see their own order."""

    choices: dict[str, str | Choice] = Field(
        min_length=2, max_length=10, description="Letter: choice.", examples=[{"A": "task1", "B": "task2"}]
    )

    @cached_property
    def options(self) -> Mapping[str, Choice]:
        """The choices by identity, in the author's order."""
        return dict(zip(identities(self.written.texts), self._shown, strict=True))

    @property
    def _shown(self) -> list[Choice]:
        return [c if isinstance(c, Choice) else Choice(text=c) for c in self.choices.values()]

    @property
    def texts(self) -> list[str]:
        """The texts of the choices in the author's order."""
        return [choice.text for choice in self._shown]

    @cached_property
    def _now(self) -> Mapping[str, str]:
        """Today's identities by those that follow from the texts as they are read."""
        return dict(zip(identities(self.texts), self.options, strict=True))

    def current(self, answer: Json) -> Json:
        now = self._now
        one = answer if isinstance(answer, list) else [answer]
        found = [now.get(each, each) if isinstance(each, str) and each not in self.options else each for each in one]
        return found if isinstance(answer, list) else found[0]

    @cached_property
    def letters(self) -> Mapping[str, str]:
        return dict(zip(self.options, self.choices, strict=True))

    @property
    def right_letters(self) -> Sequence[str]:
        """The letters of the right choices, as written; in a faulty question some may not exist."""
        raise NotImplementedError

    @property
    def key_text(self) -> str:
        return "; ".join(
            self.options[each].text for each, letter in self.letters.items() if letter in self.right_letters
        )

    def answer_text(self, answer: Json) -> str:
        given = answer if isinstance(answer, list) else [answer]
        return "; ".join(self.options[pick].text for pick in picks(given, self.options))

    def arranged(self, seed: str) -> list[str]:
        return shuffled(self.options, seed) if self.shuffle else list(self.options)

    def option_text(self, identity: str) -> str:
        return self.options[identity].text

    def known_parts(self, marks: Sequence[Mark]) -> Mapping[str, bool]:
        # An option is right or wrong in every attempt alike.
        wrong = {pick: False for mark in marks for pick, is_right in mark.parts.items() if not is_right}
        return {**wrong, **marks[-1].parts}

    def says(self, choice: Choice, value: Value) -> bool:
        """Return whether the choice claims `value`: by its own value, or by its text as Python prints it."""
        if "value" in choice.model_fields_set:
            return is_same(choice.value, value)
        text = without_escapes(without_backticks(choice.text))
        return text in (as_repr(value), as_str(value)) or (isinstance(value, int) and text.lower() == f"step {value}")

    def choice_says(self, letter: str, value: Value) -> bool:
        return any(self.says(self.options[each], value) for each, its in self.letters.items() if its == letter)

    def distractor_that_says(self, value: Value) -> str | None:
        wrong = (self.options[each] for each, letter in self.letters.items() if letter not in self.right_letters)
        return next((choice.text for choice in wrong if self.says_any(choice, self.claimed(value))), None)

    @property
    def attempted(self) -> Sequence[Attempted]:
        if self.proof is None:
            return ()
        found = [
            Attempted(
                ("choices", letter),
                self.proof.played_for(letter, without_backticks(self.options[identity].text)),
                letter in self.right_letters,
                f"the choice {letter}",
            )
            for identity, letter in self.letters.items()
        ]
        return sorted(found, key=lambda each: not each.is_right)

    def unsaid_by(self, answer: str) -> str:
        named = NamedTexts(dict(zip(self.choices, self.texts, strict=True)))
        for letter in self.choices:
            is_right, is_named = letter in self.right_letters, named.times_named(letter, answer) > 0
            if is_right and not is_named:
                return f"it names the choice {letter} with none of its own words ({named.shown_words(letter)})"
            if is_named and not is_right:
                return f"it has words of the wrong choice {letter} ({named.shown_words(letter, answer)})"
        return ""

    def unexplained(self, letter: str, sentence: str) -> str:
        """Return the words of which a mistake's sentence needs one, to be about this choice; "" if it is."""
        named = NamedTexts(dict(zip(self.choices, self.texts, strict=True)))
        return "" if named.is_meant(letter, sentence) else named.shown_words(letter)

    def claimed(self, value: Value) -> list[Value]:
        """Return the values that the right choices must claim if `value` is a proof's result."""
        return [value]

    def provable_part(self, values: Sequence[Value], step_count: int) -> str:
        choices = list(self.options.values())
        if all(self.says_any(choice, range(1, step_count + 1)) for choice in choices):
            return "the choices are steps"
        known_count = sum(self.says_any(choice, values) for choice in choices)
        return "the choices are values of the trace" if known_count >= max(FEWEST_KNOWN, len(choices) / 2) else ""

    def says_any(self, choice: Choice, values: Iterable[Value]) -> bool:
        """Return whether the choice claims one of the values."""
        return any(self.says(choice, value) for value in values)

    def problems(self) -> Iterator[Problem]:
        yield from self._equal_choices()
        yield from self._key_problems()
        for letter in self.mistakes if isinstance(self.mistakes, dict) else ():
            path = ("mistakes", letter)
            if letter not in self.choices:
                yield self.unknown_letter(letter, path)
            elif letter in self.right_letters:
                yield Problem(path, f"the choice {letter} is right: no mistake leads to it")

    def _equal_choices(self) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for letter, choice in zip(self.choices, self.options.values(), strict=True):
            text = choice.text.strip()
            if text in seen:
                message = f"the choice {letter} reads like the choice {seen[text]}"
                yield Problem(("choices", letter), message)
            seen.setdefault(text, letter)

    def _key_problems(self) -> Iterator[Problem]:
        raise NotImplementedError

    def unknown_letter(self, letter: str, path: tuple[str | int, ...]) -> Problem:
        """Return the problem of an unknown letter; the author may have written the choice's text instead."""
        message = f"there is no choice {letter!r}; choices: {', '.join(self.choices)}"
        by_text = {choice.text: each for each, choice in zip(self.choices, self.options.values(), strict=True)}
        facts = name_facts(letter, self.choices, "a choice")
        return Problem(path, message, facts=replace(facts, meant=by_text.get(letter, "")))

    def as_interaction(self, scoring: Scoring) -> ChoiceInteraction:
        """Return how the question is answered, given how picks are marked."""
        said = dict(self.mistakes_by_letter)
        lettered = zip(self.choices, self.options.values(), strict=True)
        options = (
            Option(letter, choice.text, letter in self.right_letters, said.get(letter, ""))
            for letter, choice in lettered
        )
        return ChoiceInteraction(tuple(options), scoring, "shuffled" if self.shuffle else "fixed")


def choice_fields(interaction: ChoiceInteraction) -> dict[str, Any]:
    """Return the fields that kinds with choices share."""
    fields: dict[str, Any] = {"choices": {option.letter: option.text for option in interaction.options}}
    mistakes = {each.letter: each.feedback for each in interaction.options if each.feedback and not each.is_right}
    fields |= {"mistakes": mistakes} if mistakes else {}
    fields |= {"shuffle": False} if interaction.display == "fixed" else {}
    return fields
