"""Quiz, practice and proofs in a real browser: focus, lit rows, keys, dragging, and axe's findings."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, VIEWS, NewContext, press, press_key, step, violations

QUIZ, PRACTICE = f"{LESSON}quiz/", f"{LESSON}practice/"


def answer(page: Page, number: int, text: str) -> None:
    """Pick a choice of a question of the quiz, and send it."""
    page.locator(f"#quiz-{number} .pick").filter(has=page.get_by_text(text, exact=True)).click()
    send(page, number)


def send(page: Page, number: int) -> None:
    """Send the answer to a question of the quiz, whatever is picked."""
    press(page.locator(f"#quiz-{number} .question-actions .is-primary"))
    page.locator(f"#quiz-{number}-mark").wait_for()


@pytest.fixture
def quiz(page: Page) -> Page:
    """The quiz of the first lesson, all of whose steps were run."""
    page.goto(LESSON)
    step(page, 7)
    page.goto(QUIZ)
    return page


def test_the_focus_goes_to_the_mark_and_the_rows_light_up(quiz: Page):
    answer(quiz, 1, "'task1'")
    expect(quiz.locator("#quiz-1-mark")).to_be_focused()
    expect(quiz.locator("#quiz-1-mark")).to_contain_text("Right.")
    expect(quiz.locator("#rows .is-lit")).to_have_id("row-3")
    answer(quiz, 2, "Step 5")
    lit = quiz.locator("#rows .is-lit")
    expect(lit).to_have_count(3)
    assert [row.get_attribute("id") for row in lit.all()] == ["row-5", "row-6", "row-7"]
    expect(quiz.locator("#part-progress")).to_contain_text("2 of 3 right")


def test_a_wrong_answer_can_be_tried_again_by_keyboard(quiz: Page):
    answer(quiz, 1, "'task2'")
    expect(quiz.locator("#quiz-1-mark")).to_be_focused()
    quiz.locator("#quiz-1 .pick:not(.is-wrong) input").first.focus()
    right = quiz.locator("#quiz-1 .pick").filter(has=quiz.get_by_text("'task1'", exact=True)).locator("input")
    for _ in range(4):
        if right.evaluate("radio => radio === document.activeElement"):
            break
        quiz.keyboard.press("ArrowDown")
    quiz.keyboard.press("Space")
    press_key(quiz, "Enter")
    expect(quiz.locator("#quiz-1-mark")).to_contain_text("Right, on the second try.")


def test_a_hint_leaves_what_is_picked(quiz: Page):
    quiz.locator("#quiz-1 .pick").first.click()
    press(quiz.locator("#quiz-1-hint button"))
    expect(quiz.locator("#quiz-1-hint .aside")).to_be_focused()
    expect(quiz.locator("#quiz-1 .pick input").first).to_be_checked()


def test_a_link_to_a_row_shows_it_without_moving_the_questions(quiz: Page):
    answer(quiz, 1, "'task1'")
    before = quiz.locator("#quiz-1").bounding_box()
    quiz.locator("#quiz-1 .row-link").click()
    expect(quiz.locator("#row-3")).to_be_in_viewport()
    assert quiz.locator("#quiz-1").bounding_box() == before


def test_on_a_wide_screen_only_the_columns_scroll(quiz: Page):
    assert quiz.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    quiz.locator("#quiz-3 .is-primary").scroll_into_view_if_needed()
    expect(quiz.locator("#row-1")).to_be_in_viewport()


def test_a_proof_is_run_and_leads_back(quiz: Page):
    right = quiz.locator("#quiz-3 .pick").filter(has_text=re.compile(r"\['task1'\s*, 'task2'\s*\]"))
    right.click()
    send(quiz, 3)
    press(quiz.locator("#quiz-3").get_by_role("button", name="Prove it"))
    expect(quiz.locator(".proof-found")).to_contain_text(re.compile(r"The server says:\s*\['task1'\s*, 'task2'\s*\]"))
    assert quiz.locator(".proof table").count() == 2
    press(quiz.get_by_role("link", name="Back to the question"))
    expect(quiz.locator("#quiz-3")).to_be_in_viewport()


def test_everything_works_without_javascript(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(LESSON)
    step(page, 3)
    page.goto(QUIZ)
    answer(page, 1, "'task2'")
    expect(page.locator("#quiz-1-mark")).to_contain_text("Not yet.")
    press(page.locator("#quiz-1-hint button"))
    expect(page.locator("#quiz-1-hint .aside")).to_be_visible()
    answer(page, 1, "'task1'")
    expect(page.locator("#quiz-1-mark")).to_contain_text("Right, on the second try.")
    expect(page.locator("#rows .is-lit")).to_have_id("row-3")
    press(page.locator("#quiz-1").get_by_role("button", name="Prove it"))
    expect(page.locator(".proof-found")).to_contain_text("'task1'")
    page.goto(PRACTICE)
    press(page.locator("#practice-1").get_by_role("button", name="Show me the solution"))
    expect(page.locator("#practice-1 .solution")).to_be_visible()


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, state

    page.goto(QUIZ)
    look("nothing run")
    page.goto(LESSON)
    step(page, 3)
    page.goto(QUIZ)
    look("quiz")
    send(page, 1)
    look("nothing picked")
    answer(page, 1, "'task2'")
    press(page.locator("#quiz-1-hint button"))
    look("wrong, with hint")
    answer(page, 1, "'task1'")
    look("right")
    press(page.locator("#quiz-1").get_by_role("button", name="Prove it"))
    look("proof")
    page.goto(PRACTICE)
    look("practice")
    press(page.locator("#practice-1").get_by_role("button", name="Show me the solution"))
    look("solution")
    assert {state: faults for state, faults in found.items() if faults} == {}
