"""The variable tracker: a row for each watched key and variable, a column for each step that changed one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.drawing.rows import list_tokens
from tutor.drawing.tokens import Token, token
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis.arguments import is_subscription
from tutor.engine.story import tracker_columns
from tutor.engine.story.story import Story
from tutor.engine.story.tracker_columns import TrackerColumn
from tutor.engine.trace.entry import NOT_THERE, TraceEntry
from tutor.engine.values.formatting import drawn_lines


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """One row of the variable tracker. `came_at`: the step that first created a key watched only by a pattern."""

    id: str
    name: str
    kind: Literal["key", "variable"]
    came_at: int = 0


@dataclass(frozen=True, slots=True)
class TrackerCell:
    """One cell of the variable tracker; `was` is the previous value if this step changed it, else "".

    `absent` is a short note that a key watched only by a pattern is missing, "" if it exists.
    """

    row: TrackerRow
    text: str
    tokens: tuple[Token, ...] | None
    was: str = ""
    changed: bool = False
    absent: str = ""
    wire: tuple[str, ...] = ()
    """The reply from which the value was taken at this step, as redis-cli prints it."""


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One column of the variable tracker, its values in the order of the names."""

    label: str
    step: int
    values: tuple[TrackerCell, ...]


@dataclass(frozen=True, slots=True)
class TrackerLine:
    """One row with its cells; the `before` columns from before the key existed are merged into one cell.

    A gap in place of columns missing from the page comes after the first column (`gap_at` 1); 0: the merged cell covers
    it.
    """

    row: TrackerRow
    before: int
    cells: tuple[tuple[ShownColumn, TrackerCell], ...]
    gap_at: int


@dataclass(frozen=True, slots=True)
class TrackerGroup:
    """Rows of one kind; a key created later adds a row to those found by patterns."""

    id: str
    lines: tuple[TrackerLine, ...]


def tracker_groups(
    lesson: Lesson, rows: Sequence[TrackerRow], columns: Sequence[ShownColumn], hidden: int
) -> Sequence[TrackerGroup]:
    """Return the rows with their cells, by kind: watched keys, keys found by patterns, variables.

    `hidden`: the number of columns after the first one missing from the page.
    """
    lines = [_line(row, i, columns, hidden) for i, row in enumerate(rows)]
    kinds = [("tracker-keys", 0, len(lesson.watched)), ("tracker-variables", -len(lesson.start_variables), len(lines))]
    groups = [TrackerGroup(id_, tuple(lines[start:end])) for id_, start, end in kinds]
    found = TrackerGroup("tracker-found", tuple(line for line in lines if line.row.came_at))
    groups = [groups[0], *([found] if lesson.watched_patterns else []), groups[1]]
    return [group for group in groups if group.lines or group is found]


def _line(row: TrackerRow, place: int, columns: Sequence[ShownColumn], hidden: int) -> TrackerLine:
    absent = sum(column.step < row.came_at for column in columns)
    cells = tuple((column, column.values[place]) for column in columns[absent:])
    has_gap = hidden > 0
    is_gap_within = has_gap and absent > 1
    return TrackerLine(row, absent + is_gap_within, cells, int(has_gap and not is_gap_within))


def tracker_rows(lesson: Lesson, latest: TraceEntry | None) -> Sequence[TrackerRow]:
    """Return the rows of the tracker up to the entry `latest`; a key created later changes no other row's id."""
    appeared = latest.appeared if latest else ()
    return [
        *(TrackerRow(f"tracker-key-{n}", name, "key") for n, name in enumerate(lesson.watched, 1)),
        *(TrackerRow(f"tracker-found-{n}", name, "key", at) for n, (name, at) in enumerate(appeared, 1)),
        *(TrackerRow(f"tracker-variable-{n}", name, "variable") for n, name in enumerate(lesson.start_variables, 1)),
    ]


def start_column(lesson: Lesson, latest: TraceEntry | None) -> ShownColumn:
    """Return the tracker's first column, for the rows up to the entry `latest`."""
    column = tracker_columns.start_column(lesson, latest)
    values = (
        TrackerCell(row, text, () if text == "[]" else None, absent="" if text else NOT_THERE)
        for text, row in zip(column.values, tracker_rows(lesson, latest), strict=True)
    )
    return ShownColumn(column.label, column.step, tuple(values))


def shown_column(lesson: Lesson, story: Story, column: TrackerColumn, rows: Sequence[TrackerRow]) -> ShownColumn:
    """Return the column that a step adds to the tracker, for these rows, with its changes marked."""
    values = [_cell(lesson, story, row, text, column.was) for row, text in zip(rows, column.values, strict=True)]
    return ShownColumn(column.label, column.step, tuple(values))


def _cell(lesson: Lesson, story: Story, row: TrackerRow, text: str, was: Mapping[str, str]) -> TrackerCell:
    entry = story.entry
    return TrackerCell(
        row,
        text,
        _tokens_of(entry, row.name) if text else None,
        was="" if entry.position == row.came_at else was.get(row.name, ""),
        changed=row.name in was,
        absent="" if text else "gone" if entry.position > row.came_at else NOT_THERE,
        # In lessons of format 1 a variable has the value that redis-cli shows anyway.
        wire=() if lesson.redis_client.is_plain else _wire(story, row.name),
    )


def _tokens_of(entry: TraceEntry, name: str) -> tuple[Token, ...] | None:
    if name in entry.keys:
        return list_tokens(entry.keys[name])
    value = entry.variables[name]
    return (token(value),) if isinstance(value, str | bytes) else None


def _wire(story: Story, name: str) -> tuple[str, ...]:
    """Return the reply from which a variable got its value at this step."""
    entry = story.entry
    # An arriving message can set the variable at another actor's step.
    came = [event["reply"] for event in entry.events if event["saved"] == name]
    if name in story.step.saves and not entry.refusal and not story.is_waiting:
        # The reply to SUBSCRIBE is a confirmation, which no variable takes.
        came += [each.reply for each in entry.sent[-1:] if not is_subscription(each.words)]
        came += [entry.read] if entry.read else []
    return tuple(drawn_lines(came[-1])) if came else ()
