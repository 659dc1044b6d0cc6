"""False keys of questions, false values of choices, and mistakes at other letters."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import ClassVar

from tutor.engine.redis.table import traits_of
from tutor.mutation.kinds.kind import Executable
from tutor.mutation.mutants import Mutant, TextEdit, Wording
from tutor.mutation.page import Page
from tutor.mutation.places import ValuePlace
from tutor.mutation.variants import reordered, scalars, variants
from tutor.mutation.vocabulary import false_lines, other_text


class _Keys(Executable):
    part: ClassVar[str]
    name: ClassVar[str]

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false keys of the part's questions."""
        for question in page.entries_of(self.part):
            for field, place in question.children.items():
                if field in _PLANTERS:
                    yield from _PLANTERS[str(field)](self.name, page, question, place)


class QuizKeys(_Keys):
    """Another letter, number, text, order or state as the key of a quiz question."""

    part = "quiz"
    name: ClassVar[str] = "quiz keys"
    about: ClassVar[str] = "right answers of the quiz"


class PracticeKeys(_Keys):
    """The same for practice tasks."""

    part = "practice"
    name: ClassVar[str] = "practice keys"
    about: ClassVar[str] = "right answers of practice tasks"


def _letter(kind: str, page: Page, question: ValuePlace, answer: ValuePlace) -> Iterator[Mutant]:
    """Yield the key with each other letter; the mistake of that letter moves along, so that only the key is false."""
    for letter in _letters(page, question):
        if letter != answer.value:
            yield page.rewritten(kind, answer, letter, *_moved(page, question, letter, str(answer.value)))


def _letters_of_several(kind: str, page: Page, question: ValuePlace, answers: ValuePlace) -> Iterator[Mutant]:
    """Yield the key with a letter more, a letter less, and another letter."""
    right = list(answers.value) if isinstance(answers.value, list) else []
    wrong = [letter for letter in _letters(page, question) if letter not in right]
    for letter in wrong:
        yield page.rewritten(kind, answers, [*right, letter], *_dropped(page, question, letter))
    for i, old in enumerate(right):
        if len(right) > 1:
            yield page.rewritten(kind, answers, [*right[:i], *right[i + 1 :]])
        for letter in wrong:
            changed = [*right[:i], letter, *right[i + 1 :]]
            yield page.rewritten(kind, answers, changed, *_moved(page, question, letter, str(old)))


def _letters(page: Page, question: ValuePlace) -> list[str]:
    choices = page.field(question, "choices")
    return [str(letter) for letter in choices.children] if choices else []


def _moved(page: Page, question: ValuePlace, letter: str, to: str) -> list[TextEdit]:
    mistake = page.field(page.field(question, "mistakes"), letter)
    return [page.layout.renamed(mistake, to)] if mistake and mistake.key else []


def _dropped(page: Page, question: ValuePlace, letter: str) -> list[TextEdit]:
    mistake = page.field(page.field(question, "mistakes"), letter)
    edit = page.layout.removed(mistake) if mistake and mistake.key else None
    return [edit] if edit else []


def _number(kind: str, page: Page, _: ValuePlace, place: ValuePlace) -> Iterator[Mutant]:
    for value in scalars(place.value, ()):
        if not (place.name == "tolerance" and isinstance(value, int | float) and value < 0):
            yield page.rewritten(kind, place, value)


def _text(kind: str, page: Page, _: ValuePlace, place: ValuePlace) -> Iterator[Mutant]:
    for text in _other_answers(page, str(place.value)):
        yield page.rewritten(kind, place, text)


def _other_answers(page: Page, text: str) -> Iterator[str]:
    if text.isdecimal():
        yield from (str(int(text[:15]) + 1), str(int(text[:15]) - 1))
    elif traits_of(text.split()[:1]).name:
        yield from false_lines(text, page.words)
    else:
        yield other_text(text, page.words.texts)


def _also(kind: str, page: Page, _: ValuePlace, place: ValuePlace) -> Iterator[Mutant]:
    """Yield a false answer in place of each, and one more."""
    for each in place.children.values():
        for text in list(_other_answers(page, str(each.value)))[:1]:
            yield page.rewritten(kind, each, text)
    if isinstance(place.value, list) and place.value:
        false = next(_other_answers(page, str(place.value[-1])))
        yield page.rewritten(kind, place, [*place.value, false])


