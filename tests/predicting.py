"""A lesson to predict, whose texts do not reveal any results, and a broker that is away."""

from pathlib import Path

SLUG = "predicting"
PAGE = f"/lessons/{SLUG}/"

LESSON = """\
title: A lesson to predict
track: tests
actors: [producer, consumer]
watch: {queue: list}
variables: [task]
steps:
  - {actor: producer, action: Push, command: LPUSH queue task1}
  - {actor: producer, action: Push, command: LPUSH queue task2}
  - {actor: consumer, action: 'Pop {task!r}', command: RPOP queue, save: task}
  - {actor: consumer, action: Process, print: 'Processed {task!r}'}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
"""

RIGHT = ["['task1']", "task2 task1", "task2", "Processed task1", "[]", "None"]
"""The result of each step, as learners might type it."""


def shelve(folder: Path) -> None:
    """Put the lesson on the shelf that is this folder."""
    (folder / f"{SLUG}.yaml").write_text(LESSON)
