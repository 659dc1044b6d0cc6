"""Claims written into a lesson's YAML text: each as an edit of its place, so that every other byte stays.

Dumping the file anew, even with a library that keeps comments, would indent and break the lines of an author's file
its own way. So the parser only says where things stand.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from tutor.engine.values import Json
from tutor.yaml_parser import tree
from tutor.yaml_reader import plain_value

WIDEST = 110
"""Characters of a line of claims; more are written one claim a line."""

_PLAIN = re.compile(r"[A-Za-z_/][\w./+@-]*( [\w./+@=-]+)*")


@dataclass(frozen=True, slots=True)
class NewClaims:
    """What changes in the `expect` of a step: claims that say something else now, and those that come after them."""

    corrected: Mapping[str, Json] = field(default_factory=dict)
    added: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    start: int
    end: int
    text: str


def with_claims(text: str, steps: Mapping[int, NewClaims]) -> str:
    """Return the text of a lesson with changed claims; `steps` counts from 0."""
    root = tree(text)
    found = _value(root, "steps")
    edits = [edit for i, claims in steps.items() for edit in _step_edits(text, found.value[i], claims)]
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def as_flow(value: Json) -> str:
    """Return a value as YAML in one line, as it can stand between braces."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_flow(str(name))}: {as_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_flow, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and isinstance(plain_value(text), str):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    escaped = (f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
    return '"' + "".join(escaped) + '"'


def _step_edits(text: str, step: MappingNode, claims: NewClaims) -> list[_Edit]:
    expect = _value(step, "expect")
    if expect is None:
        return [_new_field(text, step, claims.added)] if claims.added else []
    if not expect.value:
        return [_Edit(expect.start_mark.index, expect.end_mark.index, as_flow(dict(claims.added)))]
    edits = [
        _correction(text, name, value, claims.corrected[name.value])
        for name, value in expect.value
        if name.value in claims.corrected
    ]
    return [*edits, *_additions(text, expect, claims.added)]


def _additions(text: str, expect: MappingNode, added: Mapping[str, Json]) -> list[_Edit]:
    if not added:
        return []
    end = _end(text, expect.value[-1])
    if expect.flow_style:
        return [_Edit(end, end, ", " + as_flow(dict(added))[1:-1])]
    at = _line_end(text, end)
    return [_Edit(at, at, "".join(_line(text, expect) + _pair(name, value) for name, value in added.items()))]


def _new_field(text: str, step: MappingNode, added: Mapping[str, Json]) -> _Edit:
    end, flow = _end(text, step.value[-1]), f"expect: {as_flow(dict(added))}"
    if step.flow_style:
        return _Edit(end, end, f", {flow}")
    at, line = _line_end(text, end), _line(text, step)
    if len(line) + len(flow) <= WIDEST:
        return _Edit(at, at, line + flow)
    return _Edit(at, at, f"{line}expect:" + "".join(f"{line}  {_pair(*pair)}" for pair in added.items()))


def _pair(name: str, value: Json) -> str:
    return f"{as_flow(name)}: {as_flow(value)}"


def _correction(text: str, name: ScalarNode, old: Node, new: Json) -> _Edit:
    is_block = (isinstance(old, CollectionNode) and not old.flow_style) or _is_block_text(old)
    start = text.index(":", name.end_mark.index) + 1 if is_block or not _width(old) else old.start_mark.index
    lead = " " if is_block or not _width(old) else ""
    return _Edit(start, _end(text, (name, old)), lead + as_flow(new))


def _width(node: Node) -> int:
    return int(node.end_mark.index - node.start_mark.index)


def _is_block_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def _end(text: str, pair: Sequence[Any]) -> int:
    """Return the index behind the last character of a field: the parser's own mark can be some lines further down."""
    name, value = pair
    if isinstance(value, CollectionNode) and not value.flow_style and value.value:
        last = value.value[-1]
        return _end(text, last if isinstance(value, MappingNode) else (name, last))
    if _is_block_text(value):
        return len(text[: value.end_mark.index].rstrip())
    if not _width(value):
        return text.index(":", name.end_mark.index) + 1
    return int(value.end_mark.index)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    end = len(text) if found < 0 else found
    return end - 1 if text[end - 1 : end] == "\r" else end


def _line(text: str, mapping: MappingNode) -> str:
    """Return what begins a new line of a block mapping: the file's own line break, and the mapping's indentation."""
    return ("\r\n" if "\r\n" in text else "\n") + " " * int(mapping.start_mark.column)


def _value(mapping: MappingNode, name: str) -> Any:
    return next((value for key, value in mapping.value if key.value == name), None)
