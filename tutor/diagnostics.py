"""Problems of lesson files as people and programs read them: text with the lines at fault, JSON, GitHub's annotations.

What stands in a file reaches a terminal here, so everything that is not printable is escaped.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from tutor.library import LocatedProblem
from tutor.yaml_parser import BREAKS

Source = Callable[[str], str]
"""Gives the text of a file by its name, "" if it can't be read."""

WIDEST = 100
"""Columns of a line that are shown; of a longer one the part around the fault."""

LONGEST_FACT = 300
"""Characters of an expected value, or of one that came, that are shown."""

MOST_CARETS = 60

_COLOURS = {"error": "1;31", "warning": "1;33", "frame": "1;34", "strong": "1"}


def as_text(problems: Sequence[LocatedProblem], source: Source, *, colours: bool = False) -> Iterator[str]:
    """Yield the problems for a terminal, errors before warnings.

    Each begins with the line that programs read, `str(problem)`; indented lines with what is known follow.
    """
    lines: dict[str, list[str]] = {}
    for problem in sorted(problems, key=lambda each: (each.severity, each)):
        if problem.file not in lines:
            lines[problem.file] = BREAKS.split(source(problem.file).removeprefix("\ufeff"))
        yield _headline(problem, colours=colours)
        yield from _excerpt(problem, lines[problem.file], colours=colours)
        yield from _notes(problem, colours=colours)


def as_json(problems: Sequence[LocatedProblem], lessons: int) -> str:
    """Return the report for programs, in ASCII; what is not known about a problem is null."""
    return json.dumps({"lessons": lessons, "problems": [_record(problem) for problem in problems]}, indent=2)


def as_annotations(problems: Sequence[LocatedProblem]) -> Iterator[str]:
    """Yield GitHub's workflow command for each problem: it shows them beside the lines of a pull request."""
    for problem in problems:
        suggestion = "" if _is_told(problem) else f"\ndid you mean {problem.facts.suggestion!r}?"
        place = f"file={_property(problem.file)},line={problem.line},col={problem.column}"
        yield f"::{problem.severity} {place}::{_data(printable(problem.message) + suggestion)}"


def printable(text: str) -> str:
    """Return `text` with everything that a terminal would not print as one visible character escaped."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


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
    return f"{_painted(place, 'strong')}{_painted(line[len(place) :], problem.severity)}"


def _painted(text: str, part: str) -> str:
    return f"\x1b[{_COLOURS[part]}m{text}\x1b[0m"


def _excerpt(problem: LocatedProblem, lines: Sequence[str], *, colours: bool) -> Iterator[str]:
    """Yield the line at fault with a caret below, and the other line that the problem is about above it."""
    if not (0 < problem.line <= len(lines) and lines[problem.line - 1].strip()):
        return
    width = len(str(problem.line))
    other = problem.facts.see_line
    if 0 < other < problem.line:
        yield _framed(f"{other:>{width}}", _window(lines[other - 1], 0, 0)[0], colours=colours)
        if problem.line - other > 1:
            yield _framed("…".rjust(width), "", colours=colours)
    shown, before, under = _window(lines[problem.line - 1], problem.column - 1, _length(lines, problem))
    carets = "^" * max(1, min(under, MOST_CARETS))
    yield _framed(f"{problem.line:>{width}}", shown, colours=colours)
    yield _framed(
        " " * width, " " * before + (_painted(carets, problem.severity) if colours else carets), colours=colours
    )


def _framed(number: str, text: str, *, colours: bool) -> str:
    bar = f"  {number} |"
    return f"{_painted(bar, 'frame') if colours else bar} {text}".rstrip()


_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,:\[\]{}#]+(?:[ :]*[^\s,:\[\]{}]+)*""")


def _length(lines: Sequence[str], problem: LocatedProblem) -> int:
    """Return how many characters to mark: a quoted text or the words up to YAML's next sign, else one."""
    start = problem.column - 1
    found = _TOKEN.match(lines[problem.line - 1][start : start + WIDEST])
    return len(found[0].split(": ")[0]) if found else 1


def _window(line: str, column: int, length: int) -> tuple[str, int, int]:
    """Return the part of a line around `column`, where that column is in it, and how wide `length` characters are."""
    column = min(column, len(line))
    start = 0 if len(line) <= WIDEST else max(0, min(column - WIDEST // 2, len(line) - WIDEST))
    end = start + WIDEST
    left, right = "…" if start else "", "…" if end < len(line) else ""
    before = left + _shown(line[start:column])
    marked = _shown(line[column : min(end, column + length)])
    return before + _shown(line[column:end]) + right, _width(before), _width(marked)


def _shown(text: str) -> str:
    return printable(text.replace("\t", " "))


def _width(text: str) -> int:
    """Return the columns that a terminal takes for `text`."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _notes(problem: LocatedProblem, *, colours: bool) -> Iterator[str]:
    facts = problem.facts
    # A name that is not there is in the message, with those that are.
    has_values = facts.expected and facts.came and not facts.word and not facts.meant
    notes = [("expected", facts.expected), ("came", facts.came)] if has_values else []
    if not _is_told(problem):
        notes.append(("help", f"did you mean {facts.suggestion!r}?"))
    if facts.example:
        notes.append(("help", f"as in {facts.example}"))
    for name, said in notes:
        text = printable(said if len(said) <= LONGEST_FACT else said[: LONGEST_FACT - 1] + "…")
        label = f"{name:>8}:"
        yield f"    {_painted(label, 'frame') if colours else label} {text}"


def _is_told(problem: LocatedProblem) -> bool:
    """Return whether there is no suggestion, or the message makes it already."""
    return not problem.facts.suggestion or "did you mean" in problem.message
