"""What a learner presses or types while an answer is on its way: nothing is lost, and nothing is done twice."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, press, press_key, shown, step
from tests.browser.slowness import held


def all_answered(page: Page) -> None:
    """Wait until nothing that was pressed is on its way."""
    expect(page.locator(".htmx-request")).to_have_count(0)


def quiz(page: Page) -> Page:
    page.goto(LESSON)
    step(page, 3)
    page.goto(f"{LESSON}quiz/")
    return page


def test_hint_and_solution_asked_for_while_an_answer_is_marked_come_after_it(page: Page):
    card = quiz(page).locator("#quiz-1")
    card.locator(".pick").filter(has=page.get_by_text("'task2'", exact=True)).click()
    with held(page, "**/attempts/**") as posted:
        card.locator(".question-actions .is-primary").click()
        card.locator("#quiz-1-hint button").click()
    expect(card.locator("#quiz-1-hint .aside")).to_be_focused()
    expect(card.locator("#quiz-1-mark")).to_contain_text("Not yet.")
    assert len(posted) == 2


def test_an_answer_sent_while_a_hint_is_on_its_way_is_marked(page: Page):
    card = quiz(page).locator("#quiz-1")
    card.locator(".pick").filter(has=page.get_by_text("'task1'", exact=True)).click()
    with held(page, "**/help/**"):
        card.locator("#quiz-1-hint button").click()
        card.locator(".question-actions .is-primary").click()
    expect(card.locator("#quiz-1-mark")).to_contain_text("Right.")


def test_a_double_press_of_an_answer_counts_once(page: Page):
    card = quiz(page).locator("#quiz-1")
    card.locator(".pick").filter(has=page.get_by_text("'task2'", exact=True)).click()
    with held(page, "**/attempts/**"):
        card.locator(".question-actions .is-primary").dblclick()
    expect(card.locator("#quiz-1-mark")).to_contain_text("Not yet.")
    all_answered(page)
    expect(card.locator(".question-state")).to_have_text("Try 2")


def test_a_step_waits_for_a_file_that_is_on_its_way_and_is_taken_once(page: Page):
    page.goto(LESSON)
    step(page, 1)
    other = page.locator("#code-tabs a:not([aria-current])").first
    name = other.inner_text()
    with held(page, "**/*file=*") as posted:
        other.click()
        page.locator("#next-button").dblclick()
    shown(page, 2)
    all_answered(page)
    expect(page.locator("#rows > tr")).to_have_count(2)
    expect(page.locator("#code-tabs a", has_text=name)).to_be_visible()
    assert len(posted) == 1


def test_each_press_of_the_key_back_counts_while_an_answer_is_on_its_way(page: Page):
    page.goto(LESSON)
    step(page, 6)
    with held(page, "**/*at=5*"):
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
    shown(page, 2)
    all_answered(page)
    expect(page.locator("#slider")).to_have_value("2")
    press_key(page, "ArrowLeft")
    shown(page, 1)


def test_a_step_pressed_while_a_look_back_is_on_its_way_is_not_taken(page: Page):
    page.goto(LESSON)
    step(page, 2)
    with held(page, "**/*at=1*") as posted:
        page.locator("#back").click()
        page.locator("#next-button").click()
    shown(page, 1)
    all_answered(page)
    assert posted == []
    press(page.locator("#return"))
    expect(page.locator("#rows > tr")).to_have_count(2)


def test_the_next_message_is_typed_while_the_first_is_on_its_way(page: Page):
    page.goto("/live/")
    field = page.get_by_label("Message", exact=True)
    field.fill("first")
    with held(page, "**/live/messages/") as posted:
        field.press("Enter")
        field.press("Enter")
        page.keyboard.type("second")
    expect(page.locator("#published")).to_contain_text("first")
    expect(field).to_have_value("second")
    assert len(posted) == 1


def test_a_message_that_is_not_published_is_in_the_field_again(page: Page):
    page.goto("/live/")
    page.route("**/live/messages/", lambda route: route.fulfill(status=503, body="busy"))
    field = page.get_by_label("Message", exact=True)
    field.fill("first")
    press(page.get_by_role("button", name="Publish"))
    expect(field).to_have_value("first")
