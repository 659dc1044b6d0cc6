"""`manage.py lessons fill`: write what came of the steps into lesson files, as claims."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor import broker, filling
from tutor.diagnostics import printable
from tutor.filling import Filling, NotFilled
from tutor.management.lessons.check import shelf
from tutor.management.lessons.verb import Say


class Fill:
    """Plays, shows what would change, asks, and writes; exit status 1 if a file can't be filled."""

    name = "fill"
    summary = "Run the steps of lessons and write what came into the files, as claims (expect)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files, and whether to ask."""
        parser.add_argument("files", nargs="*", type=Path, help="lesson files; by default all of the lessons' folder")
        asking = parser.add_mutually_exclusive_group()
        asking.add_argument("--yes", action="store_true", help="write without asking")
        asking.add_argument("--diff", action="store_true", help="only show what would change")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Fill file after file."""
        files = list(dict.fromkeys(options["files"])) or shelf()
        return max([0, *(self._fill(path, options, say) for path in files)])

    def _fill(self, path: Path, options: Mapping[str, Any], say: Say) -> int:
        try:
            filled = filling.fill(path, broker.temporary_corner)
            _tell(filled, say)
            if filled.diff and not options["diff"]:
                if options["yes"] or _agrees(path):
                    filling.write(filled)
                    say(f"{path}: written")
                else:
                    say(f"{path}: left as it was")
        except NotFilled as reason:
            say("\n".join(printable(line) for line in str(reason).splitlines()))
            return 1
        return 0


def _tell(filled: Filling, say: Say) -> None:
    for line in filled.diff:
        say(printable(line))
    for note in filled.notes:
        say(printable(f"{filled.path}: {note}"))
    if not filled.diff:
        say(f"{filled.path}: nothing to fill in")


def _agrees(path: Path) -> bool:
    """Ask; where nobody can answer, the answer is no."""
    try:
        return input(f"Write {path}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
