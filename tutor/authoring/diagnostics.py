"""Problems of lesson files as people and programs read them: text with the lines at fault, JSON, GitHub's annotations.

What stands in a file reaches a terminal here, so everything that is not printable is escaped.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import combining, east_asian_width

from tutor.files.yaml_parser import BREAKS
from tutor.library import LocatedProblem

Source = Callable[[str], str]
"""Gives the text of a file by its name, "" if it can't be read."""

WIDEST = 100
"""Columns of a line that are shown; of a longer one the part around the fault."""

LONGEST_FACT = 300
"""Characters of an expected value, or of one that came, that are shown."""

MOST_CARETS = 60

_COLOURS = {"error": "1;31", "warning": "1;33", "frame": "1;34", "strong": "1", "good": "1;32", "quiet": "2"}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line at fault in three parts, `marked` the one to look at, `carets` to be put below it.

    `see` is the other line that the problem is about, with its number; `is_apart`: others stand between the two.
    """

    line: int
    before: str
    marked: str
    after: str
    carets: str
    see: tuple[int, str] | None
    is_apart: bool


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem as a page shows it, everything in it printable; "" and None where nothing is known."""

    line: int
    column: int
    message: str
    is_error: bool
    excerpt: Excerpt | None
    expected: str
    came: str
    suggestion: str


def shown(problems: Sequence[LocatedProblem], text: str) -> list[ShownProblem]:
    """Return the problems of a text for a page, errors before warnings."""
    lines = _lines(text)
    return [_shown_problem(problem, lines) for problem in _by_weight(problems)]


def _shown_problem(problem: LocatedProblem, lines: Sequence[str]) -> ShownProblem:
    notes = dict(_notes(problem))
    return ShownProblem(
        problem.line,
        problem.column,
        printable(problem.message),
        problem.is_error,
        _excerpt(problem, lines),
        notes.get("expected", ""),
        notes.get("came", ""),
        "" if _is_told(problem) else printable(problem.facts.suggestion),
    )


def as_text(problems: Sequence[LocatedProblem], source: Source, *, colours: bool = False) -> Iterator[str]:
    """Yield the problems for a terminal, errors before warnings.

    Each begins with the line that programs read, `str(problem)`; indented lines with what is known follow.
    """
    lines: dict[str, list[str]] = {}
    for problem in _by_weight(problems):
        if problem.file not in lines:
            lines[problem.file] = _lines(source(problem.file))
        yield _headline(problem, colours=colours)
        if excerpt := _excerpt(problem, lines[problem.file]):
            yield from _drawn(excerpt, problem.severity, colours=colours)
        for name, said in _notes(problem):
            label = f"{name:>8}:"
            yield f"    {painted(label, 'frame') if colours else label} {said}"


def _by_weight(problems: Sequence[LocatedProblem]) -> list[LocatedProblem]:
    return sorted(problems, key=lambda each: (each.severity, each))


def _lines(text: str) -> list[str]:
    return BREAKS.split(text.removeprefix("\ufeff"))


def as_json(problems: Sequence[LocatedProblem], lessons: int) -> str:
    """Return the report for programs, in ASCII; what is not known about a problem is null."""
    return json.dumps({"lessons": lessons, "problems": [_record(problem) for problem in problems]}, indent=2)


def as_marks(problems: Sequence[LocatedProblem], text: str) -> list[dict[str, Any]]:
    """Return what an editor needs to mark the problems in the text.

    That is the record of each, how long its place is, and the word in it that is wrong, where that is known.
    """
    lines = _lines(text)
    return [
        {**_record(problem), "length": _length(lines, problem), "word": problem.facts.word or None}
        for problem in problems
    ]


def as_annotations(problems: Sequence[LocatedProblem]) -> Iterator[str]:
    """Yield GitHub's workflow command for each problem: it shows them beside the lines of a pull request."""
    for problem in problems:
        suggestion = "" if _is_told(problem) else f"\ndid you mean {problem.facts.suggestion!r}?"
        place = f"file={_property(problem.file)},line={problem.line},col={problem.column}"
        yield f"::{problem.severity} {place}::{_data(printable(problem.message) + suggestion)}"


