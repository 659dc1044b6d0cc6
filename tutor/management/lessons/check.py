"""`manage.py lessons check`: prove lesson files by playing them."""

import gc
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor.authoring import diagnostics, orphans, proving
from tutor.engine.values.wording import counted
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say
from tutor.ports import corners


class Check:
    """Reads and plays lessons and compares their claims; exit status 1 if there is any error."""

    summary = "Read lesson files, play them on the server and compare every claim with the result."

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
        # Imported modules live as long as the program. Not scanning them for garbage again and again saves a fifth of
        # the time (https://docs.python.org/3/library/gc.html#gc.freeze).
        gc.freeze()
        orphaned = orphans.warnings_for_files(files)
        problems = sorted({*proving.check(files, corners.temporary), *orphaned})
        closing = closing_line(len(files), problems)
        match options["format"]:
            case "json":
                say(diagnostics.as_json(problems, len(files)))
            case "github":
                say("\n".join([*diagnostics.as_annotations(problems), closing]))
            case _:
                say("\n".join([*diagnostics.as_text(problems, _text_of, options["paint"]), closing]))
        return int(any(problem.is_error for problem in problems))


def closing_line(files: int, problems: Sequence[LocatedProblem]) -> str:
    """Return a summary of all files in one line."""
    if not problems:
        return f"{counted(files, 'lesson')} checked, no problems"
    wrong = len({problem.file for problem in problems})
    return f"{in_numbers(problems)} in {wrong} of {counted(files, 'lesson')}"


def in_numbers(problems: Sequence[LocatedProblem]) -> str:
    """Return the counts by severity: "2 problems and 1 warning"."""
    errors = sum(problem.is_error for problem in problems)
    counts = {"problem": errors, "warning": len(problems) - errors}
    return " and ".join(counted(count, noun) for noun, count in counts.items() if count) or "no problems"


def _text_of(file: str) -> str:
    try:
        return start_of(Path(file), LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""