def _pattern(kind: str, page: Page, _: ValuePlace, place: ValuePlace) -> Iterator[Mutant]:
    yield page.rewritten(kind, place, ".*")


def _order(kind: str, page: Page, _: ValuePlace, place: ValuePlace) -> Iterator[Mutant]:
    for lines in reordered(place.value) if isinstance(place.value, list) else ():
        yield page.rewritten(kind, place, lines)


def _state(kind: str, page: Page, _: ValuePlace, place: ValuePlace) -> Iterator[Mutant]:
    for state in variants(place.value, page.words.texts):
        if isinstance(state, list):
            yield page.rewritten(kind, place, state)


_PLANTERS: Mapping[str, Callable[[str, Page, ValuePlace, ValuePlace], Iterator[Mutant]]] = {
    "answer": _letter,
    "answers": _letters_of_several,
    "text": _text,
    "also": _also,
    "pattern": _pattern,
    "number": _number,
    "tolerance": _number,
    "order": _order,
    "state": _state,
}
"""How the field of a key is made false."""


class ChoiceValues(Executable):
    """Another value in the right choice, and in each choice that says its value."""

    name: ClassVar[str] = "choices"
    about: ClassVar[str] = "values of choices"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false values; a choice in words is free prose and left alone."""
        for question in page.questions:
            choices = page.field(question, "choices")
            for letter, choice in choices.children.items() if choices else ():
                if isinstance(choice.value, dict):
                    yield from self._of_value(page, choice)
                elif self._is_right(question, str(letter)) or self._is_produced(page, question, str(letter)):
                    beside = {str(each.value).strip("`'\"") for each in choices.children.values()} if choices else set()
                    yield from self._of_text(page, choice, beside)

    def _of_value(self, page: Page, choice: ValuePlace) -> Iterator[Mutant]:
        place = page.field(choice, "value")
        for value in variants(place.value, page.words.texts) if place else ():
            yield page.rewritten(self.name, place, value)  # type: ignore[arg-type]

    def _of_text(self, page: Page, choice: ValuePlace, beside: set[str]) -> Iterator[Mutant]:
        """Yield other values, but not those of the other choices: two alike would be found for that alone."""
        text = str(choice.value)
        bare = text.strip("`'\"")
        if bare.removeprefix("-").isdecimal():
            for number in (int(bare[:15]) + 1, int(bare[:15]) - 1):
                yield page.rewritten(self.name, choice, text.replace(bare, str(number)))
        elif bare in page.words.texts or bare == "None":
            others = [each for each in page.words.texts if each not in beside]
            yield page.rewritten(self.name, choice, text.replace(bare, other_text(bare, others)))
        elif traits_of(bare.split()[:1]).name:
            yield from (
                page.rewritten(self.name, choice, text.replace(bare, line)) for line in false_lines(bare, page.words)
            )

    def _is_right(self, question: ValuePlace, letter: str) -> bool:
        fields = question.value if isinstance(question.value, dict) else {}
        answers = fields.get("answers")
        return letter == fields.get("answer") or (isinstance(answers, list) and letter in answers)

    def _is_produced(self, page: Page, question: ValuePlace, letter: str) -> bool:
        """Return whether the mistake of the letter says how the choice comes about, so that it is a claim."""
        mistake = page.field(page.field(question, "mistakes"), letter)
        return mistake is not None and isinstance(mistake.value, dict)


class MistakeLetters(Executable):
    """The mistakes of two choices exchanged."""

    name: ClassVar[str] = "mistakes"
    about: ClassVar[str] = "letters of mistakes"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each pair of neighbouring letters exchanged."""
        for question in page.questions:
            mistakes = page.field(question, "mistakes")
            found = list(mistakes.children.values()) if mistakes and isinstance(mistakes.value, dict) else []
            for one, other in pairwise(found):
                letters = str(one.path[-1]), str(other.path[-1])
                edits = [page.layout.renamed(one, letters[1]), page.layout.renamed(other, letters[0])]
                wording = Wording(*letters, f"the mistakes of {letters[0]} and {letters[1]} were exchanged")
                yield page.mutant(self.name, one, one.begin, wording, edits)
