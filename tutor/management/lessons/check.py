"""`manage.py lessons check`: prove lesson files by playing them."""

import gc
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor import concepts, glossary, syllabus
from tutor.authoring import diagnostics, fixing, orphans, proving
from tutor.authoring.diagnostics import printable_lines
from tutor.engine.lesson.reserved import CONCEPTS_FILE, GLOSSARY_FILE
from tutor.engine.trace.proved_servers import SERVERS_FILE
from tutor.engine.values.wording import counted
from tutor.files.changes import NotWritten
from tutor.files.regular import is_regular, start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem
from tutor.management.lessons.check_servers import check_servers, is_url
from tutor.management.lessons.offer import add_asking, offer
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say
from tutor.ports import corners


class Check:
    """Reads and plays lessons and compares their claims; exit status 1 if there is any error."""

    summary = "Read lesson files, play them on the server and compare every claim with the result."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files, the format and whether to fix."""
        add_files(parser)
        parser.add_argument(
            "--fix",
            action="store_true",
            help="first offer changes that keep the meaning: names in place of numbers of steps",
        )
        add_asking(parser)
        parser.add_argument(
            "--format",
            choices=("text", "json", "github"),
            default="text",
            help="how to print the problems; github makes annotations of a workflow",
        )
        parser.add_argument(
            "--on",
            nargs="+",
            action="extend",
            default=[],
            metavar="URL",
            help="play them on these servers too, redis://host:port, and list what differs from the program's own",
        )
        parser.add_argument(
            "--write",
            action="store_true",
            help=f"with --on: write into {SERVERS_FILE} beside the lessons where they were proved; their pages show it",
        )

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Print all problems of all files, sorted by file and line."""
        urls = [word for word in options["on"] if is_url(word)]
        behind = [Path(word) for word in options["on"] if not is_url(word)]
        files = lesson_files([*options["files"], *behind])
        unfixed = sum(not _fix(path, options, say) for path in files) if options["fix"] else 0
        if options["fix"] and options["diff"]:
            return int(unfixed > 0)
        # Imported modules live as long as the program. Not scanning them for garbage again and again saves a fifth of
        # the time (https://docs.python.org/3/library/gc.html#gc.freeze).
        gc.freeze()
        if urls or options["write"]:
            return check_servers(files, urls, options, _text_of, say)
        problems = _problems_of(files)
        closing = closing_line(len(files), problems)
        match options["format"]:
            case "json":
                say(diagnostics.as_json(problems, len(files)))
            case "github":
                say("\n".join([*diagnostics.as_annotations(problems), closing]))
            case _:
                say("\n".join([*diagnostics.as_text(problems, _text_of, options["paint"]), closing]))
        return int(unfixed > 0 or any(problem.is_error for problem in problems))


def _problems_of(files: Sequence[Path]) -> list[LocatedProblem]:
    """Return all problems of the lessons and of the files beside them, in order."""
    beside = {path.parent / CONCEPTS_FILE for path in files}
    of_concepts = [problem for path in beside for problem in concepts.at(path).problems]
    found = proving.check(files, corners.temporary, syllabus.of_files())
    return sorted({*found, *orphans.warnings_for_files(files), *of_concepts, *_of_glossaries(files)})


def _fix(path: Path, options: Mapping[str, Any], say: Say) -> bool:
    """Offer the fixes of a file, and return whether it could be read and written."""
    try:
        offer(fixing.fixed(path), options, say, unchanged="nothing to fix")
    except NotWritten as reason:
        say(printable_lines(str(reason)))
        return False
    return True


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


def _of_glossaries(files: Sequence[Path]) -> Iterator[LocatedProblem]:
    """Yield the problems of the glossaries beside the lessons."""
    for path in sorted({path.parent / GLOSSARY_FILE for path in files}):
        if is_regular(path):
            for spot in glossary.glossary_in(start_of(path, LARGEST_FILE + 1))[1]:
                yield LocatedProblem(str(path), spot.line, spot.column, spot.message, "error", spot.facts)
