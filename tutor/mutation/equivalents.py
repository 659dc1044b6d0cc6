"""The list of a lesson's equivalent mutants: changes that an author has judged to be as true as the text, with reasons.

It lies beside the lesson, in the folder `equivalent`, under the lesson's own name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE, Node, read_document
from tutor.library import LocatedProblem
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page

FOLDER = "equivalent"
"""The folder of the lists, beside the lessons."""

MOST_SHARE = 0.03
"""The largest share of a lesson's executable mutants that its list may have."""


class Equivalent(BaseModel):
    """One entry of the list, as `lessons mutate --format json` writes a mutant, and the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    kind: str = Field(alias="class", description="The class of the mutant.")
    where: str = Field(description="The statement, as in steps/push-1/line.")
    was: str = Field(description="The text that was changed.")
    now: str = Field(description="The text that it became.")
    reason: str = Field(min_length=10, description="Why the changed statement is as true as the old one.")


@dataclass(frozen=True, slots=True)
class EquivalentList:
    """The entries of a list with their lines, and the problems of the list."""

    file: str
    entries: tuple[tuple[int, Equivalent], ...] = ()
    problems: tuple[LocatedProblem, ...] = ()

    def of(self, page: Page, mutants: Sequence[Mutant]) -> dict[int, Equivalent]:
        """Return the entries that match mutants, by the index of the mutant."""
        by_name = {_name(each): each for _, each in self.entries}
        names = (
            (i, (each.kind, each.name(page.ids), _flat(each.was), _flat(each.now))) for i, each in enumerate(mutants)
        )
        return {i: by_name[name] for i, name in names if name in by_name}

    def unmatched(self, page: Page, mutants: Sequence[Mutant]) -> Iterator[LocatedProblem]:
        """Yield a problem for each entry that no mutant matches."""
        matched = {_name(each) for each in self.of(page, mutants).values()}
        for line, each in self.entries:
            if _name(each) not in matched:
                said = f"no change of the lesson is like this any more ({each.kind} at {each.where}): remove the entry"
                yield LocatedProblem(self.file, line, 1, said)

    def too_long(self, page: Page, mutants: Sequence[Mutant], executable: frozenset[str]) -> Iterator[LocatedProblem]:
        """Yield a problem if the list has more than MOST_SHARE of the lesson's executable mutants."""
        planted = [i for i, each in enumerate(mutants) if each.kind in executable]
        listed = len(self.of(page, mutants).keys() & set(planted))
        if listed > MOST_SHARE * len(planted):
            share = 100 * listed / len(planted)
            said = (
                f"{listed} of {len(planted)} changes are listed, {share:.1f} %; at most {100 * MOST_SHARE:g} % may be"
            )
            yield LocatedProblem(self.file, 1, 1, said)


def list_of(lesson: FilePath) -> EquivalentList:
    """Return the list that belongs to a lesson's file, an empty one if there is none."""
    path = lesson.parent / FOLDER / lesson.name
    if not path.is_file():
        return EquivalentList(str(path))
    return read_list(start_of(path, LARGEST_FILE + 1), str(path))


def read_list(text: str | bytes, file: str) -> EquivalentList:
    """Return the entries of a list and its problems."""
    document = read_document(text)
    problems = [LocatedProblem(file, spot.line, spot.column, spot.message) for spot in document.problems]
    if document.root is None:
        return EquivalentList(file, (), tuple(problems))
    if not isinstance(document.root.value, list):
        said = "this is a list: each entry begins with `- class: …`"
        return EquivalentList(file, (), (*problems, LocatedProblem(file, 1, 1, said)))
    entries: list[tuple[int, Equivalent]] = []
    for node in document.root.children.values():
        try:
            entries.append((node.line, Equivalent.model_validate(node.value)))
        except ValidationError as error:
            problems += _located(error, node, file)
    return EquivalentList(file, tuple(entries), tuple(problems))


def _located(error: ValidationError, node: Node, file: str) -> Iterator[LocatedProblem]:
    for detail in error.errors(include_url=False, include_input=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        at = node.keys.get(name, node)
        field = f"the field {name!r}: " if name else ""
        yield LocatedProblem(file, at.line, at.column, f"{field}{detail['msg'][:1].lower()}{detail['msg'][1:]}")


def _name(entry: Equivalent) -> tuple[str, str, str, str]:
    return entry.kind, entry.where, _flat(entry.was), _flat(entry.now)


def _flat(text: str) -> str:
    return " ".join(text.split())
