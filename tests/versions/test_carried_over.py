"""A database of the version before: nothing is lost, runs under way go on, and answers keep their questions."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.learners import remembered
from tests.markup import text_of
from tests.tables import for_each
from tests.versions.stored import ALI, BEN, MAL, apps_at, database_of, migrate, stored, texts_of
from tutor import library, offered, progress, runs
from tutor.assessment import questions, quizzes, sittings
from tutor.assessment.predictions import score_of
from tutor.models import Attempt, Draft, Entry, Help, LessonText, Prediction, Run, Sitting
from tutor.progress import ItemCount
from tutor.studio import drafts

pytestmark = pytest.mark.django_db

BEFORE = "0004_login_guesses"
ROWS = stored("0004")
(FIRST, SECOND) = (text for text in texts_of("0004").values() if text.startswith("title: Old"))


@pytest.fixture(scope="module", autouse=True)
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of the version before, migrated once; each test's own changes are undone."""
    with django_db_blocker.unblock(), database_of("0004", BEFORE):
        yield


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path: Path) -> None:
    settings.LESSONS_DIR = tmp_path
    (tmp_path / "old.yaml").write_text(SECOND)


def browser(learner: UUID) -> Client:
    """Return the browser of a learner, with the cookie that it has from before."""
    return remembered(Client(), learner)


def standing(learner: UUID, place: str) -> quizzes.Standing:
    sheet = quizzes.sheet_of(learner, "old")
    return quizzes.standing(sheet, questions.find(sheet.lesson, place))


@pytest.mark.slow
def test_the_two_texts_are_those_of_the_fixture():
    assert len(library.read_stored(SECOND).steps) == len(library.read_stored(FIRST).steps) + 1


@for_each("model", [Attempt, Entry, Help, LessonText, Prediction, Run, Sitting, Draft])
def test_no_row_is_lost(model):
    assert model.objects.count() == len(ROWS[model.__name__])


def test_answers_belong_to_their_questions_at_any_position():
    assert [each.score for each in standing(ALI, "quiz/1").attempts] == [0, 1]
    assert [(each.answer, each.score) for each in standing(ALI, "quiz/2").attempts] == [("7", 0)]
    assert standing(ALI, "quiz/2").helps == {"hint"}
    assert standing(ALI, "practice/1").helps == {"solution"}


def test_answers_under_two_texts_are_one_series():
    """Mal was right under the first text and wrong under the second, both times with attempt 1."""
    found = standing(MAL, "quiz/2")
    assert (found.asked.id, [each.score for each in found.attempts], found.is_right) == ("which-colour", [1], True)
    assert found.helps == {"hint"}
    assert standing(MAL, "quiz/1").is_right
    mine = Attempt.objects.filter(learner=MAL, question="which-colour").order_by("number")
    assert list(mine.values_list("number", "score")) == [(1, 1.0), (2, 0.0)]


def test_help_knows_its_lesson():
    assert not Help.objects.exclude(slug="old").exists()


def test_predictions_know_their_step():
    assert list(Prediction.objects.order_by("position").values_list("step", "is_right")) == [
        ("producer-pushes-a", False),
        ("producer-pushes-b", None),
    ]
    assert score_of(Run.objects.get(learner=ALI).pk).wrong == 1


def test_progress_counts_what_the_newer_text_still_has():
    lesson = offered.find("old").lesson
    assert progress.of(ALI, {"old": lesson})["old"].steps == ItemCount(2, 5)
    assert progress.of(ALI, {"old": lesson})["old"].quiz == ItemCount(1, 3)
    assert progress.of(MAL, {"old": lesson})["old"].quiz == ItemCount(2, 3)
    assert progress.of(BEN, {"old": lesson})["old"].steps == ItemCount(1, 5)


def test_a_run_under_way_goes_on_and_looks_back():
    ali, run = browser(ALI), Run.objects.get(learner=ALI)
    assert ali.post(f"/runs/{run.pk}/steps/3/").status_code == 303
    assert runs.entry_at(run.pk, 3).variables == {"task": "a"}
    for address in ("?at=2", "?at=producer-pushes-b"):
        assert "Producer pushes 'b'" in text_of(ali.get(f"/lessons/old/{address}").content.decode())
    page = text_of(ali.get("/lessons/old/quiz/").content.decode())
    assert "Right, on the second try." in page
    assert ali.post(f"/runs/{run.pk}/predictions/1/reason/", {"reason": "command"}).status_code == 303


def test_tests_go_on_with_their_questions():
    ali, sitting = browser(ALI), Sitting.objects.get(learner=ALI)
    ids = [each.id for each in sittings.find(ALI, sitting.pk).drawn]
    assert {"practice/what-remains", "quiz/which-colour", "trace/state/producer-pushes-a"} < {*ids}
    assert not [id_ for id_ in ids if id_.rpartition("/")[2].isdigit()]
    assert ali.post("/lessons/old/tests/", {"number": 1, "show": "one"})["Location"] == f"/tests/{sitting.pk}/"
    assert ali.get(f"/tests/{sitting.pk}/").status_code == 200
    assert ali.post(f"/tests/{sitting.pk}/finish/").status_code == 303
    assert ali.get(f"/tests/{sitting.pk}/result/").status_code == 200


def test_another_test_asks_what_the_one_before_did_not():
    sitting = Sitting.objects.get(learner=BEN)
    before = {each["id"] for each in sitting.drawn}
    browser(BEN).post("/lessons/old/tests/", {"number": 2, "show": "one"})
    after = {each["id"] for each in Sitting.objects.get(learner=BEN, number=2).drawn}
    assert "quiz/what-is-new" in before | after
    assert not [id_ for id_ in before | after if id_.rpartition("/")[2].isdigit()]


def test_what_belongs_to_a_text_that_can_not_be_read_is_left_alone():
    left = Attempt.objects.get(slug="gone")
    assert (left.question, left.meaning, left.number) == ("quiz/1", "", 1)


def test_drafts_and_what_is_published_go_on():
    user, draft = User.objects.get(), drafts.find("published")
    workspace = drafts.workspace(draft, user)
    assert (workspace.latest.number, workspace.base, workspace.is_saved) == (2, 2, False)
    assert drafts.save(draft, user, workspace.source, base=2).number == 3
    assert offered.find("published").lesson.format == 1
    assert browser(BEN).post("/lessons/published/runs/", {"number": 1}).status_code == 303
    run = Run.objects.get(slug="published")
    assert browser(BEN).post(f"/runs/{run.pk}/steps/2/").status_code == 303


def test_a_learner_can_begin_anew_with_the_newer_text():
    run = Run.objects.get(learner=ALI)
    assert browser(ALI).post(f"/runs/{run.pk}/restart/").status_code == 303
    assert standing(ALI, "quiz/2").is_right
    assert standing(ALI, "quiz/1").attempts == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_there_is_a_way_back_to_the_version_before():
    migrate(BEFORE)
    for model in ("Attempt", "Help"):
        places = apps_at(BEFORE).get_model("tutor", model).objects.order_by("pk").values_list("question", flat=True)
        assert list(places) == [row["question"] for row in ROWS[model]]
    migrate(None)
    assert standing(MAL, "quiz/2").is_right
    assert Prediction.objects.filter(step="producer-pushes-a").exists()
