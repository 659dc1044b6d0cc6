"""Lessons made for tests, as YAML."""

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
