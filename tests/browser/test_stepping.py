"""Stepping through the first lesson in a real browser."""

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import LESSON, NARROW, WIDE, NewContext, answered, press, press_key, shown, step

TABLE = [
    ("1", "Producer pushes 'task1'", "LPUSH queue 'task1'", "['task1']", "None"),
    ("2", "Producer pushes 'task2'", "LPUSH queue 'task2'", "['task2', 'task1']", "None"),
    ("3", "Consumer pops a task", "RPOP queue", "['task2']", "'task1'"),
    ("4", "Consumer processes 'task1'", "N/A", "['task2']", "Processed 'task1'"),
    ("5", "Consumer pops next task", "RPOP queue", "[]", "'task2'"),
    ("6", "Consumer processes 'task2'", "N/A", "[]", "Processed 'task2'"),
    ("7", "Consumer tries to pop from empty queue", "RPOP queue", "[]", "None"),
]


def rows(page: Page) -> list[tuple[str, ...]]:
    """Return the table as a person reads it, without the replies."""
    found = []
    for row in page.locator("#rows > tr").all():
        cells = [cell.inner_text().strip() for cell in row.locator("> th, > td").all()]
        found.append((cells[0], cells[1], cells[2].split("\n")[0], cells[3], cells[4]))
    return found


def test_seven_presses_fill_the_table(lesson: Page):
    step(lesson, 7)
    assert rows(lesson) == TABLE
    expect(lesson.locator("#closing h2")).to_be_visible()


def test_the_tracker_has_the_columns_of_what_changed(lesson: Page):
    step(lesson, 7)
    heads = lesson.locator("#tracker-head > th").all_inner_texts()
    assert [head.strip() for head in heads] == [
        "Name",
        "Start",
        "After step 1",
        "After step 2",
        "After step 3",
        "After step 5",
        "Final",
    ]


def test_a_step_is_one_request(lesson: Page):
    step(lesson, 2)
    sent: list[Request] = []
    lesson.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - a built-in method can't be a handler
    step(lesson, 3, after=2)
    assert [request.method for request in sent] == ["POST"]


def test_a_step_says_one_sentence(lesson: Page):
    step(lesson, 3)
    expect(lesson.locator("#say")).to_have_text("RPOP took 'task1'; queue is now ['task2']")
    assert lesson.locator("#say").get_attribute("aria-live") == "polite"


def test_the_focus_stays_on_the_button(lesson: Page):
    lesson.locator("#next-button").focus()
    for number in (1, 2, 3):
        press_key(lesson, "Enter")
        shown(lesson, number)
        expect(lesson.locator("#next-button")).to_be_focused()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_button_never_moves(new_context: NewContext, viewport: dict[str, int]):
    page = new_context(viewport=viewport).new_page()
    page.goto(LESSON)
    places = [page.locator("#next-button").bounding_box()]
    for number in range(1, 7):
        step(page, number, after=number - 1)
        places.append(page.locator("#next-button").bounding_box())
    assert all(place == places[0] for place in places)


def test_a_double_click_takes_no_step_twice(lesson: Page):
    with answered(lesson):
        lesson.locator("#next-button").dblclick()
    lesson.reload()
    taken = [row[0] for row in rows(lesson)]
    assert taken in (["1"], ["1", "2"])
    assert rows(lesson) == TABLE[: len(taken)]


def test_two_tabs_neither_skip_nor_double(new_context: NewContext):
    context = new_context()
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        page.goto(LESSON)
    step(one, 2)
    step(two, 3)
    step(one, 3, after=2)
    for page in (one, two):
        assert rows(page) == TABLE[:3]


def test_a_run_is_found_again(new_context: NewContext):
    context = new_context()
    page = context.new_page()
    page.goto(LESSON)
    step(page, 4)
    page.close()
    again = context.new_page()
    again.goto(LESSON)
    assert rows(again) == TABLE[:4]


def test_start_over_begins_anew(lesson: Page):
    step(lesson, 3)
    press(lesson.locator("#restart button"))
    expect(lesson.locator("#rows > tr")).to_have_count(0)
    step(lesson, 1)
    assert rows(lesson) == TABLE[:1]


def test_without_javascript_forms_and_links_do_it_all(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(LESSON)
    for number in range(1, 8):
        step(page, number, after=number - 1)
    assert rows(page) == TABLE
    press(page.locator("#back"))
    press(page.locator("#back"))
    assert page.url.endswith("?at=5")
    press(page.locator("#return"))
    expect(page.locator("#closing h2")).to_be_visible()
    press(page.locator("#restart button"))
    assert rows(page) == []


def test_a_whole_lesson_in_the_dark(new_context: NewContext):
    page = new_context(color_scheme="dark", viewport=NARROW).new_page()
    page.goto(LESSON)
    step(page, 7)
    expect(page.locator("#closing h2")).to_be_visible()
