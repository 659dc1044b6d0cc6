"""Steps in another number or order: one inserted, two exchanged, one removed."""

from collections.abc import Iterator
from typing import ClassVar

from tutor.mutation.kinds.kind import Executable
from tutor.mutation.kinds.proofs import KEYED_BY_STEP, proving_places
from tutor.mutation.kinds.references import numbers_in, step_lists
from tutor.mutation.mutants import Mutant, Wording
from tutor.mutation.page import Page
from tutor.mutation.prose import passages

SWAPPED = "steps swapped"

REMOVED = "steps removed"


class StepsInserted(Executable):
    """A step that changes nothing, put in where later steps are named by their numbers: all of these become wrong."""

    name: ClassVar[str] = "steps inserted"
    about: ClassVar[str] = "numbers of steps, when a step is put in before them"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield a step put in before each step, as long as a number of a later step is written somewhere."""
        last = max(named_numbers(page), default=0)
        for position, step in enumerate(page.steps[:last], 1):
            lanes = page.entries[position - 2].lanes if position > 1 else {}
            free = [
                name for name in page.words.actors if lanes.get(name, {}).get("state") not in ("waiting", "crashed")
            ]
            if not free:
                continue
            put_in = {"actor": free[0], "action": "Nothing happens here", "print": "nothing"}
            edits = [page.layout.inserted(step, put_in)]
            wording = Wording("", "a step more", f"a step were put in before step {position}")
            yield page.mutant(self.name, step, step.begin, wording, edits)


def named_numbers(page: Page) -> set[int]:
    """Return the numbers of steps that are written anywhere: in prose, in lists, in proofs."""
    found = {number for each in passages(page) for _, number in numbers_in(each.text)}
    found |= {each.value for place in step_lists(page) for each in place.children.values() if _is_number(each.value)}
    for root in proving_places(page):
        for place in root.walk():
            if place.path[-1] == "after" and _is_number(place.value):
                found.add(place.value)
            if place.path[-2:-1] == (KEYED_BY_STEP,) and str(place.path[-1]).isdecimal():
                found.add(int(str(place.path[-1])[:6]))
    return {number for number in found if 1 <= number <= page.last_step}


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class StepsSwapped(Executable):
    """Two neighbouring steps in the other order."""

    name: ClassVar[str] = SWAPPED
    about: ClassVar[str] = "order of the steps"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each pair exchanged."""
        for position, (one, following) in enumerate(zip(page.steps, page.steps[1:], strict=False), 1):
            edits = page.layout.swapped(one, following)
            said = f"steps {position} and {position + 1} changed places"
            wording = Wording(str(position), str(position + 1), said)
            yield page.mutant(self.name, one, one.begin, wording, edits)


class StepsRemoved(Executable):
    """A step that is not there."""

    name: ClassVar[str] = REMOVED
    about: ClassVar[str] = "steps"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield each step left out; a lesson has at least one."""
        for position, step in enumerate(page.steps, 1):
            edit = page.layout.removed(step) if page.last_step > 1 else None
            if edit:
                wording = Wording("step", "", f"step {position} were not there")
                yield page.mutant(self.name, step, step.begin, wording, [edit])
