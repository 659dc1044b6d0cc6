"""The measured figures, as a table for people and as JSON for programs."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Number = float | int
Act = Callable[[], None]
"""The code to measure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `most` or `least` is the aim, if there is one.

    A `value` of None could not be had: `why` says so.
    """

    name: str
    label: str
    value: Number | None
    unit: str = ""
    most: Number | None = None
    why: str = ""
    least: Number | None = None

    @property
    def row(self) -> str:
        """The figure as a line of the table."""
        shown = f"not measured: {self.why}" if self.value is None else f"{self.value:>10,} {self.unit}".rstrip()
        return f"  {self.label:<62}{shown:<18}{self._verdict}".rstrip()

    @property
    def _verdict(self) -> str:
        if self.most is None and self.least is None:
            return ""
        shown = f"{self.most:,}" if self.most is not None else f"{self.least:,} or more"
        is_missed = self.value is not None and (
            (self.most is not None and self.value > self.most) or (self.least is not None and self.value < self.least)
        )
        return f"  aim: {shown}{'  missed' if is_missed else ''}"


def median(samples: Sequence[Number]) -> float:
    """Return the middle of the samples."""
    return _rounded(statistics.median(samples))


def p95(samples: Sequence[Number]) -> float:
    """Return the 95th percentile."""
    return _rounded(statistics.quantiles(samples, n=20, method="inclusive")[-1])


def percentile(samples: Sequence[Number], rank: int) -> float:
    """Return the percentile `rank`."""
    if len(samples) < 2:
        return _rounded(max(samples))
    return _rounded(statistics.quantiles(samples, n=100, method="inclusive")[rank - 1])


def ratio(samples: Sequence[Number], others: Sequence[Number]) -> float:
    """Return how many times the others' median the samples' is."""
    return round(statistics.median(samples) / statistics.median(others), 2)


def _rounded(value: float) -> float:
    return round(value, 1) if value < 100 else round(value)


def show(found: Sequence[Figure]) -> None:
    """Print the table, and as the last line the figures as one JSON object."""
    print("\n".join(["", *(figure.row for figure in found), ""]))
    values: dict[str, object] = {figure.name: figure.value for figure in found}
    missing = {figure.name: figure.why for figure in found if figure.value is None}
    print(json.dumps(values | ({"not_measured": missing} if missing else {})))
