"""Clicks on a lesson whose actors wait: each plays all steps before it on fresh connections."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from tests.benches import site
from tests.benches.caller import Learner
from tests.benches.figures import Figure, median, p95
from tests.benches.requests import checked
from tutor import library
from tutor.engine.lesson.lesson import Lesson
from tutor.models import LessonText, Run

SLUG = "waiting"
STEPS = 30
RUNS = 8
LAST = 5
"""Clicks of each run that are measured: the last ones, which play the most."""

LIMIT_MS = 100

ROUND: list[dict[str, Any]] = [
    {"actor": "consumer", "action": "Waits", "command": "BRPOP jobs 0", "save": "job", "pick": 1},
    {"actor": "listener", "action": "Listens", "command": "SUBSCRIBE news", "save": "news"},
    {"actor": "producer", "action": "Pushes", "command": "LPUSH jobs mail"},
    {"actor": "producer", "action": "Publishes", "command": "PUBLISH news done"},
    {"actor": "producer", "action": "Adds", "command": "XADD log * job mail"},
    {"actor": "consumer", "action": "Time passes", "wait": 5},
]


def clicks() -> Iterator[Figure]:
    """Measure the last clicks of a lesson of STEPS steps, on the embedded server."""
    library._bound[SLUG] = Lesson.model_validate(
        {
            "title": "Actors that wait",
            "track": "broker",
            "actors": ["producer", "consumer", "listener"],
            "watch": {"jobs": "list", "log": "stream"},
            "variables": ["job", "news"],
            "steps": list(islice(cycle(ROUND), STEPS)),
        }
    )
    LessonText.objects.create(digest=SLUG, source="")
    times: list[float] = []
    for number in range(RUNS):
        learner = Learner()
        learner.get(site.application, f"/lessons/{site.SLUG}/")
        run = Run.objects.create(learner=learner.id, slug=SLUG, number=number + 1, text_id=SLUG)
        answers = [
            checked(learner.post(site.application, f"/runs/{run.pk}/steps/{position}/"))
            for position in range(1, STEPS + 1)
        ]
        times += [answer.microseconds / 1000 for answer in answers[-LAST:]]
    yield Figure("waiting_ms_p50", f"click on a lesson of {STEPS} steps whose actors wait, median", median(times), "ms")
    yield Figure("waiting_ms_p95", "the same, p95", p95(times), "ms", most=LIMIT_MS)
