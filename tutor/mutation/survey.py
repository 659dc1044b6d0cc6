"""A survey of lessons: which of the falsehoods planted in them the check finds, and which nothing would notice."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from tutor.engine.errors import TutorError
from tutor.mutation.judging import FoundProblem, PlayedText, TextVerdict
from tutor.mutation.kinds import KINDS
from tutor.mutation.kinds.structure import REMOVED, SWAPPED, named_numbers
from tutor.mutation.mutants import Mutant, line_after
from tutor.mutation.page import Page

Detection = Literal["found", "gap", "true", "listed", "unrun"]
"""Found by the check; not found; not found and known to be as true as before; not found and in the author's list.

`unrun`: not found by the check, and the program, which might show it, was not run.
"""

Judge = Callable[[str], TextVerdict]
"""Returns the result of the check of a text."""


@dataclass(frozen=True, slots=True)
class RehearsalFault:
    """Why a rehearsal fails; `is_of_time`: because a time limit was exceeded, with patience as well."""

    message: str
    is_of_time: bool = False


Rehearse = Callable[[str], RehearsalFault | None]
"""Returns why the rehearsal of a text without errors fails, None if it does not."""

EXECUTABLE = frozenset(kind.name for kind in KINDS if kind.is_executable)
"""The classes of statements that a machine can prove."""

_DIGITS = re.compile(r"\d+")


class NotSurveyed(TutorError):
    """The lesson has errors, or can't be played: there is nothing to compare falsehoods with."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A mutant and its outcome. `where` names the statement; `found_by` is the problem that found it, or "".

    `is_by_time`: whether it was found only because check or program did not end in time.
    """

    file: str
    mutant: Mutant
    where: str
    outcome: Detection
    found_by: str = ""
    is_by_time: bool = False


class Subject:
    """A lesson with its mutants, and the problems that its own text has."""

    def __init__(self, text: str, file: str, play: PlayedText, kinds: Iterable[str]) -> None:
        """Plant the falsehoods. Raises: NotSurveyed."""
        if play.lesson is None or play.verdict.has_errors:
            raise NotSurveyed(f"{file} has errors. Correct them first, then plant falsehoods.")
        self.file = file
        self.page = Page(text, play.lesson, play.entries)
        self.base = play.verdict
        chosen = frozenset(kinds)
        self.mutants = [each for kind in KINDS if kind.name in chosen for each in kind.plant(self.page)]

    def judge(self, mutant: Mutant, judge: Judge, rehearse: Rehearse | None = None) -> Judgement:
        """Return the outcome of one mutant; without `rehearse`, no program is run."""
        where = mutant.name(self.page.ids)
        if mutant.is_true:
            return Judgement(self.file, mutant, where, "true")
        verdict = judge(mutant.applied(self.page.text))
        found = next(new_problems(self.page, mutant, self.base, verdict), None)
        if found:
            said = f"{found.line}:{found.column}: {found.message}"
            return Judgement(self.file, mutant, where, "found", said, verdict.is_stopped)
        if verdict.program not in ("", self.base.program):
            if rehearse is None:
                return Judgement(self.file, mutant, where, "unrun")
            if fault := rehearse(mutant.applied(self.page.text)):
                said = f"in a rehearsal, {fault.message}"
                return Judgement(self.file, mutant, where, "found", said, fault.is_of_time)
        is_true = self._ends_earlier(mutant) or (mutant.kind == SWAPPED and self._plays_alike(mutant, verdict))
        return Judgement(self.file, mutant, where, "true" if is_true else "gap")

    def _ends_earlier(self, mutant: Mutant) -> bool:
        """Return whether only the last step is missing, so that all that is left is as true as before."""
        return mutant.kind == REMOVED and mutant.path == ("steps", self.page.last_step - 1)

    def _plays_alike(self, mutant: Mutant, verdict: TextVerdict) -> bool:
        """Return whether exchanged steps do the same as before and no number names them, so that all stays true."""
        i = int(mutant.was) - 1
        ours, theirs = ([row.split() for row in rows] for rows in (self.base.rows, verdict.rows))
        if len(ours) != len(theirs) or {i + 1, i + 2} & named_numbers(self.page):
            return False
        steps = [each[0] for each in theirs]
        steps[i], steps[i + 1] = steps[i + 1], steps[i]
        states = [each[1] for each in theirs]
        return steps == [each[0] for each in ours] and all(
            state == row[1] for k, (state, row) in enumerate(zip(states, ours, strict=True)) if k != i
        )


def new_problems(page: Page, mutant: Mutant, base: TextVerdict, verdict: TextVerdict) -> Iterator[FoundProblem]:
    """Yield the problems of a mutant that the unchanged text has not."""
    has_moved = any(each.text.count("\n") != page.text.count("\n", each.start, each.end) for each in mutant.edits)
    has_moved = has_moved or mutant.kind == SWAPPED

    def name(problem: FoundProblem, line: int) -> tuple[int, str]:
        # In a text whose lines have moved, the numbers of a known problem are others as well.
        return (0, _DIGITS.sub("0", problem.message)) if has_moved else (line, problem.message)

    starts = page.layout.line_starts
    known = Counter(name(each, line_after(mutant.edits, page.text, starts, each.line)) for each in base.problems)
    for problem in verdict.problems:
        named = name(problem, problem.line)
        if known[named] > 0:
            known[named] -= 1
        else:
            yield problem


def sampled(sizes: Sequence[int], count: int | None, seed: int) -> list[tuple[int, int]]:
    """Return (lesson, mutant) for all mutants of lessons of these sizes, or for `count` of them drawn by the seed."""
    every = [(lesson, mutant) for lesson, size in enumerate(sizes) for mutant in range(size)]
    if count is None or count >= len(every):
        return every
    return sorted(Random(seed).sample(every, count))  # noqa: S311 - a sample, and no secret


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one class, or of several: `equivalent` are known or listed to be as true as before."""

    name: str
    planted: int
    found: int
    equivalent: int

    @property
    def gaps(self) -> int:
        """Falsehoods that nothing would notice."""
        return self.planted - self.found - self.equivalent

    @property
    def share(self) -> float | None:
        """The share found of all that could be found, in percent; None if there are none."""
        possible = self.planted - self.equivalent
        return 100 * self.found / possible if possible else None


def tally(name: str, judgements: Iterable[Judgement]) -> Tally:
    """Return the counts of some judgements."""
    outcomes = Counter(each.outcome for each in judgements)
    return Tally(name, outcomes.total(), outcomes["found"], outcomes["true"] + outcomes["listed"])


def tallies(judgements: Sequence[Judgement]) -> list[Tally]:
    """Return the counts of each class that has mutants, in the order of the kinds."""
    by_kind: dict[str, list[Judgement]] = {}
    for each in judgements:
        by_kind.setdefault(each.mutant.kind, []).append(each)
    return [tally(kind.name, by_kind[kind.name]) for kind in KINDS if kind.name in by_kind]


def total(judgements: Iterable[Judgement]) -> Tally:
    """Return the counts of all executable classes together."""
    return tally("all executable", (each for each in judgements if each.mutant.kind in EXECUTABLE))
