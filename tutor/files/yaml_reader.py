"""A YAML file as plain values with positions, parsed within fixed limits and independent of lessons.

The values are YAML 1.2's core schema: text, integers, numbers, true, false, null, lists, mappings; a mapping's keys
are always text. Anchors, aliases and tags are refused: a lesson needs none, and 300 bytes of aliases can expand to
gigabytes. The tree is built from the parser's events, so that parsing stops where a limit is exceeded.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tutor.engine.lesson.problem import NO_FACTS, Facts
from tutor.engine.values.replies import Json
from tutor.files.yaml_parser import NotYaml, events, place

LARGEST_FILE = 256 * 1024
"""Maximum size of a file in bytes."""

MOST_NODES = 30_000
"""Maximum number of values in a file; the parser creates about 60,000 a second."""

DEEPEST = 16
"""Maximum nesting of lists and mappings."""

_ENTRY = 3
"""The depth of an entry in one of the lesson's lists, such as a step."""

MOST_DIGITS = 18
"""Maximum digits of an integer: any of that length fits Redis's 64-bit integers (INCR)."""

MOST_PROBLEMS = 201
"""Maximum number of unreadable values recorded: one above the reporting limit of a file."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A message about a place in the file; both numbers count from 1."""

    line: int
    column: int
    message: str
    facts: Facts = field(default=NO_FACTS, compare=False)


@dataclass(slots=True)
class Node:
    """A value and its start; `children` are its nested values, `keys` the names in a mapping."""

    value: Json
    line: int
    column: int
    children: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str | int, "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """The result of reading: `root` is None if the text is not YAML; the problems either way."""

    root: Node | None
    problems: tuple[Spot, ...]


def read_document(source: str | bytes) -> Document:
    """Read YAML text. Never raises; the first syntax error or exceeded limit ends the reading."""
    try:
        text = _text(source)
        builder = _TreeBuilder(events(text.removeprefix("\ufeff")))
        return Document(builder.document(), tuple(builder.problems))
    except NotYaml as unreadable:
        spot = Spot(unreadable.line, unreadable.column, str(unreadable), Facts(see_line=unreadable.see_line))
        return Document(None, (spot,))


def text_of_field(source: str, name: str) -> str:
    """Return the text of a field of the outermost mapping, "" if it has none. Reads no further than to there."""
    with suppress(ValueError):
        for field_name, value in _outermost_fields(events(source.removeprefix("\ufeff"))):
            if field_name == name:
                return _plain_text(value)
    return ""


def _outermost_fields(found: Iterator[Event]) -> Iterator[tuple[str, NodeEvent]]:
    """Yield the name of each field with the first event of its value; none if the text is not a mapping."""
    depth, name = 0, None
    for event in islice(found, MOST_NODES):
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if not isinstance(event, NodeEvent):
            continue
        if depth == 0 and not isinstance(event, MappingStartEvent):
            return
        if depth == 1 and name is not None:
            yield name, event
            name = None
        elif depth == 1:
            name = getattr(event, "value", "")
        depth += not isinstance(event, ScalarEvent | AliasEvent)


def _plain_text(event: NodeEvent) -> str:
    if not isinstance(event, ScalarEvent) or (event.implicit[0] and not isinstance(plain_value(event.value), str)):
        return ""
    return _NO_TEXT.sub("?", event.value)


def _text(source: str | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "replace"))
    if size > LARGEST_FILE:
        raise NotYaml(1, 1, f"the file has {size:,} bytes; at most {LARGEST_FILE:,} are read")
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8")
        message = f"the byte 0x{source[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise NotYaml(*place(before, len(before)), message) from None


class _TreeBuilder:
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
                raise NotYaml(*_start(event), "a second document starts here; a file holds one lesson")
        if root is None:
            raise NotYaml(1, 1, "the file is empty")
        return root

    def _note(self, problem: Spot) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def _node(self, event: Any, *, depth: int) -> Node:
        at = _start(event)
        self._count += 1
        if self._count > MOST_NODES:
            raise NotYaml(*at, f"the file holds more than {MOST_NODES:,} values")
        if depth > DEEPEST:
            raise NotYaml(*at, f"lists and mappings are nested more than {DEEPEST} deep")
        _refuse_marks(event, at)
        if isinstance(event, ScalarEvent):
            return Node(self._scalar(event, at), *at)
        return self._list(at, depth) if isinstance(event, SequenceStartEvent) else self._mapping(at, depth)

    def _list(self, at: tuple[int, int], depth: int) -> Node:
        node = Node([], *at)
        while not isinstance(event := next(self._events), SequenceEndEvent):
            child = self._node(event, depth=depth + 1)
            node.children[len(node.value)] = child
            node.value.append(child.value)
        return node

    def _mapping(self, begin: tuple[int, int], depth: int) -> Node:
        node = Node({}, *begin)
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise NotYaml(*_start(event), "a mapping's key must be text")
            at = _start(event)
            _refuse_marks(event, at)
            name = self._text(event, at)
            key = Node(name, *at)
            child = self._node(next(self._events), depth=depth + 1)
            if child.value is None:
                # The parser places an omitted value at the start of the next token, often some lines further down.
                child.line, child.column = key.line, key.column
            if name in node.keys:
                first = node.keys[name].line
                message = f"{name!r} is already there, in line {first}"
                if depth == _ENTRY and name == next(iter(node.keys)):
                    message += "; if a new entry begins here, put - in front"
                self._note(Spot(key.line, key.column, message, Facts(see_line=first)))
                continue
            node.keys[name], node.children[name], node.value[name] = key, child, child.value
        return node

    def _scalar(self, event: ScalarEvent, at: tuple[int, int]) -> Json:
        text = self._text(event, at)
        if not event.implicit[0]:  # quoted, or a block: always text
            return text
        try:
            return plain_value(text)
        except ValueError as error:
            self._note(Spot(*at, str(error)))
            return 0

    def _text(self, event: ScalarEvent, at: tuple[int, int]) -> str:
        # Escapes can spell code points that are not characters, or that a database can't store as text.
        text = str(event.value)
        if bad := _NO_TEXT.search(text):
            self._note(Spot(*at, f"the character {bad[0]!r} is not allowed in a lesson"))
            return _NO_TEXT.sub("?", text)
        return text


def _refuse_marks(event: NodeEvent, at: tuple[int, int]) -> None:
    if isinstance(event, AliasEvent):
        raise NotYaml(*at, f"aliases are not read: write the value out instead of *{event.anchor}, or quote the text")
    if event.anchor:
        raise NotYaml(*at, f"anchors are not read: remove &{event.anchor}, or quote the text")
    if tag := getattr(event, "tag", None):
        raise NotYaml(*at, f"tags are not read: remove {tag}, or quote the text")


def _start(event: Event) -> tuple[int, int]:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_CONSTANTS: dict[str, Json] = {"": None, "~": None}
_CONSTANTS |= dict.fromkeys(("null", "Null", "NULL"))
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
_CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
_NUMBERS_BEGIN = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain_value(text: str) -> Json:
    """Return the value of an unquoted scalar (YAML 1.2.2, section 10.3.2). Raises: ValueError."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBERS_BEGIN:
        return text
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
