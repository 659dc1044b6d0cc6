"""The preview that any page can show of a text: its steps, its problems, its headers."""

from dataclasses import replace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from tests.lessons import SOUND, lesson, long_lesson
from tests.markup import elements, find
from tests.servers import ROOT, broker_at, free_port
from tests.tables import for_each
from tests.views.stepping import HTMX
from tests.visitor import rows_of
from tutor.authoring import preview
from tutor.broker.replies import ServerRefuses
from tutor.models import Attempt, Entry, LessonText, Run
from tutor.urls import urlpatterns as ours
from tutor.views.shared.faults import Notice
from tutor.views.shared.previews import PreviewSource, show_preview

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

FIRST = (ROOT / "lessons" / "redis-as-message-broker.yaml").read_text()
BROKEN = FIRST.replace("save: task", "save: tsk", 1)
URL = "/studio/first/preview/"


def studio(request: HttpRequest, case: str) -> HttpResponse:
    """Show one of the texts below, as a studio would within its own page."""
    return show_preview(request, replace(CASES[case], is_framed="framed" in request.GET))


def source(text: str, good: str | None = None, **more) -> PreviewSource:
    return PreviewSource("first", "first.yaml", text, URL, good, **more)


CASES = {
    "good": source(FIRST),
    "broken": source(BROKEN, FIRST),
    "never": source("title: [x"),
    "long": source(long_lesson(180)),
    "hostile": source("title: <script>alert(1)</script>\nactors: ['</mark><img src=x>']\nx\u202ey: <b>\n", SOUND),
    "remark": source(FIRST, remark=Notice("first.yaml is gone.", "So it was.", url="/there/")),
    "stream": source(FIRST, changes_url="/changes/"),
    "waiting": source((ROOT / "lessons" / "waiting-with-brpop.yaml").read_text()),
    "huge": source("a" * 400_000),
}

urlpatterns = [*ours, path("<str:case>/", studio, name="case")]


@pytest.fixture(autouse=True)
def nothing_known():
    preview._known.clear()


def ask(address: str, **headers) -> HttpResponse:
    answer = Client().get(address, headers=headers)
    assert answer.status_code == 200
    return answer


def text_of(answer: HttpResponse, id_: str) -> str:
    return " ".join(found.text for found in elements(answer.content.decode()) if found["id"] == id_)


@pytest.mark.slow
def test_the_preview_shows_the_lesson_at_the_step_that_is_asked_for():
    answer = ask("/good/?at=3")
    assert [row[0] for row in rows_of(answer.content.decode())] == ["1", "2", "3"]
    assert "Step 3 of 7" in text_of(answer, "header-progress")
    assert "RPOP queue" in text_of(answer, "hero")
    assert "No problems" in text_of(answer, "preview-head")
    assert "Preview" in text_of(answer, "preview-head")


def test_without_a_step_it_begins_at_the_start():
    answer = ask("/good/")
    assert rows_of(answer.content.decode()) == []
    assert "Nothing has run yet" in text_of(answer, "hero")


def test_every_control_is_a_link_to_a_step_and_nothing_is_posted_but_the_theme():
    page = elements(ask("/good/?at=3").content.decode())
    controls = next(found for found in page if found["id"] == "controls")
    links = {found["id"]: found["href"] for found in controls.descendants if found.tag == "a"}
    assert links == {
        "first": f"{URL}?at=0",
        "back": f"{URL}?at=2",
        "forward": f"{URL}?at=4",
        "last": f"{URL}?at=7",
        "next-link": f"{URL}?at=4",
    }
    assert [form["action"] for form in find(page, "form", method="post")] == ["/theme/"]
    (slider,) = find(page, "input", id="slider")
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "7", "3")


def test_at_the_end_is_the_closing_and_the_way_back_to_the_start():
    answer = ask("/good/?at=7")
    assert "You ran all 7 steps" in text_of(answer, "closing")
    (again,) = find(elements(answer.content.decode()), "a", id="again")
    assert (again["href"], again.text) == (f"{URL}?at=0", "Back to the start")


