"""One numbered claim: the next number is made once, an earlier one is found, anything else is out of order."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.asking import LESSON, SLUG, shelve
from tests.shelves import shelf_of
from tests.studio.studio_drafts import instructor
from tests.tables import for_each
from tutor import library, runs, series
from tutor.assessment import questions, quizzes, sittings
from tutor.models import Attempt, Revision, Run, Sitting
from tutor.series import OutOfOrder
from tutor.studio import drafts

shelf = shelf_of(shelve)


class Letters:
    """A series in memory: the first is A."""

    out_of_order = OutOfOrder

    def __init__(self, count: int) -> None:
        self.made = [chr(ord("A") + i) for i in range(count)]

    def latest_number(self) -> int:
        return len(self.made)

    def stored(self, number: int) -> str:
        return self.made[number - 1]

    def make(self, number: int) -> str:
        self.made.append(chr(ord("A") + number - 1))
        return self.made[-1]


@given(st.integers(0, 9), st.integers(-(10**30), 10**30) | st.integers(-2, 12))
def test_a_number_is_found_made_or_out_of_order(count: int, number: int):
    letters = Letters(count)
    before = list(letters.made)
    if not 1 <= number <= count + 1:
        with pytest.raises(OutOfOrder):
            series.claim(letters, number)
        assert letters.made == before
        return
    found = series.claim(letters, number)
    assert found == series.claim(letters, number) == letters.made[number - 1]
    assert letters.made[:count] == before
    assert len(letters.made) == max(count, number)


LEARNER = uuid4()


def start_run(number: int) -> object:
    return runs.start(LEARNER, library.find(SLUG), number).pk


def start_test(number: int) -> object:
    sitting = sittings.start(LEARNER, library.find(SLUG), number, layout="one")
    sittings.finish(LEARNER, sitting.pk)
    return sitting.pk


def answer(number: int) -> object:
    sheet = quizzes.sheet_of(LEARNER, SLUG)
    found = quizzes.submit(sheet, questions.find(sheet.lesson, "quiz/3"), number, f"wrong {uuid4()}")
    return found.attempts[number - 1].answer


def save(number: int) -> object:
    """Save the revision of that number; the first is there. Two who save the same text save it once."""
    return drafts.save(drafts.find("queues"), instructor(), f"{LESSON}# {number}\n", base=number - 1).pk


KINDS: dict[str, tuple[Callable[[int], object], Any, int]] = {
    "runs": (start_run, Run, 1),
    "tests": (start_test, Sitting, 1),
    "attempts": (answer, Attempt, 1),
    "revisions": (save, Revision, 2),
}
"""A series: the function that makes an item, its storage, and the first free number."""


@pytest.fixture
def draft(db):
    drafts.begin("queues", LESSON, instructor())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_made_once_and_found_again(draft, kind: str):
    make, model, first = KINDS[kind]
    made = [make(number) for number in (first, first + 1)]
    before = model.objects.count()
    assert [make(number) for number in (first + 1, first)] == made[::-1]
    assert model.objects.count() == before
    assert len({*made}) == 2


@for_each("number", [0, -1, 3, 10**6, 10**30])
@for_each("kind", ["runs", "tests", "attempts"])
def test_each_kind_refuses_any_other_number(db, kind: str, number: int):
    make, model, first = KINDS[kind]
    make(first)
    with pytest.raises(OutOfOrder):
        make(number)
    assert model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_those_who_press_at_once_find_the_same_one(kind: str):
    drafts.begin("queues", LESSON, instructor())
    make, model, first = KINDS[kind]
    before = model.objects.count()
    found: list[object] = []
    together = Barrier(5)

    def press() -> None:
        try:
            together.wait(10)
            found.append(make(first))
        finally:
            connection.close()

    presses = [Thread(target=press) for _ in range(5)]
    for each in presses:
        each.start()
    for each in presses:
        each.join(30)
    assert len(found) == 5
    assert len({*found}) == 1
    assert model.objects.count() == before + 1
