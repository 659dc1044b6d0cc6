"""What an answer is worth, and the rules by which several right choices are marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer is worth, from 0 to 1; only 1 is right. `parts` says of each picked identity if it was right."""

    score: float
    parts: Mapping[str, bool]

    @property
    def is_right(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return self.score == 1


class Credit(StrEnum):
    """How an answer with several right choices is marked; the text is shown to learners."""

    ALL_OR_NOTHING = "all_or_nothing"
    EACH_CHOICE = "each_choice"
    RIGHT_MINUS_WRONG = "right_minus_wrong"

    @property
    def rule(self) -> str:
        """The rule in a sentence."""
        return {
            Credit.ALL_OR_NOTHING: "Full marks for exactly the right choices, none for anything else.",
            Credit.EACH_CHOICE: "Each choice counts the same, whether it is rightly picked or rightly left.",
            Credit.RIGHT_MINUS_WRONG: "Each right pick earns its share; each wrong pick takes one share away.",
        }[self]

    def score(self, picked: set[str], right: set[str], all_of_them: set[str]) -> float:
        """Return the marks for these picks, from 0 to 1."""
        if self is Credit.ALL_OR_NOTHING:
            return float(picked == right)
        if self is Credit.EACH_CHOICE:
            return 1 - len(picked ^ right) / len(all_of_them)
        return max(0.0, (len(picked & right) - len(picked - right)) / len(right))
