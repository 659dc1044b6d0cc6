"""A class of 40 behind one address never meets the default limits, whatever its members do at the same moment."""

from collections.abc import Iterator
from itertools import count

import pytest
from django.test import Client

from tests.asking import SLUG, shelve
from tests.quotas.clock import limited
from tests.shelves import shelf_of
from tests.tables import for_each
from tests.views.stepping import HTMX, visitor
from tutor.models import Attempt, Run, Sitting
from tutor.quotas.limiter import TooMany, limiter
from tutor.quotas.visitors import Sender
from tutor.views.shared.limits import KINDS

CLASS = range(40)
SCHOOL = "203.0.113.9"

Press = tuple[float, int, str]
"""A press: the second, the learner, and the URL name of the view that it asks for."""

shelf = shelf_of(shelve)


def every(seconds: float, view: str, *, lasting: float, at: float = 0, each: int = 1) -> Iterator[Press]:
    """Yield presses of all learners at the same moments, `each` of them together."""
    for moment in count():
        if moment * seconds > lasting:
            return
        yield from ((at + moment * seconds, who, view) for who in CLASS for _ in range(each))


def once(view: str, *, at: float = 0, each: int = 1) -> list[Press]:
    return list(every(1, view, lasting=0, at=at, each=each))


LESSONS = {
    "all open four pages, begin and restart twice at once": [
        *once("lesson", each=4), *once("start_run", at=1), *once("restart_run", at=2), *once("restart_run", at=3),
    ],
    "all press Next twice a second for five minutes": list(every(0.5, "take_step", lasting=300)),
    "all press Next in bursts of ten, every five seconds": list(every(5, "take_step", lasting=300, each=10)),
    "the fastest autoplay in two tabs each for five minutes": list(every(0.7, "take_step", lasting=300, each=2)),
    "predicting: two posts a step, a question each, twice a second": [
        *every(0.5, "predict_step", lasting=120), *every(0.5, "question", lasting=120),
        *every(0.5, "give_reason", lasting=120),
    ],
    "both of these at once: a step and a prediction twice a second for a minute": [
        *every(0.5, "predict_step", lasting=60), *every(0.5, "take_step", lasting=60),
    ],
    "all begin a test twice, and answer its ten questions in twenty seconds": [
        *once("start_sitting", each=2), *every(2, "answer_sitting", lasting=20), *once("finish_sitting", at=21),
        *once("start_sitting", at=25), *every(2, "answer_sitting", lasting=20, at=26),
    ],
    "all answer a question a second for five minutes, with hints": [
        *every(1, "submit_answer", lasting=300), *every(3, "ask_help", lasting=300),
    ],
    "all run three proofs at once": once("prove_answer", each=3),
    "all open the live page in four tabs, reload them all, and publish five messages at once": [
        *once("live_page", each=4), *once("stream", each=4), *once("stream", at=6, each=4), *once("publish", each=5),
    ],
    "all drag the slider for ten seconds, fifteen pages a second": list(every(1 / 15, "lesson", lasting=10)),
}  # fmt: skip


@pytest.mark.slow
@for_each("presses", LESSONS.values())
def test_no_press_of_the_class_is_refused(presses):
    with limited() as clock:
        begun = clock.now
        for moment, who, view in sorted(presses):
            clock.now = begun + moment
            kind = "streams" if view == "stream" else KINDS.get(view, "pages")
            try:
                limiter.require(kind, Sender(who, SCHOOL))
            except TooMany as many:
                pytest.fail(f"{view} after {moment:.1f} s by {who}: {many}")


def test_the_class_stores_ten_kilobytes_a_step_for_an_hour():
    with limited() as clock:
        for _ in range(360):
            clock.move(10)
            for who in CLASS:
                limiter.require("steps", Sender(who, SCHOOL))
                limiter.charge_bytes(Sender(who, SCHOOL), 10_000)


def test_one_of_them_alone_is_stopped_and_the_others_go_on():
    with limited():
        greedy = Sender(0, SCHOOL)
        refused = 0
        for _ in range(10_000):
            try:
                limiter.require("steps", greedy)
            except TooMany:
                refused += 1
        assert refused == 10_000 - 200
        for who in CLASS[1:]:
            for _ in range(10):
                limiter.require("steps", Sender(who, SCHOOL))


def lesson_of(client: Client) -> None:
    """Have one learner begin, step, restart, answer, and take a test, each request at once."""
    page = f"/lessons/{SLUG}/"
    assert client.get(page).status_code == 200
    assert client.post(f"{page}runs/", {"number": "1"}, headers=HTMX).status_code == 200
    run = Run.objects.latest("started_at")
    assert client.post(f"/runs/{run.pk}/steps/2/", headers=HTMX).status_code == 200
    assert client.post(f"/runs/{run.pk}/restart/").status_code == 303
    for number in (1, 2):
        answer = client.post(f"{page}quiz/3/attempts/{number}/", {"answer": f"wrong {number}"}, headers=HTMX)
        assert answer.status_code == 200
    assert client.post(f"{page}tests/", {"number": "1"}).status_code == 303
    assert client.post(f"{page}tests/", {"number": "1"}).status_code == 303


@pytest.mark.slow
@pytest.mark.django_db
def test_the_class_takes_a_lesson_at_one_moment_of_the_clock():
    with limited():
        for client in [visitor() for _ in CLASS]:
            lesson_of(client)
    assert (Run.objects.count(), Sitting.objects.count(), Attempt.objects.count()) == (80, 40, 80)
