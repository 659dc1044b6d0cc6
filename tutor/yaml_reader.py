"""A YAML file as plain values that know their places, read within fixed limits; knows nothing of lessons.

The values are YAML 1.2's core schema: text, integers, numbers, true, false, null, lists, mappings; a mapping's keys
are always text. Anchors, aliases and tags are refused: a lesson needs none, and 300 bytes of aliases can stand for
gigabytes. The tree is built from the parser's events, so each limit ends the work where it is crossed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from tutor.engine.facts import NO_FACTS, Facts
from tutor.engine.values import Json

LARGEST_FILE = 256 * 1024
"""Bytes that a file may have."""

MOST_NODES = 30_000
"""Values that a file may hold; the parser makes some 60,000 of them a second."""

DEEPEST = 16
"""How many lists and mappings may stand inside one another."""

MOST_DIGITS = 18
"""Digits of an integer: what Redis itself can count with."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Something to say about a place in the file; both numbers count from 1."""

    line: int
    column: int
    message: str
    facts: Facts = field(default=NO_FACTS, compare=False)


@dataclass(slots=True)
class Node:
    """A value and where it starts; `children` and `keys` are there for what stands inside it."""

    value: Json
    line: int
    column: int
    children: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str | int, "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: no `root` if the text is no YAML at all, and the problems either way."""

    root: Node | None
    problems: tuple[Spot, ...]


class _ReadingError(Exception):
    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.spot = Spot(line, column, message)


def read_document(source: str | bytes) -> Document:
    """Read YAML text. Never raises; syntax errors and crossed limits end the reading at the first one."""
    try:
        text = _text(source)
        builder = _Builder(_events(text))
        return Document(builder.document(), tuple(builder.problems))
    except _ReadingError as unreadable:
        return Document(None, (unreadable.spot,))


def _text(source: str | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "replace"))
    if size > LARGEST_FILE:
        raise _ReadingError(1, 1, f"the file has {size:,} bytes; at most {LARGEST_FILE:,} are read")
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8")
        message = f"the byte 0x{source[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise _ReadingError(*_place(before, len(before)), message) from None


def _place(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def _events(text: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except ReaderError as error:
        # Raised for a control character; the reader counts from the start of the text.
        message = f"the character {chr(error.character)!r} can't stand in a YAML file"
        raise _ReadingError(*_place(text, error.position), message) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _ReadingError(line, column, f"this is not YAML: {_complaint(error)}") from None
    except (YAMLError, ValueError, OverflowError) as error:
        # The last two: the scanner makes numbers and characters of the digits in `%YAML` and in escapes, unchecked.
        raise _ReadingError(1, 1, f"this is not YAML: {' '.join(str(error).split())}") from None


def _complaint(error: MarkedYAMLError) -> str:
    if error.problem and "'\\t'" in error.problem:
        return "a tab stands where only spaces can"
    return ", ".join(part for part in (error.problem, error.context) if part)


class _Builder:
    """Builds the tree of one document from the parser's events."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.problems: list[Spot] = []
        self._events = events
        self._count = 0

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, NodeEvent):
                root = self._node(event, depth=1)
            elif isinstance(event, DocumentStartEvent) and root:
                raise _ReadingError(*_start(event), "a second document starts here; a file holds one lesson")
        if root is None:
            raise _ReadingError(1, 1, "the file is empty")
        return root

    def _node(self, event: Event, *, depth: int) -> Node:
        at = _start(event)
        self._count += 1
        if self._count > MOST_NODES:
            raise _ReadingError(*at, f"the file holds more than {MOST_NODES:,} values")
        if depth > DEEPEST:
            raise _ReadingError(*at, f"more than {DEEPEST} lists and mappings stand inside one another")
        self._refuse_marks(event)
        if isinstance(event, ScalarEvent):
            return Node(self._scalar(event), *at)
        return self._list(at, depth) if isinstance(event, SequenceStartEvent) else self._mapping(at, depth)

    def _refuse_marks(self, event: Event) -> None:
        at = _start(event)
        if isinstance(event, AliasEvent):
            raise _ReadingError(*at, f"aliases are not read: write the value out instead of *{event.anchor}")
        if getattr(event, "anchor", None):
            raise _ReadingError(*at, f"anchors are not read: remove &{getattr(event, 'anchor', '')}")
        if getattr(event, "tag", None):
            raise _ReadingError(*at, f"tags are not read: remove {getattr(event, 'tag', '')}")

    def _list(self, at: tuple[int, int], depth: int) -> Node:
        node = Node([], *at)
        while not isinstance(event := next(self._events), SequenceEndEvent):
            child = self._node(event, depth=depth + 1)
            node.children[len(node.value)] = child
            node.value.append(child.value)
        return node

    def _mapping(self, at: tuple[int, int], depth: int) -> Node:
        node = Node({}, *at)
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise _ReadingError(*_start(event), "a mapping's key must be text")
            self._refuse_marks(event)
            name = self._text(event)
            key = Node(name, *_start(event))
            child = self._node(next(self._events), depth=depth + 1)
            if child.value is None:
                # The parser places what is left out where the next thing starts, often some lines further down.
                child.line, child.column = key.line, key.column
            if name in node.keys:
                first = node.keys[name].line
                message = f"{name!r} is already there, in line {first}"
                self.problems.append(Spot(key.line, key.column, message, Facts(see_line=first)))
                continue
            node.keys[name], node.children[name], node.value[name] = key, child, child.value
        return node

    def _scalar(self, event: ScalarEvent) -> Json:
        text = self._text(event)
        if not event.implicit[0]:  # quoted, or a block: text whatever it looks like
            return text
        try:
            return plain_value(text)
        except ValueError as error:
            self.problems.append(Spot(*_start(event), str(error)))
            return 0

    def _text(self, event: ScalarEvent) -> str:
        # Escapes can spell what is no character, or what a database can't store as text.
        text = str(event.value)
        if bad := _NO_TEXT.search(text):
            self.problems.append(Spot(*_start(event), f"the character {bad[0]!r} can't stand in a lesson"))
        return _NO_TEXT.sub("?", text)


def _start(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_CONSTANTS: dict[str, Json] = {"": None, "~": None}
_CONSTANTS |= dict.fromkeys(("null", "Null", "NULL"))
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
_CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain_value(text: str) -> Json:
    """Return what an unquoted scalar stands for (YAML 1.2.2, section 10.3.2). Raises: ValueError."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > MOST_DIGITS + 1:
            raise ValueError(
                f"the number has {len(text)} digits; at most {MOST_DIGITS} are read; quote it to make it text"
            )
        return int(text, {"o": 8, "x": 16}.get(text[1:2], 10))
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"the number {text[:20]} is too large; quote it to make it text")
        return number
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{text} is no number that a lesson can use; quote it to make it text")
    return text
