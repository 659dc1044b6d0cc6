"""A mutant: a lesson's text with one falsehood planted in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from tutor.engine.lesson.problem import Path

LONGEST_SHOWN = 60
"""Characters shown of a statement and of its falsehood."""


@dataclass(frozen=True, slots=True, order=True)
class TextEdit:
    """A replacement in a text: the characters from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


class Wording(NamedTuple):
    """The texts of a mutant: the statement before and after, and its `change`."""

    was: str
    now: str
    change: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One falsehood. Line and column, from 1, are those of the statement in the unchanged text.

    `path` leads to the value in the file that holds the statement. `change` continues "if …", as in "this said 2
    instead of 1". `is_true`: the changed statement is known to be as true as the old one, so that no check can find it.
    """

    kind: str
    line: int
    column: int
    path: Path
    was: str
    now: str
    edits: tuple[TextEdit, ...]
    change: str
    is_true: bool = False

    def applied(self, text: str) -> str:
        """Return the text with the falsehood in it."""
        for edit in sorted(self.edits, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def as_true(self) -> Self:
        """Return the same mutant, known to be as true as the unchanged text."""
        return replace(self, is_true=True)

    def name(self, ids: Mapping[Path, str]) -> str:
        """Return the path with lasting names in place of indexes, as in `steps/push-1/expect/queue`.

        `ids`: the lasting names by the paths of steps and questions.
        """
        head = self.path[:2]
        parts = [str(head[0]), ids[head], *map(str, self.path[2:])] if head in ids else map(str, self.path)
        return "/".join(parts)


def replaced(was: str, now: str) -> Wording:
    """Return the texts of a mutant that only writes something else."""
    return Wording(was, now, f"this said {shown(now)} instead of {shown(was or 'null')}")


def shown(text: str) -> str:
    """Return a text of the file in backticks, in one line and at most LONGEST_SHOWN characters."""
    flat = " ".join(text.split())
    return f"`{flat if len(flat) <= LONGEST_SHOWN else flat[: LONGEST_SHOWN - 1] + '…'}`"


def line_after(edits: Iterable[TextEdit], text: str, line_starts: Sequence[int], line: int) -> int:
    """Return the line that a line of the unchanged text has after the edits, except those that it lies within."""
    start = line_starts[line - 1] if line <= len(line_starts) else len(text)
    before = (edit for edit in edits if edit.end <= start)
    return line + sum(edit.text.count("\n") - text.count("\n", edit.start, edit.end) for edit in before)
