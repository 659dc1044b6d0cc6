"""A learner's progress: counted from stored rows in a few queries, for the lesson's pages and the catalogue."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from tests.asking import LESSON, SHORT, right_answer, shelve, wrong_answer
from tests.markup import text_of
from tests.shelves import shelf_of
from tutor import library, progress, runs
from tutor.assessment import questions, quizzes, sittings
from tutor.engine.asking.sitting import DrawnQuestion
from tutor.progress import ItemCount, LessonProgress, Overall
from tutor.site.cookies import COOKIE_SECONDS, LEARNER

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)

NOTHING = LessonProgress(ItemCount(0, 5), ItemCount(0, 6), ItemCount(0, 6), None)


@pytest.fixture
def learner():
    return uuid4()


def of(learner, slug: str = "asking") -> LessonProgress:
    return progress.of(learner, {slug: library.find(slug).lesson})[slug]


def step(learner, count: int, slug: str = "asking", number: int = 1) -> None:
    run = runs.start(learner, library.find(slug), number)
    for position in range(1, count + 1):
        runs.take_step(learner, run.pk, position)


def reply(learner, id_: str, *, slug: str = "asking", is_right: bool = True, attempt: int = 1) -> None:
    sheet = quizzes.sheet_of(learner, slug)
    asked = questions.find(sheet.lesson, id_)
    drawn = DrawnQuestion(asked.id, asked.question)
    quizzes.submit(sheet, asked, attempt, right_answer(drawn) if is_right else wrong_answer(drawn))


def take_test(learner, rights: int, number: int = 1, slug: str = "asking") -> None:
    sitting = sittings.start(learner, library.find(slug), number, layout="one")
    drawn = sittings.find(learner, sitting.pk).drawn
    sittings.answer(learner, sitting.pk, {n: right_answer(drawn[n - 1]) for n in range(1, rights + 1)})
    sittings.finish(learner, sitting.pk)


def test_a_new_learner_has_done_nothing(learner):
    assert of(learner) == NOTHING
    assert not of(learner).has_begun


def test_steps_count_up_to_the_furthest_of_any_run(learner):
    step(learner, 4)
    step(learner, 1, number=2)
    assert of(learner).steps == ItemCount(4, 5)


def test_questions_count_once_they_are_right(learner):
    reply(learner, "quiz/1")
    reply(learner, "quiz/2", is_right=False)
    reply(learner, "practice/1", is_right=False)
    reply(learner, "practice/1", attempt=2)
    reply(learner, "practice/2")
    assert (of(learner).quiz, of(learner).practice) == (ItemCount(1, 6), ItemCount(2, 6))
    assert of(learner).questions == ItemCount(3, 12)


def test_the_best_test_counts(learner):
    take_test(learner, 7, 1)
    take_test(learner, 3, 2)
    assert of(learner).best_percent == 70


def test_a_test_under_way_does_not_count(learner):
    sittings.start(learner, library.find("asking"), 1, layout="one")
    assert of(learner).best is None


def test_what_others_did_does_not_count(learner):
    other = uuid4()
    step(other, 5)
    reply(other, "quiz/1")
    take_test(other, 10)
    assert of(learner) == NOTHING


def test_a_lesson_that_got_shorter_is_never_more_than_done(learner, shelf):
    step(learner, 5)
    for number in range(1, 7):
        reply(learner, f"quiz/{number}")
    (shelf / "asking.yaml").write_text(SHORT)
    found = of(learner)
    assert (found.steps, found.quiz) == (ItemCount(1, 1), ItemCount(2, 2))
    assert found.practice == ItemCount(0, 0)
    assert not found.practice.is_complete


def test_the_sum_over_lessons():
    done = LessonProgress(ItemCount(5, 5), ItemCount(6, 6), ItemCount(2, 6), 0.7)
    found = progress.overall([done, NOTHING])
    assert found == Overall(ItemCount(1, 2), ItemCount(5, 10), ItemCount(8, 24), ItemCount(1, 2), has_begun=True)


def test_nothing_is_begun_where_there_is_no_lesson():
    assert progress.overall([]) == Overall(
        ItemCount(0, 0), ItemCount(0, 0), ItemCount(0, 0), ItemCount(0, 0), has_begun=False
    )


@pytest.mark.parametrize("lessons", [1, 12])
def test_the_catalogue_costs_the_same_however_many_lessons(learner, shelf, lessons, django_assert_num_queries):
    for number in range(lessons):
        (shelf / f"lesson-{number}.yaml").write_text(LESSON)
        step(learner, 2, f"lesson-{number}")
        reply(learner, "quiz/1", slug=f"lesson-{number}")
    files = {file.slug: file.lesson for file in library.all_lessons()}
    with django_assert_num_queries(3):
        found = progress.of(learner, files)
    assert found["lesson-0"].steps == ItemCount(2, 5)


# On the pages


@pytest.fixture
def visitor(client: Client, learner, monkeypatch) -> Client:
    monkeypatch.setattr("tutor.learners.known_learner", lambda _: learner)
    return client


def test_the_catalogue_shows_nothing_done_to_a_newcomer(visitor):
    text = text_of(visitor.get("/").content.decode())
    assert "questions answered" not in text
    assert "Best test" not in text


def test_the_catalogue_shows_what_is_done_of_each_lesson_and_in_all(visitor, learner):
    step(learner, 5)
    reply(learner, "quiz/1")
    take_test(learner, 8)
    text = text_of(visitor.get("/").content.decode())
    assert "Quiz 1 of 6 Practice 0 of 6 Best test 80 %" in text
    assert "lessons stepped through 1 of 1 steps run 5 of 5 questions answered 1 of 12 tests taken 1 of 1" in text


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("", "Steps Quiz 2/6 (2 of 6 done) Practice Test 80 % (best result 80 %)"),
        ("quiz/", "Steps 3/5 (3 of 5 done) Quiz Practice Test 80 % (best result 80 %)"),
        ("practice/", "Steps 3/5 (3 of 5 done) Quiz 2/6 (2 of 6 done) Practice Test 80 % (best result 80 %)"),
        ("test/", "Steps 3/5 (3 of 5 done) Quiz 2/6 (2 of 6 done) Practice Test"),
    ],
)
def test_each_page_of_a_lesson_shows_what_is_done_of_the_others(visitor, learner, page: str, shown: str):
    step(learner, 3)
    reply(learner, "quiz/1")
    reply(learner, "quiz/2")
    take_test(learner, 8)
    html = visitor.get(f"/lessons/asking/{page}").content.decode()
    (nav,) = re.findall(r'<nav class="parts".*?</nav>', html, re.DOTALL)
    assert text_of(nav) == shown


def test_what_is_done_survives_closing_the_browser(client):
    client.get("/")
    client.post("/lessons/asking/runs/", {"number": 1})
    assert client.cookies[LEARNER]["max-age"] == COOKIE_SECONDS == 400 * 24 * 60 * 60
    later = Client()
    later.cookies[LEARNER] = client.cookies[LEARNER].value
    assert "Step 1 of 5" in text_of(later.get("/").content.decode())
