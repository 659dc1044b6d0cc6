"""False proofs: another step, key, variable, replacement, command or result; and sources that are not there."""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from tutor.mutation.kinds.kind import Executable
from tutor.mutation.mutants import Mutant, replaced
from tutor.mutation.page import Page
from tutor.mutation.places import ValuePlace
from tutor.mutation.prose import is_prose
from tutor.mutation.variants import variants
from tutor.mutation.vocabulary import false_lines, other

PROVING = ("proof", "proofs")
"""The fields of a question that say how its key is proved."""

KEYED_BY_STEP = "replace"
"""The field whose names are steps."""

_DROPPED = ("replace", "swap", "run")
"""The fields whose entries can be left out one by one."""


class Proofs(Executable):
    """One step off, another key or variable, another replacement or none, another command, another result."""

    name: ClassVar[str] = "proofs"
    about: ClassVar[str] = "proofs of questions, and what produces a wrong choice"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false proofs of all questions."""
        for root in proving_places(page):
            for place in list(root.walk())[1:]:
                yield from self._at(page, place)
            if root.name in PROVING:
                yield from page.without(self.name, root)

    def _at(self, page: Page, place: ValuePlace) -> Iterator[Mutant]:
        field = str(place.path[-2]) if len(place.path) > 1 else ""
        if field in _DROPPED or (isinstance(place.path[-1], int) and place.path[-2] in _DROPPED):
            yield from page.without(self.name, place)
        if field == KEYED_BY_STEP and str(place.path[-1]).isdecimal():
            yield from self._steps_replaced(page, place)
        if field == "swap":
            yield from self._swapped(page, place)
        if isinstance(place.value, dict | list):
            return
        if place.key is not None and str(place.path[-1]) in page.words.actors:
            actor = other(str(place.path[-1]), page.words.actors)
            yield from self._renamed(page, place, actor) if actor else ()
        yield from self._leaf(page, place)

    def _steps_replaced(self, page: Page, place: ValuePlace) -> Iterator[Mutant]:
        for number in page.nearby(int(str(place.path[-1])[:6])):
            yield from self._renamed(page, place, str(number))

    def _swapped(self, page: Page, place: ValuePlace) -> Iterator[Mutant]:
        for line in list(false_lines(str(place.path[-1]), page.words))[:1]:
            yield from self._renamed(page, place, line)

    def _renamed(self, page: Page, place: ValuePlace, name: str) -> Iterator[Mutant]:
        was = str(place.path[-1])
        edit = page.layout.renamed(place, name)
        yield page.mutant(self.name, place, place.begin, replaced(was, name), [edit])

    def _leaf(self, page: Page, place: ValuePlace) -> Iterator[Mutant]:
        planter = _LEAVES.get(str(place.path[-1]), _any_leaf)
        yield from planter(self.name, page, place)


def proving_places(page: Page) -> Iterator[ValuePlace]:
    """Yield the roots of all that is run for a question: its proof, and what produces the mistakes."""
    for question in page.questions:
        for name in PROVING:
            if found := page.field(question, name):
                yield found
        mistakes = page.field(question, "mistakes")
        for mistake in mistakes.children.values() if mistakes else ():
            yield from (each for each in mistake.children.values() if not is_prose(each.path))


def _after(kind: str, page: Page, place: ValuePlace) -> Iterator[Mutant]:
    if isinstance(place.value, int) and not isinstance(place.value, bool):
        for number in (place.value + 1, place.value - 1):
            if 0 <= number <= page.last_step:
                yield page.rewritten(kind, place, number)


def _key(kind: str, page: Page, place: ValuePlace) -> Iterator[Mutant]:
    yield from _named(kind, page, place, page.words.watched, ("variable", page.words.variables))


def _variable(kind: str, page: Page, place: ValuePlace) -> Iterator[Mutant]:
    yield from _named(kind, page, place, page.words.variables, ("key", page.words.watched))


def _named(kind: str, page: Page, place: ValuePlace, known: object, instead: tuple[str, object]) -> Iterator[Mutant]:
    """Yield another name of the same sort; if there is none, a name of the other sort in a field of its own."""
    field, others = instead
    found = other(str(place.value), known if isinstance(known, list) else [])
    if found:
        yield page.rewritten(kind, place, found)
    elif isinstance(others, list) and others:
        yield page.rewritten(kind, place, others[0], page.layout.renamed(place, field))


def _output(kind: str, page: Page, place: ValuePlace) -> Iterator[Mutant]:
    for name in page.words.variables[:1]:
        yield page.rewritten(kind, place, name, page.layout.renamed(place, "variable"))


def _any_leaf(kind: str, page: Page, place: ValuePlace) -> Iterator[Mutant]:
    text = place.value
    if isinstance(text, str) and text in page.words.step_ids:
        return  # the kind of step names
    lines = list(false_lines(_command_in(text, page), page.words)) if isinstance(text, str) else []
    if isinstance(text, str) and lines:
        command = _command_in(text, page)
        for line in lines:
            yield page.rewritten(kind, place, text.replace(command, line))
        return
    for value in variants(text, page.words.texts):
        yield page.rewritten(kind, place, value)


def _command_in(text: str, page: Page) -> str:
    """Return the command of a line such as `anna: BRPOP jobs 0`, or the whole text."""
    actor, colon, command = text.partition(":")
    return command.strip() if colon and actor.strip() in page.words.actors else text


_LEAVES: Mapping[str, Callable[[str, Page, ValuePlace], Iterator[Mutant]]] = {
    "after": _after,
    "key": _key,
    "variable": _variable,
    "output": _output,
}
"""How the fields of a proof are made false; every other one has variants of its value."""


class Sources(Executable):
    """A source that is not there."""

    name: ClassVar[str] = "sources"
    about: ClassVar[str] = "sources of keys that no play proves"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each source left out."""
        for place in page.layout.root.walk():
            if place.path[2:] and place.path[-1] == "source":
                yield from page.without(self.name, place)
