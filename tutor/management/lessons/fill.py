"""`manage.py lessons fill`: write the results of steps into lesson files, as claims."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutor.authoring import filling
from tutor.authoring.diagnostics import printable, printable_lines
from tutor.engine.errors import BrokerLacks, StepFault
from tutor.files.changes import NotWritten
from tutor.management.lessons.offer import add_asking, offer
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say
from tutor.ports import corners


class Fill:
    """Plays, shows what would change, asks, and writes; exit status 1 if a file can't be filled."""

    summary = "Run the steps of lessons and write the results into the files, as claims (expect)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files, and whether to ask."""
        add_files(parser)
        add_asking(parser)

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Fill file after file."""
        files = lesson_files(options["files"])
        return max([0, *(self._fill(path, options, say) for path in files)])

    def _fill(self, path: Path, options: Mapping[str, Any], say: Say) -> int:
        try:
            offer(filling.fill(path, corners.temporary), options, say, unchanged="nothing to fill in")
        except StepFault as fault:
            say(f"{path} can't be filled: step {fault.position}: {fault}")
            return 1
        except NotWritten as reason:
            say(printable_lines(str(reason)))
            return 1
        except BrokerLacks as lacking:
            say(printable(f"{path} can't be filled in: {lacking}"))
            return 1
        return 0
