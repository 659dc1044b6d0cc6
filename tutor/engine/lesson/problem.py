"""What is known about a problem besides its sentence: both values, the word that was meant, where else to look."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

Path = tuple[str | int, ...]
"""The way from the top of a lesson file to one of its values: `("steps", 3, "line")`."""

LONGEST_WORD = 24
"""Characters of a word for which a similar one is looked for; comparing takes the square of it."""


MOST_COMPARED = 6
"""Words that are compared letter by letter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was expected and what came, as text; "" where that is not known."""

    expected: str = ""
    came: str = ""
    word: str = ""
    """The word in the file that is none of `known`."""
    known: Collection[str] = ()
    meant: str = ""
    """What should stand in the file, where that can be told without comparing words."""
    see_line: int = 0
    """Another line that the problem is about, from 1; 0 if there is none."""
    example: str = ""
    """How the field is written, as a line of YAML."""

    @property
    def suggestion(self) -> str:
        """The word that was probably meant, "" if none is near. Worked out when asked: comparing takes time."""
        return self.meant or nearest(self.word, self.known)


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a lesson: `path` leads to it from the top of the file, as in ("steps", 3, "line")."""

    path: Path
    message: str
    severity: Literal["error", "warning"] = "error"
    facts: Facts = field(default=NO_FACTS, compare=False)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return which of `known` looks most like `word`, whatever its case, "" if none does.

    One with the very letters of `word` comes first: letters change places more often than they are taken for others.
    """
    return _nearest(word, tuple(known)) if len(word) <= LONGEST_WORD else ""


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    spellings = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), _with_like_letters(word.casefold(), spellings), n=3)
    letters = sorted(word.casefold())
    return next((spellings[each] for each in found if sorted(each) == letters), spellings[found[0]] if found else "")


def _with_like_letters(word: str, known: Iterable[str]) -> list[str]:
    """Return the few of `known` that are made of nearly the same letters: to compare orders takes far longer."""
    letters = Counter(word)
    return sorted(known, key=lambda each: _distance(letters, Counter(each)))[:MOST_COMPARED]


def _distance(letters: Counter[str], others: Counter[str]) -> int:
    return (letters - others).total() + (others - letters).total()


def step_facts(number: int, steps: int) -> Facts:
    """Return what is known about a reference to a step that a lesson of `steps` steps has not."""
    return Facts(f"a step from 1 to {steps}", f"step {number}", meant=str(max(1, min(number, steps))))


def name_facts(name: str, known: Collection[str], noun: str) -> Facts:
    """Return what is known about a name that is none of `known`; `noun` says what it should name."""
    wanted = f"{noun}: {', '.join(known)}" if len(known) <= 20 else noun
    return Facts(wanted, repr(name), word=name, known=known)
