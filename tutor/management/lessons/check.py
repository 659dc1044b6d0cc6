"""`manage.py lessons check`: prove lesson files by playing them."""

import gc
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor import broker, library
from tutor.authoring import diagnostics, proving
from tutor.engine.errors import BrokerLacks
from tutor.engine.facts import counted
from tutor.files.regular import oddity, start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say


class Check:
    """Reads, plays and compares; exit status 1 if there is any error."""

    summary = "Read lesson files, play them on the server and compare every claim with what comes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files and the format."""
        add_files(parser)
        parser.add_argument(
            "--format",
            choices=("text", "json", "github"),
            default="text",
            help="how to print the problems; github makes annotations of a workflow",
        )

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Print all problems of all files, sorted by file and line."""
        files = lesson_files(options["files"])
        # What was imported stays for the life of this program: looking through it for garbage, again and again while
        # lessons come and go, takes a fifth of the time.
        gc.freeze()
        problems = sorted({problem for file in files for problem in _problems_of(file)})
        closing = closing_line(len(files), problems)
        match options["format"]:
            case "json":
                say(diagnostics.as_json(problems, len(files)))
            case "github":
                say("\n".join([*diagnostics.as_annotations(problems), closing]))
            case _:
                say("\n".join([*diagnostics.as_text(problems, _text_of, colours=options["colours"]), closing]))
        return int(any(problem.is_error for problem in problems))


def _problems_of(path: Path) -> list[LocatedProblem]:
    """Return all problems of a file; that it can't be played on this server is one. Raises: BrokerAway."""
    if odd := oddity(path):
        return [LocatedProblem(str(path), 1, 1, f"the file can't be read: {odd}")]
    try:
        return proving.check([path], broker.temporary_corner)
    except BrokerLacks as lacking:
        unplayed = LocatedProblem(str(path), 1, 1, f"{lacking} It was read, but not played.")
        return [*library.read(start_of(path, LARGEST_FILE + 1), str(path)).problems, unplayed]


def closing_line(files: int, problems: Sequence[LocatedProblem]) -> str:
    """Return what it all comes to, in one line."""
    if not problems:
        return f"{counted(files, 'lesson')} checked, no problems"
    wrong = len({problem.file for problem in problems})
    return f"{in_numbers(problems)} in {wrong} of {counted(files, 'lesson')}"


def in_numbers(problems: Sequence[LocatedProblem]) -> str:
    """Return how many there are of each kind: "2 problems and 1 warning"."""
    errors = sum(problem.is_error for problem in problems)
    counts = {"problem": errors, "warning": len(problems) - errors}
    return " and ".join(counted(count, noun) for noun, count in counts.items() if count) or "no problems"


def _text_of(file: str) -> str:
    try:
        return start_of(Path(file), LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""
