"""Waiting for the effects of other processes."""

import time
from collections.abc import Callable

import psutil
import pytest


def until(condition: Callable[[], object], what: str, *, seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} seconds for: {what}")
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Return whether a process has ended; a zombie counts as ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
