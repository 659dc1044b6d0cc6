"""Processes that end with the one that started them, also where the kernel doesn't see to it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.polling import is_gone, until

ROOT = Path(__file__).resolve().parents[2]

FAMILY = """
import multiprocessing, os, sys, threading, time
from tutor.serving import child_process

def live(way, parent, report):
    if way == "kernel":
        child_process.end_with(parent)
    else:
        threading.Thread(target=child_process.wait_for_orphanhood, daemon=True).start()
    report.send(os.getpid())
    time.sleep(600)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    for _ in range(3):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        context.Process(target=live, args=(sys.argv[1], os.getpid(), theirs)).start()
        print(ours.recv(), flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("way", ["kernel", "thread"])
def test_children_end_with_a_parent_that_is_killed(tmp_path, way, method):
    script = tmp_path / "family.py"
    script.write_text(FAMILY)
    parent = subprocess.Popen(
        [sys.executable, str(script), way, method],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    children = [int(parent.stdout.readline()) for _ in range(3)]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: all(map(is_gone, children)), "the children to end")
