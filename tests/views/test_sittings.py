"""The pages of a test: each form without JavaScript, by strangers and twice; pages must not reveal keys."""

import re
from collections.abc import Mapping
from uuid import uuid4

import pytest
from django.test import Client

from tests.asking import LESSON, SECRETS, SHORT, SLUG, fields, right_answer, shelve, wrong_answer
from tests.corners import AwayPort
from tests.learners import remembered
from tests.markup import Element, elements, find, text_of
from tests.shelves import shelf_of
from tests.tables import for_each
from tutor.assessment import sittings
from tutor.assessment.paper import seed_of
from tutor.models import Sitting, SittingAnswer
from tutor.ports import corners

pytestmark = pytest.mark.django_db

shelf = shelf_of(shelve)

ABOUT = f"/lessons/{SLUG}/test/"
START = f"/lessons/{SLUG}/tests/"


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser that has been here before: it has its cookie."""
    remembered(client)
    return client


def begin(visitor: Client, number: int = 1, show: str = "one") -> Sitting:
    answer = visitor.post(START, {"number": number, "show": show})
    assert answer.status_code == 303
    return Sitting.objects.get(pk=answer["Location"].split("/")[2])


def page_of(sitting: Sitting) -> str:
    return f"/tests/{sitting.pk}/"


def drawn_of(sitting: Sitting) -> Mapping[int, sittings.DrawnQuestion]:
    return dict(enumerate(sittings.find(sitting.learner, sitting.pk).drawn, 1))


def send(visitor: Client, sitting: Sitting, places: range | list[int], **more: object):
    """Send right answers to these questions."""
    given = {k: v for place in places for k, v in fields(place, right_answer(drawn_of(sitting)[place])).items()}
    return visitor.post(f"/tests/{sitting.pk}/answers/", {**given, **more})


def place_of(sitting: Sitting, kind: str) -> int:
    return next(place for place, drawn in drawn_of(sitting).items() if drawn.question.kind == kind)


def begin_with(visitor: Client, kind: str, show: str = "one") -> Sitting:
    """Begin tests until one asks a question of that kind."""
    for number in range(1, 40):
        sitting = begin(visitor, number, show)
        if kind in {drawn.question.kind for drawn in drawn_of(sitting).values()}:
            return sitting
        visitor.post(f"/tests/{sitting.pk}/finish/")
    raise AssertionError(f"no test asked for {kind}")


def fields_in(html: str) -> list[Element]:
    return [each for each in find(elements(html), "input") if each["name"].endswith("-answer")]


# Before a test


def test_the_first_page_says_what_a_test_is_and_how_it_is_judged(visitor):
    text = text_of(visitor.get(ABOUT).content.decode())
    assert "10 questions, from easy to hard" in text
    assert "Strong 80 % or more, and at least half of the points at each difficulty." in text
    assert "Start the test" in text


def test_a_lesson_that_is_not_there_has_no_test(visitor):
    assert visitor.get("/lessons/nowhere/test/").status_code == 404
    assert visitor.post("/lessons/nowhere/tests/", {"number": 1}).status_code == 404


def test_while_a_test_is_open_the_first_page_leads_to_it(visitor):
    sitting = begin(visitor)
    send(visitor, sitting, [1, 2])
    answer = visitor.get(ABOUT).content.decode()
    assert "2 of 10 questions are answered" in answer
    assert find(elements(answer), "a", href=page_of(sitting), class_="button is-primary")


def test_the_first_page_shows_the_best_and_the_latest_result(visitor):
    for number, places in enumerate((range(1, 8), range(1, 4)), 1):
        sitting = begin(visitor, number)
        send(visitor, sitting, places)
        visitor.post(f"/tests/{sitting.pk}/finish/")
    text = text_of(visitor.get(ABOUT).content.decode())
    assert "Best: growing 7 of 10 points in test 1" in text
    assert "Latest: weak 3 of 10 points in test 2" in text
    assert "Start a new test" in text


# Starting


def test_starting_shows_the_first_question(visitor):
    answer = visitor.post(START, {"number": 1, "show": "one"}, follow=True)
    assert "Question 1" in answer.content.decode()
    assert "Question 2" not in text_of(answer.content.decode())


def test_starting_twice_starts_one_test(visitor):
    assert begin(visitor) == begin(visitor)
    assert Sitting.objects.count() == 1


@for_each("number", ["", "x", "-1", "1e9", "99999999"])
def test_a_number_that_is_none_starts_nothing(visitor, number: str):
    assert visitor.post(START, {"number": number}).status_code == 404
    assert not Sitting.objects.exists()


def test_a_number_too_high_is_refused_in_words(visitor):
    answer = visitor.post(START, {"number": 5})
    assert answer.status_code == 409
    assert "This page is out of date." in answer.content.decode()


def test_with_the_broker_away_the_same_button_works_later(visitor, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(corners, "temporary", AwayPort)
        answer = visitor.post(START, {"number": 1, "show": "all"})
    assert answer.status_code == 503
    assert not Sitting.objects.exists()
    again = {each["name"]: each["value"] for each in find(elements(answer.content.decode()), "input", type="hidden")}
    assert visitor.post(START, again).status_code == 303
    assert not Sitting.objects.get().one_at_a_time


def test_a_short_test_says_so(visitor, shelf):
    shelve(shelf, SHORT)
    sitting = begin(visitor)
    assert "This lesson has 2 different questions to ask" in visitor.get(page_of(sitting)).content.decode()
    visitor.post(f"/tests/{sitting.pk}/finish/")
    assert "questions for a test of 2 only" in visitor.get(f"/tests/{sitting.pk}/result/").content.decode()


def test_a_lesson_with_nothing_to_ask_says_so(visitor, shelf):
    shelve(shelf, SHORT.partition("quiz:")[0])
    answer = visitor.post(START, {"number": 1})
    assert answer.status_code == 409
    assert "There is no test for this lesson yet." in answer.content.decode()


# Answering, one at a time


def test_an_answer_leads_to_the_next_open_question(visitor):
    sitting = begin(visitor)
    assert send(visitor, sitting, [1], at=1)["Location"] == f"{page_of(sitting)}?at=2#ask-2"
    assert send(visitor, sitting, [3], at=3)["Location"] == f"{page_of(sitting)}?at=4#ask-4"
    assert send(visitor, sitting, [10], at=10)["Location"] == f"{page_of(sitting)}?at=2#ask-2"


def test_a_test_is_resumed_at_the_first_open_question(visitor):
    sitting = begin(visitor)
    send(visitor, sitting, [1, 2])
    assert "Question 3 of 10" in text_of(visitor.get(page_of(sitting)).content.decode())


def test_any_question_can_be_gone_back_to(visitor):
    sitting = begin(visitor)
    html = visitor.get(f"{page_of(sitting)}?at=7").content.decode()
    assert "Question 7 of 10" in text_of(html)
    places = [each["href"] for each in find(elements(html), "a") if each["class"].startswith("place ")]
    assert places == [f"{page_of(sitting)}?at={place}#ask-{place}" for place in range(1, 11)]


@pytest.mark.slow
@for_each("at", ["0", "11", "-1", "x", "", "1e3"])
def test_a_place_that_is_none_shows_the_first_open_question(visitor, at: str):
    assert "Question 1 of 10" in text_of(visitor.get(f"{page_of(begin(visitor))}?at={at}").content.decode())


def test_no_answer_is_not_stored_and_is_asked_for(visitor):
    sitting = begin(visitor)
    answer = visitor.post(f"/tests/{sitting.pk}/answers/", {"at": 1})
    assert answer.status_code == 200
    assert find(elements(answer.content.decode()), "p", role="alert", class_="asked-problem")
    assert not SittingAnswer.objects.exists()


def test_an_answered_question_shows_the_answer_and_takes_no_other(visitor):
    sitting = begin(visitor)
    send(visitor, sitting, [1], at=1)
    html = visitor.get(f"{page_of(sitting)}?at=1").content.decode()
    assert not fields_in(html)
    assert "Answered" in html


def test_a_second_click_on_the_same_answer_changes_nothing(visitor):
    sitting = begin(visitor)
    first = send(visitor, sitting, [1], at=1)
    wrong = fields(1, wrong_answer(drawn_of(sitting)[1], seed_of(sitting, 1)))
    second = visitor.post(f"/tests/{sitting.pk}/answers/", {**wrong, "at": 1})
    assert second["Location"] == first["Location"]
    assert SittingAnswer.objects.get().score == 1


def test_the_last_answer_leads_to_the_result(visitor):
    sitting = begin(visitor)
    send(visitor, sitting, range(1, 10))
    assert "Answer and see the result" in visitor.get(page_of(sitting)).content.decode()
    assert send(visitor, sitting, [10], at=10)["Location"] == f"/tests/{sitting.pk}/result/"


def test_the_button_that_moves_a_line_stores_nothing_and_keeps_the_rest(visitor):
    sitting = begin_with(visitor, "order", "all")
    place = place_of(sitting, "order")
    lines = drawn_of(sitting)[place].question.arranged("any")
    other = next(each for each, drawn in drawn_of(sitting).items() if drawn.question.kind == "choice")
    picked = right_answer(drawn_of(sitting)[other])
    sent = {**fields(place, lines), f"q{place}-move": f"{lines[0]}:down", **fields(other, picked)}
    html = visitor.post(f"/tests/{sitting.pk}/answers/", sent).content.decode()
    shown = [each["value"] for each in find(elements(html), "input", name=f"q{place}-answer")]
    assert shown == [lines[1], lines[0], *lines[2:]]
    (focused,) = [each for each in find(elements(html), "button") if "autofocus" in each.attributes]
    assert focused["value"] == f"{lines[0]}:down"
    assert [each["value"] for each in fields_in(html) if "checked" in each.attributes] == [picked]
    assert not SittingAnswer.objects.filter(sitting=sitting).exists()


def test_untouched_lines_are_no_answer(visitor):
    sitting = begin_with(visitor, "order", "all")
    place = place_of(sitting, "order")
    html = visitor.get(page_of(sitting)).content.decode()
    lines = [each["value"] for each in find(elements(html), "input", name=f"q{place}-answer")]
    visitor.post(f"/tests/{sitting.pk}/answers/", {**fields(place, lines), "then": "finish"})
    assert not SittingAnswer.objects.filter(sitting=sitting).exists()


# Answering, all on one page


def test_all_questions_are_on_one_page(visitor):
    html = visitor.get(page_of(begin(visitor, show="all"))).content.decode()
    assert [f"Question {place} of 10" in text_of(html) for place in range(1, 11)] == [True] * 10
    ids = [each["id"] for each in elements(html) if each["id"]]
    assert len(ids) == len(set(ids))


def test_handing_in_everything_finishes_the_test(visitor):
    sitting = begin(visitor, show="all")
    assert send(visitor, sitting, range(1, 11), then="finish")["Location"] == f"/tests/{sitting.pk}/result/"


def test_handing_in_with_open_questions_asks_first(visitor):
    sitting = begin(visitor, show="all")
    answer = send(visitor, sitting, [1, 2, 4, 5, 6, 7, 9, 10], then="finish")
    assert answer["Location"] == f"/tests/{sitting.pk}/end/"
    html = visitor.get(answer["Location"]).content.decode()
    assert "Finish with 2 questions open?" in text_of(html)
    assert f'href="{page_of(sitting)}#ask-3"' in html
    assert Sitting.objects.get().finished_at is None


def test_what_is_saved_for_later_is_there_later(visitor):
    sitting = begin(visitor, show="all")
    assert send(visitor, sitting, [1, 2], then="save")["Location"] == f"{page_of(sitting)}#ask-3"
    assert "2 of 10 answered" in text_of(visitor.get(page_of(sitting)).content.decode())


def test_enter_in_a_field_hands_nothing_in_and_keeps_what_was_typed(visitor):
    sitting = begin_with(visitor, "text", "all")
    place = place_of(sitting, "text")
    html = visitor.get(page_of(sitting)).content.decode()
    form = next(each for each in find(elements(html), "form") if each["action"].endswith("/answers/"))
    first = next(each for each in form.descendants if each.tag == "button")
    sent = {f"q{place}-answer": "half an answ", first["name"]: first["value"]}
    again = visitor.post(f"/tests/{sitting.pk}/answers/", sent).content.decode()
    assert find(elements(again), "input", name=f"q{place}-answer", value="half an answ")
    assert not SittingAnswer.objects.filter(sitting=sitting).exists()


def test_a_word_for_a_number_is_rejected_and_keeps_the_other_answers(visitor):
    sitting = begin_with(visitor, "number", "all")
    place = place_of(sitting, "number")
    other = next(each for each, drawn in drawn_of(sitting).items() if drawn.question.kind == "choice")
    picked = right_answer(drawn_of(sitting)[other])
    sent = {f"q{place}-answer": "many", **fields(other, picked), "then": "finish"}
    html = visitor.post(f"/tests/{sitting.pk}/answers/", sent).content.decode()
    assert "Type a number first." in html
    assert [each["value"] for each in fields_in(html) if "checked" in each.attributes] == [picked]
    assert not SittingAnswer.objects.filter(sitting=sitting).exists()


# The end


def test_finishing_counts_what_is_open_as_not_answered(visitor):
    sitting = begin(visitor)
    send(visitor, sitting, [1, 2, 3])
    answer = visitor.post(f"/tests/{sitting.pk}/finish/")
    assert answer["Location"] == f"/tests/{sitting.pk}/result/"
    assert Sitting.objects.get().score == 0.3


def test_finishing_twice_is_harmless(visitor):
    sitting = begin(visitor)
    first, second = (visitor.post(f"/tests/{sitting.pk}/finish/") for _ in range(2))
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])


def test_a_finished_test_takes_no_answer(visitor):
    sitting = begin(visitor)
    visitor.post(f"/tests/{sitting.pk}/finish/")
    assert send(visitor, sitting, [1])["Location"] == f"/tests/{sitting.pk}/result/"
    assert not SittingAnswer.objects.exists()


@pytest.mark.parametrize("page", ["", "end/"])
def test_the_pages_of_a_finished_test_lead_to_its_result(visitor, page: str):
    sitting = begin(visitor)
    visitor.post(f"/tests/{sitting.pk}/finish/")
    assert visitor.get(page_of(sitting) + page)["Location"] == f"/tests/{sitting.pk}/result/"


def finished(visitor: Client, rights: range | list[int] = range(1, 6), wrongs: range | list[int] = ()) -> str:
    """Take a test and return the page of its result."""
    sitting = begin(visitor)
    drawn = drawn_of(sitting)
    send(visitor, sitting, rights)
    for place in wrongs:
        visitor.post(
            f"/tests/{sitting.pk}/answers/", fields(place, wrong_answer(drawn[place], seed_of(sitting, place)))
        )
    visitor.post(f"/tests/{sitting.pk}/finish/")
    return visitor.get(f"/tests/{sitting.pk}/result/").content.decode()


def test_the_result_has_score_verdict_and_rule(visitor):
    text = text_of(finished(visitor, range(1, 8)))
    assert "70 %" in text
    assert "7 of 10 points." in text
    assert "You are growing on this topic" in text
    assert "Growing (your result) 50 % or more." in text


def test_the_result_has_a_bar_for_each_difficulty_and_concept(visitor):
    html = finished(visitor, range(1, 6))
    bars = {each["aria-label"]: each["value"] for each in find(elements(html), "progress")}
    assert {bars["easy"], bars["medium"], bars["hard"]} == {"100", "33", "0"}
    concepts = {drawn.question.concept for drawn in drawn_of(Sitting.objects.get()).values()} - {""}
    assert bars.keys() == {"easy", "medium", "hard"} | concepts


def test_the_result_reviews_every_question(visitor):
    html = finished(visitor, range(1, 4), range(4, 8))
    marks = [text_of(html).count(word) for word in ("Right Question", "Wrong Question", "Not answered Question")]
    assert marks == [3, 4, 3]
    assert all(
        drawn.question.question.split("\n")[0].replace("`", "")[:12] in text_of(html)
        for drawn in (drawn_of(Sitting.objects.get()).values())
    )


def test_what_went_wrong_links_to_rows_and_key_moments(visitor):
    sitting = begin_with(visitor, "text")
    place = place_of(sitting, "text")
    visitor.post(f"/tests/{sitting.pk}/answers/", fields(place, "wrong"))
    visitor.post(f"/tests/{sitting.pk}/finish/")
    html = visitor.get(f"/tests/{sitting.pk}/result/").content.decode()
    (review,) = find(elements(html), "article", id=f"answer-{place}")
    links = [each["href"] for each in review.descendants if each.tag == "a"]
    assert links == [f"/lessons/{SLUG}/?at=pop#step-pop", f"/lessons/{SLUG}/#moment-1"]
    assert "sesame" in review.text
    assert "secret explanation" in review.text
    assert "wrong" in review.text


def test_a_result_outlives_its_lesson(visitor, shelf):
    finished(visitor)
    (shelf / f"{SLUG}.yaml").unlink()
    answer = visitor.get(f"/tests/{Sitting.objects.get().pk}/result/")
    assert answer.status_code == 200
    assert "?at=" not in answer.content.decode()


def test_a_result_says_that_the_lesson_has_changed(visitor, shelf):
    finished(visitor)
    shelve(shelf, LESSON.replace("Push,", "Push it,", 1))
    assert "The lesson has changed" in visitor.get(f"/tests/{Sitting.objects.get().pk}/result/").content.decode()


def test_a_new_test_from_the_result_draws_anew(visitor):
    html = finished(visitor)
    form = next(each for each in find(elements(html), "form") if each["action"] == START)
    sent = {each["name"]: each["value"] for each in form.descendants if each.tag == "input"}
    assert visitor.post(START, sent).status_code == 303
    first, second = Sitting.objects.order_by("number")
    assert first.seed != second.seed
    assert first.drawn != second.drawn


# Pages must not reveal keys


@pytest.mark.slow
@pytest.mark.parametrize("show", ["one", "all"])
def test_the_key_is_nowhere_before_the_end(visitor, show: str):
    sitting = begin(visitor, show=show)
    send(visitor, sitting, [1, 2, 10])
    pages = [f"{page_of(sitting)}?at={place}" for place in range(1, 11)] + [page_of(sitting), f"{page_of(sitting)}end/"]
    for page in [*pages, f"{page_of(sitting)}result/", ABOUT]:
        html = visitor.get(page, follow=True).content.decode()
        given = {drawn.question.answer_text(right_answer(drawn)) for p, drawn in drawn_of(sitting).items() if p == 10}
        told = [secret for secret in SECRETS if secret in html and secret not in given]
        assert not told, (page, told)


def test_a_page_is_the_same_whatever_the_key(visitor, shelf):
    """The only difference between a right choice and a wrong one is its text."""
    sitting = begin(visitor, show="all")
    before = visitor.get(page_of(sitting)).content.decode()
    for stored in sitting.drawn:
        question = stored["question"]
        if "choices" in question and "answer" in question:
            question["answer"] = next(letter for letter in question["choices"] if letter != question["answer"])
    sitting.save()
    without_token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    after = visitor.get(page_of(sitting)).content.decode()
    assert without_token.sub("", after) == without_token.sub("", before)


def test_no_page_of_a_test_offers_a_hint(visitor):
    sitting = begin(visitor, show="all")
    assert "hint" not in text_of(visitor.get(page_of(sitting)).content.decode()).lower()


# Strangers, methods, forgery

PAGES = ["", "end/", "result/"]
POSTS = ["answers/", "finish/"]


def test_to_a_stranger_a_test_looks_like_a_missing_one(visitor):
    sitting = begin(visitor)
    stranger = Client()
    for page in PAGES:
        there, missing = stranger.get(page_of(sitting) + page), stranger.get(f"/tests/{uuid4()}/{page}")
        assert (there.status_code, there.content) == (missing.status_code, missing.content)
        assert there.status_code == 404
    for page in POSTS:
        there, missing = stranger.post(page_of(sitting) + page), stranger.post(f"/tests/{uuid4()}/{page}")
        assert (there.status_code, there.content) == (missing.status_code, missing.content)
        assert there.status_code == 404
    assert Sitting.objects.get().finished_at is None


def test_requests_that_change_data_refuse_get(visitor):
    sitting = begin(visitor)
    assert [visitor.get(page_of(sitting) + page).status_code for page in POSTS] == [405, 405]
    assert visitor.get(START).status_code == 405
    assert [visitor.post(page_of(sitting) + page).status_code for page in PAGES] == [405, 405, 405]


def test_a_forged_form_is_refused(visitor):
    sitting = begin(visitor)
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = visitor.cookies
    assert forger.post(START, {"number": 2}).status_code == 403
    assert [forger.post(page_of(sitting) + page).status_code for page in POSTS] == [403, 403]


def test_htmx_gets_the_same_as_a_plain_form(visitor):
    sitting = begin(visitor)
    sent = fields(1, right_answer(drawn_of(sitting)[1]))
    answer = visitor.post(f"/tests/{sitting.pk}/answers/", {**sent, "at": 1}, headers={"HX-Request": "true"})
    assert answer.status_code == 303


def test_a_page_of_ten_questions_asks_the_database_a_few_times(visitor, django_assert_max_num_queries):
    sitting = begin(visitor, show="all")
    with django_assert_max_num_queries(6):
        visitor.get(page_of(sitting))