def printable(text: str) -> str:
    """Return `text` with everything that a terminal would not print as one visible character escaped."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable_lines(text: str) -> str:
    """Return the same for a text of several lines, which stay apart."""
    return "\n".join(map(printable, text.split("\n")))


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def _record(problem: LocatedProblem) -> dict[str, Any]:
    facts = problem.facts
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "severity": problem.severity,
        "expected": facts.expected or None,
        "came": facts.came or None,
        "suggestion": facts.suggestion or None,
    }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _headline(problem: LocatedProblem, *, colours: bool) -> str:
    line = printable(str(problem))
    if not colours:
        return line
    place = printable(f"{problem.file}:{problem.line}:{problem.column}:")
    return f"{painted(place, 'strong')}{painted(line[len(place) :], problem.severity)}"


def painted(text: str, part: str) -> str:
    """Return the text in the colour of that part of a report, for a terminal."""
    return f"\x1b[{_COLOURS[part]}m{text}\x1b[0m"


def _excerpt(problem: LocatedProblem, lines: Sequence[str]) -> Excerpt | None:
    """Return the line at fault, and the other line that the problem is about; None if there is nothing to see."""
    if not (0 < problem.line <= len(lines) and lines[problem.line - 1].strip()):
        return None
    other = problem.facts.see_line
    is_above = 0 < other < problem.line
    before, marked, after = _window(lines[problem.line - 1], problem.column - 1, _length(lines, problem))
    return Excerpt(
        problem.line,
        before,
        marked,
        after,
        "^" * max(1, min(_width(marked), MOST_CARETS)),
        see=(other, "".join(_window(lines[other - 1], 0, 0))) if is_above else None,
        is_apart=is_above and problem.line - other > 1,
    )


def _drawn(excerpt: Excerpt, severity: str, *, colours: bool) -> Iterator[str]:
    """Yield the line at fault with a caret below, and the other line above it."""
    width = len(str(excerpt.line))
    if excerpt.see:
        yield _framed(f"{excerpt.see[0]:>{width}}", excerpt.see[1], colours=colours)
    if excerpt.is_apart:
        yield _framed("…".rjust(width), "", colours=colours)
    line = excerpt.before + excerpt.marked + excerpt.after
    yield _framed(f"{excerpt.line:>{width}}", line, colours=colours)
    carets = painted(excerpt.carets, severity) if colours else excerpt.carets
    yield _framed(" " * width, " " * _width(excerpt.before) + carets, colours=colours)


def _framed(number: str, text: str, *, colours: bool) -> str:
    bar = f"  {number} |"
    return f"{painted(bar, 'frame') if colours else bar} {text}".rstrip()


_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,:\[\]{}#]+(?:[ :]*[^\s,:\[\]{}#][^\s,:\[\]{}]*)*""")


def _length(lines: Sequence[str], problem: LocatedProblem) -> int:
    """Return how many characters to mark: a quoted text or the words up to YAML's next sign, else one."""
    if not 0 < problem.line <= len(lines):
        return 1
    start = problem.column - 1
    found = _TOKEN.match(lines[problem.line - 1][start : start + WIDEST])
    return len(found[0].split(": ")[0]) if found else 1


def _window(line: str, column: int, length: int) -> tuple[str, str, str]:
    """Return the part of a line around `column`: what is before it, `length` characters from there, what follows."""
    column = min(column, len(line))
    start = 0 if len(line) <= WIDEST else max(0, min(column - WIDEST // 2, len(line) - WIDEST))
    end = start + WIDEST
    middle = min(end, column + length)
    left, right = "…" if start else "", "…" if end < len(line) else ""
    before, marked, after = (
        printable(part.replace("\t", " ")) for part in (line[start:column], line[column:middle], line[middle:end])
    )
    return left + before, marked, after + right


def _width(text: str) -> int:
    """Return the columns that a terminal takes for `text`."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _notes(problem: LocatedProblem) -> Iterator[tuple[str, str]]:
    facts = problem.facts
    # A name that is not there is in the message, with those that are.
    has_values = facts.expected and facts.came and not facts.word and not facts.meant
    notes = [("expected", facts.expected), ("came", facts.came)] if has_values else []
    if not _is_told(problem):
        notes.append(("help", f"did you mean {facts.suggestion!r}?"))
    if facts.example:
        notes.append(("help", f"as in {facts.example}"))
    for name, said in notes:
        yield name, printable(said if len(said) <= LONGEST_FACT else said[: LONGEST_FACT - 1] + "…")


def _is_told(problem: LocatedProblem) -> bool:
    """Return whether there is no suggestion, or the message makes it already."""
    return not problem.facts.suggestion or "did you mean" in problem.message
