"""Predict first, in a real browser: by mouse, by keyboard, without JavaScript, on a laptop and a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    LESSON,
    NARROW,
    VIEWS,
    WIDE,
    NewContext,
    answered,
    overflow,
    press,
    press_key,
    shown,
    violations,
)

RIGHT = ["task2, task1", "task2", "Processed task1", "[]", "Processed task2", "None"]


@pytest.fixture
def predicting(lesson: Page) -> Page:
    """The first lesson with the switch on, asking for step 2: the first one leaves nothing to predict."""
    return at_the_question(switched_on(lesson))


def switched_on(page: Page) -> Page:
    page.goto(LESSON)
    press(page.locator("#predict-switch"))
    page.locator('#predict-switch[aria-pressed="true"]').wait_for()
    return page


def at_the_question(page: Page) -> Page:
    press(page.locator("#next-button"))
    page.locator(".predict-head", has_text="step 2").wait_for()
    return page


def guess(page: Page, position: int, text: str) -> None:
    """Ask for the question if a result is shown, and send a guess with the main button."""
    if page.locator("#ask-next").count():
        press(page.locator("#ask-next"))
    page.locator("#guess").fill(text)
    press(page.locator("#check-button"))
    result(page, position)


def result(page: Page, position: int) -> None:
    """Wait until the result of a step is shown."""
    page.locator(".prediction-verdict", has_text=f"Step {position}:").wait_for()


def test_a_whole_lesson_predicted_rightly(predicting: Page):
    for position, text in enumerate(RIGHT, 2):
        guess(predicting, position, text)
        expect(predicting.locator(".prediction-verdict h2")).to_have_text("You saw it coming")
    expect(predicting.locator(".predict-score")).to_have_text("6 of 6 right")
    expect(predicting.locator("#rows > tr")).to_have_count(7)
    expect(predicting.locator("#closing h2")).to_be_visible()


def test_a_wrong_guess_shows_the_difference_and_asks_for_the_reason(predicting: Page):
    guess(predicting, 2, "task1, task2, task9")
    said, came = predicting.locator(".prediction-sides dd").all()
    expect(said.locator(".is-elsewhere")).to_contain_text("at another place")
    expect(said.locator(".is-extra")).to_contain_text("not there")
    expect(came.locator(".is-elsewhere")).to_contain_text("you had it elsewhere")
    expect(predicting.get_by_role("status").filter(has_text="Not quite.")).to_be_visible()
    press(predicting.get_by_role("button", name="I mixed up the ends"))
    expect(predicting.locator("#reason-ends")).to_have_attribute("aria-pressed", "true")
    expect(predicting.locator("#reason-ends")).to_be_focused()
    predicting.reload()
    expect(predicting.locator("#reason-ends")).to_have_attribute("aria-pressed", "true")


def test_the_panel_has_room_for_a_wrong_guess_and_its_reasons(predicting: Page):
    press(predicting.get_by_role("button", name="['task1', 'task2']"))
    result(predicting, 2)
    expect(predicting.locator(".prediction-mistake")).to_be_visible()
    panel, controls = predicting.locator(".predict"), predicting.locator("#controls")
    assert len({reason.bounding_box()["y"] for reason in panel.locator(".reason").all()}) == 1
    body = panel.locator(".prediction-body").bounding_box()
    assert panel.bounding_box()["y"] <= body["y"]
    assert body["y"] + body["height"] <= controls.bounding_box()["y"]


def test_a_guess_is_one_request(predicting: Page):
    predicting.locator("#guess").fill("x")
    sent: list[str] = []
    predicting.on("request", lambda request: sent.append(request.method))
    press(predicting.locator("#check-button"))
    result(predicting, 2)
    assert sent == ["POST"]


def test_a_choice_is_a_press(predicting: Page):
    choices = predicting.get_by_role("group", name="Choose an answer").get_by_role("button")
    expect(choices).to_have_count(4)
    sent: list[str] = []
    predicting.on("request", lambda request: sent.append(request.method))
    press(choices.filter(has_text="'task2', 'task1'"))
    expect(predicting.locator(".prediction-verdict h2")).to_have_text("You saw it coming")
    assert sent == ["POST"]


def test_a_wrong_choice_names_the_mistake(predicting: Page):
    press(predicting.get_by_role("button", name="['task1', 'task2']"))
    expect(predicting.locator(".prediction-mistake")).to_have_text("So it would be with RPUSH in place of LPUSH.")


def test_now_and_then_asks_about_one_step_in_three(predicting: Page):
    press(predicting.locator("#predict-often"))
    expect(predicting.locator("#predict-often")).to_have_attribute("aria-pressed", "true")
    asked = []
    for position in range(2, 8):
        if predicting.locator("#predict-form").count():
            asked.append(position)
            press(predicting.locator("#skip"))
        else:
            press(predicting.locator("#next-button"))
        predicting.locator(f"#row-{position}").wait_for()
        shown(predicting, position)
    assert asked == [2, 4, 7]


def test_by_keyboard_alone(lesson: Page):
    lesson.locator("#predict-switch").focus()
    press_key(lesson, "Enter")
    lesson.locator('#predict-switch[aria-pressed="true"]').wait_for()
    press_key(lesson, "ArrowRight")
    lesson.locator("#predict-form").wait_for()
    # The question is there: the key leads to its field.
    lesson.keyboard.press("ArrowRight")
    for position, text in enumerate(RIGHT[:3], 2):
        expect(lesson.locator("#guess")).to_be_focused()
        lesson.keyboard.type(text)
        press_key(lesson, "Enter")
        result(lesson, position)
        expect(lesson.locator("#ask-next")).to_be_focused()
        press_key(lesson, "Enter" if position % 2 else "ArrowRight")
        lesson.locator("#predict-form").wait_for()
    expect(lesson.locator("#guess")).to_be_focused()


def test_arrows_move_the_caret_while_one_types_and_the_steps_otherwise(predicting: Page):
    guess(predicting, 2, "x")
    guess(predicting, 3, "x")
    press(predicting.locator("#ask-next"))
    predicting.locator("#guess").fill("ab")
    predicting.keyboard.press("ArrowLeft")
    predicting.keyboard.type("x")
    expect(predicting.locator("#guess")).to_have_value("axb")
    expect(predicting.locator("#controls")).to_have_attribute("data-at", "3")
    predicting.locator("#skip").focus()
    press_key(predicting, "ArrowLeft")
    result(predicting, 2)
    press_key(predicting, "ArrowRight")
    result(predicting, 3)


def test_skipping_goes_on_and_is_counted(predicting: Page):
    press(predicting.locator("#skip"))
    predicting.locator("#row-2").wait_for()
    expect(predicting.locator(".predict-head")).to_contain_text("Next, step 3")
    expect(predicting.locator(".predict-score")).to_have_text("No predictions yet, 1 skipped")
    press(predicting.locator("#skip"))
    predicting.locator("#row-3").wait_for()
    press(predicting.locator("#back"))
    expect(predicting.locator(".prediction-verdict h2")).to_have_text("You skipped this one")


def test_an_empty_guess_takes_no_step(predicting: Page):
    predicting.locator("#check-button").click()
    expect(predicting.locator("#guess:invalid")).to_be_focused()
    predicting.locator("#guess").fill("'a' b 'c'")
    press(predicting.locator("#check-button"))
    expect(predicting.locator("#notice")).to_contain_text("Type your prediction first.")
    expect(predicting.locator("#guess")).to_have_value("'a' b 'c'")
    expect(predicting.locator("#rows > tr")).to_have_count(1)


def test_a_double_click_takes_one_step(predicting: Page):
    predicting.locator("#guess").fill("task1")
    with answered(predicting):
        predicting.locator("#check-button").dblclick()
    predicting.locator("#row-2").wait_for()
    predicting.reload()
    expect(predicting.locator("#rows > tr")).to_have_count(2)


def test_nothing_plays_by_itself_while_one_predicts(predicting: Page):
    expect(predicting.locator("#play")).to_be_disabled()
    guess(predicting, 2, "task1")
    expect(predicting.locator("#play")).to_be_disabled()
    predicting.locator("#speed").select_option("700")
    press(predicting.locator("#first"))
    press(predicting.locator("#play"))
    result(predicting, 2)
    expect(predicting.locator("#play")).to_have_attribute("aria-pressed", "false")
    expect(predicting.locator("#rows > tr")).to_have_count(2)


def test_an_outdated_tab_gets_a_notice_to_reload(new_context: NewContext):
    context = new_context()
    one, two = at_the_question(switched_on(context.new_page())), context.new_page()
    guess(one, 2, "task1")
    two.goto(LESSON)
    guess(two, 3, "x")
    press(one.locator("#ask-next"))
    expect(one.locator("#notice")).to_contain_text("not at your latest step")


def test_switched_off_it_is_as_before(predicting: Page):
    guess(predicting, 2, "x")
    press(predicting.locator("#predict-switch"))
    press(predicting.locator("#next-button"))
    predicting.locator("#row-3").wait_for()
    expect(predicting.locator("#predict")).to_be_empty()
    press(predicting.locator("#back"))
    expect(predicting.locator("#say")).to_contain_text("Not quite: you predicted ['x'].")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_main_button_never_moves(new_context: NewContext, viewport: dict[str, int]):
    page = new_context(viewport=viewport).new_page()
    page.goto(LESSON)
    place = page.locator(".main-slot").bounding_box()
    at_the_question(switched_on(page))
    for position in (2, 3):
        assert page.locator(".main-slot").bounding_box() == place
        guess(page, position, "x")
        assert page.locator(".main-slot").bounding_box() == place
        press(page.locator("#ask-next"))
        page.locator("#predict-form").wait_for()
    assert page.locator(".main-slot > *").bounding_box() == place


def place_of_panel(page: Page, shows: str) -> tuple[str, str]:
    """Return where the panel is, while it shows a question or a result."""
    return shows, str(page.locator(".predict").bounding_box())


def test_question_and_result_fit_on_a_laptop_and_nothing_jumps(predicting: Page):
    places = set()
    for position in range(2, 5):
        places.add(place_of_panel(predicting, "question"))
        guess(predicting, position, "x")
        places.add(place_of_panel(predicting, "result"))
        for part in ("#picture", "#hero", f"#row-{position}", "#reason-guess"):
            box = predicting.locator(part).bounding_box()
            assert box
            assert box["y"] >= 0, part
            assert box["y"] + box["height"] <= WIDE["height"], part
        press(predicting.locator("#ask-next"))
        predicting.locator("#predict-form").wait_for()
    # A result leaves more room to the step than a question does; each has its place.
    assert len(places) == 2
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
    look("nothing to predict")
    at_the_question(page)
    look("question")
    # On a phone the first tap only opens it.
    page.locator(".predict").focus()
    look("question, opened")
    press(page.get_by_role("button", name="['task1', 'task2']"))
    result(page, 2)
    look("wrong")
    press(page.locator("#reason-ends"))
    page.locator('#reason-ends[aria-pressed="true"]').wait_for()
    look("reason")
    press(page.locator("#first"))
    page.locator(".predict-none").wait_for()
    look("past")
    assert {state: lines for state, lines in found.items() if lines} == {}


def test_without_javascript_forms_and_links_do_it_all(new_context: NewContext):
    page = at_the_question(switched_on(new_context(java_script_enabled=False).new_page()))
    press(page.get_by_role("button", name="['task1', 'task2']"))
    result(page, 2)
    press(page.get_by_role("button", name="I was guessing"))
    expect(page.locator("#reason-guess")).to_have_attribute("aria-pressed", "true")
    assert re.search(r"\?at=2$", page.url)
    page.goto(LESSON)
    press(page.locator("#ask-next"))
    press(page.locator("#skip"))
    expect(page.locator(".predict-head")).to_contain_text("step 4")
    for position, text in enumerate(RIGHT[2:], 4):
        guess(page, position, text)
    expect(page.locator(".predict-score")).to_have_text("4 of 5 right, 1 skipped")
    page.goto(f"{LESSON}?at=2")
    expect(page.locator(".prediction-verdict h2")).to_have_text("Not quite")
