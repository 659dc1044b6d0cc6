"""Offering a change of a lesson file: the change is shown, and written if the author agrees."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor.authoring.diagnostics import printable
from tutor.files import changes
from tutor.files.changes import FileChange
from tutor.management.lessons.verb import Say


def add_asking(parser: ArgumentParser) -> None:
    """Declare whether to ask."""
    asking = parser.add_mutually_exclusive_group()
    asking.add_argument("--yes", action="store_true", help="write without asking")
    asking.add_argument("--diff", action="store_true", help="only show what would change")


def offer(change: FileChange, options: Mapping[str, Any], say: Say, *, unchanged: str) -> None:
    """Show a change and write it if the answer is yes; say `unchanged` if there is none. Raises: NotWritten."""
    difference = change.diff
    for line in difference:
        say(printable(line))
    for note in change.notes:
        say(printable(f"{change.path}: {note}"))
    if not difference:
        say(f"{change.path}: {unchanged}")
    elif not options["diff"]:
        if options["yes"] or _agrees(change.path):
            changes.write(change)
            say(f"{change.path}: written")
        else:
            say(f"{change.path}: left as it was")


def _agrees(path: Path) -> bool:
    """Ask; without a terminal to answer on, the answer is no."""
    try:
        return input(f"Write {path}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
