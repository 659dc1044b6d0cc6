"""A question as Moodle thinks of it: what its XML and a GIFT file both hold, each written in its own way."""

from dataclasses import dataclass, field
from typing import Literal

ItemType = Literal["multichoice", "shortanswer", "numerical", "ordering"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that an item knows: `fraction` is what it is worth in percent, below 0 for what it costs.

    The text of a choice or a line is HTML, that of a typed answer plain text; feedback is HTML.
    """

    text: str
    fraction: float = 0
    feedback: str = ""
    tolerance: str = ""
    """How far off a number may be, as it stands in the file; "" for any other answer."""


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
    """Shown after answering, whatever the answer."""
    hints: tuple[str, ...] = ()
    penalty: float = 0
    """The share of the marks that a wrong try, or a hint, costs."""
    unit: str = ""
    tags: tuple[str, ...] = ()
    original: str = ""
    """The question as it was before it was exported, in words that only this program reads; see original.py."""
    line: int = field(default=0, compare=False)
    column: int = field(default=1, compare=False)
    remarks: tuple[str, ...] = field(default=(), compare=False)
    """What the file says of the question and an item has no place for, as sentences."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A question of a file that can't be an item, and why; `is_fault`: it is broken, not only of another kind."""

    line: int
    column: int
    reason: str
    is_fault: bool = False
