"""`manage.py lessons mutate`: plant falsehoods in lesson files, and report those that the check would not find."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from tutor.apart import pool
from tutor.apart.limits import MUTANTS, MUTANTS_AGAIN, WorkStopped
from tutor.authoring import diagnostics
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.library import LocatedProblem
from tutor.management.lessons.shelf import add_files, lesson_files
from tutor.management.lessons.verb import Say
from tutor.mutation import judging, report
from tutor.mutation.equivalents import EquivalentList, list_of
from tutor.mutation.judging import FoundProblem, TextVerdict
from tutor.mutation.kinds import KINDS
from tutor.mutation.pace import Pace
from tutor.mutation.rehearsals import Rehearsals
from tutor.mutation.survey import EXECUTABLE, Judgement, NotSurveyed, Subject, sampled, total


class MutateLessons:
    """Plants, checks each, and reports; exit status 1 below the required share, or if a file can't be surveyed."""

    summary = "Plant falsehoods in lessons, one at a time, and report each that the check would not find."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files, the classes, the size of a sample, the format and the required share."""
        add_files(parser)
        parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the report")
        parser.add_argument(
            "--class",
            dest="classes",
            action="append",
            metavar="CLASS",
            choices=[kind.name for kind in KINDS],
            help="only this class of statements; can be repeated: " + ", ".join(kind.name for kind in KINDS),
        )
        parser.add_argument("--sample", type=_count, metavar="N", help="try only N falsehoods, the same ones each time")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="which sample; 1 by default")
        parser.add_argument(
            "--require", type=_percent, metavar="PERCENT", help="exit with 1 if a smaller share of falsehoods is found"
        )

    def run(self, options: Mapping[str, Any], say: Say) -> int:
        """Print the gaps, the table of classes and the share."""
        files = lesson_files(options["files"])
        kinds = options["classes"] or [kind.name for kind in KINDS]
        subjects: list[_Listed] = []
        problems: list[LocatedProblem] = []
        for path in files:
            problems += _planted(path, kinds, subjects)
        judgements, pace = _judged(subjects, options["sample"], options["seed"])
        problems += _needless(subjects, judgements)
        _say_report(options, say, judgements, sorted(problems), pace)
        share = total(judgements).share
        is_short = options["require"] is not None and share is not None and share < options["require"]
        if is_short and options["format"] == "text":
            say(f"{report.percent(options['require'])} are required.")
        return int(is_short or bool(problems))


@dataclass(frozen=True, slots=True)
class _Listed:
    """A lesson with its mutants, its list of equivalent ones, and the rehearsals of its program."""

    subject: Subject
    equivalents: EquivalentList
    rehearsals: Rehearsals


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text[:9]) > 0:
        raise ArgumentTypeError(f"{text!r} is no number of falsehoods; write --sample 200")
    return int(text[:9])


def _percent(text: str) -> float:
    try:
        share = float(text.removesuffix("%"))
    except ValueError:
        share = -1
    if not 0 <= share <= 100:
        raise ArgumentTypeError(f"{text!r} is no share in percent; write --require 95")
    return share


def _planted(path: Path, kinds: Sequence[str], subjects: list[_Listed]) -> Iterator[LocatedProblem]:
    """Add a lesson's mutants to `subjects`, or yield why that is impossible; yield the problems of its list."""
    try:
        text = start_of(path, LARGEST_FILE + 1).decode("utf-8")
    except OSError as fault:
        yield LocatedProblem(str(path), 1, 1, f"the file can't be read: {fault.strerror}")
        return
    except UnicodeDecodeError:
        yield LocatedProblem(str(path), 1, 1, "the file is not UTF-8")
        return
    played = judging.play(text, str(path))
    try:
        subject = Subject(text, str(path), played, kinds)
    except NotSurveyed as reason:
        yield from [each for each in played.problems if each.is_error]
        yield LocatedProblem(str(path), 1, 1, str(reason))
        return
    listed = list_of(path)
    subjects.append(_Listed(subject, listed, Rehearsals(subject.page.text, str(path))))
    yield from listed.problems
    chosen = replace(listed, entries=tuple(each for each in listed.entries if each[1].kind in kinds))
    yield from chosen.unmatched(subject.page, subject.mutants)
    if len(kinds) == len(KINDS):
        yield from listed.too_long(subject.page, subject.mutants, EXECUTABLE)


