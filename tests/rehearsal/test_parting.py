"""Programs that do not do what the steps say: each difference is reported at the step, with the program's line."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.programs import CONNECT, messages_of, proved

pytestmark = pytest.mark.slow

WORKER = f"{CONNECT}task = r.rpop('q')\nprint(f'Did {{task}}')\nr.incrby('n', 1)\n"

STEPS: Sequence[Mapping[str, Any]] = (
    {"actor": "worker", "command": "RPOP q", "save": "task"},
    {"actor": "worker", "print": "Did {task}"},
    {"actor": "worker", "command": "INCRBY n 1"},
)


def messages(folder: Path, program: str, steps: Sequence[Mapping[str, Any]] = STEPS, **fields: Any) -> str:
    found = proved(folder, {"worker.py": program}, steps, **{"variables": ["task"], **fields})
    return messages_of(found)


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        ("rpop", "lpop", "step 1: the program sends LPOP q at worker.py:3, the step sends RPOP q"),
        ("'q'", "'queue'", "step 1: the program sends RPOP queue at worker.py:3, the step sends RPOP q"),
        ("'q'", "'q', 2", "step 1: the program sends RPOP q 2 at worker.py:3, the step sends RPOP q"),
        ("1)", "2)", "step 3: the program sends INCRBY n 2 at worker.py:5, the step sends INCRBY n 1"),
        ("'n'", "''", "step 3: the program sends INCRBY '' 1 at worker.py:5, the step sends INCRBY n 1"),
        ("Did", "did", "step 2: the program prints 'did None' at worker.py:4, the step prints 'Did None'"),
        ("print(f'Did {task}')\n", "", "step 2: the program sends INCRBY n 1 at worker.py:4, the step prints a line"),
        ("print", "r.get('x'); print", "step 2: the program sends GET x at worker.py:4, the step prints a line"),
        ("print", "import time; time.sleep(2); print", "step 2: the program sleeps at worker.py:4 for 2 more seconds"),
        ("r.incrby('n', 1)\n", "", "step 3: the program of worker has ended, the step sends INCRBY n 1"),
        ("1)\n", "1)\nr.get('n')\n", "step 3: the program of worker sends GET n at worker.py:6, and no step is left"),
        ("1)\n", "1)\nprint('x')\n", "step 3: the program of worker prints 'x' at worker.py:6, and no step is left"),
        ("True", "False", "the client of the program does not decode replies at worker.py:3, that of the lesson does"),
        ("task =", "task = 'x'\ntask =", "the program sets task to 'x' at worker.py:3, the step to None"),
        ("r.incrby", "task = 'y'; r.incrby", "step 3: the program sets task to 'y' at worker.py:5, and no step does"),
        ("1)\n", "1)\ntask = 'z'\n", "the program sets task to 'z' at worker.py:6, and no step does"),
        ("r.incrby", "exit(3)\nr.incrby", "SystemExit: 3"),
        ("r.incrby", "input()\nr.incrby", "asks for input, which a rehearsal can't give"),
        ("r.incrby", "import os; os._exit(1)\nr.incrby", "the process of worker ended"),
        ("r.incrby", "import threading; threading.Timer(1, print).start()\nr.incrby", "starts a thread. Let an actor"),
        ("r.incrby", "import subprocess, os; os.fork()\nr.incrby", "starts another process. Let an actor"),
        ("r.incrby", "import asyncio, redis.asyncio as a; asyncio.run(a.Redis().incrby", "uses redis.asyncio"),
    ],
)  # fmt: skip
def test_a_difference_is_reported_where_it_is(tmp_path: Path, there: str, instead: str, said: str):
    changed = WORKER.replace(there, instead, 1)
    changed += ")" * (changed.count("(") - changed.count(")"))
    assert changed != WORKER
    assert said in messages(tmp_path, changed)


def test_swapped_lines(tmp_path: Path):
    lines = WORKER.splitlines(keepends=True)
    said = messages(tmp_path, "".join([*lines[:2], lines[4], *lines[2:4]]))
    assert "step 1: the program sends INCRBY n 1 at worker.py:3, the step sends RPOP q" in said


def test_the_problem_has_the_steps_line_and_shows_the_programs(tmp_path: Path):
    found = proved(tmp_path, {"worker.py": WORKER.replace("rpop", "lpop")}, STEPS, variables=["task"])
    (problem,) = found.problems
    text = (tmp_path / "lesson.yaml").read_text().splitlines()
    assert text[problem.line - 1].strip() == "command: RPOP q"
    assert text[problem.facts.see_line - 1].strip() == "task = r.lpop('q')"
    assert (problem.facts.expected, problem.facts.came) == ("RPOP q", "LPOP q")


@pytest.mark.parametrize(
    ("program", "line", "said"),
    [
        ("def work():\n    raise ValueError('no')\n\nwork()\n", "raise ValueError('no')",
         "the program of worker raises ValueError: no at worker.py:4, worker.py:2 in work() (at step 1)"),
        ("import nothing_of_that_name\n", "import nothing_of_that_name", "ModuleNotFoundError: No module named"),
        (f"{CONNECT}r.set('q', 1)\nr.rpop('q')\n", "r.rpop('q')", "raises redis.exceptions.ResponseError: WRONGTYPE"),
        (f"{CONNECT}while True:\n    pass\n", None, "the program of worker runs on at worker.py:"),
    ],
)  # fmt: skip
def test_a_program_that_breaks_down_is_reported_at_its_own_line(
    tmp_path: Path, program: str, line: str | None, said: str
):
    steps = [
        {"actor": "worker", "command": "SET q 1"},
        {"actor": "worker", "command": "RPOP q", "expect": {"error": "WRONGTYPE"}},
    ]
    found = proved(tmp_path, {"worker.py": program}, steps)
    (problem,) = found.problems
    assert said in problem.message
    text = (tmp_path / "lesson.yaml").read_text().splitlines()
    if line:
        assert text[problem.line - 1].strip() == line


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"actor": "worker", "wait": 3}, "the program sleeps 2 seconds at worker.py:3, the step waits 3"),
        (
            {"actor": "worker", "command": "GET a"},
            "the program sleeps at worker.py:3 for 2 more seconds, the step sends",
        ),
        ({"actor": "worker", "print": "x"}, "the program sleeps at worker.py:3 for 2 more seconds, the step prints"),
        ({"actor": "worker", "read": True}, "the program sleeps at worker.py:3 for 2 more seconds, the step reads"),
    ],
)
def test_a_sleep_is_a_wait_of_the_same_time(tmp_path: Path, step: Mapping[str, Any], said: str):
    program = f"import time\nprint('a')\ntime.sleep(2)\n{CONNECT}r.get('a')\n"
    assert said in messages(tmp_path, program, [{"actor": "worker", "print": "a"}, step])


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (4, "the program sends BRPOP q 4 at worker.py:3, the step sends BRPOP q 3"),
        (0, "sends BRPOP q 0 at worker.py:3"),
    ],
)
def test_time_limits_are_compared_although_the_server_never_sees_them(tmp_path: Path, limit: int, said: str):
    program = f"{CONNECT}r.brpop('q', timeout={limit})\n"
    steps = [{"actor": "worker", "command": "BRPOP q 3"}, {"actor": "worker", "wait": 3}]
    assert said in messages(tmp_path, program, steps)


def test_a_program_that_waits_for_the_server_does_nothing_else(tmp_path: Path):
    steps = [{"actor": "worker", "command": "BRPOP q 0"}, {"actor": "worker", "print": "x"}]
    said = messages(tmp_path, f"{CONNECT}r.brpop('q')\nprint('x')\n", steps)
    assert "the program of worker waits for the reply to BRPOP q 0 at worker.py:3" in said


def test_a_false_claim_is_reported_too(tmp_path: Path):
    steps = [{**STEPS[0], "expect": {"task": "mail"}}, *STEPS[1:]]
    assert re.search(r"claims that task is 'mail', but it is None", messages(tmp_path, WORKER, steps))


def test_what_needs_no_run_is_an_error_before_anything_runs(tmp_path: Path):
    ran = tmp_path / "ran"
    said = messages_of(
        proved(
            tmp_path,
            {"worker.py": f"open({str(ran)!r}, 'w')\n", "broken.py": "if\n"},
            [{"actor": "worker", "print": "x"}, {"actor": "ben", "print": "x"}],
            actors=["worker", "ben"],
        )
    )
    assert "broken.py is not Python" in said
    assert "ben acts, and no part of `program` is its own" in said
    assert not ran.exists()


@pytest.mark.parametrize(
    ("between", "value"), [({"wait": 1}, None), ({"crash": True}, "c")], ids=["no crash", "another value"]
)
def test_a_variable_is_gone_after_a_crash_only(tmp_path: Path, between: Mapping[str, Any], value: str | None):
    steps = [
        {"actor": "worker", "command": "INCRBY n 1", "save": "task"},
        {"actor": "worker", **between},
        {"actor": "worker", "assign": {"task": value}},
    ]
    said = messages(tmp_path, f"{CONNECT}task = r.incr('n')\nr.set('done', 1)\n", steps)
    assert f"step 3: the step gives task the value {value!r}, and no line of the program of worker sets it" in said


@pytest.mark.parametrize("strict", [True, False])
def test_a_reply_that_the_program_keeps_is_saved_by_the_step_of_a_strict_lesson(tmp_path: Path, *, strict: bool):
    pops = {"actor": "worker", "action": "Worker pops", "command": "RPOP q"}
    program = {"worker.py": f"{CONNECT}task = r.rpop('q')\ntask = r.rpop('q')\n"}
    found = proved(tmp_path, program, [pops, {**pops, "save": "task"}], variables=["task"], watch=["q"], strict=strict)
    said = "step 1: the program keeps the reply in task at worker.py:3, and the step drops it: add `save: task`"
    assert [said in str(each) for each in found.problems] == ([True] if strict else [])


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "actor"), [(True, "worker"), (True, "other"), (False, "other")])
def test_in_a_strict_lesson_time_passes_for_the_one_who_sleeps(tmp_path: Path, *, strict: bool, actor: str):
    files = {"worker.py": "import time\nprint('a')\ntime.sleep(2)\n", "other.py": "print('b')\n"}
    steps = [{"actor": "worker", "print": "a"}, {"actor": "other", "print": "b"}, {"actor": actor, "wait": 2}]
    found = proved(tmp_path, files, steps, strict=strict)
    said = "the program of other does not wait here, and that of worker does, at worker.py:3"
    assert (said in "\n".join(map(str, found.problems))) is (strict and actor == "other")
