"""What a verb that changes files shows before it does: the difference, and a question."""

from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tutor.diagnostics import printable
from tutor.management.lessons.verb import Say


def add_asking(parser: ArgumentParser) -> None:
    """Declare whether to ask."""
    asking = parser.add_mutually_exclusive_group()
    asking.add_argument("--yes", action="store_true", help="write without asking")
    asking.add_argument("--diff", action="store_true", help="only show what would change")


def show(lines: Iterable[str], say: Say) -> None:
    """Print the lines of a difference, with nothing in them that a terminal would obey."""
    for line in lines:
        say(printable(line))


def is_to_be_written(path: Path, options: Mapping[str, Any], say: Say) -> bool:
    """Return whether to write: as the options say, else as somebody answers; where nobody can, the answer is no."""
    if options["diff"]:
        return False
    if options["yes"] or _agrees(path):
        return True
    say(f"{path}: left as it was")
    return False


def _agrees(path: Path) -> bool:
    try:
        return input(f"Write {path}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