def _judged(subjects: Sequence[_Listed], count: int | None, seed: int) -> tuple[list[Judgement], Pace]:
    chosen = sampled([len(each.subject.mutants) for each in subjects], count, seed)
    is_terminal = sys.stderr.isatty()
    pace = Pace(len(chosen), _write_progress if is_terminal else lambda _: None)
    listed = [each.equivalents.of(each.subject.page, each.subject.mutants) for each in subjects]

    def judge(place: tuple[int, int]) -> Judgement:
        subject = subjects[place[0]].subject
        found = subject.judge(
            subject.mutants[place[1]],
            lambda text: _apart(text, subject.file),
            subjects[place[0]].rehearsals.fault,
        )
        is_listed = found.outcome == "gap" and place[1] in listed[place[0]]
        return replace(found, outcome="listed") if is_listed else found

    judgements = []
    try:
        for each in _each(judge, chosen):
            judgements.append(each)
            pace.step()
    finally:
        pace.end()
    return judgements, pace


def _each(judge: Any, chosen: Sequence[tuple[int, int]]) -> Iterator[Judgement]:
    if not settings.WORK_APART:
        yield from map(judge, chosen)
        return
    # The threads only wait for the processes that do the work.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MUTANTS.running)) as threads:
        try:
            yield from threads.map(judge, chosen)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _apart(text: str, file: str) -> TextVerdict:
    """Check a text in another process. One that is stopped at a limit twice would not end for an author either."""
    try:
        return pool.run(MUTANTS, judging.judged, text, file)
    except WorkStopped:
        return _again(text, file)


def _again(text: str, file: str) -> TextVerdict:
    try:
        return pool.run(MUTANTS_AGAIN, judging.judged, text, file)
    except WorkStopped as stopped:
        if stopped.excess == "end":
            raise CommandError(f"A process that checks {file} ended unexpectedly.") from stopped
        found = FoundProblem(max(1, stopped.line), 1, f"the check was stopped: {stopped}")
        return TextVerdict((found,), has_errors=True, is_stopped=True)


def _write_progress(line: str) -> None:
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()


def _needless(subjects: Sequence[_Listed], judgements: Sequence[Judgement]) -> Iterator[LocatedProblem]:
    """Yield a problem for each listed change that the check finds, or that is known to be as true as before."""
    for each in subjects:
        mutants = each.subject.mutants
        entries = each.equivalents.of(each.subject.page, mutants)
        listed = {(mutants[i].kind, mutants[i].edits): entry for i, entry in entries.items()}
        of_file = (judgement for judgement in judgements if judgement.file == each.subject.file)
        needless = [
            listed.get((each_one.mutant.kind, each_one.mutant.edits))
            for each_one in of_file
            if each_one.outcome in ("found", "true")
        ]
        for line, entry in each.equivalents.entries:
            if any(entry is found for found in needless):
                said = f"the change is not a gap any more ({entry.kind} at {entry.where}): remove the entry"
                yield LocatedProblem(each.equivalents.file, line, 1, said)


def _say_report(
    options: Mapping[str, Any],
    say: Say,
    judgements: Sequence[Judgement],
    problems: Sequence[LocatedProblem],
    pace: Pace,
) -> None:
    lessons = len({each.file for each in judgements})
    if options["format"] == "json":
        facts = {"sample": options["sample"], "seed": options["seed"], "problems": [str(each) for each in problems]}
        say(report.as_json(judgements, lessons, **facts))
        return
    lines = [*diagnostics.as_text(problems, lambda _: "", options["paint"])]
    lines += report.as_text(judgements, options["paint"])
    tried = f"{pace.done:,} falsehoods tried, {pace.each_second:.0f} a second"
    if stopped := sum(each.is_by_time for each in judgements):
        tried += f"; {stopped:,} found only because check or program did not end"
    if options["sample"] is not None:
        tried += f"; a sample, drawn with seed {options['seed']}"
    say("\n".join([*lines, tried]))
