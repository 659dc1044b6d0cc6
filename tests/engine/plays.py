"""Playing a few steps without writing a lesson: `play(("LPUSH", "queue", "a"), ("print", "done"))`."""

from collections.abc import Iterable

from tests.engine.fake_corner import FakeCorner
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.story.story import Story
from tutor.engine.story.tracker_columns import TrackerColumn, column_of, start_column
from tutor.engine.trace.entry import TraceEntry


def lesson(*steps: dict[str, object], **fields: object) -> Lesson:
    """Return a lesson of these steps, with default actors and title."""
    filled = [{"actor": "producer", "action": "Act", **step} for step in steps]
    defaults = {"title": "A test", "track": "tests", "actors": ["producer", "consumer"], "watch": {"queue": "list"}}
    return Lesson.model_validate({**defaults, "variables": ["task"], **fields, "steps": filled})


def step(words: tuple[str, ...]) -> dict[str, object]:
    """Return a step that prints, assigns or sends a command."""
    if words[0] == "print":
        return {"print": words[1]}
    return {"assign": {words[1]: words[2]}} if words[0] == "assign" else {"command": list(words)}


def play(*steps: tuple[str, ...]) -> list[TraceEntry]:
    """Play these steps in memory, with the list `queue` watched and the variable `task`."""
    return player.play(lesson(*map(step, steps)), FakeCorner())


def stories(*steps: tuple[str, ...]) -> list[Story]:
    """Play these commands, and return the entry of each step."""
    of = lesson(*map(step, steps))
    return [Story.of(of, entry) for entry in player.play(of, FakeCorner())]


def columns(of: Lesson, entries: Iterable[TraceEntry]) -> list[TrackerColumn]:
    """Return the tracker's columns for the steps taken so far."""
    added = (column_of(of, entry) for entry in entries)
    return [start_column(of), *(column for column in added if column)]
