"""The cost of `lessons check`: a shelf of different lessons, and our longest lesson."""

import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benches import figures
from tests.benches.figures import Act, Figure
from tests.benches.server import ROOT
from tutor import library
from tutor.authoring import proving
from tutor.ports.corners import temporary

LESSONS, STEPS, ROUNDS = 100, 20, 5
TASKS = STEPS // 4


def all_figures() -> Iterator[Figure]:
    """Check a folder of generated lessons in process and as the command, and read and prove our longest lesson."""
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"lesson-{number}.yaml" for number in range(LESSONS)]
        for number, file in enumerate(files):
            file.write_text(lesson(number))
        gc.freeze()  # as the command does
        name = f"lessons check, {LESSONS} lessons of {STEPS} steps"
        yield Figure("check_shelf_ms", f"{name}, in process", _median(lambda: _check(files)), "ms", 2_000)
        yield Figure("check_command_ms", f"{name}, the command", _median(lambda: _command(files)), "ms", 2_000)
    longest = max(library.all_lessons(), key=lambda file: len(file.text))
    yield Figure(
        "check_longest_ms",
        "reading and proving our longest lesson, in process",
        _median(lambda: _prove(longest.text)),
        "ms",
        200,
    )


def _median(act: Act) -> float:
    act()
    return figures.median([_milliseconds(act) for _ in range(ROUNDS)])


def _milliseconds(act: Act) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _check(files: list[Path]) -> None:
    _require_none([str(problem) for problem in proving.check(files, temporary)])


def _command(files: list[Path]) -> None:
    words = [sys.executable, "manage.py", "lessons", "check", *map(str, files)]
    answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    _require_none([] if answer.returncode == 0 else [answer.stdout + answer.stderr])


def _prove(text: str) -> None:
    found = library.read(text, "x.yaml").lesson
    if found is None:
        raise RuntimeError("our longest lesson can't be read")
    _require_none([problem.message for problem in proving.prove(found, temporary)])


def _require_none(problems: list[str]) -> None:
    if problems:
        raise RuntimeError(f"a lesson that is measured has problems: {problems[:3]}")


def lesson(number: int) -> str:
    """Return a lesson that no other number gives: tasks are pushed, taken, printed and counted, with claims."""
    task = f"task{number}"
    steps = [step for i in range(TASKS) for step in _steps(number, i)]
    return f"""\
title: Lesson {number}
track: bench
actors: [producer, consumer]
watch: {{queue: list, done: hash, total: string}}
variables: [task]
steps:
{"".join(steps)}quiz:
  - question: Which task is taken in step 2?
    choices: {{A: "'{task}x0'", B: "'{task}y'", C: "None"}}
    answer: A
    hint: Look at the output.
    steps: [2]
    proof: {{after: 2, variable: task}}
  - question: And if the consumer took from the left, with another task there?
    choices: {{A: "'new{number}'", B: "'{task}x0'"}}
    answer: A
    proof: {{after: 2, variable: task, replace: {{1: "LPUSH queue {task}x0 new{number}"}}, swap: {{RPOP: LPOP}}}}
  - question: How often was counted at the end?
    text: "{TASKS}"
    proof: {{after: {STEPS}, key: total}}
practice:
  - question: After which step is the queue empty for the first time?
    number: 2
    proof: {{first: {{key: queue, equals: []}}}}
    solution: {{steps: [Read the tracker.], answer: "2"}}
"""


def _steps(number: int, i: int) -> tuple[str, ...]:
    task = f"task{number}x{i}"
    done = ", ".join(f"task{number}x{k}: '1'" for k in range(i + 1))
    return (
        f"  - {{actor: producer, action: Push, command: LPUSH queue {task}, expect: {{queue: [{task}], reply: 1}}}}\n",
        f"  - {{actor: consumer, action: Take one, command: RPOP queue, save: task, expect: {{task: {task}}}}}\n",
        "  - {actor: consumer, action: Mark, command: 'HSET done {task} 1', expect: {done: {" + done + "}}}\n",
        f"  - {{actor: consumer, action: Count, command: INCR total, expect: {{total: '{i + 1}', reply: {i + 1}}}}}\n",
    )
