"""False references to steps: by number in prose and in lists, by name, and to values after a step."""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from tutor.engine.redis import key_states
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.formatting import as_repr
from tutor.mutation.kinds.kind import Executable
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page
from tutor.mutation.passages import Passage
from tutor.mutation.places import ValuePlace
from tutor.mutation.prose import NUMBER, STEP_NUMBERS, passages
from tutor.mutation.vocabulary import other

STEP_NAME = re.compile(r"\{step ([\w-]+)\}")
VALUE_AFTER = re.compile(r"\{([^\s{}]+) after ([\w-]+?)(![rs])?\}")
VARIABLE = re.compile(r"\{(\w+)(![rs])?\}")


class StepNumbers(Executable):
    """The step before and after."""

    name: ClassVar[str] = "step numbers"
    about: ClassVar[str] = "numbers of steps in prose"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the numbers one off that the lesson has."""
        for each in passages(page):
            for span, number in numbers_in(each.text):
                for near in page.nearby(number):
                    yield each.false(self.name, span, str(near))


def numbers_in(text: str) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the span and the number of each step that prose names by its number."""
    for named in STEP_NUMBERS.finditer(text):
        for found in NUMBER.finditer(text, named.start(1), named.end(1)):
            yield found.span(), int(found[0][:9])


class StepLists(Executable):
    """Another step in a list of steps to look at."""

    name: ClassVar[str] = "step lists"
    about: ClassVar[str] = "numbers in `steps` of questions and key moments"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each number one off, unless the step is in the list already or shows the same."""
        for place in step_lists(page):
            listed = place.value if isinstance(place.value, list) else []
            for each in place.children.values():
                if not isinstance(each.value, int) or isinstance(each.value, bool):
                    continue
                for near in page.nearby(each.value):
                    if near not in listed:
                        mutant = page.rewritten(self.name, each, near)
                        yield mutant.as_true() if shows_the_same(page.entries, each.value, near) else mutant


def step_lists(page: Page) -> list[ValuePlace]:
    """Return the lists of steps to look at, of questions and of key moments."""
    owners = [*page.questions, *page.entries_of("key_moments")]
    return [found for each in owners if (found := page.field(each, "steps"))]


def shows_the_same(entries: Sequence[TraceEntry], one: int, other_one: int) -> bool:
    """Return whether the rows of two steps show the same to a learner, but for their numbers."""
    if not (1 <= one <= len(entries) and 1 <= other_one <= len(entries)):
        return False
    return _row(entries[one - 1]) == _row(entries[other_one - 1])


def _row(entry: TraceEntry) -> tuple[object, ...]:
    sent = [(each.words, each.reply) for each in entry.sent]
    return entry.actor, entry.action, sent, entry.output, entry.keys, entry.variables


class StepNames(Executable):
    """The name of another step."""

    name: ClassVar[str] = "step names"
    about: ClassVar[str] = "`{step x}` in prose, and names of steps in fields"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each name replaced by that of the nearest other step."""
        for each in passages(page):
            for found in STEP_NAME.finditer(each.text):
                yield from (each.false(self.name, found.span(1), name) for name in neighbours(page, found[1]))
        for place in page.layout.root.leaves():
            if isinstance(place.value, str) and place.value in page.words.step_ids and _names_a_step(place):
                yield from (page.rewritten(self.name, place, name) for name in neighbours(page, place.value))


def _names_a_step(place: ValuePlace) -> bool:
    is_in_question = place.path[0] in ("quiz", "practice", "key_moments")
    return is_in_question and place.path[-1] != "id" and bool({"steps", "after", "proof"}.intersection(place.path[2:]))


def neighbours(page: Page, name: str) -> list[str]:
    """Return the names of the steps after and before the step of that name, those that the lesson has."""
    ids = list(page.words.step_ids)
    if name not in ids:
        return []
    return [ids[number - 1] for number in page.nearby(ids.index(name) + 1)]


class ValueReferences(Executable):
    """A value after another step, or of another name; and another variable in the sentence of a step."""

    name: ClassVar[str] = "references"
    about: ClassVar[str] = "`{queue after x}` in prose, `{task}` in actions"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false references; one to the same value is as true as before."""
        for each in passages(page):
            for found in VALUE_AFTER.finditer(each.text):
                yield from self._after(page, each, found)
            if each.place.name == "action":
                yield from self._variables(page, each)

    def _after(self, page: Page, each: Passage, found: re.Match[str]) -> Iterator[Mutant]:
        value = value_after(page, found[1], found[2])
        for step in neighbours(page, found[2]):
            is_true = value is not None and value == value_after(page, found[1], step)
            mutant = each.false(self.name, found.span(2), step)
            yield mutant.as_true() if is_true else mutant
        known = page.words.variables if found[1] in page.words.variables else page.words.watched
        if name := other(found[1], known):
            is_true = value is not None and value == value_after(page, name, found[2])
            mutant = each.false(self.name, found.span(1), name)
            yield mutant.as_true() if is_true else mutant

    def _variables(self, page: Page, action: Passage) -> Iterator[Mutant]:
        position = int(action.place.path[1])
        variables = page.entries[position].variables if position < len(page.entries) else {}
        for found in VARIABLE.finditer(action.text):
            name = other(found[1], page.words.variables) if found[1] in page.words.variables else None
            if name:
                is_true = name in variables and as_repr(variables[name]) == as_repr(variables.get(found[1]))
                mutant = action.false(self.name, found.span(1), name)
                yield mutant.as_true() if is_true else mutant


def value_after(page: Page, name: str, step: str) -> str | None:
    """Return the value of a variable or key after the step of that name, as Python prints it; None if unknown."""
    ids = list(page.words.step_ids)
    entry = page.entries[ids.index(step)] if step in ids and ids.index(step) < len(page.entries) else None
    if entry is None:
        return None
    if name in entry.variables:
        return as_repr(entry.variables[name])
    return key_states.as_text(entry.keys[name]) if name in entry.keys else None
