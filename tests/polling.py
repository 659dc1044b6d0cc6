"""Waiting for what another process does."""

import time
from collections.abc import Callable

import pytest


def until(condition: Callable[[], object], what: str, *, seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} seconds for: {what}")
        time.sleep(0.01)
