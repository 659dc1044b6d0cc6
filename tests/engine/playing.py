"""Playing a few steps without writing a lesson: `play(("LPUSH", "queue", "a"), ("print", "done"))`."""

from tests.engine.fake_corner import FakeCorner
from tutor.engine import machine
from tutor.engine.lesson import Lesson
from tutor.engine.trace import TraceEntry


def lesson(*steps: dict[str, object], **fields: object) -> Lesson:
    """Return a lesson of these steps; who acts and what it is called are filled in."""
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
    return machine.play(lesson(*map(step, steps)), FakeCorner())