@pytest.mark.slow
@pytest.mark.parametrize("step", ["8", "999999"])
def test_a_step_too_far_is_the_last_one_and_is_asked_for_again(step):
    answer = ask(f"/good/?at={step}")
    assert "Step 7 of 7" in text_of(answer, "header-progress")
    (refresh,) = [found for found in elements(answer.content.decode()) if found["id"] == "refresh"]
    assert refresh["hx-get"] == f"{URL}?at={step}"


@for_each("step", ["-1", "x", "1.5", "9999999", "", "\uff11"])
def test_an_unknown_step_has_no_page(step):
    assert Client().get("/good/", {"at": step}).status_code == 404


@pytest.mark.slow
def test_errors_are_listed_above_the_last_good_version():
    answer = ask("/broken/?at=3")
    page = elements(answer.content.decode())
    line = BROKEN[: BROKEN.index("save: tsk")].count("\n") + 1
    problems = text_of(answer, "problems")
    assert f"{line}:11 there is no variable 'tsk'; variables: task" in problems
    assert "Did you mean task?" in problems
    assert [mark.text for mark in find(page, "mark")] == ["tsk"]
    assert f"This is the version before the error in line {line}." in text_of(answer, "earlier")
    assert "1 error" in text_of(answer, "preview-head")
    assert [row[0] for row in rows_of(answer.content.decode())] == ["1", "2", "3"]


def test_where_nothing_was_ever_good_there_are_the_problems_alone():
    for case in ("never", "huge"):
        answer = ask(f"/{case}/?at=3")
        assert "1 error" in text_of(answer, "problems")
        assert "Nothing to play yet" in answer.content.decode()
        assert 'id="controls"' not in answer.content.decode()


def test_nothing_of_a_text_acts_on_its_own():
    text = ask("/hostile/").content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "\u202e" not in text


def test_the_questions_have_all_that_their_author_wrote():
    page = elements(ask("/good/?at=2").content.decode())
    (card,) = [found for found in page if found["id"] == "quiz-1"]
    for said in ("The right answer", "If A is chosen", "Hint", "Explanation", "step 3", "Proof", "gives the key"):
        assert said in card.text
    (task,) = [found for found in page if found["id"] == "practice-1"]
    assert "Worked solution" in task.text


def test_key_moments_lead_to_any_step_also_one_that_is_still_to_come():
    page = elements(ask("/good/?at=0").content.decode())
    links = [found["href"] for found in page if found["class"] == "step-link" and found.tag == "a"]
    assert any(link.startswith(("?at=", URL)) for link in links)
    assert not [found for found in page if "is-ahead" in found["class"]]


@pytest.mark.slow
def test_htmx_gets_head_and_content_to_be_morphed():
    text = ask("/broken/?at=3", **HTMX).content.decode()
    partials = find(elements(text), "hx-partial")
    assert [(each["hx-target"], each["hx-swap"]) for each in partials] == [
        ("#preview-head", "outerMorph"), ("#preview", "outerMorph"),
    ]  # fmt: skip
    assert "<html" not in text


@pytest.mark.slow
def test_of_a_long_lesson_a_part_of_the_table_is_shown_and_a_link_leads_on():
    answer = ask("/long/?at=120")
    assert len(rows_of(answer.content.decode())) == 50
    (link,) = [found for found in elements(answer.content.decode()) if found["class"] == "fetch"]
    assert link["href"] == f"{URL}?at=70"


@pytest.mark.slow
def test_lanes_are_shown_and_the_choice_is_kept():
    answer = Client().get("/waiting/?at=5&view=lanes")
    assert answer.cookies["view"].value == "lanes"
    assert 'id="lane-5"' in answer.content.decode()
    assert 'id="lane-6"' not in answer.content.decode()


