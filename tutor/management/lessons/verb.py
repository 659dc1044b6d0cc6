"""The shape of a verb of `manage.py lessons`."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any, Protocol

Say = Callable[[str], object]
"""Prints a line."""


class Verb(Protocol):
    """One verb; `summary` is its line in the help."""

    summary: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verb's arguments."""
        ...

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Do the work, say the result, and return the exit status.

        Raises: TutorError or DatabaseError to end the command with its sentence and status 1.
        """
        ...
