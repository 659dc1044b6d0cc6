"""A problem of a lesson: its place, its sentence, and further facts such as the word that was meant."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from tutor.engine.values.wording import counted

Severity = Literal["error", "warning"]

Weight = Literal["error", "warning", "strict"]
"""How much a problem counts; "strict" is an error in a lesson that says `strict: true`, and elsewhere a warning."""

Path = tuple[str | int, ...]
"""The way from the top of a lesson file to one of its values: `("steps", 3, "line")`."""

LONGEST_WORD = 60
"""Longest word to find a similar one for, because comparing takes quadratic time."""

MOST_LISTED = 8
"""Maximum number of steps named in a message."""

MOST_COMPARED = 6
"""Maximum number of words compared letter by letter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The expected and the real value as text, and other facts for an editor; "" where unknown."""

    expected: str = ""
    came: str = ""
    word: str = ""
    """The word in the file that is not one of `known`."""
    known: Collection[str] = ()
    meant: str = ""
    """The right text for the file, if known without comparing words."""
    see_line: int = 0
    """Another line that the problem is about, from 1; 0 for none."""
    example: str = ""
    """How the field is written, as a line of YAML."""

    @property
    def suggestion(self) -> str:
        """The word that was probably meant, "" if none is similar. Computed on demand, because comparing is slow."""
        return self.meant or nearest(self.word, self.known)


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A value, or the words within a text that `inside` says, as in a problem."""

    path: Path
    inside: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a lesson: `path` leads to it from the top of the file, as in ("steps", 3, "line")."""

    path: Path
    message: str
    severity: Weight = "error"
    facts: Facts = field(default=NO_FACTS, compare=False)
    inside: tuple[int, int] | None = None
    """The line and the column within the value of a text, from 1; None for its beginning."""
    see: TextPlace | None = field(default=None, compare=False)
    """The other place that it is about, whose line becomes the facts' `see_line`."""

    def weighed_in(self, strict: object) -> Severity:
        """Return what the problem counts as in a lesson whose field `strict` has that value, as in its file."""
        if self.severity == "strict":
            return "error" if strict is True else "warning"
        return self.severity


def inside_at(text: str, index: int) -> tuple[int, int]:
    """Return the line and the column of a character of a text, from 1, for a problem's `inside`."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the member of `known` most similar to `word`, ignoring case; "" if none is similar.

    An anagram of `word` takes precedence, because swapped letters are the commonest slip.
    """
    return _nearest(word, tuple(known)) if len(word) <= LONGEST_WORD else ""


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    # difflib compares case-sensitively, and authors type command and key names in any case.
    spellings = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), _with_like_letters(word.casefold(), spellings), n=3)
    letters = sorted(word.casefold())
    return next((spellings[each] for each in found if sorted(each) == letters), spellings[found[0]] if found else "")


def _with_like_letters(word: str, known: Iterable[str]) -> list[str]:
    """Return the few members of `known` with nearly the same letters, before the far slower comparison of order."""
    letters = Counter(word)
    return sorted(known, key=lambda each: _distance(letters, Counter(each)))[:MOST_COMPARED]


def _distance(letters: Counter[str], others: Counter[str]) -> int:
    return (letters - others).total() + (others - letters).total()


def step_facts(number: int, steps: int) -> Facts:
    """Return the facts about a step number beyond the lesson's `steps` steps."""
    return Facts(f"a step from 1 to {steps}", f"step {number}", meant=str(max(1, min(number, steps))))


def no_step(number: int, steps: int, path: Path) -> Problem:
    """Return the problem of a step number beyond the lesson's `steps` steps."""
    message = f"there is no step {number}; the lesson has {counted(steps, 'step')}"
    return Problem(path, message, facts=step_facts(number, steps))


def no_step_named(name: str, ids: Collection[str], path: Path) -> Problem:
    """Return the problem of a name that is no step's id."""
    near = nearest(name, ids)
    meant = f"; did you mean {near!r}?" if near else f"; steps: {', '.join(list(ids)[:MOST_LISTED])}"
    return Problem(path, f"there is no step {name!r}{meant}", facts=name_facts(name, ids, "a step's id or number"))


def no_variable(name: str, known: Collection[str], path: Path) -> Problem:
    """Return the problem of an unknown variable."""
    message = f"there is no variable {name!r}; variables: {', '.join(known) or 'none'}"
    return Problem(path, message, facts=name_facts(name, known, "a variable"))


def name_facts(name: str, known: Collection[str], noun: str) -> Facts:
    """Return the facts about a name missing from `known`; `noun` is the kind of thing it should name."""
    wanted = f"{noun}: {', '.join(known)}" if len(known) <= 20 else noun
    return Facts(wanted, repr(name), word=name, known=known)
