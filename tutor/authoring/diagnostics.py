"""Output formats for problems of lesson files: text with excerpts, JSON, GitHub's annotations.

Excerpts of files reach a terminal here, so every character that is not printable is escaped.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import combining, east_asian_width

from tutor.engine.values.wording import cut
from tutor.files.yaml_parser import BREAKS
from tutor.library import LocatedProblem

Source = Callable[[str], str]
"""Returns the text of a file by its name, "" if it can't be read."""

Paint = Callable[[str, str], str]
"""Colours a text as one part of a report ("frame", "error" …): `painted` on a terminal, `unpainted` elsewhere."""

WIDEST = 100
"""Columns of a line that an excerpt shows; of a longer line it shows the part around the fault."""

LONGEST_FACT = 300
"""Characters shown of an expected or an actual value."""

MOST_CARETS = 60

_COLOURS = {"error": "1;31", "warning": "1;33", "frame": "1;34", "strong": "1", "good": "1;32", "quiet": "2"}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line at fault in three parts: before, `marked` and after; `carets` go below `marked`.

    `see` is another line that the problem refers to, with its number, above or below; `is_apart`: there are lines
    between the two.
    """

    line: int
    before: str
    marked: str
    after: str
    carets: str
    see: tuple[int, str] | None
    is_apart: bool

    @property
    def above(self) -> tuple[int, str] | None:
        """The other line, if it stands above the one at fault."""
        return self.see if self.see and self.see[0] < self.line else None

    @property
    def below(self) -> tuple[int, str] | None:
        """The other line, if it stands below the one at fault."""
        return None if self.above else self.see


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem as a page shows it, with printable text only; "" and None for what is unknown."""

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
        "" if _has_no_suggestion(problem) else printable(problem.facts.suggestion),
    )


def as_text(problems: Sequence[LocatedProblem], source: Source, paint: Paint | None = None) -> Iterator[str]:
    """Yield the lines of a report for a terminal, errors before warnings.

    Each problem begins with the line that programs read, `str(problem)`; an indented excerpt and notes follow.
    """
    paint = paint or unpainted
    lines: dict[str, list[str]] = {}
    for problem in _by_weight(problems):
        if problem.file not in lines:
            lines[problem.file] = _lines(source(problem.file))
        yield _headline(problem, paint)
        if excerpt := _excerpt(problem, lines[problem.file]):
            yield from _drawn(excerpt, problem.severity, paint)
        for name, said in _notes(problem):
            yield f"    {paint(f'{name:>8}:', 'frame')} {said}"


def _by_weight(problems: Sequence[LocatedProblem]) -> list[LocatedProblem]:
    return sorted(problems, key=lambda each: (each.severity, each))


def _lines(text: str) -> list[str]:
    return BREAKS.split(text.removeprefix("\ufeff"))


def as_json(problems: Sequence[LocatedProblem], lessons: int) -> str:
    """Return the report as JSON in ASCII; unknown facts about a problem are null."""
    return json.dumps({"lessons": lessons, "problems": [_record(problem) for problem in problems]}, indent=2)


def as_marks(problems: Sequence[LocatedProblem], text: str) -> list[dict[str, Any]]:
    """Return the problems for an editor to mark in the text.

    Each is the problem's JSON record, with `length`, how many characters to mark, and `word`, the wrong word or None.
    """
    lines = _lines(text)
    return [
        {**_legible(_record(problem)), "length": _length(lines, problem), "word": problem.facts.word or None}
        for problem in problems
    ]


def as_annotations(problems: Sequence[LocatedProblem]) -> Iterator[str]:
    """Yield GitHub's workflow command for each problem, which annotates the lines of a pull request.

    https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    """
    for problem in problems:
        suggestion = "" if _has_no_suggestion(problem) else f"\ndid you mean {problem.facts.suggestion!r}?"
        place = f"file={_property(problem.file)},line={problem.line},col={problem.column}"
        yield f"::{problem.severity} {place}::{_data(printable(problem.message) + suggestion)}"


