"""YAML text as the parser's events, and its errors as messages for authors.

libyaml is used if PyYAML was built with it, as its wheels are; it is ten times as fast as PyYAML's own parser, the
fallback. The latter refuses a few things that libyaml accepts: a tab after a colon, and a question mark in unquoted
text within brackets.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import yaml
from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.events import Event

Loader: type[yaml.SafeLoader] | type["yaml.CSafeLoader"] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fastest installed parser."""

_NO_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not allow in a file, not even between quotes: YAML 1.2.2, section 5.1."""


class NotYaml(ValueError):
    """The text is not YAML; line and column count from 1, and `see_line` is a related line, or 0."""

    def __init__(self, line: int, column: int, message: str, see_line: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.see_line = see_line if see_line < line else 0


def events(text: str) -> Iterator[Event]:
    """Yield the parser's events for `text`. Raises: NotYaml."""
    if bad := _NO_YAML.search(text):
        raise NotYaml(*place(text, bad.start()), f"the character {bad[0]!r} is not allowed in a YAML file")
    try:
        yield from yaml.parse(text, Loader=Loader)
    except MarkedYAMLError as error:
        raise _explained(error, text) from None
    except (YAMLError, ValueError, OverflowError) as error:
        # The last two: PyYAML's own scanner converts digits unchecked.
        raise NotYaml(1, 1, f"this is not YAML: {' '.join(str(error).split())}") from None


def tree(text: str) -> Any:
    """Return the root node of a text that is known to be YAML, with the positions of all nodes."""
    return yaml.compose(text, Loader=Loader)


