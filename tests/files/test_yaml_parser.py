"""libyaml and PyYAML's own parser give the same result for every text that both accept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bombs import YAML_PARTS
from tests.fuzzing import examples
from tests.lessons import OURS, SOUND
from tests.tables import for_each
from tutor.files import yaml_parser
from tutor.files.yaml_reader import Node, read_document
from tutor.library import read

Shape = list[tuple[object, ...]] | None


def shapes_of(text: str) -> tuple[Shape, Shape]:
    """Return the values and positions that libyaml and PyYAML's own parser give for a text, or None."""
    return _shape(text, yaml.CSafeLoader), _shape(text, yaml.SafeLoader)


def _shape(text: str, loader: type) -> Shape:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_parser, "Loader", loader)
        root = read_document(text).root
    return None if root is None else list(_places(root))


def _places(node: Node) -> Iterator[tuple[object, ...]]:
    yield node.line, node.column, None if node.children else node.value, [*node.keys]
    for child in node.children.values():
        yield from _places(child)


@pytest.mark.slow
@for_each("path", OURS)
def test_both_parsers_read_our_lessons_alike(path: Path):
    fast, own = shapes_of(path.read_text())
    assert fast == own is not None


@settings(max_examples=examples(200))
@given(st.integers(0, len(SOUND)), st.integers(0, 12), st.lists(YAML_PARTS, max_size=4).map("".join))
def test_what_both_parsers_take_they_read_alike(place: int, cut: int, put: str):
    fast, own = shapes_of(SOUND[:place] + put + SOUND[place + cut :])
    if fast is not None and own is not None:
        assert fast == own


@for_each(
    "line",
    ["SET user:1 x", "a:b", "'it''s: so'", "日本 😀", "x#y", "{{a}}", '"\\x41\\u00e9\\U0001F600"', "http://a/b=c"],
)
def test_both_parsers_take_what_authors_write_within_braces(line: str):
    written = line if line[0] in "'\"" else f"'{line}'" if line[0] == "{" else line
    fast, own = shapes_of(f"steps: [{{command: {written}, save: [a, b]}}]\n")
    assert fast == own is not None


def test_lines_end_where_the_excerpt_ends_them():
    text = "a: 'x\u2028y'\nb: 'x\x85y'\r\nc: 😀\rd: [x\n"
    (spot,) = read_document(text).problems
    lines = yaml_parser.BREAKS.split(text)
    assert lines[spot.line - 1][spot.column - 1] == "["
    assert spot.message == "expected a comma or ] here, to end what opens in line 6; or put the text in quotes"


def test_without_libyaml_lessons_are_read_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(yaml_parser, "Loader", yaml.SafeLoader)
    assert read(SOUND, "x.yaml").lesson is not None
    (problem,) = read("title: 'a\n", "x.yaml").problems
    assert (problem.line, problem.column) == (1, 8)
