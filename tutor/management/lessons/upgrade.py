"""`manage.py lessons upgrade`: lesson files rewritten in the current format."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor.authoring import upgrading
from tutor.authoring.diagnostics import printable, printable_lines
from tutor.engine.lesson.lesson import CURRENT_FORMAT
from tutor.files import changes
from tutor.files.changes import NotWritten
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say


class UpgradeLessons:
    """Shows what would change, and writes it if asked; exit status 1 if a file can't be upgraded."""

    summary = f"Show lesson files rewritten in the current format ({CURRENT_FORMAT}); --write writes them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files, and whether to write."""
        add_files(parser)
        parser.add_argument("--write", action="store_true", help="write the files; without it they are only shown")

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Upgrade file after file."""
        return max([0, *(self._upgrade(path, options, say) for path in lesson_files(options["files"]))])

    def _upgrade(self, path: Path, options: Mapping[str, Any], say: Say) -> int:
        try:
            change = upgrading.upgrade(path)
            for line in change.diff:
                say(printable(line))
            for note in change.notes:
                say(printable(note))
            if not change.diff:
                say(f"{path}: in format {CURRENT_FORMAT} already")
            elif options["write"]:
                changes.write(change)
                say(f"{path}: written")
        except NotWritten as reason:
            say(printable_lines(str(reason)))
            return 1
        return 0
