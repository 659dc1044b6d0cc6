"""Predictions of a run: committed with the step, counted, never changed; with the real broker and database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from tests.corners import AwayPort
from tests.predicting import RIGHT, SLUG, shelve
from tests.shelves import shelf_of
from tests.tables import for_each
from tests.test_lessons import SLUGS, play
from tests.test_lessons import lesson as shelved
from tutor import library, runs
from tutor.assessment import predictions
from tutor.assessment.predictions import NoSuchPrediction, Panel, PredictionScore, UnreadableGuess
from tutor.drawing.stage import Stage
from tutor.engine.asking import prediction
from tutor.engine.errors import BrokerAway, StepOutOfOrder
from tutor.models import Entry, Prediction, Run
from tutor.ports import corners
from tutor.runs import NoSuchRun, TakenStep

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)


@pytest.fixture
def run() -> Run:
    return runs.start(uuid4(), library.find(SLUG), 1)


def predict(run: Run, position: int, guess: str | None) -> TakenStep:
    return predictions.predict(run.learner, run.pk, position, guess)


def walk(run: Run, *guesses: str | None) -> None:
    for position, guess in enumerate(guesses, 1):
        predict(run, position, guess)


def stage(run: Run, at: int | None = None) -> Stage:
    reached = runs.reached(run.pk)
    at = reached if at is None else at
    entry = runs.entry_at(run.pk, at) if at else None
    return Stage(runs.lesson_of(run), run.slug, run.pk, reached, at, entry)


def panel(run: Run, at: int | None = None, mode: predictions.Mode = "on") -> Panel:
    return predictions.panel(stage(run, at), mode)


def stored(run: Run) -> list[tuple[int, str, str | None, bool | None]]:
    found = Prediction.objects.filter(run=run).order_by("position")
    return list(found.values_list("position", "asked", "guess", "is_right"))


# Committing


def test_a_guess_takes_the_step_and_is_marked(run):
    taken = predict(run, 1, "task1")
    assert taken.is_new
    assert taken.entry.value_text("queue") == "['task1']"
    assert stored(run) == [(1, "key queue", "task1", True)]


def test_each_kind_of_step_is_asked_and_marked(run):
    walk(run, *RIGHT)
    asked = ["key queue", "key queue", "key queue", "output", "key queue", "variable task"]
    assert stored(run) == [(i, a, g, True) for i, (a, g) in enumerate(zip(asked, RIGHT, strict=True), 1)]


def test_a_skip_is_recorded_without_a_guess(run):
    assert predict(run, 1, None).is_new
    assert stored(run) == [(1, "key queue", None, None)]


def test_a_second_press_changes_nothing(run):
    predict(run, 1, "wrong")
    again = predict(run, 1, "task1")
    assert not again.is_new
    assert stored(run) == [(1, "key queue", "wrong", False)]


def test_a_step_already_seen_cannot_be_predicted(run):
    runs.take_step(run.learner, run.pk, 1)
    assert not predict(run, 1, "task1").is_new
    assert stored(run) == []


@for_each("position", [0, 2, 7, 99])
def test_a_step_that_is_not_next_is_refused(run, position: int):
    with pytest.raises(StepOutOfOrder):
        predict(run, position, "task1")
    assert stored(run) == []


def test_a_stranger_predicts_nothing(run):
    with pytest.raises(NoSuchRun):
        predictions.predict(uuid4(), run.pk, 1, "task1")
    assert not Entry.objects.exists()


def test_text_that_is_not_a_list_is_no_guess(run):
    with pytest.raises(UnreadableGuess):
        predict(run, 1, "'a' b 'c'")
    assert not Entry.objects.exists()


def test_while_the_broker_is_away_nothing_is_recorded(run, monkeypatch):
    monkeypatch.setattr(corners, "of_run", AwayPort)
    with pytest.raises(BrokerAway):
        predict(run, 1, "task1")
    assert stored(run) == []
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_time_make_one_step_and_one_prediction(run):
    barrier = Barrier(4)

    def press(guess: str) -> bool:
        try:
            barrier.wait(5)
            return predict(run, 1, guess).is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, ["a", "b", "c", "task1"])) == [False, False, False, True]
    assert len(stored(run)) == 1


# The score


def test_the_score_counts_right_wrong_and_skipped(run):
    walk(run, "task1", "task1 task2", None, "Processed task1")
    assert predictions.score_of(run.pk) == PredictionScore(right=2, wrong=1, skipped=1)
    assert predictions.score_of(run.pk).guessed == 3


def test_the_score_is_of_this_run_alone_and_one_query(run, django_assert_num_queries):
    walk(run, "task1")
    other = runs.start(run.learner, library.find(SLUG), 2)
    with django_assert_num_queries(1):
        assert predictions.score_of(other.pk) == PredictionScore(0, 0, 0)


# The panel


def test_off_and_at_the_newest_step_the_database_is_not_asked(run, django_assert_num_queries):
    walk(run, "task1")
    shown = stage(run)
    with django_assert_num_queries(0):
        assert predictions.panel(shown, "off") == predictions.OFF


def test_a_step_is_asked_about_only_if_there_is_something_to_predict(run):
    shown = Stage(runs.lesson_of(run), SLUG, None, 0, 0, None)
    assert predictions.panel(shown, "on").ask is None, "its command says it all"
    runs.take_step(run.learner, run.pk, 1)
    ask = panel(run).ask
    assert ask
    assert (ask.step, ask.number, ask.url) == (2, None, f"/runs/{run.pk}/predictions/2/")


def test_the_question_shows_the_command_and_offers_results(run):
    walk(run, "task1")
    ask = predictions.asking_panel(stage(run), "on").ask
    assert ask
    assert ask.preview.code == "LPUSH queue task2"
    assert [choice.text for choice in ask.choices] == [
        "['task1', 'task2']",
        "['task1']",
        "['task2', 'task1']",
        "['task2']",
    ]
    assert ask.question == ("What will", "be after this step?")


def test_a_step_is_announced_by_its_actor_and_its_command(run):
    walk(run, None, None)
    ask = panel(run).ask
    assert ask
    assert (ask.preview.announced, ask.preview.code) == ("Consumer sends RPOP", "RPOP queue")


def test_a_result_stays_until_the_next_question_is_asked_for(run):
    walk(run, "task1", "task1, task2")
    found = panel(run)
    assert found.ask is None
    assert found.prediction
    assert not found.prediction.is_right
    assert found.verdict == "Not quite. "
    assert predictions.asking_panel(stage(run), "on").ask


def test_after_a_skip_comes_the_next_question_at_once(run):
    walk(run, None)
    assert panel(run).ask
    assert panel(run).verdict == ""


def test_looking_back_shows_the_guess_made_there_also_with_the_switch_off(run):
    walk(run, "task1", "task1, task2", None, None)
    assert panel(run, 1).verdict == "Right. "
    assert panel(run, 2, "off").verdict == "Not quite: you predicted ['task1', 'task2']. "
    assert panel(run, 2, "off").score is None
    skipped = panel(run, 3).prediction
    assert skipped
    assert skipped.is_right is None


def test_a_wrong_choice_names_the_mistake_that_gives_it(run):
    runs.take_step(run.learner, run.pk, 1)
    assert panel(run).ask
    predict(run, 2, "task1, task2")
    shown = panel(run).prediction
    assert shown
    assert shown.mistake == "So it would be with `RPUSH` in place of `LPUSH`."


def test_now_and_then_is_one_step_in_three_and_always_the_same(run):
    asked = []
    for number in range(1, 7):
        first, second = panel(run, mode="some"), panel(run, mode="some")
        assert (first.ask is None) == (second.ask is None)
        asked += [number] if first.ask else []
        runs.take_step(run.learner, run.pk, number)
    assert asked == [2, 4]


def test_in_a_run_that_chance_made_another_one_nothing_is_asked(run):
    runs.take_step(run.learner, run.pk, 1)
    stored_entry = Entry.objects.get(run=run, position=1)
    stored_entry.record = {**stored_entry.record, "variables": {**stored_entry.record["variables"], "task": "other"}}
    stored_entry.save()
    assert panel(run).ask is None


def test_after_the_last_step_nothing_is_asked(run):
    walk(run, *RIGHT)
    assert predictions.asking_panel(stage(run), "on").ask is None
    assert panel(run).score == PredictionScore(6, 0, 0)


# Reasons


def test_a_reason_is_stored_and_can_be_changed(run):
    walk(run, "task1", "task1, task2")
    predictions.give_reason(run.learner, run.pk, 2, "ends")
    shown = predictions.give_reason(run.learner, run.pk, 2, "guess")
    assert [reason.name for reason in shown.reasons if reason.is_chosen] == ["guess"]
    assert Prediction.objects.get(position=2).reason == "guess"
    assert Prediction.objects.get(position=2).guess == "task1, task2"


def test_reasons_fit_what_was_asked(run):
    walk(run, "x", None, None, "x")
    of = [[reason.name for reason in panel(run, at).prediction.reasons] for at in (1, 4)]
    assert of == [["ends", "command", "guess"], ["value", "command", "guess"]]


@for_each(("position", "reason"), [(1, "ends"), (3, "ends"), (9, "ends"), (2, "value"), (2, "")])
def test_only_a_wrong_guess_has_a_reason_and_only_one_of_ours(run, position: int, reason: str):
    walk(run, "task1", "x", None)
    with pytest.raises(NoSuchPrediction):
        predictions.give_reason(run.learner, run.pk, position, reason)


def test_a_stranger_gives_no_reason(run):
    walk(run, "x")
    with pytest.raises(NoSuchRun):
        predictions.give_reason(uuid4(), run.pk, 1, "ends")


# The lessons on the shelf


@pytest.mark.slow
@for_each("slug", SLUGS)
def test_what_a_lesson_shows_is_a_right_prediction_of_each_step(slug: str):
    lesson = shelved(slug)
    for entry in play(lesson):
        keys = prediction.state_before(entry)[1]
        asked = prediction.asked_of(lesson, lesson.steps[entry.position - 1], keys)
        shown = str(prediction.truth_of(asked, entry))
        assert prediction.is_readable(asked, shown), (entry.position, shown)
        assert prediction.difference(asked, shown, entry).is_right, (entry.position, shown)
