"""`manage.py lessons import-questions`: add the questions of a Moodle XML or GIFT file to a lesson."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from tutor import exchange, library
from tutor.assessment.questions import Part
from tutor.authoring import diagnostics
from tutor.authoring.diagnostics import Paint, printable
from tutor.engine.errors import TutorError
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.questions.question import QuestionFields
from tutor.engine.values.wording import cut
from tutor.exchange.importing import Imported, ImportedQuestion, ImportFormat
from tutor.files import changes
from tutor.files.changes import FileChange
from tutor.files.regular import start_of
from tutor.library import LocatedProblem
from tutor.management.lessons.offer import add_asking, offer
from tutor.management.lessons.shelf import lesson_file
from tutor.management.lessons.verb import Say


class ImportQuestions:
    """Reads, shows what would change, asks, and writes; exit status 1 if nothing can be imported."""

    summary = "Put the questions of a Moodle XML or GIFT file into a lesson."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare both files, what to take, and whether to ask."""
        parser.add_argument("questions", type=Path, help="the file to read")
        parser.add_argument("lesson", type=Path, help="the lesson's file or name")
        parser.add_argument("--format", choices=get_args(ImportFormat), help="detected from the file if not given")
        parser.add_argument(
            "--part", choices=exchange.PARTS, default="quiz", help="where to put them; quiz if not given"
        )
        parser.add_argument("--only", help="which questions of the file, as in 1,4-6")
        parser.add_argument(
            "--without-proofs",
            action="store_true",
            help="leave out proofs and steps to look at, for another lesson than the one they were exported from",
        )
        add_asking(parser)

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Import the questions of one file into one lesson. Raises: TutorError if nothing can be imported."""
        content = _content(options["questions"])
        name = str(options["questions"])
        found = exchange.imported(content, options["format"] or exchange.format_of(content), name)
        _list(found, content, say, options["paint"])
        if not found.questions:
            raise _NotImported(f"{name} has no question that can be imported; nothing was changed.")
        change = _change(_only(found.questions, options["only"]), name, options, say)
        offer(change, options, say, unchanged="nothing to add")
        return 0


class _NotImported(TutorError):
    """Nothing was imported; the text says why."""


@dataclass(frozen=True, slots=True)
class _Target:
    """The lesson that gets the questions, as it is on disk."""

    path: Path
    content: bytes
    lesson: Lesson


def _content(path: Path) -> bytes:
    try:
        return start_of(path, exchange.LARGEST_FILE + 1)
    except OSError as error:
        raise _NotImported(f"{path} can't be read: {error.strerror}.") from error


def _list(found: Imported, content: bytes, say: Say, paint: Paint) -> None:
    text = content.decode("utf-8", "replace")
    for line in diagnostics.as_text(found.problems, lambda _file: text, paint):
        say(line)
    for number, each in enumerate(found.questions, 1):
        question = cut(" ".join(each.question.question.split()), 80)
        say(printable(f"{number:>3}. line {each.line}: {question}"))


def _only(found: Sequence[ImportedQuestion], chosen: str | None) -> Sequence[ImportedQuestion]:
    if chosen is None:
        return found
    try:
        numbers = exchange.numbers_in(chosen)
    except ValueError as error:
        raise _NotImported(f"--only {chosen}: {error}.") from None
    if beyond := [number for number in numbers if not 1 <= number <= len(found)]:
        raise _NotImported(f"--only {chosen}: there is no question {beyond[0]}; the file has {len(found)}.")
    return [found[number - 1] for number in dict.fromkeys(numbers)]


def _change(found: Sequence[ImportedQuestion], name: str, options: Mapping[str, Any], say: Say) -> FileChange:
    target, part = _target(lesson_file(options["lesson"])), options["part"]
    if options["without_proofs"]:
        found = [ImportedQuestion(exchange.without_run(each.question), each.line) for each in found]
    chosen = exchange.choose(found, target.lesson, part)
    for each, reason in chosen.left:
        say(printable(str(LocatedProblem(name, each.line, 1, f"left out: {reason}", "warning"))))
    return _with(chosen.questions, target, part)


def _target(path: Path) -> _Target:
    content = changes.content_of(path)
    reading = library.read(content, str(path))
    if reading.lesson is None:
        raise _NotImported(
            "\n".join([*map(str, reading.errors), f"{path} can't take questions before its errors are corrected."])
        )
    return _Target(path, content, reading.lesson)


def _with(questions: Sequence[QuestionFields], target: _Target, part: Part) -> FileChange:
    total = len(getattr(target.lesson, part)) + len(questions)
    if total > exchange.MOST_IN_PART:
        limit = f"a lesson may have {exchange.MOST_IN_PART}. Choose some with --only, as in --only 1-5."
        raise _NotImported(f"{target.path}: its {part} would have {total} questions; {limit}")
    after = exchange.with_questions(target.content.decode("utf-8"), questions, part).encode("utf-8")
    errors = library.read(after, str(target.path)).errors
    if errors:
        advice = "With --without-proofs, nothing is taken over that speaks of another lesson's steps."
        said = [f"With these questions, {target.path} would have problems, so it was left as it is:"]
        raise _NotImported("\n".join([*said, *(f"  {error}" for error in errors), advice]))
    return FileChange(target.path, target.content, after, word="with questions")
