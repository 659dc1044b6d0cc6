"""In-process requests, each measured alternately with its reference, so that the machine's noise cancels out."""

from collections.abc import Iterator

from tests.benches import floor, runs, site
from tests.benches.caller import Answer, Learner
from tests.benches.figures import Figure, median, p95, ratio
from tutor import library

ROUNDS, WARM_UP = 80, 8
NEAR, FAR = 8, 4_991
DEPTH_RUNS, DEPTH_STEPS = 6, 14
LONGEST_ANSWER = 4_096


def steps() -> Iterator[Figure]:
    """Measure steps of the first lesson, the floor, and the floor below the same middleware, one after the other."""
    app, bare = site.application, floor.bare()
    learner = Learner()
    learner.get(app, f"/lessons/{site.SLUG}/")
    learner.post(app, f"/lessons/{site.SLUG}/runs/", number="1")
    taken: list[Answer] = []
    floors: list[Answer] = []
    clothed: list[Answer] = []
    for _ in range(ROUNDS + WARM_UP):
        run = runs.fresh_run(learner)
        for position in range(1, 8):
            taken.append(checked(learner.post(app, f"/runs/{run.pk}/steps/{position}/")))
            floors.append(checked(learner.post(bare, "/floor/")))
            clothed.append(checked(learner.post(app, "/floor/")))
    step, ground, ceiling = (_times(each[WARM_UP * 7 :]) for each in (taken, floors, clothed))
    sizes = [len(answer.wire) for answer in taken]
    yield Figure("step_us_p50", "step, whole request in process, median", median(step), "µs")
    yield Figure("step_us_p95", "step, p95", p95(step), "µs")
    yield Figure("floor_us_p50", "floor (same pipeline, raw INSERT, 2 KB; no middleware), median", median(ground), "µs")
    yield Figure("floor_us_p95", "floor, p95", p95(ground), "µs")
    yield Figure("step_to_floor", "step / floor", ratio(step, ground), most=1.5)
    yield Figure("floor_with_middleware_us_p50", "floor below the same middleware, median", median(ceiling), "µs")
    yield Figure("step_to_floor_with_middleware", "step / floor below the same middleware", ratio(step, ceiling))
    yield Figure("step_bytes_most", "step, compressed, the largest", max(sizes), "bytes", most=LONGEST_ANSWER)


def depth() -> Iterator[Figure]:
    """Measure steps around the 10th and around the 5,000th in turns."""
    near, far = (runs.walkers_at(start - 1, DEPTH_RUNS) for start in (NEAR, FAR))
    early: list[Answer] = []
    late: list[Answer] = []
    for pair in zip(near, far, strict=True):
        for i in range(DEPTH_STEPS):
            for walker, start, answers in zip(pair, (NEAR, FAR), (early, late), strict=True):
                answers.append(checked(walker.learner.post(site.application, walker.step_path(start + i))))
    # A run's first step here rebuilds its corner, which no learner has walked to.
    kept = [i for i in range(len(early)) if i % DEPTH_STEPS]
    sizes = [round(sum(len(answers[i].wire) for i in kept) / len(kept)) for answers in (early, late)]
    times = [[answers[i].microseconds for i in kept] for answers in (early, late)]
    yield Figure("step_10_us_p50", "steps around the 10th, median", median(times[0]), "µs")
    yield Figure("step_5000_us_p50", "steps around the 5,000th, median", median(times[1]), "µs")
    yield Figure("step_5000_to_step_10", "5,000th / 10th, time", ratio(times[1], times[0]))
    yield Figure("step_10_bytes", "steps around the 10th, compressed, mean", sizes[0], "bytes")
    yield Figure("step_5000_bytes", "steps around the 5,000th, compressed, mean", sizes[1], "bytes")
    yield Figure("bytes_5000_to_10", "5,000th / 10th, bytes", ratio(sizes[1:], sizes[:1]))
    yield from _deep_page(far[0])


def _deep_page(walker: runs.Walker) -> Iterator[Figure]:
    answers = [checked(walker.learner.get(site.application, f"/lessons/{site.LONG}/")) for _ in range(20)]
    yield Figure("page_5000_us_p50", "lesson page at step 5,000, median", median(_times(answers)), "µs")
    yield Figure("page_5000_bytes", "lesson page at step 5,000, compressed", len(answers[-1].wire), "bytes")


def pages() -> Iterator[Figure]:
    """Measure the other requests, in turns."""
    app, bare = site.application, floor.bare()
    learner = Learner()
    learner.get(app, f"/lessons/{site.SLUG}/")
    run = runs.fresh_run(learner)
    for position in range(1, 8):
        checked(learner.post(app, f"/runs/{run.pk}/steps/{position}/"))
    paths = {"look_back": f"/lessons/{site.SLUG}/?at=3", "page": f"/lessons/{site.SLUG}/", "catalogue": "/"}
    labels = {"look_back": "look back, htmx", "page": "lesson page, whole", "catalogue": "catalogue"}
    answers: dict[str, list[Answer]] = {name: [] for name in paths}
    floors: list[Answer] = []
    for _ in range(ROUNDS):
        for name, path in paths.items():
            answers[name].append(checked(learner.get(app, path, htmx=name == "look_back")))
            floors.append(checked(learner.post(bare, "/floor/")))
    for name, label in labels.items():
        times = _times(answers[name][WARM_UP:])
        yield Figure(f"{name}_us_p50", f"{label}, median", median(times), "µs")
        yield Figure(f"{name}_to_floor", f"{label} / floor", ratio(times, _times(floors[WARM_UP:])))


def marking() -> Iterator[Figure]:
    """Measure answers to questions of the quiz, wrong and right, in turns with the floor."""
    app, bare = site.application, floor.bare()
    question = library.find(site.SLUG).lesson.quiz[0]
    wrong = next(pick for pick in question.arranged("") if not question.mark(pick).is_right)
    right = next(pick for pick in question.arranged("") if question.mark(pick).is_right)
    marked: list[Answer] = []
    floors: list[Answer] = []
    for _ in range(ROUNDS):
        learner = Learner()
        learner.get(app, f"/lessons/{site.SLUG}/quiz/")
        checked(learner.post(app, f"/lessons/{site.SLUG}/runs/", number="1"))
        for attempt, pick in enumerate((wrong, wrong, right), 1):
            path = f"/lessons/{site.SLUG}/quiz/1/attempts/{attempt}/"
            marked.append(checked(learner.post(app, path, answer=pick)))
            floors.append(checked(learner.post(bare, "/floor/")))
    times, grounds = _times(marked[WARM_UP:]), _times(floors[WARM_UP:])
    yield Figure("marking_us_p50", "answer marked, whole request in process, median", median(times), "µs")
    yield Figure("marking_to_floor", "answer marked / floor", ratio(times, grounds), most=2)
    yield Figure(
        "marking_bytes_most", "answer marked, compressed, the largest", max(len(a.wire) for a in marked), "bytes"
    )


def checked(answer: Answer) -> Answer:
    """Return the answer. Raises: RuntimeError if it is none that a learner wants."""
    if answer.status != 200:
        raise RuntimeError(f"the site answered {answer.status}: {answer.text[:500]}")
    return answer


def _times(answers: list[Answer]) -> list[float]:
    return [answer.microseconds for answer in answers]
