"""Eight learners at once on the server of `make run`: rate, spread, processor time, beginnings, one worker and two."""

import os
import statistics
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil

from tests.benches import runs, server, site
from tests.benches.caller import Learner
from tests.benches.figures import Figure, median, p95
from tests.benches.load import Load, form, load

CLIENTS, STEPS, BEGINNINGS, ROUNDS, WARM_UP = 8, 60, 6, 4, 10

ONE, TWO = "one worker", "two workers"


class _Site:
    """A running server, and the learners who walk on it."""

    def __init__(self, address: str, process: "subprocess.Popen[bytes]") -> None:
        self.port = int(urlsplit(address).port or 0)
        self._process = psutil.Process(process.pid)
        self._walkers = [runs.walker() for _ in range(CLIENTS)]
        self._at = 2
        self.steps: list[Load] = []
        self.beginnings: list[Load] = []
        self.cpu: list[float] = []
        # One after the other at first: each worker parses the lesson and connects.
        for each in self._walkers:
            load(self.port, [[form(each.learner, each.step_path(1))]])
        self._walk(WARM_UP)

    def measure(self) -> None:
        """Have everybody walk on for a while, and newcomers begin."""
        before = self._seconds()
        found = self._walk(STEPS)
        self.steps.append(found)
        self.cpu.append((self._seconds() - before) * 1e6 / len(found.milliseconds))
        self.beginnings.append(self._begin())

    def _walk(self, count: int) -> Load:
        positions = range(self._at, self._at + count)
        self._at += count
        return load(self.port, [[form(each.learner, each.step_path(n)) for n in positions] for each in self._walkers])

    def _begin(self) -> Load:
        known = self._walkers[0].learner
        newcomers = [Learner(token=known.token) for _ in range(CLIENTS * BEGINNINGS)]
        for each in newcomers:
            each.cookies |= {name: value for name, value in known.cookies.items() if name not in each.cookies}
        presses = [form(each, f"/lessons/{site.SLUG}/runs/", number="1") for each in newcomers]
        return load(self.port, [presses[first::CLIENTS] for first in range(CLIENTS)])

    def _seconds(self) -> float:
        """Return the processor time that the server and its workers have taken."""
        times = [each.cpu_times() for each in (self._process, *self._process.children(recursive=True))]
        return sum(each.user + each.system for each in times)


def all_figures() -> Iterator[Figure]:
    """Measure one worker and two in turns, so that the machine's noise meets both."""
    with server.started(server.BOTH) as two, server.started(server.ALONE) as one:
        sites = {TWO: _Site(*two), ONE: _Site(*one)}
        for turn in range(ROUNDS):
            for name in (ONE, TWO) if turn % 2 else (TWO, ONE):
                sites[name].measure()
    yield from _figures(sites[ONE], sites[TWO])


def _figures(one: _Site, two: _Site) -> Iterator[Figure]:
    rate = {name: statistics.median(each.rate for each in of.steps) for name, of in ((ONE, one), (TWO, two))}
    steps = [each for found in two.steps for each in found.milliseconds]
    beginnings = [each for found in two.beginnings for each in found.milliseconds]
    crowd = f"{CLIENTS} learners at once, {TWO}"
    yield Figure("crowd_steps_per_second", f"{crowd}: steps a second", round(rate[TWO]), least=1_000)
    yield Figure("crowd_step_cpu_us", "the same, processor time of the server a step", round(median(two.cpu)), "µs")
    yield Figure("crowd_step_ms_p50", "the same, a step, median", median(steps), "ms")
    yield Figure("crowd_step_ms_p95", "the same, p95", p95(steps), "ms")
    yield Figure("crowd_p95_to_p50", "the same, p95 / median", round(p95(steps) / median(steps), 2), most=3)
    yield Figure("crowd_begin_ms_p50", "the same, a run's beginning, median", median(beginnings), "ms")
    yield Figure("crowd_begin_ms_p95", "the same, p95", p95(beginnings), "ms")
    to_step = round(median(beginnings) / median(steps), 2)
    yield Figure("crowd_begin_to_step", "a run's beginning / a step, medians", to_step, most=1.5)
    is_free = (os.cpu_count() or 1) >= 2 and os.getloadavg()[0] < (os.cpu_count() or 1)
    why = "" if is_free else "other programs take the second core"
    more = round(rate[TWO] / rate[ONE], 2) if is_free else None
    yield Figure("crowd_two_to_one", f"{TWO} / {ONE}, steps a second", more, least=1.7, why=why)