def test_a_remark_about_the_file_is_shown_above():
    answer = ask("/remark/")
    assert "first.yaml is gone.So it was. Go there" in text_of(answer, "problems")
    assert "/there/" in answer.content.decode()


def test_only_a_page_with_a_stream_listens():
    assert 'data-stream="/changes/"' in ask("/stream/").content.decode()
    assert "data-stream" not in ask("/good/").content.decode()


def test_the_version_changes_with_all_that_is_shown():
    versions = {CASES[case].version for case in ("good", "broken", "never", "remark")}
    assert len(versions) == 4
    assert f'data-version="{CASES["good"].version}"' in ask("/good/").content.decode()
    assert source(FIRST).version == CASES["good"].version


def test_the_answer_may_be_framed_by_our_own_pages_only_where_that_is_wanted():
    for headers in ({}, HTMX):
        framed, alone = ask("/good/?framed", **headers).headers, ask("/good/", **headers).headers
        assert framed["X-Frame-Options"] == "SAMEORIGIN"
        assert alone["X-Frame-Options"] == "DENY"
        policy, strict = (
            {words[0]: words[1:] for words in map(str.split, found["Content-Security-Policy"].split(";"))}
            for found in (framed, alone)
        )
        assert policy.pop("frame-ancestors") == ["'self'"]
        assert strict.pop("frame-ancestors") == ["'none'"]
        assert policy == strict
    after = Client().get("/").headers
    assert after["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in after["Content-Security-Policy"]


@pytest.mark.slow
def test_a_fault_within_a_frame_can_not_be_framed():
    assert Client().get("/good/?framed&at=x").headers["X-Frame-Options"] == "DENY"


@pytest.mark.slow
def test_a_preview_writes_nothing_into_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        ask("/good/?at=7")
        ask("/waiting/?at=7")
    assert not any(model.objects.exists() for model in (Run, Entry, Attempt, LessonText))


def test_without_redis_the_page_says_so_and_tries_again():
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        answer = ask("/good/?at=3")
    assert "The Redis server does not answer." in text_of(answer, "problems")
    assert "Not checked" in text_of(answer, "preview-head")
    (refresh,) = [found for found in elements(answer.content.decode()) if found["id"] == "refresh"]
    assert "every 3s" in refresh["hx-trigger"]
    assert refresh["hx-get"] == f"{URL}?at=3"


def test_a_server_that_refuses_is_answered_like_one_that_is_away(monkeypatch):
    def refusing(*_: object) -> None:
        raise ServerRefuses("NOAUTH Authentication required.")

    monkeypatch.setattr(preview, "examined", refusing)
    assert "The Redis server does not answer." in text_of(ask("/good/?at=3"), "problems")


@pytest.mark.parametrize("case", ["broken", "never"])
def test_without_redis_errors_that_need_no_play_are_still_reported(case):
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        assert "1 error" in text_of(ask(f"/{case}/?at=3"), "problems")


def test_a_lesson_that_was_changed_while_redis_is_away_is_shown_as_it_was():
    ask("/good/?at=3")
    changed = PreviewSource("first", "first.yaml", FIRST.replace("title: ", "title: New ", 1), URL, FIRST)
    CASES["changed"] = changed
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"):
        answer = ask("/changed/?at=3")
    assert "This is the version before your latest changes." in text_of(answer, "earlier")
    assert [row[0] for row in rows_of(answer.content.decode())] == ["1", "2", "3"]


def test_a_lesson_with_a_false_claim_and_no_good_version_is_shown_as_it_plays():
    steps = "  - {actor: producer, action: Push, command: LPUSH queue a, expect: {queue: [b]}}\n"
    CASES["false"] = source(lesson(steps))
    answer = ask("/false/?at=1")
    assert "expected['b']came['a']" in text_of(answer, "problems")
    assert "it plays, but has errors" in text_of(answer, "earlier")
    assert "LPUSH queue a" in text_of(answer, "hero")
