"""Replacing single values in a lesson's YAML text in place, so that every other byte is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yaml import YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tutor.engine.lesson.problem import Path
from tutor.engine.values.replies import Json
from tutor.files.yaml_parser import tree
from tutor.files.yaml_writer import as_flow

Rewrite = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class NewValue:
    """A new value of the file's scalar at a path, or of its name in the mapping for the key of a field.

    `rewrite` makes the same change in the text as it is written, over several lines, say; None writes the value anew.
    """

    value: Json
    rewrite: Rewrite | None = None


def with_values(text: str, values: Mapping[Path, NewValue], keys: Mapping[Path, str]) -> str:
    """Return the text of a lesson with other values at these paths, and with other names of these mappings' fields.

    Raises: ValueError, if there is no value at a path, or if the text around it leaves no place for the new one.
    """
    root = tree(text)
    edits = [(*_span(_node(root, path)), _written(text, _node(root, path), new)) for path, new in values.items()]
    edits += [(*_span(_key(root, path)), as_flow(name)) for path, name in keys.items()]
    for start, end, written in sorted(edits, reverse=True):
        text = text[:start] + written + text[end:]
    try:
        tree(text)
    except YAMLError as fault:
        raise ValueError("a changed value breaks the file's layout") from fault
    return text


def _span(node: Node) -> tuple[int, int]:
    return int(node.start_mark.index), int(node.end_mark.index)


def _written(text: str, node: Node, new: NewValue) -> str:
    start, end = _span(node)
    before = text[start:end]
    if new.rewrite is None or not isinstance(node, ScalarNode):
        return as_flow(new.value)
    after = new.rewrite(before)
    # Text without quotes can't begin with a brace, and between braces or brackets it can't contain one.
    is_plain = not node.style
    can_be_plain = not after.startswith("{") and "\n" in before
    return after if not is_plain or can_be_plain or _is_safe(text, node, after) else as_flow(new.value)


def _is_safe(text: str, node: Node, after: str) -> bool:
    """Return whether a plain text in one line stays plain: it stands alone behind a hyphen or a name."""
    line = text[text.rfind("\n", 0, int(node.start_mark.index)) + 1 : int(node.start_mark.index)]
    return not after.startswith("{") and not set("{[,").intersection(line)


def _node(root: Node, path: Path) -> Node:
    node = root
    for part in path:
        node = _child(node, part)[1]
    return node


def _key(root: Node, path: Path) -> Node:
    return _child(_node(root, path[:-1]), path[-1])[0]


def _child(node: Node, part: str | int) -> tuple[Node, Node]:
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if key.value == str(part):
            return key, value
    raise ValueError(f"there is nothing at {part!r}")
