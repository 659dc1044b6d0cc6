"""`manage.py lessons export-questions`: write a lesson's questions to a file for Moodle and other systems."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from tutor import exchange, library
from tutor.authoring.diagnostics import printable, printable_lines
from tutor.engine.errors import TutorError
from tutor.exchange.exporting import ExportFormat, File
from tutor.files import changes
from tutor.management.lessons.shelf import lesson_file
from tutor.management.lessons.verb import Say
from tutor.management.terminal import encodable

STANDARD_OUTPUT = "-"

_KEPT = "What the format can't hold is in comments of the file, from which lessons import-questions restores it."


class ExportQuestions:
    """Writes a new file and lists what the format can't hold; exit status 1 if it can't be written."""

    summary = "Write the questions of a lesson as Moodle XML, GIFT or a QTI 3 package."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the lesson, the format and the file."""
        parser.add_argument("lesson", type=Path, help="the lesson's file or name")
        parser.add_argument("--format", choices=get_args(ExportFormat), default="moodle", help="moodle if not given")
        parser.add_argument("--part", choices=exchange.PARTS, help="only these questions; both parts if not given")
        parser.add_argument(
            "--output", help="the new file, or - for standard output; by default named after the lesson"
        )

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Export, and say where the file is and what it lacks."""
        lesson = lesson_file(options["lesson"])
        is_piped = options["output"] == STANDARD_OUTPUT
        report = _say_to_stderr if is_piped else say
        try:
            file = _exported(lesson, options)
            path = None if is_piped else _write(file, options["output"])
        except TutorError as reason:
            report(printable_lines(str(reason)))
            return 1
        if path is None:
            sys.stdout.buffer.write(file.content)
            sys.stdout.flush()
        for note in file.notes:
            report(printable(f"{lesson}: {note}"))
        if file.notes and options["format"] != "qti":
            report(_KEPT)
        if path is not None:
            report(printable(f"{path}: written"))
        return 0


class _NotExported(TutorError):
    """The lesson can't be exported, or its file not be written; the text says why."""


def _exported(path: Path, options: Mapping[str, Any]) -> File:
    reading = library.read(changes.content_of(path), str(path))
    if reading.lesson is None:
        raise _NotExported(
            "\n".join([*map(str, reading.errors), f"{path} can't be exported before its errors are corrected."])
        )
    parts = (options["part"],) if options["part"] else exchange.PARTS
    return exchange.exported(reading.lesson, path.stem, options["format"], parts)


def _write(file: File, output: str | None) -> Path:
    path = Path(output or file.name)
    try:
        with path.open("xb") as opened:
            opened.write(file.content)
    except FileExistsError:
        message = f"{path} is already there; nothing was written. Name another file with --output, or move that one."
        raise _NotExported(message) from None
    except OSError as error:
        raise _NotExported(f"{path} can't be written: {error.strerror}.") from error
    return path


def _say_to_stderr(text: str) -> None:
    """Print to standard error: standard output carries the file."""
    sys.stderr.write(encodable(f"{text}\n", sys.stderr))
