"""A question in Moodle's terms, which its XML and GIFT share."""

from dataclasses import dataclass, field
from typing import Literal

ItemType = Literal["multichoice", "shortanswer", "numerical", "ordering"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of an item; `fraction` is its worth in percent, negative if it costs marks.

    The text of a choice or a line is HTML, that of a typed answer plain text; feedback is HTML.
    """

    text: str
    fraction: float = 0
    feedback: str = ""
    tolerance: str = ""
    """How far off a number may be, as written in the file; "" for any other answer."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question; the texts are HTML. In an ordering, the answers are the lines in their right order."""

    type: ItemType
    name: str
    text: str
    answers: tuple[Answer, ...]
    is_single: bool = True
    """Of a multichoice: whether one choice is picked, not several."""
    is_shuffled: bool = True
    does_case_count: bool = False
    feedback: str = ""
    """Shown after any answer."""
    hints: tuple[str, ...] = ()
    penalty: float = 0
    """The share of the marks that a wrong try, or a hint, costs."""
    unit: str = ""
    tags: tuple[str, ...] = ()
    original: str = ""
    """The question before its export, encoded for our own import; see comments.py."""
    line: int = field(default=0, compare=False)
    column: int = field(default=1, compare=False)
    remarks: tuple[str, ...] = field(default=(), compare=False)
    """A sentence for each part of the question in the file that an item has no place for."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A question in a file that can't be an item, and why; `is_fault`: it is broken, not only of another kind."""

    line: int
    column: int
    reason: str
    is_fault: bool = False
