"""Measuring how long the program takes, independent of other load on the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter, process_time


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail the test if the block takes this process longer, without counting other load on the machine."""
    began = process_time()
    yield
    taken = process_time() - began
    assert taken < seconds, f"took {taken:.1f} seconds of at most {seconds:g}"


@contextmanager
def promptly(seconds: float) -> Iterator[None]:
    """Fail the test if the block takes longer, even for a machine as busy as this one is now.

    For waits and for other processes, whose time `within` can't count.
    """
    began = monotonic()
    yield
    taken = monotonic() - began
    assert in_time(taken, seconds), f"took {taken:.1f} seconds of at most {seconds:g}"


def in_time(taken: float, seconds: float) -> bool:
    """Return whether that is short enough, even for a machine that was twice as busy as it is now.

    The load of the moment that is past can't be measured any more. What hangs takes many times as long.
    """
    return taken < seconds or taken < 2 * seconds * slowness()


def slowness() -> float:
    """Return how many seconds a second of work takes here, because other programs have the processors meanwhile."""
    began, worked = perf_counter(), process_time()
    while process_time() - worked < 0.2:
        pass
    return (perf_counter() - began) / 0.2
