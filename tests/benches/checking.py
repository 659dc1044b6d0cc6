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
  - question: What is `task` after {{step take-0}}?
    choices: {{A: "'{task}x0'", B: "'{task}y'", C: "None"}}
    answer: A
    hint: Look at the output.
    steps: [take-0]
    proof: {{after: take-0, variable: task}}
  - question: >-
      What is `task` after {{step take-0}} if {{step push-0}} sends `LPUSH queue {task}x0 new{number}`, and `LPOP` takes
      in place of `RPOP`?
    choices: {{A: "'new{number}'", B: "'{task}x0'"}}
    answer: A
    proof:
      after: take-0
      variable: task
      replace: {{push-0: "LPUSH queue {task}x0 new{number}"}}
      swap: {{RPOP: LPOP}}
  - question: What is `total` after {{step count-{TASKS - 1}}}?
    text: "{TASKS}"
    proof: {{after: count-{TASKS - 1}, key: total}}
practice:
  - question: After which step is `queue` empty for the first time?
    number: 2
    proof: {{first: {{key: queue, equals: []}}}}
    solution: {{steps: [Read the tracker.], answer: "2"}}
"""


def _steps(number: int, i: int) -> tuple[str, ...]:
    task = f"task{number}x{i}"
    done = ", ".join(f"task{number}x{k}: '1'" for k in range(i + 1))
    made = (
        ("push", "producer", f"LPUSH queue {task}", f"queue: [{task}], reply: 1"),
        ("take", "consumer", "RPOP queue", f"task: {task}"),
        ("mark", "consumer", "HSET done {task} 1", f"done: {{{done}}}"),
        ("count", "consumer", "INCR total", f"total: '{i + 1}', reply: {i + 1}"),
    )
    return tuple(
        f"  - {{id: {name}-{i}, actor: {actor}, action: {name.capitalize()}, command: '{command}', "
        f"{'save: task, ' if name == 'take' else ''}expect: {{{claims}}}}}\n"
        for name, actor, command, claims in made
    )
