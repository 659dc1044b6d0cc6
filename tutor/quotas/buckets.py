"""Token buckets: one number for each key that was used lately."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Literal, NamedTuple, Protocol

from tutor.quotas.rates import Rate

Scope = Literal["learner", "address"]

SCOPES: tuple[Scope, ...] = ("learner", "address")

MOST_KEYS = 50_000
"""Maximum number of buckets of each scope; beyond it, the one unused for the longest time is forgotten, which fills it.

Learners, of whom one visitor can be any number, must not displace addresses.
"""

ROUNDING = 1e-9
"""Seconds by which sums of floats may be off."""


class Draw(NamedTuple):
    """What is to be taken from one bucket; an `amount` of 0 only asks whether it is overdrawn."""

    scope: Scope
    key: Hashable
    rate: Rate
    amount: int = 1


class Shortage(NamedTuple):
    """The draw that could not be made, and the seconds until it can."""

    draw: Draw
    seconds: float


class Times(Protocol):
    """The time at which each bucket will be full again."""

    def get(self, key: Hashable, default: float) -> float:
        """Return the key's time."""
        ...

    def set(self, key: Hashable, at: float) -> None:
        """Store the key's time."""
        ...


class OwnTimes:
    """The times of this process alone."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        # Not cachetools: a step draws from four buckets, and this takes a fifth of the time.
        self._times: OrderedDict[Hashable, float] = OrderedDict()
        self._most_keys = most_keys

    def get(self, key: Hashable, default: float) -> float:
        """Return the key's time."""
        return self._times.get(key, default)

    def set(self, key: Hashable, at: float) -> None:
        """Store the key's time, and forget that of the key unused for the longest time if there are too many."""
        self._times[key] = at
        self._times.move_to_end(key)
        if len(self._times) > self._most_keys:
            self._times.popitem(last=False)


class Buckets:
    """Token buckets as GCRA: a bucket is the time at which it will be full again.

    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._full_at: Mapping[Scope, Times] = {"learner": OwnTimes(most_keys), "address": OwnTimes(most_keys)}
        self._lock = Lock()

    def share(self, times: Mapping[Scope, Times]) -> None:
        """Keep the times elsewhere from now on, such as where other processes have theirs."""
        with self._lock:
            self._full_at = times

    def take(self, draws: Sequence[Draw]) -> Shortage | None:
        """Make all draws or none; return the shortage with the longest wait if one can't be made."""
        with self._lock:
            now, worst = self._clock(), None
            full_at = [self._after(draw, now) for draw in draws]
            for draw, full in zip(draws, full_at, strict=True):
                wait = full - now - draw.rate.filling
                if wait > ROUNDING and (worst is None or wait > worst.seconds):
                    worst = Shortage(draw, wait)
            if worst is None:
                self._store(draws, full_at)
            return worst

    def charge(self, draws: Sequence[Draw]) -> None:
        """Make the draws although they may overdraw the buckets: what they pay for is done."""
        with self._lock:
            now = self._clock()
            self._store(draws, [self._after(draw, now) for draw in draws])

    def _after(self, draw: Draw, now: float) -> float:
        full = self._full_at[draw.scope].get(draw.key, now)
        return (full if full > now else now) + draw.amount * draw.rate.interval

    def _store(self, draws: Sequence[Draw], full_at: Sequence[float]) -> None:
        for draw, full in zip(draws, full_at, strict=True):
            if draw.amount:
                self._full_at[draw.scope].set(draw.key, full)
