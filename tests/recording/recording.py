"""Recording scripts in tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutor import library
from tutor.authoring import proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.base import StepFields
from tutor.engine.lesson.steps.command import CommandStep
from tutor.engine.playing.port import Port
from tutor.ports import corners
from tutor.recording import recorder
from tutor.recording.recorder import Order

SCRIPTS = Path(__file__).with_name("scripts")

CONNECT = "import redis\nr = redis.Redis(decode_responses=True)\n"
"""The first two lines of the short scripts."""


def corner(of: Lesson) -> Port:
    """Return an empty corner."""
    return corners.temporary(of)


def recorded(folder: Path, text: str, *arguments: str, name: str = "script.py", seconds: float = 30) -> Lesson:
    """Return the lesson that a script becomes, after it has passed the check unchanged."""
    script = folder / name
    script.write_text(text)
    return lesson_of(script, folder, arguments, seconds=seconds)


def lesson_of(script: Path, folder: Path, arguments: Sequence[str] = (), *, seconds: float = 30) -> Lesson:
    """Return the lesson that the script becomes, after it has passed the check unchanged."""
    output = folder / "lesson.yaml"
    made = recorder.record(Order(script, arguments, output, seconds=seconds), corner)
    assert made.path == output
    said = "\n".join(map(str, proving.check([output], corner)))
    assert not said, said
    lesson = library.read(output.read_bytes(), output.name).lesson
    assert lesson is not None
    assert made.steps == len(lesson.steps)
    return lesson


def told(lesson: Lesson) -> list[str]:
    """Return each step in short: actor, action and destination."""
    return [f"{step.actor}: {_deed(step)}" for step in lesson.steps]


def _deed(step: StepFields) -> str:
    if isinstance(step, CommandStep):
        pick = f"{step.pick}" if step.pick != [] else ""
        return f"{step.line_shown}" + (f" -> {step.save}{pick}" if step.save else "")
    value: Any = getattr(step, step.kind)
    return f"{step.kind} {value}"
