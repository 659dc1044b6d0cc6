"""Clicks on lessons whose actors wait: each opens again what waits, subscribes or watches."""

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any, NamedTuple
from uuid import uuid4

from tests.benches import site
from tests.benches.caller import Learner
from tests.benches.figures import Figure, median, p95
from tests.benches.requests import checked
from tutor import library
from tutor.broker import exchange
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing import player
from tutor.engine.trace.entry import TraceEntry
from tutor.models import LessonText, Run
from tutor.ports import corners

SLUG = "waiting"
STEPS = 30
RUNS = 8
LAST = 5
"""Clicks of each run that are measured: the last ones."""

PLAYS = 3
"""Plays of a lesson whose commands are counted; the server is asked again and again whether an actor waits already, so
the least number counts."""

MOST_TIMES = 3
"""What the last click may send, in multiples of what the first one sends."""

LIMIT_MS = 100

ROUND: list[dict[str, Any]] = [
    {"actor": "consumer", "action": "Waits", "command": "BRPOP jobs 0", "save": "job", "pick": 1},
    {"actor": "listener", "action": "Listens", "command": "SUBSCRIBE news", "save": "news"},
    {"actor": "producer", "action": "Pushes", "command": "LPUSH jobs mail"},
    {"actor": "producer", "action": "Publishes", "command": "PUBLISH news done"},
    {"actor": "producer", "action": "Adds", "command": "XADD log * job mail"},
    {"actor": "consumer", "action": "Time passes", "wait": 5},
]


class Sent(NamedTuple):
    """What a click sends: the number of commands, and of the connections that it opens."""

    commands: int
    connections: int


def sent_by_clicks(of: Lesson, forget: Callable[[], object] = lambda: None) -> list[Sent]:
    """Return what each click on the lesson sends; `forget` is called before each. Nobody else may use the server."""
    plays = [list(_sent(of, forget)) for _ in range(PLAYS)]
    return [Sent(*map(min, zip(*same, strict=True))) for same in zip(*plays, strict=True)]


def _sent(of: Lesson, forget: Callable[[], object]) -> Iterator[Sent]:
    run_id, entries = str(uuid4()), list[TraceEntry]()
    for _ in of.steps:
        forget()
        before = _so_far()
        last = entries[-1] if entries else None
        entries.append(player.advance(of, last, corners.of_run(run_id, of), lambda: entries))
        yield Sent(*(after - earlier for after, earlier in zip(_so_far(), before, strict=True)))
    corners.forget(run_id)


def _so_far() -> Sent:
    commands, stats = exchange.send([("INFO", "commandstats"), ("INFO", "stats")])
    called = [line for line in str(commands).splitlines() if line.startswith("cmdstat_") and "_info:" not in line]
    counts = [int(line.partition("calls=")[2].partition(",")[0]) for line in called]
    return Sent(sum(counts), int(str(stats).partition("total_connections_received:")[2].split()[0]))


def commands() -> Iterator[Figure]:
    """Count what the first and the last click on our longest lesson whose actors wait send."""
    found = [file.lesson for file in library.all_lessons() if file.lesson.needs_connections]
    sent = sent_by_clicks(max(found, key=lambda each: len(each.steps)))
    first, last = sent[0], sent[-1]
    yield Figure("waiting_commands_first", "first click on the longest of ours: commands", first.commands)
    yield Figure("waiting_commands_last", "last click: commands", last.commands, most=MOST_TIMES * first.commands)
    yield Figure("waiting_commands_most", "a click between them, at most: commands", max(sent).commands)
    yield Figure("waiting_connections_first", "first click: connections", first.connections)
    most = MOST_TIMES * first.connections
    yield Figure("waiting_connections_last", "last click: connections", last.connections, most=most)


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
