"""The columns of the execution table: an entry and a cell make another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import engines
from jinja2 import ChoiceLoader, DictLoader

from tests.markup import Element, elements, find
from tests.views.stepping import PAGE, shelve, visitor
from tutor.drawing import columns
from tutor.drawing.columns import TableColumn

pytestmark = pytest.mark.django_db

HEADINGS = ["Step", "Action", "Redis command", "Queue state", "Output"]
CELL = """{% if "more" in headings %}
<td role="cell" class="col-more" data-label="{{ headings["more"] }}">more of {{ row.position }}</td>
{% endif %}
"""
STEPS = "  - {actor: producer, action: Push, command: LPUSH queue task1}\n"


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, settings) -> None:
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path, STEPS)


def table() -> Element:
    """Return the table of a learner who took the first step."""
    client = visitor()
    client.post(f"{PAGE}runs/", {"number": 1})
    (found,) = find(elements(client.get(PAGE).content.decode()), "table", class_="steps")
    return found


@pytest.fixture(params=[True, False], ids=["shown", "not shown"])
def is_shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """Add a column, which lessons have or have not: an entry in COLUMNS, and a cell in the row."""
    more = TableColumn("more", "More", lambda lesson: request.param)
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, more))
    environment = engines["jinja2"].env
    row, _, _ = environment.loader.get_source(environment, "runs/_row.html")
    loader = ChoiceLoader([DictLoader({"runs/_row.html": row.replace("</tr>", CELL + "</tr>")}), environment.loader])
    monkeypatch.setattr(environment, "loader", loader)
    environment.cache.clear()
    yield request.param
    environment.cache.clear()


def test_each_column_has_its_heading_and_its_class_in_the_head_and_in_each_row():
    head, body = table().children
    (row,) = body.children
    assert [cell.text for cell in find(head.descendants, "th")] == HEADINGS
    names = [f"col-{column.name}" for column in columns.COLUMNS]
    assert [cell["class"] for cell in find(head.descendants, "th")] == names
    assert [cell["class"] for cell in row.children] == names
    assert [cell["data-label"] for cell in row.children] == ["", *HEADINGS[1:]]


@pytest.mark.slow
def test_one_more_column_takes_an_entry_and_a_cell_and_a_lesson_may_go_without_it(is_shown: bool):
    head, body = table().children
    (row,) = body.children
    assert [cell.text for cell in find(head.descendants, "th")] == [*HEADINGS, *["More"] * is_shown]
    more = [(cell["class"], cell["data-label"], cell.text) for cell in row.children[len(HEADINGS) :]]
    assert more == [("col-more", "More", "more of 1")] * is_shown
