"""The mark of an answer, and the rules for marking several right choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Mark:
    """The worth of an answer, from 0 to 1; only 1 is right. `parts`: whether each picked identity is right."""

    score: float
    parts: Mapping[str, bool]

    @property
    def is_right(self) -> bool:
        """Whether the answer is fully right."""
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
            # The symmetric difference has the wrong picks and the right choices that were not picked.
            return 1 - len(picked ^ right) / len(all_of_them)
        return max(0.0, (len(picked & right) - len(picked - right)) / len(right))
