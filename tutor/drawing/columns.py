"""The columns of the execution table, in order: their names, their headings, and which lessons have them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    heading_in: Callable[[Lesson], str] | None = None
    """The heading in a lesson, if it is not the same in all."""


_STATES = {
    "list": "Queue state",
    "string": "Stored value",
    "hash": "Hash state",
    "set": "Set state",
    "zset": "Sorted set state",
    "stream": "Stream state",
}


def _state_heading(lesson: Lesson) -> str:
    types = [*lesson.watched.values()]
    if lesson.watched_patterns or len(types) > 1:
        return "Queues changed" if not lesson.watched_patterns and set(types) == {"list"} else "Keys changed"
    return _STATES[types[0]]


def _is_watching(lesson: Lesson) -> bool:
    return bool(lesson.watched or lesson.watched_patterns)


COLUMNS = (
    TableColumn("step", "Step"),
    TableColumn("action", "Action"),
    TableColumn("command", "Redis command"),
    TableColumn("state", "Queue state", _is_watching, _state_heading),
    TableColumn("output", "Output"),
)
"""The first column is the row's header. templates/runs/_row.html has the cells in the same order."""


def table_columns(lesson: Lesson) -> tuple[TableColumn, ...]:
    """Return the columns that the table of a lesson has."""
    shown = (column for column in COLUMNS if column.is_shown(lesson))
    return tuple(replace(each, heading=each.heading_in(lesson)) if each.heading_in else each for each in shown)
