"""The one thing to do in each state of the catalogue, and the way through the parts of a lesson to the next one."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.asking import LESSON, right_answer, wrong_answer
from tests.learners import remembered
from tests.markup import elements, find, text_of
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor import library, runs
from tutor.assessment import questions, quizzes, sittings
from tutor.assessment.sittings import StartedTest
from tutor.engine.asking.sitting import DrawnQuestion
from tutor.models import LessonText, Sitting

pytestmark = pytest.mark.django_db


def shelve(folder: Path) -> None:
    (folder / "first.yaml").write_text(LESSON.replace("A lesson that asks", "The first") + "teaches: [lists]\n")
    (folder / "later.yaml").write_text(LESSON.replace("A lesson that asks", "A later one") + "needs: [lists]\n")
    (folder / "concepts.yaml").write_text("lists: What they are.\n")


shelf = shelf_of(shelve)


@pytest.fixture
def learner() -> UUID:
    return uuid4()


@pytest.fixture
def client(learner: UUID) -> Client:
    return remembered(Client(), learner)


def first_thing(client: Client) -> tuple[str, str]:
    """Return the words and the address of the one thing to do."""
    (link,) = find(elements(client.get("/").content.decode()), "a", id="first-thing")
    return link.text, link["href"]


def step(learner: UUID, upto: int, slug: str = "first", number: int = 1) -> None:
    run = runs.start(learner, library.find(slug), number)
    for position in range(1, upto + 1):
        runs.take_step(learner, run.pk, position)


def reply(learner: UUID, part: str, *, count: int = 6, slug: str = "first") -> None:
    sheet = quizzes.sheet_of(learner, slug)
    for asked in questions.all_of(sheet.lesson, part)[:count]:
        quizzes.submit(sheet, asked, 1, right_answer(DrawnQuestion(asked.id, asked.question)))


def take_test(learner: UUID, *, rights: int = 10, slug: str = "first") -> Sitting:
    sitting = sittings.start(learner, library.find(slug), 1, layout="one")
    drawn = sittings.find(learner, sitting.pk).drawn
    sittings.answer(learner, sitting.pk, {n: right_answer(drawn[n - 1]) for n in range(1, rights + 1)})
    sittings.finish(learner, sitting.pk)
    return sitting


def do_all(learner: UUID, slug: str) -> None:
    step(learner, 5, slug)
    for part in ("quiz", "practice"):
        reply(learner, part, slug=slug)
    take_test(learner, slug=slug)


def test_a_newcomer_starts_at_the_beginning_of_the_path(client: Client):
    assert first_thing(client) == ("Start here: The first", "/lessons/first/")


def test_the_place_in_a_lesson_is_where_one_goes_on(client: Client, learner: UUID):
    step(learner, 4)
    assert first_thing(client) == ("Continue: The first, step 4", "/lessons/first/")


def test_a_lesson_begun_anew_goes_on_where_its_newest_run_is(client: Client, learner: UUID):
    step(learner, 4)
    step(learner, 1, number=2)
    assert first_thing(client) == ("Continue: The first, step 1", "/lessons/first/")
    runs.start(learner, library.find("first"), 3)
    assert first_thing(client) == ("Continue: The first, from the start", "/lessons/first/")


def test_after_the_steps_comes_the_quiz_then_the_practice_then_the_test(client: Client, learner: UUID):
    step(learner, 5)
    assert first_thing(client) == ("Continue: quiz of The first, 0 of 6 right", "/lessons/first/quiz/")
    reply(learner, "quiz", count=1)
    assert first_thing(client) == ("Continue: quiz of The first, 1 of 6 right", "/lessons/first/quiz/")
    reply(learner, "quiz")
    assert first_thing(client) == ("Continue: practice of The first, 0 of 6 right", "/lessons/first/practice/")
    reply(learner, "practice")
    assert first_thing(client) == ("Continue: test of The first", "/lessons/first/test/")
    sittings.start(learner, library.find("first"), 1, layout="one")
    assert first_thing(client) == ("Continue: test of The first", "/lessons/first/test/")


def test_a_question_given_up_holds_nobody_up(client: Client, learner: UUID):
    step(learner, 5)
    reply(learner, "quiz", count=5)
    sheet = quizzes.sheet_of(learner, "first")
    last = questions.all_of(sheet.lesson, "quiz")[5]
    wrong = wrong_answer(DrawnQuestion(last.id, last.question))
    for attempt in range(1, 4):
        quizzes.submit(sheet, last, attempt, wrong)
    assert first_thing(client)[0] == "Continue: quiz of The first, 5 of 6 right"
    quizzes.show_help(sheet, last, "solution")
    assert first_thing(client)[0] == "Continue: practice of The first, 0 of 6 right"
    (button,) = find(elements(client.get("/lessons/first/quiz/").content.decode()), "a", class_="button is-main")
    assert (button.text, button["href"]) == ("Go to the practice", "/lessons/first/practice/")


def test_a_done_lesson_leads_to_the_next_one_and_the_last_to_the_end(client: Client, learner: UUID):
    do_all(learner, "first")
    assert first_thing(client) == ("Next lesson: A later one", "/lessons/later/")
    do_all(learner, "later")
    assert first_thing(client) == ("You have come to the end of the path", "/path/end/")
    assert "You have come to the end of the path" in text_of(client.get("/path/end/").content.decode())


def test_what_was_done_last_goes_on_first_and_what_was_left_out_comes_in_the_end(client: Client, learner: UUID):
    step(learner, 2)
    step(learner, 3, "later")
    assert first_thing(client) == ("Continue: A later one, step 3", "/lessons/later/")
    step(learner, 5, "later")
    reply(learner, "quiz", slug="later")
    reply(learner, "practice", slug="later")
    take_test(learner, slug="later")
    assert first_thing(client) == ("Continue: The first, step 2", "/lessons/first/")
    page = text_of(client.get("/path/end/").content.decode())
    assert "1 lesson is not finished yet" in page
    assert "Continue: The first, step 2" in page


def test_what_others_did_is_not_shown(client: Client):
    do_all(uuid4(), "first")
    assert first_thing(client)[0] == "Start here: The first"


def test_each_lesson_shows_what_is_done_of_each_part_and_its_button_what_is_next(client: Client, learner: UUID):
    step(learner, 5)
    reply(learner, "quiz", count=2)
    page = client.get("/").content.decode()
    items = find(elements(page), "li", class_="lesson-item")
    assert "Quiz 2 of 6 Practice 0 of 6 No test yet" in items[0].text
    assert "All 5 steps run" in items[0].text
    assert items[0].text.endswith("Quiz: The first")
    assert items[1].text.endswith("Start: A later one")


def test_the_catalogue_asks_the_database_as_often_for_much_as_for_little(
    client: Client, learner: UUID, django_assert_max_num_queries
):
    do_all(learner, "first")
    step(learner, 2, "later")
    client.get("/")
    with django_assert_max_num_queries(12):
        client.get("/")


# The ends of parts


def main_button(client: Client, address: str, place: str) -> tuple[str, str]:
    (around,) = find(elements(client.get(address).content.decode()), place, id="onward")
    (button,) = [each for each in around.descendants if each["class"] == "button is-main"]
    return button.text, button["href"]


def test_the_last_step_leads_to_the_quiz(client: Client, learner: UUID):
    step(learner, 5)
    (done,) = find(elements(client.get("/lessons/first/").content.decode()), "a", id="done")
    assert (done.text, done["href"]) == ("Go to the quiz", "/lessons/first/quiz/")


@for_each(
    ("cut", "label", "url"),
    [
        ("quiz:", "Go to the test", "/lessons/first/test/"),
        ("practice:", "Go to the quiz", "/lessons/first/quiz/"),
    ],
)
def test_a_part_without_questions_is_passed_over(client: Client, shelf: Path, cut: str, label: str, url: str):
    text = LESSON.partition(cut)[0]
    (shelf / "first.yaml").write_text(text)
    learner = uuid4()
    step(learner, 5)
    (done,) = find(elements(remembered(Client(), learner).get("/lessons/first/").content.decode()), "a", id="done")
    assert (done.text, done["href"]) == (label, url)


def test_a_lesson_without_key_moments_leads_on_and_not_to_empty_headings(client: Client, learner: UUID, shelf: Path):
    (shelf / "first.yaml").write_text(LESSON.partition("key_moments:")[0])
    step(learner, 5)
    page = client.get("/lessons/first/").content.decode()
    (done,) = find(elements(page), "a", id="done")
    assert done["href"] == "/lessons/first/test/"
    assert "#moments" not in page


def test_questions_lead_on_when_all_are_answered_and_can_be_passed_over_before(client: Client, learner: UUID):
    reply(learner, "quiz", count=5)
    page = elements(client.get("/lessons/first/quiz/").content.decode())
    (onward,) = find(page, "nav", id="onward")
    assert onward.text == "5 of 6 answered. Go to the practice now"
    reply(learner, "quiz")
    assert main_button(client, "/lessons/first/quiz/", "nav") == ("Go to the practice", "/lessons/first/practice/")
    reply(learner, "practice")
    assert main_button(client, "/lessons/first/practice/", "nav") == ("Go to the test", "/lessons/first/test/")


def test_the_answer_to_htmx_brings_the_way_on(client: Client, learner: UUID):
    reply(learner, "quiz", count=5)
    last = questions.all_of(library.find("first").lesson, "quiz")[5]
    data = {"answer": "['x', 'y']"}
    url = f"/lessons/first/quiz/{last.id}/attempts/1/"
    answer = client.post(url, data, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-target="#onward"' in answer
    assert "Go to the practice" in answer


@for_each(
    ("rights", "first", "second"),
    [
        (10, ("Next lesson: A later one", "/lessons/later/"), None),
        (7, ("Next lesson: A later one", "/lessons/later/"), "See what went wrong"),
        (2, ("See what went wrong", "#answer-3"), "Next lesson: A later one"),
    ],
)
def test_a_test_leads_to_what_went_wrong_or_to_the_next_lesson(rights: int, first: tuple[str, str], second: str | None):
    learner = uuid4()
    client = remembered(Client(), learner)
    sitting = take_test(learner, rights=rights)
    address = f"/tests/{sitting.pk}/result/"
    assert main_button(client, address, "div") == first
    (around,) = find(elements(client.get(address).content.decode()), "div", id="onward")
    others = [each.text for each in around.descendants if each.tag == "a" and each["class"] == "button"]
    assert others == ([second] if second else [])


def test_the_last_lesson_leads_to_the_end_of_the_path(client: Client, learner: UUID):
    sitting = take_test(learner, slug="later")
    assert main_button(client, f"/tests/{sitting.pk}/result/", "div") == ("Finish the path", "/path/end/")


# Looks ahead

AHEAD = "{question: Ahead?, choices: {A: 'yes', B: 'no'}, answer: A, ahead: lists, difficulty: hard}\n"


@pytest.fixture
def looking_ahead(shelf: Path) -> None:
    quiz = LESSON.partition("practice:")[0]
    (shelf / "later.yaml").write_text(quiz.replace("A lesson that asks", "A later one") + f"  - {AHEAD}")


@pytest.mark.usefixtures("looking_ahead")
def test_a_look_ahead_links_to_its_lesson_and_blocks_nothing(client: Client, learner: UUID):
    reply(learner, "quiz", slug="later")
    page = client.get("/lessons/later/quiz/").content.decode()
    assert "6 of 6 right" in text_of(page)
    (ahead,) = find(elements(page), "p", class_="look-ahead")
    (link,) = [each for each in ahead.descendants if each.tag == "a"]
    assert (link.text, link["href"]) == ("The first", "/lessons/first/")
    assert main_button(client, "/lessons/later/quiz/", "nav")[1] == "/lessons/later/test/"


@pytest.mark.usefixtures("looking_ahead")
def test_several_looks_ahead_cost_no_more_queries_than_one(client: Client, learner: UUID, shelf: Path):
    def queries(looks: int, address: str) -> int:
        client.get(address)  # the first time, a text is read and kept
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).content.count(b"A look ahead.") == looks
        return len(found)

    later = shelf / "later.yaml"
    one = queries(1, "/lessons/later/quiz/")
    later.write_text(f"{later.read_text()}  - {AHEAD}  - {AHEAD}")
    assert queries(3, "/lessons/later/quiz/") == one
    short, long = (stored_test(learner, *n * [{"ahead": "lists"}], number=n) for n in (1, 3))
    assert queries(3, f"/tests/{long.pk}/") == queries(1, f"/tests/{short.pk}/")


CHOICES = {"choices": {"A": "yes", "B": "no"}, "answer": "A"}


def stored_test(learner: UUID, *drawn: dict[str, object], number: int = 1) -> Sitting:
    """Return a test of these questions, as it is stored."""
    text, _ = LessonText.objects.get_or_create(digest="d" * 64, defaults={"source": library.find("later").text})
    asked = [
        {
            "id": f"quiz/q{n}",
            "question": {"question": f"{n}?", "choices": {"A": "yes", "B": "no"}, "answer": "A", **each},
        }
        for n, each in enumerate(drawn, 1)
    ]
    return Sitting.objects.create(learner=learner, slug="later", text=text, number=number, seed=1, drawn=asked)


def answer_first(learner: UUID, sitting: Sitting) -> StartedTest:
    taken = sittings.find(learner, sitting.pk)
    sittings.answer(learner, sitting.pk, {1: right_answer(taken.drawn[0])})
    return sittings.finish(learner, sitting.pk)


def test_a_look_ahead_does_not_count_for_the_verdict(client: Client, learner: UUID):
    sitting = stored_test(learner, {}, {"ahead": "lists"})
    page = client.get(f"/tests/{sitting.pk}/").content.decode()
    assert "A look ahead. It does not count. The first teaches this." in text_of(page)
    after = answer_first(learner, sitting)
    assert (after.sitting.score, after.verdict.value) == (1.0, "strong")
    result = text_of(client.get(f"/tests/{sitting.pk}/result/").content.decode())
    assert "1 of 1 point. 1 question looks ahead and does not count." in result


def test_a_test_of_nothing_but_looks_ahead_counts_them(learner: UUID):
    after = answer_first(learner, stored_test(learner, {"ahead": "lists"}, {"ahead": "lists"}))
    assert (after.sitting.score, after.score.overall.count) == (0.5, 2)


def test_a_test_drawn_before_questions_could_look_ahead_is_marked_as_it_was(client: Client, learner: UUID):
    sitting = stored_test(learner, {}, {})
    after = answer_first(learner, sitting)
    assert (after.sitting.score, after.score.overall.count) == (0.5, 2)
    assert "1 of 2 points" in text_of(client.get(f"/tests/{sitting.pk}/result/").content.decode())
