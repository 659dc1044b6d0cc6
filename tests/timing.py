"""Measuring the program's own time, independent of other load on the machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail the test if the block takes this process longer, without counting other load on the machine."""
    began = time.process_time()
    yield
    taken = time.process_time() - began
    assert taken < seconds, f"took {taken:.1f} seconds of at most {seconds:g}"
