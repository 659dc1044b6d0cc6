"""Writing claims and questions into a lesson's YAML text in place, so that every other byte is kept.

Dumping the file anew, even with a library that keeps comments, would change the indentation and line breaks of an
author's file. So the parser only provides positions.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from tutor.engine.values.replies import Json
from tutor.files.yaml_parser import tree
from tutor.files.yaml_reader import plain_value

WIDEST = 110
"""Maximum length of a line of claims; longer ones are written with one claim per line."""

_QUOTED = re.compile(r"""[^"\\]*'[^"\\]*""")
_PLAIN = re.compile(r"[A-Za-z_/][\w./+@-]*( [\w./+@=-]+)*")


Ids = Mapping[str, Mapping[int, str]]
"""New ids of items in a lesson's lists, by the list's name and the index."""


@dataclass(frozen=True, slots=True)
class NewClaims:
    """Changes to the `expect` of a step: new values of existing claims, and claims to append."""

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
    return _edited(text, (edit for i, claims in steps.items() for edit in _step_edits(text, found.value[i], claims)))


def with_ids(text: str, ids: Ids) -> str:
    """Return the text of a lesson with new ids, each after the first field; the author's lines are kept."""
    root = tree(text)
    found = [(_value(root, name).value[i], id_) for name, of_list in ids.items() for i, id_ in of_list.items()]
    return _edited(text, (_id_edit(text, item, id_) for item, id_ in found))


def with_number(text: str, name: str, number: int) -> str:
    """Return the text of a lesson with the number in its field `name`, added as the first field if it is missing.

    Raises: ValueError, if the lesson is not a mapping with fields.
    """
    root = tree(text)
    if not isinstance(root, MappingNode) or not root.value:
        raise ValueError("the lesson is not a mapping")
    pair = next((pair for pair in root.value if pair[0].value == name), None)
    if pair is not None:
        return _edited(text, [_correction(text, pair[0], pair[1], number)])
    at = root.value[0][0].start_mark.index
    between = ", " if root.flow_style else _line(text, root)
    return text[:at] + f"{name}: {number}{between}" + text[at:]


def with_items(text: str, name: str, items: Sequence[Mapping[str, Json]]) -> str:
    """Return the text of a lesson with more items in the list `name`, added at its end if it is missing.

    Raises: ValueError, if the file's layout has no place for them.
    """
    root = tree(text)
    if not isinstance(root, MappingNode) or root.flow_style or not root.value:
        raise ValueError("the lesson is not written one field a line")
    pair = next((pair for pair in root.value if pair[0].value == name), None)
    if pair is None:
        return _with_list(text, root, name, items)
    return _edited(text, _more_items(text, pair, items))


def as_flow(value: Json) -> str:
    """Return a value as YAML in one line, for use between braces."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(name))}: {as_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_flow, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and isinstance(plain_value(text), str):
        return text
    if text.isprintable():
        # As a person would: texts such as b'task1' need no escapes in double quotes.
        return f'"{text}"' if _QUOTED.fullmatch(text) else "'" + text.replace("'", "''") + "'"
    escaped = (f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
    return '"' + "".join(escaped) + '"'


def _with_list(text: str, root: MappingNode, name: str, items: Sequence[Mapping[str, Json]]) -> str:
    # Comments below the last field stay below it.
    end = len(text.rstrip())
    line = _line(text, root)
    return text[:end] + f"{line}{name}:" + _listed(line + "  ", items) + text[end:]


def _more_items(text: str, pair: Sequence[Any], items: Sequence[Mapping[str, Json]]) -> list[_Edit]:
    name, found = pair
    if isinstance(found, SequenceNode) and found.value:
        return [_behind_the_last(text, pair, items)]
    line = _line_at(text, int(name.start_mark.column) + 2)
    after = text.index(":", name.end_mark.index) + 1
    end = max(after, int(found.end_mark.index)) if _width(found) else after
    at = _line_end(text, end)
    return [_Edit(after, end, ""), _Edit(at, at, _listed(line, items))]


def _behind_the_last(text: str, pair: Sequence[Any], items: Sequence[Mapping[str, Json]]) -> _Edit:
    name, found = pair
    if found.flow_style:
        at = _end(text, (name, found.value[-1]))
        return _Edit(at, at, "".join(f", {as_flow(dict(item))}" for item in items))
    at = _line_end(text, _end(text, pair))
    return _Edit(at, at, _listed(_line_at(text, int(found.start_mark.column)), items))


def _listed(line: str, items: Sequence[Mapping[str, Json]]) -> str:
    """Return items of a block list; `line` is the line break and the indentation of each."""
    written = []
    for item in items:
        fields = [_field(line + "  ", name, value) for name, value in item.items()]
        written.append(f"{line}- " + f"{line}  ".join(fields))
    return "".join(written)


def _field(line: str, name: str, value: Json) -> str:
    """Return a field of a block mapping; long texts are written line by line, wide values part by part."""
    flow = f"{as_flow(name)}: {_scalar(line, value)}"
    is_narrow = len(line) + len(flow) <= WIDEST and "\\U" not in flow
    if not value or not isinstance(value, dict | list) or is_narrow:
        return flow
    inner = line + "  "
    if isinstance(value, dict):
        parts = [_field(inner, each, part) for each, part in value.items()]
    else:
        parts = [f"- {_scalar(inner, part)}" for part in value]
    return f"{as_flow(name)}:" + "".join(inner + part for part in parts)


def _scalar(line: str, value: Json) -> str:
    """Return a value for the place after a name or a hyphen: a block if possible, else one line."""
    return (_block(line, value) if isinstance(value, str) else "") or as_flow(value)


def _block(line: str, text: str) -> str:
    """Return a text of several lines as YAML's literal block, "" if a block can't hold it exactly."""
    lines = text.split("\n")
    # A parser strips spaces at a line's end, and reads those of the first line as indentation.
    is_exact = all(each == each.rstrip() and each.isprintable() for each in lines)
    if len(lines) < 2 or not is_exact or lines[0][:1] in ("", " ") or not lines[-1]:
        return ""
    return "|-" + "".join(f"{line}  {each}" if each else line[: line.rindex("\n") + 1] for each in lines)


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _id_edit(text: str, item: MappingNode, id_: str) -> _Edit:
    end = _end(text, item.value[0])
    if item.flow_style:
        return _Edit(end, end, f", id: {id_}")
    at = _line_end(text, end)
    return _Edit(at, at, f"{_line(text, item)}id: {id_}")


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
    end = _end(text, (name, old))
    if is_block or not _width(old):
        return _Edit(text.index(":", name.end_mark.index) + 1, end, f" {as_flow(new)}")
    return _Edit(old.start_mark.index, end, as_flow(new))


def _width(node: Node) -> int:
    return int(node.end_mark.index - node.start_mark.index)


def _is_block_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def _end(text: str, pair: Sequence[Any]) -> int:
    """Return the index after the last character of a field; the parser's own mark can be some lines further down."""
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
    """Return the start of a new line of a block mapping: the file's line break, and the mapping's indentation."""
    return _line_at(text, int(mapping.start_mark.column))


def _line_at(text: str, column: int) -> str:
    return ("\r\n" if "\r\n" in text else "\n") + " " * column


def _value(mapping: MappingNode, name: str) -> Any:
    return next((value for key, value in mapping.value if key.value == name), None)
