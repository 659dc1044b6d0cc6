"""The style sheets: no rule without an element, no custom property without a use, a hue for each actor."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pygments.token import STANDARD_TYPES

from tests.tables import for_each
from tutor.drawing import tokens
from tutor.engine.lesson.lesson import Lesson
from tutor.site.bundles import BUNDLES

ROOT = Path(__file__).resolve().parent.parent
SHEETS = {path.name: path.read_text() for path in (ROOT / "static/css").glob("*.css")}
SCRIPTS = "\n".join(path.read_text() for path in (ROOT / "static/js").glob("*.js"))
TEMPLATES = "\n".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))

ATTRIBUTES = re.compile(r'\b(?:class|id)="((?:\{\{.*?\}\}|\{%.*?%\}|[^"{])*)"')
QUOTED = re.compile(r""""([^"\n]*)"|'([^'\n]*)'|`([^`]*)`""")
NAME = re.compile(r"[A-Za-z][\w-]*")
STEM = re.compile(r"([A-Za-z][\w-]*-)(?=\{\{|\$\{)")
"""The beginning of a name whose end is worked out, as in `is-{{ actor.state }}`."""


def without_comments(sheet: str) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)


def selectors(sheet: str) -> Iterator[str]:
    """Yield the text before each brace that opens a rule."""
    for found in re.findall(r"([^{};]+)\{", without_comments(sheet)):
        if not found.strip().startswith("@"):
            yield re.sub(r'"[^"]*"', "", found)


@cache
def names_in(sheet: str) -> set[str]:
    """Return the classes and ids that a sheet selects."""
    return {name for selector in selectors(sheet) for name in re.findall(r"[.#]([A-Za-z][\w-]*)", selector)}


def quoted(text: str) -> str:
    """Return all that is in quotes."""
    return " ".join(part for found in QUOTED.findall(text) for part in found)


def words_of(program: str) -> Iterator[str]:
    """Yield the words in the texts of a Python program, docstrings aside."""
    nodes = list(ast.walk(ast.parse(program)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from node.value.split()


JINJA = " ".join(re.findall(r"\{[{%].*?[}%]\}", TEMPLATES))
BODY_CLASSES = re.findall(r"\{% block body_class %\}(.*?)\{% endblock %\}", TEMPLATES)
WRITTEN = " ".join([*ATTRIBUTES.findall(TEMPLATES), *BODY_CLASSES, quoted(JINJA), quoted(SCRIPTS)])
STEMS = set(STEM.findall(WRITTEN))


@cache
def program_words() -> set[str]:
    """Return the words in all texts of the program. Parsing it takes too long for each process that collects tests."""
    return {word for path in (ROOT / "tutor").rglob("*.py") for word in words_of(path.read_text())}


@cache
def given() -> set[str]:
    """Return classes and ids that are written out; the program hands some of `is-…` to a template."""
    return set(NAME.findall(WRITTEN)) | {word for word in program_words() if word.startswith("is-")}


@cache
def ends() -> set[str]:
    """Return ends that the program gives to stems."""
    return program_words() | set(NAME.findall(quoted(JINJA))) | {str(hue) for hue in range(tokens.HUES)}


def is_given(name: str) -> bool:
    """Return whether an element can have this class or id."""
    is_worked_out = any(name.startswith(stem) and name[len(stem) :] in ends() for stem in STEMS)
    return name in given() or is_worked_out or name in STANDARD_TYPES.values()


@pytest.mark.slow
@for_each("sheet", SHEETS)
def test_each_class_and_id_in_a_sheet_is_given_to_an_element(sheet: str):
    assert {name for name in names_in(SHEETS[sheet]) if not is_given(name)} == set()


def test_each_custom_property_is_defined_and_used():
    everything = "\n".join([*map(without_comments, SHEETS.values()), SCRIPTS])
    defined = set(re.findall(r"(--[a-z][\w-]*)\s*:", everything))
    assert defined == set(re.findall(r"var\((--[a-z][\w-]*)", everything))


@pytest.mark.parametrize("sheet", SHEETS)
def test_each_animation_is_defined_and_used(sheet: str):
    text = without_comments(SHEETS[sheet])
    animations = re.findall(r"animation(?:-name)?: ([a-z][\w-]*)", text)
    assert set(re.findall(r"@keyframes ([\w-]+)", text)) == set(animations) - {"none"}


@pytest.mark.parametrize("sheet", SHEETS)
def test_all_rules_are_in_a_layer(sheet: str):
    depth = 0
    for found in re.finditer(r"([^{};]*)([{};])", without_comments(SHEETS[sheet])):
        assert depth or found[1].strip().startswith("@layer") or not found[1].strip()
        depth += {"{": 1, "}": -1, ";": 0}[found[2]]


def test_each_sheet_is_on_a_page():
    assert {name.removesuffix(".css") for name in SHEETS} == set(re.findall(r'sheet\("(\w+)"\)', TEMPLATES))


PAGES = sorted(
    path.relative_to(ROOT / "templates").as_posix()
    for path in (ROOT / "templates").rglob("*.html")
    if not path.name.startswith("_") and path.name not in ("base.html", "plain.html", "sheet.html")
)
KINDS = [f"quizzes/_{kind}.html" for kind in ("choice", "several", "number", "text", "state", "order")]
"""The fragments that `question.template` may name."""


def with_fragments(name: str) -> str:
    """Return the text of a template with those that it extends and includes."""
    text = (ROOT / "templates" / name).read_text()
    named = re.findall(r'\{% (?:include|extends) "([^"]+)"', text)
    named += KINDS if "include question.template" in text else []
    return text + "".join(map(with_fragments, named))


@for_each("page", PAGES)
def test_a_page_loads_the_sheets_of_its_classes(page: str):
    text = with_fragments(page)
    bundled = [file for name in re.findall(r'bundle\("([\w.]+)"\)', text) for file in BUNDLES[f"bundles/{name}"]]
    loaded = {f"{name}.css" for name in re.findall(r'sheet\("(\w+)"\)', text)} | {
        Path(file).name for file in bundled if file.startswith("css/")
    }
    styled_elsewhere = {name for sheet in SHEETS.keys() - loaded for name in names_in(SHEETS[sheet])}
    styled = {name for sheet in loaded for name in names_in(SHEETS[sheet])}
    classes = re.sub(r"\{[{%].*?[}%]\}", " ", " ".join(re.findall(r'\bclass="([^"]*)"', text)))
    # A modifier, is-…, means something else beside each class.
    used = {name for name in NAME.findall(classes) if not name.startswith("is-")}
    assert used & (styled_elsewhere - styled) == set()


def test_columns_are_named_not_counted():
    tables = r"\b(?:th|td)[^\s,]*:(?:nth|first|last)-"
    counted = [
        selector.strip() for sheet in SHEETS.values() for selector in selectors(sheet) if re.search(tables, selector)
    ]
    assert counted == []


def test_each_actor_that_a_lesson_may_have_has_a_hue_of_its_own():
    most = Lesson.model_json_schema()["properties"]["actors"]["maxItems"]
    given = dict(re.findall(r"\.hue-(\d+) \{ ([^}]*) \}", SHEETS["base.css"]))
    assert set(given) == {str(number) for number in range(most)}
    assert len(set(given.values())) == most
