"""False claims of steps: the values in `expect`."""

from collections.abc import Iterator
from typing import ClassVar

from tutor.engine.trace.entry import TraceEntry
from tutor.engine.values.replies import Json
from tutor.mutation.kinds.kind import Executable
from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page
from tutor.mutation.variants import variants


class Expectations(Executable):
    """Another value, another order, an element more or less, a number one off, null."""

    name: ClassVar[str] = "expectations"
    about: ClassVar[str] = "values in `expect`"

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the false claims."""
        for i, step in enumerate(page.steps):
            claims = page.field(step, "expect")
            for name, place in claims.children.items() if claims else ():
                for value in variants(place.value, page.words.texts):
                    is_true = i < len(page.entries) and _says_the_same(str(name), place.value, value, page.entries[i])
                    mutant = page.rewritten(self.name, place, value)
                    yield mutant.as_true() if is_true else mutant


def _says_the_same(name: str, claimed: Json, other: Json, entry: TraceEntry) -> bool:
    """Return whether only the order of a set's members differs, which has no meaning."""
    if not isinstance(claimed, list) or not isinstance(other, list):
        return False
    actual = {"output": entry.output, **entry.variables}.get(name)
    is_set = entry.keys.get(name, {}).get("type") == "set" or isinstance(actual, set)
    return is_set and sorted(map(repr, claimed)) == sorted(map(repr, other))
