"""The shape of a kind of falsehood."""

from collections.abc import Iterator
from typing import ClassVar, Protocol

from tutor.mutation.mutants import Mutant
from tutor.mutation.page import Page


class Kind(Protocol):
    """One kind of falsehood: a name for the report, and the places where it plants."""

    name: ClassVar[str]
    about: ClassVar[str]
    """The statements that it makes false, in a few words."""
    is_executable: ClassVar[bool]
    """Whether a machine can prove such statements; free prose is counted apart."""

    def plant(self, page: Page) -> Iterator[Mutant]:
        """Yield the mutants of a lesson."""
        ...


class Executable:
    """The base of kinds whose statements a machine can prove."""

    is_executable: ClassVar[bool] = True
