"""Where each character of a YAML text stands in its file, for all five ways to write a text.

The parser gives the start of a value alone, so what it does to a text (escapes, folded lines, indentation) is done here
once more, beside the value that it made: where the two differ, nothing is said. YAML 1.2.2, chapters 7.3 and 8.1.
"""

import re
from collections.abc import Iterator

from tutor.files.yaml_parser import BREAKS

SourceCharacter = tuple[str, int]
"""A character of the value, and the index in the source of what it was written as."""

_GAP = re.compile(f"[ \\t]*(?:(?:{BREAKS.pattern})[ \\t]*)+|[ \\t]+")
_ESCAPED_BREAK = re.compile(f"\\\\(?:{BREAKS.pattern})[ \\t]*(?P<more>(?:(?:{BREAKS.pattern})[ \\t]*)*)")
_ESCAPE = re.compile(r"\\(?:x(..)|u(....)|U(........)|(.))", re.DOTALL)
_ESCAPES = dict(zip("0abtnvfre_NLP", "\0\a\b\t\n\v\f\r\x1b\xa0\x85\u2028\u2029", strict=True))
_KEPT = "\u2028\u2029"
"""Line ends that libyaml leaves in the value; it makes the others `\\n`."""


def index_in_source(source: str, start: int, value: str, offset: int) -> int | None:
    """Return the index in `source` of a character of the text that is written at `start` and has this value.

    An offset beyond the value's last character gives the place behind it. None if the text can't be followed.
    """
    last, count = start, 0
    for char, index in _placed(source, start, value):
        if count >= len(value) or value[count] != char:
            break
        if count == offset:
            return index
        last, count = index, count + 1
    return last + 1 if count == len(value) > 0 and offset >= count else None


def _placed(source: str, start: int, value: str) -> Iterator[SourceCharacter]:
    opening = source[start : start + 1]
    if opening in ("|", ">"):
        return _in_block(source, start, value)
    return _in_line(source, start + (opening in ("'", '"')), opening)


def _in_line(source: str, at: int, quote: str) -> Iterator[SourceCharacter]:
    """Yield the characters of a text that is plain or in quotes; a plain one goes on behind its end."""
    while at < len(source):
        char = source[at]
        if gap := _GAP.match(source, at):
            yield from _folded(gap[0], at)
            at = gap.end()
        elif quote == '"' and (escaped := _ESCAPED_BREAK.match(source, at)):
            yield from ((_kept(found[0]), at) for found in BREAKS.finditer(escaped["more"]))
            at = escaped.end()
        elif quote == '"' and (escape := _ESCAPE.match(source, at)):
            yield _unescaped(escape), at
            at = escape.end()
        elif quote == char == "'" and source[at + 1 : at + 2] == "'":
            yield char, at
            at += 2
        elif char == quote and quote in ("'", '"'):
            return
        else:
            yield char, at
            at += 1


def _folded(gap: str, at: int) -> Iterator[SourceCharacter]:
    """Yield what remains of spaces and line ends between two words: one line end is a space, more are one less."""
    breaks = [(_kept(found[0]), at + found.start()) for found in BREAKS.finditer(gap)]
    if not breaks:
        yield from ((char, at + i) for i, char in enumerate(gap))
    elif breaks[0][0] != "\n":
        yield from breaks
    elif len(breaks) == 1:
        yield " ", breaks[0][1]
    else:
        yield from breaks[1:]


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    try:
        return chr(int(code, 16)) if code else _ESCAPES.get(escape[4], escape[4])
    except (ValueError, OverflowError):
        return ""


def _kept(line_end: str) -> str:
    return line_end if line_end in _KEPT else "\n"


def _in_block(source: str, start: int, value: str) -> Iterator[SourceCharacter]:
    """Yield the characters of a text below | or >, without its indentation, and with lines joined below >."""
    is_literal = source[start] == "|"
    lines = _lines(source, start)
    indent = _indent(lines, value)
    pending: list[SourceCharacter] = []
    was_blank = True  # no line comes before the first
    for text, begin, line_end in lines:
        content = text[indent:]
        if not content:
            pending.append((line_end, begin + len(text)))
            continue
        if _spaces(text) < indent:  # the block has ended
            break
        is_blank = content[0] in " \t"
        is_joined = not (is_literal or is_blank or was_blank) and pending[:1] != [] and pending[0][0] == "\n"
        if is_joined and len(pending) == 1:
            yield " ", pending[0][1]
        else:
            yield from pending[1:] if is_joined else pending
        yield from ((char, begin + indent + i) for i, char in enumerate(content))
        pending, was_blank = [(line_end, begin + len(text))], is_blank
    yield from pending


def _lines(source: str, start: int) -> list[tuple[str, int, str]]:
    """Return the lines below the one at `start`, each with its index and its line end."""
    header = BREAKS.search(source, start)
    found, at = list[tuple[str, int, str]](), header.end() if header else len(source)
    for line_end in BREAKS.finditer(source, at):
        found.append((source[at : line_end.start()], at, _kept(line_end[0])))
        at = line_end.end()
    return [*found, (source[at:], at, "\n")]


def _indent(lines: list[tuple[str, int, str]], value: str) -> int:
    """Return the indentation of a block: that of its first line with text, without the spaces in the value itself."""
    written = next((text for text, _, _ in lines if text.strip(" ")), "")
    own = next((text for text in BREAKS.split(value) if text.strip(" ")), "")
    return max(0, _spaces(written) - _spaces(own))


def _spaces(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
