"""Work apart from requests: its limits, and what its caller gets when one is exceeded."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing.process import BaseProcess

import psutil
import pytest

from tests.polling import is_gone, until
from tests.servers import ROOT
from tests.tables import for_each
from tutor.apart import progress
from tutor.apart.limits import LEARNERS, MB, WorkBusy, WorkLimits, WorkStopped
from tutor.apart.pool import WorkPool
from tutor.engine.errors import BrokerAway, NotPlayable

pytestmark = pytest.mark.slow

SHORT = replace(LEARNERS, seconds=1.0, patience=0.5, running=1, waiting=1, result=MB)
ENDLESS = ("(a+)+b", "a" * 60)


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkPool]:
    made = WorkPool(SHORT)
    yield made
    made.end()


def pool_with(**limits: object) -> WorkPool:
    return WorkPool(replace(SHORT, **limits))


def stopped_by(pool: WorkPool, function, *arguments: object) -> WorkStopped:
    with pytest.raises(WorkStopped) as stopped:
        pool.run(function, *arguments)
    return stopped.value


def refused(position: int) -> None:
    raise NotPlayable("no server can do this").at(position)


def away() -> None:
    raise BrokerAway("Redis does not answer.")


def slow_after_line(line: int) -> None:
    progress.at_line(line)
    re.fullmatch(*ENDLESS)


def test_results_come_from_one_process_that_stays(pool):
    first, second = pool.run(os.getpid), pool.run(os.getpid)
    assert first == second != os.getpid()


def test_a_fault_of_the_engine_comes_back_as_itself(pool):
    with pytest.raises(NotPlayable, match="no server can do this") as fault:
        pool.run(refused, 7)
    assert fault.value.position == 7
    with pytest.raises(BrokerAway, match="Redis does not answer"):
        pool.run(away)


@for_each(
    ("function", "arguments", "excess"),
    [
        (re.fullmatch, ENDLESS, "time"),  # re holds the interpreter's lock all the time
        (bytes, (1024 * MB,), "memory"),
        (bytes, (2 * MB,), "size"),
        (os.abort, (), "end"),
    ],
)
def test_work_that_exceeds_a_limit_is_stopped_and_the_next_goes_on(pool, function, arguments, excess):
    assert stopped_by(pool, function, *arguments).excess == excess
    assert pool.run(abs, -1) == 1


def test_the_line_that_stopped_work_had_come_to_is_known(pool):
    stopped = stopped_by(pool, slow_after_line, 17)
    assert (stopped.line, str(stopped)) == (17, "it takes longer than 1 seconds")


def test_work_for_which_there_is_no_room_is_refused_at_once(pool):
    with ThreadPoolExecutor(8) as threads:
        tasks = [threads.submit(pool.run, re.fullmatch, *ENDLESS) for _ in range(8)]
        faults = [type(task.exception()) for task in tasks]
    assert faults.count(WorkStopped) == 1
    assert faults.count(WorkBusy) == 7


def test_an_owner_has_one_task_at_a_time_and_others_go_on():
    pool = pool_with(running=2, patience=0.2)
    pool.run(abs, 1)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(lambda: pool.run(re.fullmatch, *ENDLESS, owner="ana"))
        until(lambda: not pool.pids, "the slow task to run")
        with pytest.raises(WorkBusy):
            pool.run(abs, -2, owner="ana")
        assert pool.run(abs, -2, owner="ben") == 2
        assert isinstance(slow.exception(), WorkStopped)
    pool.end()


def test_an_idle_process_that_was_killed_is_replaced(pool):
    pid = pool.run(os.getpid)
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_gone(pid), "the process to end")
    assert pool.run(os.getpid) != pid


def test_an_idle_process_that_has_just_died_is_known_before_the_fork_server_knows(pool, monkeypatch):
    pid = pool.run(os.getpid)
    monkeypatch.setattr(BaseProcess, "is_alive", lambda _: True)
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_gone(pid), "the process to end")
    assert pool.run(os.getpid) != pid


def test_a_process_killed_in_mid_task_is_reported_and_the_next_goes_on():
    pool = pool_with(seconds=10)
    pid = pool.run(os.getpid)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(pool.run, re.fullmatch, *ENDLESS)
        until(lambda: psutil.Process(pid).cpu_percent(0.05) > 20, "the task to run")
        os.kill(pid, signal.SIGKILL)
        assert slow.exception().excess == "end"
    assert pool.run(abs, -3) == 3
    pool.end()


PARENT = """
import re, sys, threading
import django; django.setup()
from dataclasses import replace
from tutor.apart.limits import LEARNERS
from tutor.apart.pool import WorkPool
import os
if __name__ == "__main__":
    pool = WorkPool(replace(LEARNERS, seconds=2, running=2))
    busy = pool.run(os.getpid)
    threading.Thread(target=pool.run, args=(re.fullmatch, "(a+)+b", "a" * 60), daemon=True).start()
    while pool.pids: pass
    idle = pool.run(os.getpid)
    print(busy, idle, flush=True)
    sys.stdin.read()
"""


def test_no_process_is_left_when_the_web_process_is_killed(tmp_path):
    (tmp_path / "parent.py").write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as parent:  # fmt: skip
        pids = list(map(int, parent.stdout.readline().split()))
        children = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
        assert set(pids) <= set(children)
        parent.kill()
        parent.wait()
        with suppress(psutil.NoSuchProcess):
            until(lambda: all(map(is_gone, children)), "every process to end")


def test_the_memory_of_a_process_is_limited_in_bytes():
    limits: WorkLimits = replace(SHORT, memory=200 * MB)
    assert stopped_by(WorkPool(limits), bytes, 201 * MB).excess == "memory"
