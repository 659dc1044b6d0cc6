"""The values of a lesson's file by their places, and the edits that change, remove, add or move them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from tutor.engine.lesson.problem import Path
from tutor.engine.values.replies import Json
from tutor.files.yaml_parser import tree
from tutor.files.yaml_writer import as_flow
from tutor.mutation.mutants import TextEdit


@dataclass(frozen=True, slots=True, eq=False)
class ValuePlace:
    """A value in the file: its path, its node, and the node of its name if it is a field of a mapping."""

    path: Path
    node: Node
    value: Json
    key: ScalarNode | None = None
    children: "dict[str | int, ValuePlace]" = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the nearest field on the path, as in "steps" for an entry of that list."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    @property
    def index(self) -> int:
        """Where the value begins in the text."""
        return int(self.node.start_mark.index)

    @property
    def begin(self) -> int:
        """Where the field begins with its name, or the entry of a list after its hyphen."""
        return self.index if self.key is None else int(self.key.start_mark.index)

    @property
    def is_block_text(self) -> bool:
        """Whether it is a text that begins with | or >."""
        return isinstance(self.node, ScalarNode) and self.node.style in ("|", ">")

    def walk(self) -> "Iterator[ValuePlace]":
        """Yield this place and all within it, in the file's order."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def leaves(self) -> "Iterator[ValuePlace]":
        """Yield the places within it that hold no list and no mapping."""
        return (place for place in self.walk() if not isinstance(place.value, dict | list))


class PlacedText:
    """A text's places and its edits."""

    def __init__(self, text: str, value: Json) -> None:
        self.text = text
        self.root = _place((), tree(text), value)

    def at(self, *path: str | int) -> ValuePlace | None:
        """Return the place with that path, None if the file has none."""
        place: ValuePlace | None = self.root
        for part in path:
            place = place.children.get(part) if place else None
        return place

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """The index at which each line begins."""
        return [0, *(i + 1 for i, char in enumerate(self.text) if char == "\n")]

    def end(self, place: ValuePlace) -> int:
        """Return the index after the last character; the parser's own mark can be some lines further down."""
        node = place.node
        if isinstance(node, CollectionNode) and not node.flow_style and place.children:
            return self.end(list(place.children.values())[-1])
        if place.is_block_text:
            return len(self.text[: node.end_mark.index].rstrip())
        if node.end_mark.index == node.start_mark.index and place.key is not None:
            return self.text.index(":", int(place.key.end_mark.index)) + 1
        return int(node.end_mark.index)

    def raw(self, place: ValuePlace) -> str:
        """Return the value as it is written."""
        return self.text[place.index : self.end(place)]

    def written(self, place: ValuePlace, value: Json) -> TextEdit:
        """Return the edit that writes another value."""
        end = self.end(place)
        if end <= place.index:  # nothing is written
            return TextEdit(end, end, f" {as_flow(value)}")
        return TextEdit(place.index, end, as_flow(value))

    def renamed(self, place: ValuePlace, name: str) -> TextEdit:
        """Return the edit that gives a field another name."""
        assert place.key is not None  # noqa: S101 - only fields are renamed
        return TextEdit(int(place.key.start_mark.index), int(place.key.end_mark.index), as_flow(name))

    def removed(self, place: ValuePlace) -> TextEdit | None:
        """Return the edit that removes a field or an entry; the last one leaves takes the field around it along."""
        around = self.at(*place.path[:-1])
        if around is None:
            return None
        beside = list(around.children.values())
        i = beside.index(place)
        if i + 1 < len(beside):
            return TextEdit(place.begin, beside[i + 1].begin, "")
        if i > 0:
            return TextEdit(self.end(beside[i - 1]), self.end(place), "")
        return self.removed(around) if around.path else None

    def added(self, place: ValuePlace, value: Json, name: str = "") -> TextEdit:
        """Return the edit that adds an entry behind `place`, or a field with that name."""
        text = f"{as_flow(name)}: {as_flow(value)}" if name else as_flow(value)
        around = self.at(*place.path[:-1])
        end = self.end(place)
        if around is None or _is_flow(around):
            return TextEdit(end, end, f", {text}")
        hyphen = "- " if isinstance(around.node, SequenceNode) else ""
        return TextEdit(end, end, f"\n{' ' * int(around.node.start_mark.column)}{hyphen}{text}")

    def inserted(self, place: ValuePlace, value: Json) -> TextEdit:
        """Return the edit that puts an entry in front of `place`, an entry of a list."""
        around = self.at(*place.path[:-1])
        if around is None or _is_flow(around):
            return TextEdit(place.begin, place.begin, f"{as_flow(value)}, ")
        line = f"\n{' ' * int(around.node.start_mark.column)}- "
        return TextEdit(place.begin, place.begin, as_flow(value) + line)

    def swapped(self, one: ValuePlace, other: ValuePlace) -> tuple[TextEdit, TextEdit]:
        """Return the edits that let two entries change places."""
        first, second = (one.begin, self.end(one)), (other.begin, self.end(other))
        return (
            TextEdit(*first, self.text[second[0] : second[1]]),
            TextEdit(*second, self.text[first[0] : first[1]]),
        )


def _is_flow(place: ValuePlace) -> bool:
    return isinstance(place.node, CollectionNode) and bool(place.node.flow_style)


def _place(path: Path, node: Any, value: Json, key: ScalarNode | None = None) -> ValuePlace:
    place = ValuePlace(path, node, value, key)
    if isinstance(node, MappingNode):
        for name, child in node.value:
            place.children[name.value] = _place((*path, name.value), child, value[name.value], name)
    elif isinstance(node, SequenceNode):
        for i, child in enumerate(node.value):
            place.children[i] = _place((*path, i), child, value[i])
    return place
