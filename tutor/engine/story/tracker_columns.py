"""The columns of the variable tracker: the values of all names after a step."""

from collections.abc import Mapping
from dataclasses import dataclass

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.redis import key_states
from tutor.engine.trace.entry import TraceEntry, start_keys
from tutor.engine.values.formatting import drawn_repr


@dataclass(frozen=True, slots=True)
class TrackerColumn:
    """One column of the variable tracker: the values (as text) of all names, and the names that this step changed.

    The text is "" for a missing key.
    """

    label: str
    step: int
    values: tuple[str, ...]
    was: Mapping[str, str]


def tracked_names(lesson: Lesson, latest: TraceEntry | None = None) -> tuple[str, ...]:
    """Return the rows of the tracker: the watched keys, those found by patterns up to `latest`, the variables."""
    appeared = (key for key, _ in latest.appeared) if latest else ()
    return (*lesson.watched, *appeared, *lesson.start_variables)


def start_column(lesson: Lesson, latest: TraceEntry | None = None) -> TrackerColumn:
    """Return the tracker's first column, for its rows up to `latest`."""
    states = {key: key_states.as_text(state) for key, state in start_keys(lesson.watched).items()}
    known = {**states, **{name: drawn_repr(value) for name, value in lesson.start_variables.items()}}
    return TrackerColumn("Start", 0, tuple(known.get(name, "") for name in tracked_names(lesson, latest)), {})


def column_of(lesson: Lesson, entry: TraceEntry, latest: TraceEntry | None = None) -> TrackerColumn | None:
    """Return the column that this entry adds to the tracker, for the rows up to `latest`, by default up to itself.

    It is called Final for the last step, and is None if nothing changed.
    """
    is_last = entry.position == len(lesson.steps)
    if not (is_last or entry.has_changed):
        return None
    names = tracked_names(lesson, latest or entry)
    label = "Final" if is_last else f"After step {entry.position}"
    was = {name: entry.was_text(name) for name in names if name in entry.was}
    return TrackerColumn(label, entry.position, tuple(entry.value_text(name) for name in names), was)
