"""Predict first, in a real browser: by mouse, by keyboard, without JavaScript, on a laptop and a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, NARROW, VIEWS, WIDE, NewContext, overflow, violations

RIGHT = ["task1", "task2, task1", "task2", "Processed task1", "[]", "Processed task2", "None"]


@pytest.fixture
def predicting(lesson: Page) -> Page:
    """The first lesson with the switch on, asking for step 1."""
    return switched_on(lesson)


def switched_on(page: Page) -> Page:
    page.goto(LESSON)
    page.locator("#predict-switch").click()
    page.locator('#predict-switch[aria-pressed="true"]').wait_for()
    return page


def guess(page: Page, position: int, text: str) -> None:
    """Ask for the question if a result is shown, and send a guess with the main button."""
    if page.locator("#ask-next").count():
        page.locator("#ask-next").click()
    page.locator("#guess").fill(text)
    page.locator("#check-button").click()
    result(page, position)


def result(page: Page, position: int) -> None:
    """Wait until the result of a step is shown."""
    page.locator(".prediction-verdict", has_text=f"Step {position}:").wait_for()


def test_a_whole_lesson_predicted_rightly(predicting: Page):
    for position, text in enumerate(RIGHT, 1):
        guess(predicting, position, text)
        expect(predicting.locator(".prediction-verdict h2")).to_have_text("You saw it coming")
    expect(predicting.locator(".predict-score")).to_have_text("7 of 7 right")
    expect(predicting.locator("#rows > tr")).to_have_count(7)
    expect(predicting.locator("#closing h2")).to_be_visible()


def test_a_wrong_guess_shows_the_difference_and_asks_for_the_reason(predicting: Page):
    guess(predicting, 1, "task1")
    guess(predicting, 2, "task1, task2, task9")
    said, came = predicting.locator(".prediction-sides dd").all()
    expect(said.locator(".is-elsewhere")).to_contain_text("at another place")
    expect(said.locator(".is-extra")).to_contain_text("not there")
    expect(came.locator(".is-elsewhere")).to_contain_text("you had it elsewhere")
    expect(predicting.get_by_role("status").filter(has_text="Not quite.")).to_be_visible()
    predicting.get_by_role("button", name="I mixed up the ends").click()
    expect(predicting.locator("#reason-ends")).to_have_attribute("aria-pressed", "true")
    expect(predicting.locator("#reason-ends")).to_be_focused()
    predicting.reload()
    expect(predicting.locator("#reason-ends")).to_have_attribute("aria-pressed", "true")


def test_the_panel_has_room_for_a_wrong_guess_and_its_reasons(predicting: Page):
    guess(predicting, 1, "task2")
    panel, controls = predicting.locator(".predict"), predicting.locator("#controls")
    assert len({reason.bounding_box()["y"] for reason in panel.locator(".reason").all()}) == 1
    body = panel.locator(".prediction-body").bounding_box()
    assert panel.bounding_box()["y"] <= body["y"]
    assert body["y"] + body["height"] <= controls.bounding_box()["y"]


def test_a_guess_is_one_request(predicting: Page):
    guess(predicting, 1, "task1")
    predicting.locator("#ask-next").click()
    predicting.locator("#guess").fill("x")
    sent: list[str] = []
    predicting.on("request", lambda request: sent.append(request.method))
    predicting.locator("#check-button").click()
    result(predicting, 2)
    assert sent == ["POST"]


def test_messages_are_put_together_by_pressing_them(predicting: Page):
    guess(predicting, 1, "task1")
    predicting.locator("#ask-next").click()
    for message in ("'task2'", "'task1'"):
        predicting.get_by_role("group", name="Put in").get_by_role("button", name=message).click()
    expect(predicting.locator("#guess")).to_have_value("['task2', 'task1']")
    predicting.get_by_role("button", name="Empty it").click()
    expect(predicting.locator("#guess")).to_have_value("[]")
    predicting.get_by_role("button", name="'task2'").click()
    expect(predicting.locator("#guess")).to_have_value("['task2']")


def test_by_keyboard_alone(lesson: Page):
    lesson.locator("#predict-switch").focus()
    lesson.keyboard.press("Enter")
    lesson.locator("#guess").wait_for()
    lesson.keyboard.press("ArrowRight")
    for position, text in enumerate(RIGHT[:3], 1):
        expect(lesson.locator("#guess")).to_be_focused()
        lesson.keyboard.type(text)
        lesson.keyboard.press("Enter")
        result(lesson, position)
        expect(lesson.locator("#ask-next")).to_be_focused()
        lesson.keyboard.press("Enter" if position % 2 else "ArrowRight")
        lesson.locator("#predict-form").wait_for()
    expect(lesson.locator("#guess")).to_be_focused()


def test_arrows_move_the_caret_while_one_types_and_the_steps_otherwise(predicting: Page):
    guess(predicting, 1, "task1")
    guess(predicting, 2, "x")
    predicting.locator("#ask-next").click()
    predicting.locator("#guess").fill("ab")
    predicting.keyboard.press("ArrowLeft")
    predicting.keyboard.type("x")
    expect(predicting.locator("#guess")).to_have_value("axb")
    expect(predicting.locator("#controls")).to_have_attribute("data-at", "2")
    predicting.locator("#skip").focus()
    predicting.keyboard.press("ArrowLeft")
    result(predicting, 1)
    predicting.keyboard.press("ArrowRight")
    result(predicting, 2)


def test_skipping_goes_on_and_is_counted(predicting: Page):
    predicting.locator("#skip").click()
    predicting.locator("#row-1").wait_for()
    expect(predicting.locator(".predict-head")).to_contain_text("Next, step 2")
    expect(predicting.locator(".predict-score")).to_have_text("No predictions yet, 1 skipped")
    predicting.locator("#skip").click()
    predicting.locator("#row-2").wait_for()
    predicting.locator("#first").click()
    predicting.locator("#forward").click()
    expect(predicting.locator(".prediction-verdict h2")).to_have_text("You skipped this one")


def test_an_empty_guess_takes_no_step(predicting: Page):
    predicting.locator("#check-button").click()
    expect(predicting.locator("#guess:invalid")).to_be_focused()
    predicting.locator("#guess").fill("'a' b 'c'")
    predicting.locator("#check-button").click()
    expect(predicting.locator("#notice")).to_contain_text("Type your prediction first.")
    expect(predicting.locator("#guess")).to_have_value("'a' b 'c'")
    expect(predicting.locator("#rows > tr")).to_have_count(0)


def test_a_double_click_takes_one_step(predicting: Page):
    predicting.locator("#guess").fill("task1")
    predicting.locator("#check-button").dblclick()
    predicting.locator("#row-1").wait_for()
    predicting.wait_for_load_state("networkidle")
    predicting.reload()
    expect(predicting.locator("#rows > tr")).to_have_count(1)


def test_nothing_plays_by_itself_while_one_predicts(predicting: Page):
    expect(predicting.locator("#play")).to_be_disabled()
    guess(predicting, 1, "task1")
    expect(predicting.locator("#play")).to_be_disabled()
    guess(predicting, 2, "x")
    predicting.locator("#speed").select_option("700")
    predicting.locator("#first").click()
    predicting.locator("#play").click()
    result(predicting, 2)
    expect(predicting.locator("#play")).to_have_attribute("aria-pressed", "false")
    expect(predicting.locator("#rows > tr")).to_have_count(2)


def test_an_outdated_tab_gets_a_notice_to_reload(new_context: NewContext):
    context = new_context()
    one, two = switched_on(context.new_page()), context.new_page()
    guess(one, 1, "task1")
    two.goto(LESSON)
    guess(two, 2, "x")
    one.locator("#ask-next").click()
    expect(one.locator("#notice")).to_contain_text("not at your latest step")


def test_switched_off_it_is_as_before(predicting: Page):
    guess(predicting, 1, "x")
    predicting.locator("#predict-switch").click()
    predicting.locator("#next-button").click()
    predicting.locator("#row-2").wait_for()
    expect(predicting.locator("#predict")).to_be_empty()
    predicting.locator("#back").click()
    expect(predicting.locator("#say")).to_contain_text("Not quite: you predicted ['x'].")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_main_button_never_moves(new_context: NewContext, viewport: dict[str, int]):
    page = new_context(viewport=viewport).new_page()
    page.goto(LESSON)
    place = page.locator(".main-slot").bounding_box()
    switched_on(page)
    for position in (1, 2):
        assert page.locator(".main-slot").bounding_box() == place
        guess(page, position, "x")
        assert page.locator(".main-slot").bounding_box() == place
        page.locator("#ask-next").click()
        page.locator("#predict-form").wait_for()
    assert page.locator(".main-slot > *").bounding_box() == place


def test_question_and_result_fit_on_a_laptop_and_nothing_jumps(predicting: Page):
    heights = set()
    for position in range(1, 4):
        heights.add(str(predicting.locator(".predict").bounding_box()))
        guess(predicting, position, "x")
        heights.add(str(predicting.locator(".predict").bounding_box()))
        for part in ("#picture", "#hero", f"#row-{position}", "#reason-guess"):
            box = predicting.locator(part).bounding_box()
            assert box
            assert box["y"] >= 0, part
            assert box["y"] + box["height"] <= WIDE["height"], part
        predicting.locator("#ask-next").click()
        predicting.locator("#predict-form").wait_for()
    assert len(heights) == 1
    assert predicting.evaluate("document.documentElement.scrollWidth") == WIDE["width"]
    assert predicting.evaluate("scrollY") == 0


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing_while_one_predicts(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = violations(page)
        assert overflow(page) <= 0, state

    switched_on(page)
    look("question")
    guess(page, 1, "task1")
    look("right")
    guess(page, 2, "task1, task2, task9")
    look("wrong")
    page.locator("#reason-ends").click()
    page.locator('#reason-ends[aria-pressed="true"]').wait_for()
    look("reason")
    page.locator("#first").click()
    page.locator(".predict-none").wait_for()
    look("past")
    assert {state: lines for state, lines in found.items() if lines} == {}


def test_without_javascript_forms_and_links_do_it_all(new_context: NewContext):
    page = switched_on(new_context(java_script_enabled=False).new_page())
    expect(page.locator(".predict-offered")).to_be_hidden()
    for position, text in enumerate(RIGHT, 1):
        if position == 3:
            page.locator("#ask-next").click()
            page.locator("#skip").click()
            expect(page.locator(".predict-head")).to_contain_text("step 4")
        else:
            guess(page, position, text if position != 2 else "x")
        if position == 2:
            page.get_by_role("button", name="I was guessing").click()
            expect(page.locator("#reason-guess")).to_have_attribute("aria-pressed", "true")
            assert re.search(r"\?at=2$", page.url)
    expect(page.locator(".predict-score")).to_have_text("5 of 6 right, 1 skipped")
    page.goto(f"{LESSON}?at=2")
    expect(page.locator(".prediction-verdict h2")).to_have_text("Not quite")
