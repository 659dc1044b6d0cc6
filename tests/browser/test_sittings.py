"""A test taken in a real browser: by keyboard alone, without JavaScript, and with axe's checks."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import LESSON, VIEWS, NewContext, overflow, press, press_key, step, violations


def tab_to(page: Page, selector: str, *, within: int) -> None:
    """Press Tab until the focus is there; fail after that many presses."""
    for _ in range(within):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{within} presses of Tab do not reach {selector}")


def answer_first_choice(page: Page) -> None:
    page.locator(".asked input[type=radio]").first.check()
    press(page.get_by_role("button", name="Answer"))


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing_in_any_state_of_a_test(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = violations(page)
        assert overflow(page) <= 0, state

    page.goto(f"{LESSON}test/")
    look("before the first test")
    press(page.get_by_role("button", name="Start the test"))
    page.get_by_role("heading", name="Test 1").wait_for()
    look("a question")
    press(page.get_by_role("button", name="Answer"))
    page.locator(".asked-problem").wait_for()
    look("no answer given")
    for place in range(1, 5):
        answer_first_choice(page)
        page.get_by_text(f"{place} of 10 answered").wait_for()
    press(page.locator(".place").first)
    page.locator(".asked-done").wait_for()
    look("an answered question")
    press(page.get_by_role("link", name="Finish the test"))
    page.get_by_role("heading", name="Finish with 6 questions open?").wait_for()
    look("the end")
    press(page.get_by_role("button", name="Finish the test"))
    page.get_by_role("heading", name="Your answers").wait_for()
    look("the result")
    page.goto(f"{LESSON}test/")
    look("before the next test")
    page.get_by_label("All on one page").check()
    press(page.get_by_role("button", name="Start a new test"))
    page.get_by_role("button", name="Hand in").wait_for()
    look("all on one page")
    page.goto("/")
    look("the catalogue")
    assert found == {state: [] for state in found}


def test_a_whole_test_is_taken_by_keyboard(page: Page):
    page.goto(f"{LESSON}test/")
    tab_to(page, "input[type=radio]", within=15)
    tab_to(page, "form.test-start button", within=2)
    press_key(page, "Enter")
    page.get_by_role("heading", name="Test 1").wait_for()
    tab_to(page, ".asked input[type=radio]", within=30)
    for place in range(1, 10):
        page.keyboard.press("Space")
        tab_to(page, ".test-go button", within=2)
        press_key(page, "Enter")
        page.get_by_text(f"{place} of 10 answered").wait_for()
        # The focus is on the question already: only its own links and the steps that it shows come before its choices.
        before = page.locator(".asked :is(a, summary, [tabindex='0'])").count()
        tab_to(page, ".asked input[type=radio]", within=1 + before)
    page.keyboard.press("Space")
    tab_to(page, ".test-go button", within=2)
    press_key(page, "Enter")
    page.get_by_role("heading", name="Your answers").wait_for()
    assert page.locator(".reviewed").count() == 10


def test_a_whole_test_is_taken_without_javascript(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{LESSON}test/")
    page.get_by_label("All on one page").check()
    press(page.get_by_role("button", name="Start the test"))
    for question in page.locator(".asked").all():
        question.locator("input[type=radio]").first.check()
    press(page.get_by_role("button", name="Hand in"))
    assert page.locator(".reviewed").count() == 10
    press(page.get_by_role("button", name="New test"))
    assert page.get_by_role("heading", name="Test 2").is_visible()


def test_what_went_wrong_leads_to_its_row(page: Page):
    page.goto(LESSON)
    step(page, 1)
    page.goto(f"{LESSON}test/")
    press(page.get_by_role("button", name="Start the test"))
    press(page.get_by_role("link", name="Finish the test"))
    press(page.get_by_role("button", name="Finish the test"))
    link = page.locator(".reviewed-links a[href*='at=']").first
    number = str(link.text_content()).removeprefix("step ")
    press(link)
    if number == "1":
        page.locator("#row-1").wait_for()
    else:
        page.get_by_text(f"You have not reached step {number} yet.").wait_for()
