"""How a question is answered, in terms shared with other systems: the common form of exports and imports.

A kind of question describes itself with one of these; none of them names a kind or a format. Texts are Markdown.
"""

from dataclasses import dataclass
from typing import Literal

from tutor.engine.lesson.questions.marks import Credit

Scoring = Literal["single"] | Credit
"""How picks are marked: "single" for one pick, else the rule for several."""

Case = Literal["counts", "ignored"]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: the author's letter, its text, and the feedback to a learner who picks it ("" for none)."""

    letter: str
    text: str
    is_right: bool
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceInteraction:
    """One choice or several are picked from a list."""

    options: tuple[Option, ...]
    scoring: Scoring
    display: Literal["shuffled", "fixed"] = "shuffled"

    @property
    def right_letters(self) -> list[str]:
        """The letters of the right choices."""
        return [option.letter for option in self.options if option.is_right]


@dataclass(frozen=True, slots=True)
class TextInteraction:
    """A text is typed. `spellings` are the right answers, the best one first; `pattern` matches more ("" for none)."""

    spellings: tuple[str, ...]
    case: Case
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class NumberInteraction:
    """A number is typed; it is right within `tolerance`."""

    number: int | float
    tolerance: int | float = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class OrderInteraction:
    """Lines are put in order; `lines` are in the right order."""

    lines: tuple[str, ...]


Interaction = ChoiceInteraction | TextInteraction | NumberInteraction | OrderInteraction
