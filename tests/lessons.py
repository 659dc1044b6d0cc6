"""Lessons made for tests, as YAML."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from tutor.library import is_lesson_name

P = TypeVar("P")

FOLDER = Path(__file__).parent.parent / "lessons"
OURS = sorted(path for path in FOLDER.glob("*.yaml") if is_lesson_name(path.name))
"""The files of our own lessons."""

HEAD = """\
title: A test
track: tests
actors: [producer, consumer]
watch: {queue: list}
variables: [task]
"""


def lesson(steps: str, *, head: str = HEAD) -> str:
    """Return a lesson with these steps, which start in line 7."""
    return f"{head}steps:\n{steps}"


def long_lesson(steps: int) -> str:
    """Return a lesson of that many steps: push, pop, print, and so on, so that the queue stays short."""
    return lesson("".join(_step(i) for i in range(steps)))


def _step(i: int) -> str:
    number = i // 3 + 1
    return (
        f"  - {{actor: producer, action: Push {number}, command: LPUSH queue task{number}}}\n",
        "  - {actor: consumer, action: Pop, command: RPOP queue, save: task}\n",
        "  - {actor: consumer, action: Process, print: 'Processed {task!r}'}\n",
    )[i % 3]


PUSH = "  - {actor: producer, action: Push, command: LPUSH queue a}\n"
SOUND = lesson(PUSH)


UNUSED = ("never acts", "no step sets", "no step touches", "this claims nothing", "no step lights box")


def but_unused(problems: Iterable[P]) -> list[P]:
    """Return the problems without those about what the small lesson of a test leaves unused."""
    return [problem for problem in problems if not any(part in str(problem) for part in UNUSED)]
