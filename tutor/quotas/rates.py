"""Rates and amounts as settings write them: `10/s burst 60`, `64 MB/day burst 32 MB`, `200`, `off`."""

import re
from dataclasses import dataclass
from functools import cached_property

PERIODS = {"s": 1, "min": 60, "h": 60 * 60, "day": 24 * 60 * 60}
"""The periods of a rate, in seconds."""

UNITS = {"": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
"""The units of an amount; without one it counts things."""

OFF = "off"

LARGEST = 10**15
"""Upper bound of an amount, so that a typing mistake does not become an endless number."""

_AMOUNT = rf"(\d{{1,16}})\s*({'|'.join(filter(None, UNITS))})?"
_RATE = re.compile(rf"{_AMOUNT}\s*/\s*({'|'.join(PERIODS)})(?:\s+burst\s+{_AMOUNT})?", re.ASCII)


class BadLimit(Exception):
    """The text is not a limit; the message says how to write one."""


@dataclass(frozen=True)
class Rate:
    """`amount` in `seconds` on average, and up to `burst` at once."""

    amount: int
    seconds: int
    burst: int

    @cached_property
    def interval(self) -> float:
        """The seconds that one takes to come back."""
        return self.seconds / self.amount

    @cached_property
    def filling(self) -> float:
        """The seconds in which an empty bucket becomes full."""
        return self.burst * self.interval


def rate_of(text: str) -> Rate | None:
    """Return the rate that the text names, None for "off"; without a burst it is the amount. Raises: BadLimit."""
    if text.strip().lower() == OFF:
        return None
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise BadLimit('Write it like "10/s burst 60", "30/min", "64 MB/day burst 32 MB" or "off".')
    amount, unit, period, burst, burst_unit = found.groups()
    rate = _count(amount, unit)
    return Rate(rate, PERIODS[period], rate if burst is None else _count(burst, burst_unit))


def amount_of(text: str) -> int | None:
    """Return the amount that the text names, None for "off". Raises: BadLimit."""
    if text.strip().lower() == OFF:
        return None
    found = re.fullmatch(_AMOUNT, text.strip(), re.ASCII)
    if found is None:
        raise BadLimit('Write it like "200", "64 MB" or "off".')
    return _count(*found.groups())


def _count(digits: str, unit: str | None) -> int:
    count = int(digits) * UNITS[unit or ""]
    if not 1 <= count <= LARGEST:
        raise BadLimit('Numbers go from 1 to 1000000 GB; "off" switches the limit off.')
    return count


def in_words(seconds: int) -> str:
    """Return a time to wait in words: seconds, or minutes and hours rounded up."""
    for unit, length, limit in (("second", 1, 100), ("minute", 60, 100), ("hour", 3600, 10**9)):
        count = -(-seconds // length)
        if count < limit:
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "a long time"
