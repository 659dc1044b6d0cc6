"""A clock that tests move, and the program's limiter on it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings

from tutor.quotas.buckets import Buckets
from tutor.quotas.kinds import limits_from
from tutor.quotas.limiter import limiter


class MovedClock:
    """A monotonic clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def limited(**variables: str) -> Iterator[MovedClock]:
    """Apply the default limits, but for these variables, with full buckets and a clock of the test's own."""
    clock, before = MovedClock(), limiter._buckets
    limiter._buckets = Buckets(clock)
    try:
        with override_settings(LIMITS=limits_from(variables)):
            yield clock
    finally:
        limiter._buckets = before