def place(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of a character of the text."""
    breaks = list(BREAKS.finditer(text, 0, index))
    return len(breaks) + 1, index - (breaks[-1].end() if breaks else 0) + 1


BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The parser's line ends."""


def _explained(error: MarkedYAMLError, text: str) -> NotYaml:
    """Return the parser's error in an author's words, at the place to correct."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return NotYaml(1, 1, f"this is not YAML: {error.problem}")
    lines = BREAKS.split(text.rstrip())
    stop = _Stop(error, mark, error.context_mark or mark, lines)
    if seen := _odd_space(lines, mark.line) or (_too_deep(lines, mark.line) if stop.is_at_colon else None):
        return seen
    for wording, cause, explain in _EXPLAINED:
        if wording.search(f"{error.problem} {error.context}"):
            line, column, see_line = stop.place(cause)
            return NotYaml(line, column, explain(stop), see_line)
    sentence = ", ".join(filter(None, (error.problem, error.context)))
    return NotYaml(mark.line + 1, mark.column + 1, f"this is not YAML: {sentence}")


def _odd_space(lines: list[str], at: int) -> NotYaml | None:
    """Return the problem of a no-break space, as copied from web pages, where YAML needs a space."""
    for number in (at - 1, at):
        if 0 <= number < len(lines) and (found := _ODD_SPACE.match(lines[number])):
            message = "there is a no-break space where YAML needs an ordinary one: delete it, and type a space"
            return NotYaml(number + 1, found.end(), message)
    return None


def _too_deep(lines: list[str], at: int) -> NotYaml | None:
    """Return the problem of a field indented more than the one above, which YAML reads as more of its text."""
    if not (0 < at < len(lines) and (field := _FIELD.match(lines[at])) and (above := _FIELD.match(lines[at - 1]))):
        return None
    indent, other = len(field[1]), len(above[1])
    message = (
        f"this line is indented by {indent}, the field above it by {other}: fields of one entry begin in one column"
    )
    return NotYaml(at + 1, indent + 1, message, at) if indent > other else None


_ODD_SPACE = re.compile("[ -]*\xa0|[ -]*[A-Za-z_]+:\xa0")
_FIELD = re.compile("([ -]*)[A-Za-z_]+: *[^ |>]")
_SECOND_COLON = re.compile("mapping values are not allowed|found unexpected ':'")


Cause = Literal["here", "at the start"]
"""The place to correct: where the parser stopped, or the start of the part that it was in."""


class _Stop:
    """The parser's stop: the surrounding text, and the line and indentation of the beginning of the part."""

    def __init__(self, error: MarkedYAMLError, mark: Mark, start: Mark, lines: list[str]) -> None:
        line = lines[mark.line] if mark.line < len(lines) else ""
        self.problem = error.problem or ""
        self.before = line[: mark.column]
        self.sign = line[mark.column : mark.column + 1]
        self.begins = start.line + 1
        self.indent = start.column
        self._mark = mark
        self._lines = lines

    @property
    def is_at_colon(self) -> bool:
        """Whether the parser found a second colon in a line."""
        return _SECOND_COLON.search(self.problem) is not None

    def place(self, cause: Cause) -> tuple[int, int, int]:
        """Return line and column of the place to correct, and a related line, 0 for none."""
        count = len(self._lines)
        is_behind_the_end = self._mark.line >= count
        if cause == "at the start" or (is_behind_the_end and self.begins <= count):
            return self.begins, self.indent + 1, 0
        if is_behind_the_end:
            return count, len(self._lines[-1]) + 1, 0
        return self._mark.line + 1, self._mark.column + 1, self.begins


def _no_colon(_: _Stop) -> str:
    return "a field needs a colon and a space behind its name: `name: value`"


def _open_quote(_: _Stop) -> str:
    return "the quote that opens here is never closed; a quote inside the text is written twice: ''"


def _open_bracket(stop: _Stop) -> str:
    closing = "]" if "']'" in stop.problem else "}"
    return f"expected a comma or {closing} here, to end what opens in line {stop.begins}; or put the text in quotes"


def _second_colon(_: _Stop) -> str:
    return "text without quotes can't contain a colon and a space; quote it, or check the indentation"


def _unexpected(stop: _Stop) -> str:
    if stop.before.endswith("'") and not stop.sign.isspace():
        return "the text ends at the quote before this; a quote inside the text is written twice: ''"
    if stop.before.strip().endswith(("'", '"', "}", "]")):
        return f"more text follows after the closing {stop.before.strip()[-1]}: put all of the text in quotes"
    if stop.sign == "-" and not stop.before.strip():
        return f"a list entry is not allowed between the fields that begin in line {stop.begins}"
    if not stop.before.strip():
        found = len(stop.before)
        return f"this line is indented by {found}, those of its level, from line {stop.begins} on, by {stop.indent}"
    return f"{stop.sign!r} is not allowed here; put the text in quotes"


def _no_entry(stop: _Stop) -> str:
    if stop.sign in _DASHES:
        return f"an entry of a list begins with a hyphen, -, and not with {stop.sign}"
    if not stop.before.strip() and stop.sign != "-":
        found, indent = len(stop.before), stop.indent
        return (
            f"this line is indented by {found}: a field of the entry above it by {indent + 2}, a new entry by {indent}"
        )
    return f"a line of the list that begins in line {stop.begins} starts with '- ', in the same column"


_DASHES = tuple("\u2010\u2011\u2012\u2013\u2014\u2212\u2022\u00b7")
"""Characters that word processors substitute for a hyphen at the start of a line."""


def _bad_sign(stop: _Stop) -> str:
    if stop.sign == "\t":
        return _tab(stop)
    return f"text without quotes can't begin with {stop.sign!r}: put it in quotes"


def _no_value(stop: _Stop) -> str:
    if not stop.sign:
        return "a value is missing here"
    return f"a value can't begin with {stop.sign!r}: put it in quotes, or remove the sign"


def _tab(_: _Stop) -> str:
    return "there is a tab where YAML allows only spaces"


def _same_line(_: _Stop) -> str:
    return "a list whose entries begin with - starts on a line of its own"


def _mark(_: _Stop) -> str:
    return "text that begins with * or & or ! has to be in quotes"


def _block(_: _Stop) -> str:
    return "after > and | the text begins on the next line; put text that begins with such a sign in quotes"


def _escape(_: _Stop) -> str:
    return "there is no such escape in double quotes; a backslash is written twice, or use single quotes"


def _document(_: _Stop) -> str:
    return "nothing can follow after the end of the lesson; check the indentation and the lines --- and ..."


_EXPLAINED: tuple[tuple[re.Pattern[str], Cause, Callable[[_Stop], str]], ...] = (
    (re.compile("could not find expected ':'"), "at the start", _no_colon),
    (re.compile("found unexpected end of stream"), "at the start", _open_quote),
    (re.compile("expected ',' or '[]}]'"), "here", _open_bracket),
    (_SECOND_COLON, "here", _second_colon),
    (re.compile(r"expected key|expected <block end>.*block mapping"), "here", _unexpected),
    (re.compile(r"expected '-' indicator|expected <block end>.*block (collection|sequence)"), "here", _no_entry),
    (re.compile("cannot start any token"), "here", _bad_sign),
    (re.compile("expected (the )?node content"), "here", _no_value),
    (re.compile("found a tab character"), "here", _tab),
    (re.compile("sequence entries are not allowed"), "here", _same_line),
    (re.compile("scanning an? (alias|anchor|tag)|tag handle"), "at the start", _mark),
    (re.compile("scanning a block scalar"), "here", _block),
    (re.compile("escape|hexdecimal"), "here", _escape),
    (re.compile("expected '?<document start>"), "here", _document),
)
"""The parsers' messages, the place of the cause, and our messages."""
