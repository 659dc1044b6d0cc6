"""`manage.py lessons prove`: run the programs of lessons by their steps, and keep the result as proof files."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor import proof_files
from tutor.authoring import diagnostics
from tutor.authoring.diagnostics import printable
from tutor.engine.values.wording import counted
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say
from tutor.rehearsal.lesson_files import ProvedFile, prove_file, write_proof


class Prove:
    """Rehearses lessons that have a program; exit status 1 if program and steps part, or a proof is not the stored one.

    It runs the authors' Python, with this user's rights; `check` never does.
    """

    summary = "Run the programs of lessons, held at each step, and write proof files: which line did what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files, and whether to write."""
        add_files(parser)
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if a proof file is missing or not the same"
        )

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Prove file after file. Raises: NotRehearsed, NotWritten."""
        files = lesson_files(options["files"])
        problems: list[LocatedProblem] = []
        proved = 0
        for number, path in enumerate(files, 1):
            _show_progress(f"{number}/{len(files)} {path.stem}")
            found = prove_file(path)
            proved += found.proof is not None
            problems += [*found.problems, *(_unlike(found) if options["check"] else ())]
            if not options["check"]:
                for line in _written(found):
                    _show_progress("")
                    say(printable(line))
        _show_progress("")
        for line in diagnostics.as_text(problems, _text_of, options["paint"]):
            say(line)
        say(_closing(len(files), proved, problems))
        return int(bool(problems))


def _written(found: ProvedFile) -> Iterator[str]:
    """Write the proof and yield what is new in it."""
    if write_proof(found):
        target = proof_files.path_of(found.path)
        changes = ["proved for the first time"] if found.differences is None else [*found.differences]
        yield from (
            f"{target}: {change}" for change in changes or ["proved with other versions, or the file has another form"]
        )


def _unlike(found: ProvedFile) -> Iterator[LocatedProblem]:
    """Yield how a new proof differs from the stored one."""
    target = str(proof_files.path_of(found.path))
    if found.proof and found.differences is None:
        yield LocatedProblem(target, 1, 1, "there is no proof file that can be read; `lessons prove` writes it")
    for difference in found.differences or ():
        yield LocatedProblem(target, 1, 1, f"{difference}; `lessons prove` writes the new proof")


def _closing(files: int, proved: int, problems: Sequence[LocatedProblem]) -> str:
    wrong = f", {counted(len(problems), 'problem')}" if problems else ""
    return f"{proved} of {counted(files, 'lesson')} proved{wrong}"


def _show_progress(text: str) -> None:
    """Show on a terminal which lesson is being proved, in one line that is replaced."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{printable(text)}", end="", file=sys.stderr, flush=True)


def _text_of(file: str) -> str:
    try:
        return start_of(Path(file), LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""
