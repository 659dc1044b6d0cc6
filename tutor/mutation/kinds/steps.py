"""False fields of steps and of what they rest on: lines, boxes, actors, saved variables, the client, start values."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from tutor.engine.redis.table import KeyType
from tutor.mutation.kinds.kind import Executable
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page
from tutor.mutation.places import ValuePlace
from tutor.mutation.variants import scalars, variants
from tutor.mutation.vocabulary import false_lines, other

_TYPES: Sequence[KeyType] = ("list", "string", "hash", "set", "zset", "stream")


class Lines(Executable):
    """The line above and below."""

    name: ClassVar[str] = "lines"
    about: ClassVar[str] = "`line` of steps"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the lines one off that the sample has."""
        sample = page.lesson.sample
        yield from _one_off(self.name, page, "line", sample.lines_count if sample else 0)


class Boxes(Executable):
    """The box before and after."""

    name: ClassVar[str] = "boxes"
    about: ClassVar[str] = "`box` of steps"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the boxes one off that the concept flow has."""
        yield from _one_off(self.name, page, "box", len(page.lesson.flow.boxes) if page.lesson.flow else 0)


def _one_off(kind: str, page: Page, field: str, last: int) -> Iterator[Mutant]:
    for step in page.steps:
        place = page.field(step, field)
        if place is None or not isinstance(place.value, int):
            continue
        for number in (place.value + 1, place.value - 1):
            if 1 <= number <= last:
                yield page.rewritten(kind, place, number)


class BoxRules(Executable):
    """Another command, step, actor or key in the rule of a box, and a rule that is not there."""

    name: ClassVar[str] = "box rules"
    about: ClassVar[str] = "`when` of boxes"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false rules."""
        rules = [place for place in page.layout.root.walk() if place.path[-1:] == ("when",)]
        for rule in rules:
            for place in rule.leaves():
                yield from self._false(page, place)
            yield from page.without(self.name, rule)

    def _false(self, page: Page, place: ValuePlace) -> Iterator[Mutant]:
        text = place.value
        for known in (page.words.actors, page.words.names, page.words.step_ids):
            found = other(text, known) if isinstance(text, str) and text in known else None
            if found:
                yield page.rewritten(self.name, place, found)
                return
        lines = list(false_lines(text, page.words)) if isinstance(text, str) else []
        for value in lines or scalars(text, page.words.texts):
            yield page.rewritten(self.name, place, value)


class ActorsOfSteps(Executable):
    """Another actor of a step."""

    name: ClassVar[str] = "actors"
    about: ClassVar[str] = "`actor` of steps"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each step done by another actor."""
        yield from _named_otherwise(self.name, page, ("actor",), page.words.actors)


class Saves(Executable):
    """A reply that is saved elsewhere, in another part, or not at all."""

    name: ClassVar[str] = "saves"
    about: ClassVar[str] = "`save`, `pick` and the variable of `read`"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false fields."""
        yield from _named_otherwise(self.name, page, ("save", "read"), page.words.variables)
        for step in page.steps:
            for field in ("save", "pick"):
                if place := page.field(step, field):
                    yield from page.without(self.name, place)
            if place := page.field(step, "pick"):
                yield from self._picks(page, place)

    def _picks(self, page: Page, place: ValuePlace) -> Iterator[Mutant]:
        for leaf in place.leaves():
            if isinstance(leaf.value, str):
                yield page.rewritten(self.name, leaf, f"{leaf.value}2")
            elif isinstance(leaf.value, int):
                yield page.rewritten(self.name, leaf, leaf.value + 1)


def _named_otherwise(kind: str, page: Page, fields: Sequence[str], known: Sequence[str]) -> Iterator[Mutant]:
    for step in page.steps:
        for field in fields:
            place = page.field(step, field)
            found = other(place.value, known) if place and isinstance(place.value, str) else None
            if place and found:
                yield page.rewritten(kind, place, found)


class ClientDecodes(Executable):
    """A client that returns bytes in place of text, or text in place of bytes."""

    name: ClassVar[str] = "client"
    about: ClassVar[str] = "`client.decode_responses`"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the other setting."""
        place = page.at("client", "decode_responses")
        if place is not None and isinstance(place.value, bool):
            yield page.rewritten(self.name, place, not place.value)


class StartVariables(Executable):
    """Another start value, and a variable that is not there."""

    name: ClassVar[str] = "variables"
    about: ClassVar[str] = "`variables` and their start values"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false variables."""
        for place in page.entries_of("variables"):
            if place.key is not None:
                for value in variants(place.value, page.words.texts):
                    yield page.rewritten(self.name, place, value)
            yield from page.without(self.name, place)


class WatchedKeys(Executable):
    """Another type of a watched key, and a key that is not watched."""

    name: ClassVar[str] = "watch"
    about: ClassVar[str] = "`watch` and the types in it"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false types."""
        for place in page.entries_of("watch"):
            if place.key is not None:
                type_ = other(str(place.value), _TYPES)
                yield from [page.rewritten(self.name, place, type_)] if type_ else []
            yield from page.without(self.name, place)
