"""The columns of the execution table, in order: their names, their headings, and which lessons have them."""

from collections.abc import Callable
from dataclasses import dataclass

from tutor.engine.lesson.lesson import Lesson


def always(_: Lesson) -> bool:
    """Return True: a column of every lesson."""
    return True


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: `col-<name>` is the class of its cells, which templates/runs/_row.html draws.

    On a phone each row is a card, with the heading before the cell.
    """

    name: str
    heading: str
    is_shown: Callable[[Lesson], bool] = always


COLUMNS = (
    TableColumn("step", "Step"),
    TableColumn("action", "Action"),
    TableColumn("command", "Redis command"),
    TableColumn("state", "Queue state"),
    TableColumn("output", "Output"),
)
"""The first column is the row's header. templates/runs/_row.html has the cells in the same order."""


def table_columns(lesson: Lesson) -> tuple[TableColumn, ...]:
    """Return the columns that the table of a lesson has."""
    return tuple(column for column in COLUMNS if column.is_shown(lesson))
