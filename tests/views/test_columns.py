"""The columns of the execution table: one entry and one macro make another."""

from pathlib import Path

import pytest
from django.template import engines
from markupsafe import Markup

from tests.markup import Element, elements, find
from tests.views.stepping import PAGE, shelve, visitor
from tutor.drawing import columns
from tutor.drawing.columns import TableColumn

pytestmark = pytest.mark.django_db

HEADINGS = ["Step", "Action", "Redis command", "Queue state", "Output"]
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


def add(monkeypatch: pytest.MonkeyPatch, column: TableColumn) -> None:
    """Add a column whose cells name their row."""
    monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, column))
    cells = engines["jinja2"].env.globals["cells"]
    monkeypatch.setitem(cells, column.name, lambda row, stage: Markup(f"<b>{column.name} of {row.position}</b>"))


def test_each_column_has_its_heading_and_its_class_in_the_head_and_in_each_row():
    head, body = table().children
    (row,) = body.children
    assert [cell.text for cell in find(head.descendants, "th")] == HEADINGS
    names = [f"col-{column.name}" for column in columns.COLUMNS]
    assert [cell["class"] for cell in find(head.descendants, "th")] == names
    assert [cell["class"] for cell in row.children] == names
    assert [cell["data-label"] for cell in row.children] == ["", *HEADINGS[1:]]


def test_one_more_column_takes_an_entry_and_a_macro(monkeypatch: pytest.MonkeyPatch):
    add(monkeypatch, TableColumn("more", "More"))
    head, body = table().children
    (row,) = body.children
    assert [cell.text for cell in find(head.descendants, "th")] == [*HEADINGS, "More"]
    last = row.children[-1]
    assert (last["class"], last["data-label"], last.text) == ("col-more", "More", "more of 1")


def test_a_lesson_may_go_without_a_column(monkeypatch: pytest.MonkeyPatch):
    add(monkeypatch, TableColumn("more", "More", lambda lesson: lesson.has_lanes))
    assert [cell.text for cell in find(table().descendants, "th", scope="col")] == HEADINGS
