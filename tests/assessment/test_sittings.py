"""Tests that learners take: drawn, answered, finished and found again, with the real broker and database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from tests.asking import HEAD, LESSON, SHORT, SLUG, right_answer, shelve, wrong_answer
from tests.corners import AwayPort
from tests.shelves import shelf_of
from tutor import library
from tutor.assessment import sittings
from tutor.assessment.sittings import NoSuchSitting, NothingToAsk, SittingOutOfOrder, StartedTest
from tutor.broker import connection as broker_connection
from tutor.engine.errors import BrokerAway, BrokerLacks
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.playing.port import Port, PortAnswer
from tutor.models import LessonText, Sitting, SittingAnswer
from tutor.ports import corners, namespace

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


@pytest.fixture
def learner():
    return uuid4()


def begin(learner, number: int = 1) -> StartedTest:
    found = sittings.start(learner, library.find(SLUG), number, layout="one")
    return sittings.find(learner, found.pk)


def take(learner, number: int, rights: int) -> StartedTest:
    """Take a whole test with this number of right answers and no others."""
    taken = begin(learner, number)
    given = {place: right_answer(taken.drawn[place - 1]) for place in range(1, rights + 1)}
    sittings.answer(learner, taken.sitting.pk, given)
    return sittings.finish(learner, taken.sitting.pk)


def test_a_test_has_ten_questions_of_all_difficulties(learner):
    taken = begin(learner)
    assert taken.total == 10
    assert [each.question.difficulty for each in taken.drawn] == ["easy"] * 4 + ["medium"] * 3 + ["hard"] * 3


def test_a_test_is_drawn_from_quiz_practice_and_the_trace(learner):
    parts = {each.part for number in range(1, 5) for each in take(learner, number, 0).drawn}
    assert parts == {"quiz", "practice", "trace"}


def test_the_plays_that_questions_are_made_of_leave_nothing_in_redis(learner, monkeypatch):
    plain, used = corners.temporary, []

    def noted(lesson: Lesson) -> Port:
        used.append(plain(lesson))
        return used[-1]

    monkeypatch.setattr(corners, "temporary", noted)
    begin(learner)
    assert len(used) == len({each.counter for each in used}) > 1
    assert not any(broker_connection.client().exists(each.counter, each.names, *each.keys) for each in used)
    known = b" ".join(broker_connection.client().zrange(namespace.INDEX, 0, -1)).decode()
    assert not any(each.counter.removeprefix("tutor:{").removesuffix("}#") in known for each in used)


def test_a_second_press_finds_the_test_of_the_first(learner):
    assert begin(learner).sitting.pk == begin(learner).sitting.pk
    assert Sitting.objects.filter(learner=learner).count() == 1


def test_while_a_test_is_under_way_there_is_no_other(learner):
    assert begin(learner, 1).sitting.pk == begin(learner, 2).sitting.pk


def test_a_number_that_is_not_next_is_refused(learner):
    with pytest.raises(SittingOutOfOrder):
        begin(learner, 2)


def test_a_new_test_draws_anew(learner):
    drawn = [[each.id for each in take(learner, number, 0).drawn] for number in range(1, 5)]
    assert len({tuple(ids) for ids in drawn}) > 1
    assert Sitting.objects.filter(learner=learner).values("seed").distinct().count() == 4


def test_with_the_broker_away_nothing_is_recorded_and_the_same_press_works_later(learner, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(corners, "temporary", AwayPort)
        with pytest.raises(BrokerAway):
            begin(learner)
    assert not Sitting.objects.filter(learner=learner).exists()
    assert begin(learner).total == 10


class LackingCorner(AwayPort):
    """A corner of a broker that lacks a feature of the lesson."""

    def exchange(self, *_: object, **__: object) -> PortAnswer:
        raise BrokerLacks("an imitation")


def test_with_a_broker_that_cannot_play_the_lesson_authors_questions_are_drawn(learner, monkeypatch):
    monkeypatch.setattr(corners, "temporary", LackingCorner)
    assert {each.part for each in begin(learner).drawn} == {"quiz", "practice"}


def test_a_lesson_with_few_questions_gives_a_shorter_test(learner, shelf):
    shelve(shelf, SHORT)
    assert begin(learner).total == 2


def test_a_lesson_with_nothing_to_ask_gives_no_test(learner, shelf, monkeypatch):
    shelve(shelf, HEAD)
    monkeypatch.setattr(sittings, "trace_questions", lambda *_: [])
    with pytest.raises(NothingToAsk):
        begin(learner)
    assert not Sitting.objects.filter(learner=learner).exists()


def test_a_test_does_not_change_with_the_lesson(learner, shelf):
    before = begin(learner)
    shelve(shelf, LESSON.replace("One choice?", "Another?").replace("answer: A", "answer: B"))
    after = sittings.find(learner, before.sitting.pk)
    assert after.drawn == before.drawn
    assert sittings.lesson_of(after.sitting).quiz[0].question == "One choice?"


def test_a_test_outlives_its_lesson(learner, shelf):
    before = begin(learner)
    (shelf / f"{SLUG}.yaml").unlink()
    assert sittings.finish(learner, before.sitting.pk).is_finished


def test_the_text_of_the_lesson_is_stored_once(learner):
    take(learner, 1, 0)
    take(learner, 2, 0)
    begin(uuid4())
    assert LessonText.objects.count() == 1


def test_a_strangers_test_is_not_there(learner):
    taken = begin(learner)
    for act in (sittings.find, sittings.finish, lambda who, which: sittings.answer(who, which, {1: "x"})):
        with pytest.raises(NoSuchSitting):
            act(uuid4(), taken.sitting.pk)


def test_an_answer_is_marked_and_kept(learner):
    taken = begin(learner)
    after = sittings.answer(learner, taken.sitting.pk, {2: right_answer(taken.drawn[1])})
    assert after.answers[2].score == 1
    assert after.open_places == [1, *range(3, 11)]


def test_an_answer_is_never_changed(learner):
    taken = begin(learner)
    sittings.answer(learner, taken.sitting.pk, {1: wrong_answer(taken.drawn[0])})
    after = sittings.answer(learner, taken.sitting.pk, {1: right_answer(taken.drawn[0])})
    assert after.answers[1].score == 0
    assert SittingAnswer.objects.filter(sitting=taken.sitting).count() == 1


def test_places_that_a_test_does_not_have_are_left_out(learner):
    taken = begin(learner)
    sittings.answer(learner, taken.sitting.pk, {0: "x", 11: "x", -1: "x"})
    assert not SittingAnswer.objects.filter(sitting=taken.sitting).exists()


def test_the_last_answer_finishes_the_test(learner):
    taken = begin(learner)
    given = {place: right_answer(drawn) for place, drawn in enumerate(taken.drawn, 1)}
    last = {10: given.pop(10)}
    assert not sittings.answer(learner, taken.sitting.pk, given).is_finished
    after = sittings.answer(learner, taken.sitting.pk, last)
    assert after.is_finished
    assert after.score.overall.percent == 100
    assert after.verdict == "strong"


def test_open_questions_count_as_unanswered_at_the_end(learner):
    taken = take(learner, 1, 4)
    assert taken.sitting.score == 0.4
    assert taken.verdict == "weak"


def test_a_finished_test_takes_no_answer(learner):
    taken = take(learner, 1, 4)
    after = sittings.answer(learner, taken.sitting.pk, {10: right_answer(taken.drawn[9])})
    assert after.sitting.score == 0.4
    assert sittings.find(learner, taken.sitting.pk).open_places == [5, 6, 7, 8, 9, 10]


def test_finishing_twice_changes_nothing(learner):
    first = take(learner, 1, 4).sitting
    assert sittings.finish(learner, first.pk).sitting.finished_at == first.finished_at


def test_the_best_and_the_latest_test_are_kept(learner):
    for number, rights in enumerate((3, 8, 8, 5), 1):
        take(learner, number, rights)
    found = sittings.record(learner, SLUG)
    assert (found.best.sitting.number, found.latest.sitting.number) == (2, 4)
    assert (found.finished_count, found.next_number, found.under_way) == (4, 5, None)


def test_a_test_under_way_is_neither_best_nor_latest(learner):
    take(learner, 1, 3)
    under_way = begin(learner, 2)
    found = sittings.record(learner, SLUG)
    assert (found.best.sitting.number, found.latest.sitting.number) == (1, 1)
    assert found.under_way.sitting == under_way.sitting


def test_a_learner_without_tests_has_an_empty_record(learner):
    found = sittings.record(learner, SLUG)
    assert (found.best, found.latest, found.under_way, found.next_number) == (None, None, None, 1)


def test_a_record_costs_the_same_however_many_tests(learner, django_assert_max_num_queries):
    for number in range(1, 5):
        take(learner, number, number)
    with django_assert_max_num_queries(5):
        sittings.record(learner, SLUG)


def test_the_best_scores_of_many_lessons_are_one_query(learner, django_assert_num_queries):
    take(learner, 1, 7)
    take(uuid4(), 1, 9)
    with django_assert_num_queries(1):
        assert sittings.best_scores(learner, [SLUG, "other"]) == {SLUG: 0.7}


def together(count: int, act: Callable[[int], object]) -> list[object]:
    """Call it from several threads at once, each with its own connection."""
    barrier = Barrier(count)

    def one(number: int) -> object:
        barrier.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_parallel_presses_start_one_test(learner):
    found = together(6, lambda _: begin(learner).sitting.pk)
    assert len(set(found)) == 1
    assert Sitting.objects.filter(learner=learner).count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_answers_to_a_question_count_once(learner):
    taken = begin(learner)
    both = wrong_answer(taken.drawn[0]), right_answer(taken.drawn[0])
    found = together(8, lambda number: sittings.answer(learner, taken.sitting.pk, {1: both[number % 2]}))
    assert SittingAnswer.objects.filter(sitting=taken.sitting).count() == 1
    assert len({each.answers[1].score for each in found}) == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_answers_to_all_questions_finish_the_test_once(learner):
    taken = begin(learner)
    given = [{place: right_answer(drawn)} for place, drawn in enumerate(taken.drawn, 1)]
    together(10, lambda number: sittings.answer(learner, taken.sitting.pk, given[number]))
    after = sittings.find(learner, taken.sitting.pk)
    assert after.is_finished
    assert after.sitting.score == 1


@pytest.mark.django_db(transaction=True)
def test_the_score_counts_just_the_answers_that_came_before_the_end(learner):
    taken = begin(learner)
    right = {place: right_answer(drawn) for place, drawn in enumerate(taken.drawn, 1)}

    def act(number: int) -> None:
        if number == 4:
            sittings.finish(learner, taken.sitting.pk)
        else:
            sittings.answer(learner, taken.sitting.pk, {number + 1: right[number + 1]})

    together(9, act)
    after = sittings.find(learner, taken.sitting.pk)
    assert after.sitting.score == pytest.approx(len(after.answers) / 10)
