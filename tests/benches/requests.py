"""In-process requests, each measured alternately with its reference, so that the machine's noise cancels out."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benches import floor, runs, site
from tests.benches.caller import Answer, Learner
from tests.benches.figures import Figure, median, p95, ratio
from tutor import library
from tutor.site import cookies

ROUNDS, WARM_UP = 80, 8
STEPS = 7
NEAR, FAR = 8, 4_991
DEPTH_RUNS, DEPTH_STEPS = 6, 14
LONGEST_ANSWER = 4_096


def steps() -> Iterator[Figure]:
    """Measure steps of the first lesson, without and with a prediction, each in turns with its fair floor."""
    learner = Learner()
    learner.get(site.application, f"/lessons/{site.SLUG}/")
    learner.post(site.application, f"/lessons/{site.SLUG}/runs/", number="1")
    plain = _stepped(learner, "step")
    learner.cookies[cookies.PREDICT] = "1"
    predicted = _stepped(learner, "predicted")
    sizes = [len(answer.wire) for answer in plain.answers]
    yield Figure("step_us_p50", "step, whole request in process, median", median(plain.times), "µs")
    yield Figure("step_us_p95", "step, p95", p95(plain.times), "µs")
    yield Figure("step_floor_us_p50", "its fair floor, median", median(plain.floors), "µs")
    yield Figure("step_floor_us_p95", "its fair floor, p95", p95(plain.floors), "µs")
    yield Figure("step_to_floor", "step / its fair floor", plain.ratio, most=1.2)
    yield Figure("predicted_us_p50", "step with a prediction, median", median(predicted.times), "µs")
    yield Figure("predicted_floor_us_p50", "its fair floor (two inserts), median", median(predicted.floors), "µs")
    yield Figure("predicted_to_floor", "step with a prediction / its fair floor", predicted.ratio, most=1.2)
    yield Figure("step_bytes_most", "step, compressed, the largest", max(sizes), "bytes", most=LONGEST_ANSWER)


@dataclass(frozen=True, slots=True)
class Turns:
    """Requests and their floors, one after the other; the first ones warm up."""

    answers: list[Answer]
    grounds: list[Answer]
    warm_up: int

    @property
    def times(self) -> list[float]:
        """The requests' microseconds."""
        return _times(self.answers[self.warm_up :])

    @property
    def floors(self) -> list[float]:
        """The floors' microseconds."""
        return _times(self.grounds[self.warm_up :])

    @property
    def ratio(self) -> float:
        """How many times its floor a request takes."""
        return ratio(self.times, self.floors)


def _stepped(learner: Learner, name: str) -> Turns:
    app, answers, grounds = site.application, list[Answer](), list[Answer]()
    for _ in range(ROUNDS + WARM_UP):
        run, ground = runs.fresh_run(learner), runs.fresh_run(learner)
        for position in range(1, STEPS + 1):
            kind, fields = ("predictions", {"guess": "task1"}) if name == "predicted" else ("steps", {})
            answers.append(checked(learner.post(app, f"/runs/{run.pk}/{kind}/{position}/", **fields)))
            if len(answers) == STEPS // 2:
                floor.answer_with(name, answers[-1].text)
            grounds.append(checked(learner.post(app, f"/floor/{name}/runs/{ground.pk}/steps/{position}/")))
    return Turns(answers, grounds, WARM_UP * STEPS)


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


PAGES = {
    "look_back": ("look back, htmx", f"/lessons/{site.SLUG}/?at=3"),
    "page": ("lesson page, whole", f"/lessons/{site.SLUG}/"),
    "catalogue": ("catalogue", "/"),
}


def pages() -> Iterator[Figure]:
    """Measure the other requests, each in turns with its fair floor."""
    app, learner = site.application, Learner()
    learner.get(app, f"/lessons/{site.SLUG}/")
    run = runs.fresh_run(learner)
    for position in range(1, STEPS + 1):
        checked(learner.post(app, f"/runs/{run.pk}/steps/{position}/"))
    turns = {name: Turns([], [], WARM_UP) for name in PAGES}
    for _ in range(ROUNDS):
        for name, (_, path) in PAGES.items():
            answer = checked(learner.get(app, path, htmx=name == "look_back"))
            if not turns[name].answers:
                floor.answer_with(name, answer.text)
            turns[name].answers.append(answer)
            turns[name].grounds.append(
                checked(learner.get(app, f"/floor/{name}/{site.SLUG}/", htmx=name == "look_back"))
            )
    for name, (label, _) in PAGES.items():
        most = None if name == "catalogue" else 2
        yield Figure(f"{name}_us_p50", f"{label}, median", median(turns[name].times), "µs")
        yield Figure(f"{name}_floor_us_p50", "its fair floor, median", median(turns[name].floors), "µs")
        yield Figure(f"{name}_to_floor", f"{label} / its fair floor", turns[name].ratio, most=most)


def marking() -> Iterator[Figure]:
    """Measure answers to questions of the quiz, wrong and right, in turns with their fair floor."""
    app = site.application
    question = library.find(site.SLUG).lesson.quiz[0]
    wrong = next(pick for pick in question.arranged("") if not question.mark(pick).is_right)
    right = next(pick for pick in question.arranged("") if question.mark(pick).is_right)
    turns = Turns([], [], WARM_UP)
    for _ in range(ROUNDS):
        learner = Learner()
        learner.get(app, f"/lessons/{site.SLUG}/quiz/")
        checked(learner.post(app, f"/lessons/{site.SLUG}/runs/", number="1"))
        for attempt, pick in enumerate((wrong, wrong, right), 1):
            path = f"/lessons/{site.SLUG}/quiz/1/attempts/{attempt}/"
            turns.answers.append(checked(learner.post(app, path, answer=pick)))
            if len(turns.answers) == 2:
                floor.answer_with("marking", turns.answers[-1].text)
            turns.grounds.append(checked(learner.post(app, f"/floor/marking/{site.SLUG}/{attempt}/")))
    largest = max(len(answer.wire) for answer in turns.answers)
    yield Figure("marking_us_p50", "answer marked, whole request in process, median", median(turns.times), "µs")
    yield Figure("marking_floor_us_p50", "its fair floor, median", median(turns.floors), "µs")
    yield Figure("marking_to_floor", "answer marked / its fair floor", turns.ratio, most=1.2)
    yield Figure("marking_bytes_most", "answer marked, compressed, the largest", largest, "bytes")


def checked(answer: Answer) -> Answer:
    """Return the answer. Raises: RuntimeError if it is none that a learner wants."""
    if answer.status != 200:
        raise RuntimeError(f"the site answered {answer.status}: {answer.text[:500]}")
    return answer


def _times(answers: list[Answer]) -> list[float]:
    return [answer.microseconds for answer in answers]
