"""Old runs and tests are removed, progress stays, numbers rise, and a learner's storage is bounded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.test import override_settings

from tests.asking import SLUG, shelve
from tests.servers import broker_at, running_redis
from tests.shelves import shelf_of
from tests.views.stepping import HTMX, visitor
from tutor import library, progress, runs, storage
from tutor.assessment import questions as asked_questions
from tutor.assessment import quizzes, sittings
from tutor.engine.errors import BrokerAway
from tutor.models import Attempt, Entry, Prediction, Run, Sitting
from tutor.quotas.kinds import NO_LIMITS
from tutor.runs import NoSuchRun, RunOutOfOrder
from tutor.storage import StorageFull

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


@contextmanager
def keeping(**limits: int) -> Iterator[None]:
    with override_settings(LIMITS=replace(NO_LIMITS, **limits)):
        yield


@pytest.fixture
def learner() -> UUID:
    return uuid4()


def walk(learner: UUID, number: int, steps: int) -> Run:
    """Begin that run and take so many steps."""
    run = runs.start(learner, library.find(SLUG), number)
    for position in range(1, steps + 1):
        runs.take_step(learner, run.pk, position)
    return run


def numbers(learner: UUID) -> list[int]:
    return list(Run.objects.filter(learner=learner).order_by("number").values_list("number", flat=True))


def test_the_newest_runs_and_the_farthest_are_kept(learner):
    with keeping(kept_runs=3):
        for number, steps in enumerate([1, 4, 2, 1, 1, 2, 1], 1):
            walk(learner, number, steps)
    assert numbers(learner) == [2, 5, 6, 7]


def test_the_farthest_under_each_text_is_kept(learner, shelf):
    with keeping(kept_runs=2):
        walk(learner, 1, 3)
        walk(learner, 2, 1)
        shelve(shelf, (shelf / f"{SLUG}.yaml").read_text().replace("action: Process", "action: Print"))
        for number in range(3, 7):
            walk(learner, number, 2)
    assert numbers(learner) == [1, 5, 6]


def snapshot(learner: UUID) -> object:
    return progress.of(learner, {SLUG: library.find(SLUG).lesson})


def test_progress_is_the_same_without_the_old_runs_and_tests(learner, shelf):
    for number, steps in enumerate([2, 5, 1, 3], 1):
        walk(learner, number, steps)
    shelve(shelf, (shelf / f"{SLUG}.yaml").read_text().replace("action: Process", "action: Print"))
    for number, steps in enumerate([4, 1, 2], 5):
        walk(learner, number, steps)
    sheet = quizzes.sheet_of(learner, SLUG)
    quizzes.submit(sheet, asked_questions.find(sheet.lesson, "quiz/3"), 1, "sesame")
    for number in range(1, 5):
        finish_test(learner, number, score=[0.2, 0.9, 0.9, 0.1][number - 1])
    before, record = snapshot(learner), sittings.record(learner, SLUG)
    storage.remove_runs(learner, [SLUG], newest=1)
    storage.remove_tests(learner, [SLUG], newest=1)
    after = sittings.record(learner, SLUG)
    assert (Run.objects.count(), Sitting.objects.count(), Attempt.objects.count()) == (3, 2, 1)
    assert snapshot(learner) == before
    assert after.best.sitting.number == record.best.sitting.number == 2
    assert (after.finished_count, after.next_number) == (record.finished_count, record.next_number) == (4, 5)


def finish_test(learner: UUID, number: int, *, score: float) -> Sitting:
    sitting = sittings.start(learner, library.find(SLUG), number, layout="one")
    sittings.finish(learner, sitting.pk)
    Sitting.objects.filter(pk=sitting.pk).update(score=score)
    return sitting


def test_the_newest_tests_and_the_best_are_kept_and_one_under_way_as_well(learner):
    with keeping(kept_tests=3):
        for number, score in enumerate([0.1, 0.8, 0.3, 0.8, 0.2, 0.1, 0.1], 1):
            finish_test(learner, number, score=score)
        sittings.start(learner, library.find(SLUG), 8, layout="one")
    kept = Sitting.objects.filter(learner=learner).order_by("number")
    assert list(kept.values_list("number", flat=True)) == [2, 6, 7, 8]


def test_numbers_rise_after_a_removal_and_a_removed_number_is_out_of_order(learner):
    with keeping(kept_runs=2):
        removed = [walk(learner, number, 1) for number in range(1, 6)][1]
        assert numbers(learner) == [4, 5]
        with pytest.raises(RunOutOfOrder):
            runs.start(learner, library.find(SLUG), 2)
        with pytest.raises(NoSuchRun):
            runs.take_step(learner, removed.pk, 2)
        assert walk(learner, 6, 1).number == 6


def test_a_double_click_begins_one_run_and_removes_no_more(learner):
    with keeping(kept_runs=3):
        for number in range(1, 5):
            walk(learner, number, 1)
        again = runs.start(learner, library.find(SLUG), 4)
    assert again.number == 4
    assert numbers(learner) == [2, 3, 4]


def test_the_entries_and_predictions_of_a_removed_run_go_with_it(learner):
    first = walk(learner, 1, 2)
    Prediction.objects.create(run=first, position=1, asked="x", is_right=True)
    walk(learner, 2, 3)
    storage.remove_runs(learner, [SLUG], newest=1)
    assert (Entry.objects.filter(run=first.pk).count(), Prediction.objects.count()) == (0, 0)


def test_another_learners_runs_are_left_alone(learner):
    others = uuid4()
    for number in (1, 2, 3):
        walk(others, number, 1)
        walk(learner, number, 1)
    storage.remove_runs(learner, [SLUG], newest=1)
    assert numbers(others) == [1, 2, 3]


def test_what_is_stored_is_measured_in_bytes(learner):
    assert storage.stored_bytes(learner) == 0
    run = walk(learner, 1, 2)
    records = sum(len(stored) for (stored,) in raw_records(run.pk))
    assert storage.stored_bytes(learner) == records > 500
    finish_test(learner, 1, score=0)
    assert storage.stored_bytes(learner) > records + 1_000


def raw_records(run_id: UUID) -> list[tuple[str]]:
    from django.db import connection

    from tutor.models import sql_key

    with connection.cursor() as cursor:
        cursor.execute("SELECT record FROM tutor_entry WHERE run_id = %s", [sql_key(run_id)])
        return cursor.fetchall()


def start_test(learner: UUID) -> None:
    sittings.start(learner, library.find(SLUG), 1, layout="one")


@pytest.mark.parametrize("begin", [lambda learner: walk(learner, 2, 0), start_test], ids=["run", "test"])
def test_a_learner_whose_storage_is_full_can_begin_nothing_and_goes_on_with_the_rest(learner, begin: Callable):
    run = walk(learner, 1, 2)
    with keeping(storage=500):
        with pytest.raises(StorageFull):
            begin(learner)
        assert runs.take_step(learner, run.pk, 3).is_new
        walk(uuid4(), 1, 1)
    assert numbers(learner) == [1]


def test_old_runs_of_all_lessons_make_room_before_anything_is_refused(learner):
    for number in range(1, 6):
        walk(learner, number, 2)
    enough = storage.stored_bytes(learner) - 10
    with keeping(storage=enough):
        walk(learner, 6, 1)
    assert numbers(learner) == [5, 6]


def test_the_refusal_says_what_to_do():
    client = visitor()
    page = f"/lessons/{SLUG}/"
    assert client.post(f"{page}runs/", {"number": "1"}, headers=HTMX).status_code == 200
    with keeping(storage=1):
        refused = client.post(f"{page}runs/", {"number": "2"}, headers=HTMX)
    assert refused.status_code == 409
    assert "ask the people who run this site for more room" in refused.content.decode()


@pytest.fixture
def server(own_redis) -> Iterator[object]:
    with broker_at(own_redis.url):
        yield own_redis


@pytest.fixture(scope="module")
def own_redis() -> Iterator[object]:
    with running_redis() as running:
        yield running


def corners(server) -> set[str]:
    return set(server.ask("ZRANGE", "tutor:corners", "0", "-1"))


def test_a_restart_leaves_no_keys_of_the_run_before(server, learner):
    first = walk(learner, 1, 2)
    assert str(first.pk) in corners(server)
    second = runs.restart(learner, first.pk)
    runs.take_step(learner, second.pk, 1)
    assert {str(first.pk), str(second.pk)} & corners(server) == {str(second.pk)}
    assert not {key for key in server.all_keys() if str(first.pk) in key}


def test_the_run_before_can_still_be_continued_in_an_old_tab(server, learner):
    first = walk(learner, 1, 2)
    second = runs.restart(learner, first.pk)
    assert runs.take_step(learner, first.pk, 3).entry.variables["task"] == "task1"
    assert runs.take_step(learner, second.pk, 1).is_new


def test_a_restart_works_while_redis_is_away(own_redis, learner):
    with broker_at(own_redis.url):
        first = walk(learner, 1, 2)
        own_redis.kill()
        try:
            assert runs.restart(learner, first.pk).number == 2
            with pytest.raises(BrokerAway):
                runs.take_step(learner, first.pk, 3)
        finally:
            own_redis.start()