def printable(text: str) -> str:
    """Return `text` with every character escaped that a terminal does not print as one visible character."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable_lines(text: str) -> str:
    """Return the lines of `text`, each made printable."""
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
        "see_line": facts.see_line or None,
    }


def _legible(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record for a page; the suggestion is inserted into the text, so it stays exact."""
    shown_fields = ("file", "message", "expected", "came")
    return {**record, **{name: printable(record[name]) for name in shown_fields if record[name]}}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _headline(problem: LocatedProblem, paint: Paint) -> str:
    line = printable(str(problem))
    place = printable(f"{problem.file}:{problem.line}:{problem.column}:")
    return f"{paint(place, 'strong')}{paint(line[len(place) :], problem.severity)}"


def painted(text: str, part: str) -> str:
    """Return the text in the colour of that part of a report, by ANSI escape codes."""
    return f"\x1b[{_COLOURS[part]}m{text}\x1b[0m"


def unpainted(text: str, part: str) -> str:  # noqa: ARG001 - the signature of Paint
    """Return the text as it is, for files, pipes, and terminals without colours."""
    return text


def _excerpt(problem: LocatedProblem, lines: Sequence[str]) -> Excerpt | None:
    """Return the line at fault and the other line that the problem refers to; None if there is nothing to show."""
    if not (0 < problem.line <= len(lines) and lines[problem.line - 1].strip()):
        return None
    other = problem.facts.see_line
    is_seen = 0 < other <= len(lines) and other != problem.line
    before, marked, after = _window(lines[problem.line - 1], problem.column - 1, _length(lines, problem))
    return Excerpt(
        problem.line,
        before,
        marked,
        after,
        "^" * max(1, min(_width(marked), MOST_CARETS)),
        see=(other, "".join(_window(lines[other - 1], 0, 0))) if is_seen else None,
        is_apart=is_seen and abs(problem.line - other) > 1,
    )


def _drawn(excerpt: Excerpt, severity: str, paint: Paint) -> Iterator[str]:
    """Yield the line at fault with carets below, and the line that it refers to above or below that."""
    width = max(len(str(excerpt.line)), len(str(excerpt.see[0])) if excerpt.see else 0)
    apart = [_framed("…".rjust(width), "", paint)] if excerpt.is_apart else []
    if excerpt.above:
        yield _framed(f"{excerpt.above[0]:>{width}}", excerpt.above[1], paint)
        yield from apart
    line = excerpt.before + excerpt.marked + excerpt.after
    yield _framed(f"{excerpt.line:>{width}}", line, paint)
    yield _framed(" " * width, " " * _width(excerpt.before) + paint(excerpt.carets, severity), paint)
    if excerpt.below:
        yield from apart
        yield _framed(f"{excerpt.below[0]:>{width}}", excerpt.below[1], paint)


def _framed(number: str, text: str, paint: Paint) -> str:
    return f"{paint(f'  {number} |', 'frame')} {text}".rstrip()


_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,:\[\]{}#]+(?:[ :]*[^\s,:\[\]{}#][^\s,:\[\]{}]*)*""")


def _length(lines: Sequence[str], problem: LocatedProblem) -> int:
    """Return how many characters to mark: the words that came, a quoted text, or the words up to YAML's next sign."""
    if not 0 < problem.line <= len(lines):
        return 1
    start, came = problem.column - 1, problem.facts.came
    if came and lines[problem.line - 1].startswith(came, start):
        return len(came)
    found = _TOKEN.match(lines[problem.line - 1][start : start + WIDEST])
    return len(found[0].split(": ")[0]) if found else 1


def _window(line: str, column: int, length: int) -> tuple[str, str, str]:
    """Return a window of a line: the text before `column`, `length` characters from there, and the text after."""
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
    # The message of an unknown name gives that name and the known ones already.
    has_values = facts.expected and facts.came and not facts.word and not facts.meant
    notes = [("expected", facts.expected), ("came", facts.came)] if has_values else []
    if not _has_no_suggestion(problem):
        notes.append(("help", f"did you mean {facts.suggestion!r}?"))
    if facts.example:
        notes.append(("help", f"as in {facts.example}"))
    for name, said in notes:
        yield name, printable(cut(said, LONGEST_FACT))


def _has_no_suggestion(problem: LocatedProblem) -> bool:
    """Return whether there is no suggestion to add: none is known, or the message makes it."""
    return not problem.facts.suggestion or "did you mean" in problem.message
