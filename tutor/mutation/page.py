"""A lesson under test: its text by places, its names and values, and its play."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Path
from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json
from tutor.files.yaml_parser import place as line_and_column
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import as_flow
from tutor.mutation.mutants import Mutant, TextEdit, Wording, replaced, shown
from tutor.mutation.places import PlacedText, ValuePlace
from tutor.mutation.vocabulary import Vocabulary


class Page:
    """The text of a lesson without errors, and all from which its mutants are made."""

    def __init__(self, text: str, lesson: Lesson, entries: Sequence[TraceEntry]) -> None:
        self.text = text.removeprefix("\ufeff")
        root = read_document(self.text).root
        self.layout = PlacedText(self.text, root.value if root else None)
        self.lesson = lesson
        self.entries = entries
        self.words = Vocabulary(lesson, entries)

    @cached_property
    def ids(self) -> Mapping[Path, str]:
        """The lasting names of steps and questions by their paths."""
        lists = {"steps": self.lesson.step_ids, "quiz": self.lesson.quiz_ids, "practice": self.lesson.practice_ids}
        return {(part, i): id_ for part, ids in lists.items() for i, id_ in enumerate(ids)}

    def at(self, *path: str | int) -> ValuePlace | None:
        """Return the place with that path, None if the file has none."""
        return self.layout.at(*path)

    def entries_of(self, *path: str | int) -> "list[ValuePlace]":
        """Return the places in a list or a mapping of the file, none if it is missing."""
        found = self.at(*path)
        return list(found.children.values()) if found else []

    @property
    def steps(self) -> "list[ValuePlace]":
        """The steps."""
        return self.entries_of("steps")

    @property
    def questions(self) -> "list[ValuePlace]":
        """The questions of the quiz and the practice."""
        return [*self.entries_of("quiz"), *self.entries_of("practice")]

    @property
    def last_step(self) -> int:
        """The number of the last step."""
        return len(self.lesson.steps)

    def nearby(self, step: int) -> Iterator[int]:
        """Yield the numbers of the steps after and before a step."""
        yield from (number for number in (step + 1, step - 1) if 1 <= number <= self.last_step)

    def field(self, place: ValuePlace | None, name: str) -> ValuePlace | None:
        """Return a field of a mapping, None if it is missing."""
        return place.children.get(name) if place else None

    def raw(self, place: ValuePlace) -> str:
        """Return a value as it is written."""
        return self.layout.raw(place)

    def rewritten(self, kind: str, place: ValuePlace, value: Json, *beside: TextEdit) -> Mutant:
        """Return the mutant in which `place` has another value; `beside` are changes that go along."""
        edits = (self.layout.written(place, value), *beside)
        return self.mutant(kind, place, place.index, replaced(self.raw(place), as_flow(value)), edits)

    def without(self, kind: str, place: ValuePlace) -> Iterator[Mutant]:
        """Yield the mutant without a field or an entry, if it can be removed."""
        edit = self.layout.removed(place)
        if edit:
            was = self.text[place.begin : self.layout.end(place)]
            said = f"`{place.path[-1]}` were not there" if place.key else f"{shown(was)} were not there"
            yield self.mutant(kind, place, place.begin, Wording(was, "", said), [edit])

    def mutant(self, kind: str, place: ValuePlace, index: int, wording: Wording, edits: Sequence[TextEdit]) -> Mutant:
        """Return a mutant whose statement begins at `index` of the text."""
        line, column = line_and_column(self.text, index)
        was, now, change = wording
        return Mutant(kind, line, column, place.path, was, now, tuple(edits), change)
