"""Lessons with programs, and proof files made for them as `lessons prove` would write them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tutor import library
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.play_digest import play_digest
from tutor.engine.trace.proof_file import SUFFIX, ProofFile, ProvedStep

VERSIONS = {"Valkey": "9.0.1", "redis-py": "8.1.0"}

HEAD = """\
format: 2
title: A program
track: tests
actors: [producer, consumer]
client: {decode_responses: true}
watch: {queue: list}
variables: [task]
"""
SAMPLE = """\
sample:
  about: The sample in short.
  code: |
    import redis
    r = redis.Redis()
    r.lpush("queue", "task1")
    task = r.rpop("queue")
    print(f"Processed {task!r}")
"""
PROGRAM = """\
program:
  producer.py: |
    import redis
    r = redis.Redis(decode_responses=True)
    r.lpush("queue", "task1")
    r.lpush("queue", "task2")
  workers/consumer.py: |
    import redis
    def consumer():
        r = redis.Redis(decode_responses=True)
        while task := r.rpop("queue"):
            print(f"Processed {task!r}")
"""
STEPS = """\
steps:
  - {actor: producer, action: Push one, command: LPUSH queue task1, line: 3}
  - {actor: producer, action: Push two, command: LPUSH queue task2, line: 3}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task, line: 4}
  - {actor: consumer, action: Process, print: 'Processed {task!r}', line: 5}
"""
WITH_PROGRAM = HEAD + SAMPLE + PROGRAM + STEPS
PRODUCER, CONSUMER = "producer.py", "workers/consumer.py"
LINES = [(PRODUCER, 3), (PRODUCER, 4), (CONSUMER, 4), (CONSUMER, 5)]


def lesson_in(text: str) -> Lesson:
    """Return the lesson of a text without errors."""
    reading = library.read(text, "x.yaml")
    assert reading.lesson, reading.problems
    return reading.lesson


def proof_of(
    lesson: Lesson, lines: Sequence[tuple[str, int]] = LINES, versions: Mapping[str, str] | None = None
) -> ProofFile:
    """Return a proof that these lines ran at the lesson's steps."""
    steps = [ProvedStep(id_, file, line) for id_, (file, line) in zip(lesson.step_ids, lines, strict=True)]
    return ProofFile(play_digest(lesson), VERSIONS if versions is None else versions, tuple(steps))


def put(
    folder: Path, text: str = WITH_PROGRAM, lines: Sequence[tuple[str, int]] | None = LINES, slug: str = "small"
) -> None:
    """Put a lesson on the shelf, and its proof beside it, if there are lines."""
    (folder / f"{slug}.yaml").write_text(text)
    if lines is not None:
        put_proof(folder, proof_of(lesson_in(text), lines).as_text(), slug)


def put_proof(folder: Path, text: str, slug: str = "small") -> None:
    (folder / f"{slug}{SUFFIX}").write_text(text)
