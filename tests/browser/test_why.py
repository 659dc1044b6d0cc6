"""Reasons, key moments, words of the glossary and Django's files: in sight, by keyboard, and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, NARROW, VIEWS, NewContext, overflow, press, step, violations

WORKER = f"{LESSON}?at=3&file=django/management/commands/worker.py"
MOMENT = f"{LESSON}?at=3&moment=1"


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing_where_something_is_explained(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(LESSON)
    step(page, 3)
    found: dict[str, list[str]] = {}
    for state, address in {"moment": MOMENT, "Django": WORKER, "glossary": "/glossary/#fifo"}.items():
        page.goto(address)
        found[state] = violations(page)
        assert overflow(page) <= 0, state
    page.goto(LESSON)
    page.locator("a.term").first.click()
    page.locator(".term-box:popover-open").wait_for()
    found["term"] = violations(page)
    assert {state: lines for state, lines in found.items() if lines} == {}


def test_the_reason_and_its_links_are_in_sight_after_every_step(lesson: Page):
    for number in range(1, 8):
        step(lesson, number, after=number - 1)
        reason = lesson.locator(".hero-why")
        if reason.count():
            cut = reason.evaluate(
                "each => each.getBoundingClientRect().bottom - each.closest('.pane').getBoundingClientRect().bottom"
            )
            assert cut <= 0, number
        assert reason.count() == (number != 6)


def test_a_key_moment_opens_at_its_step_with_picture_code_and_tracker(lesson: Page):
    step(lesson, 5)
    press(lesson.locator("#moment-1-steps .step-link", has_text="step 3"))
    expect(lesson).to_have_url(f"{lesson.url.split('/lessons')[0]}{MOMENT}")
    for part in ("#moment-here", "#picture", "#code", "#tracker-table", "#controls"):
        box = lesson.locator(part).bounding_box()
        assert box
        assert 0 <= box["y"] < 800, part
    expect(lesson.locator(".hero-command")).to_contain_text("RPOP queue")
    press(lesson.locator(".hero-moment").get_by_text("Step 1", exact=True))
    expect(lesson.locator(".hero-command")).to_contain_text("LPUSH queue")
    expect(lesson.locator("#moment-here")).to_be_visible()
    press(lesson.locator("#return"))
    expect(lesson.locator("#moment-here")).to_have_count(0)
    expect(lesson.locator("#row-5")).to_be_visible()


def test_a_word_is_explained_by_keyboard_and_the_focus_comes_back(lesson: Page):
    word = lesson.locator("#moments a.term").first
    word.focus()
    lesson.keyboard.press("Enter")
    box = lesson.locator(".term-box")
    expect(box).to_contain_text("first in, first out")
    expect(box).to_be_focused()
    lesson.keyboard.press("Escape")
    expect(box).not_to_be_visible()
    expect(word).to_be_focused()
    assert lesson.url.endswith(LESSON)


@pytest.mark.parametrize("viewport", [None, NARROW])
def test_the_explanation_is_beside_the_word(new_context: NewContext, viewport: dict[str, int] | None):
    page = new_context(reduced_motion="reduce", **({"viewport": viewport} if viewport else {})).new_page()
    page.goto(LESSON)
    word = page.locator("#moments a.term").first
    word.click()
    page.locator(".term-box:popover-open").wait_for()
    box, of = page.locator(".term-box").bounding_box(), word.bounding_box()
    assert box
    assert of
    gap = box["y"] - of["y"] - of["height"] if box["y"] > of["y"] else of["y"] - box["y"] - box["height"]
    assert 0 <= gap <= 40
    assert overflow(page) <= 0


def test_all_of_it_works_without_javascript(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(LESSON)
    step(page, 3)
    expect(page.locator(".hero-why")).to_contain_text("first in, first out")
    press(page.locator(".hero-more").get_by_text("Key moment 1"))
    expect(page.locator("#moment-here")).to_be_visible()
    press(page.locator("#code-tabs").get_by_text("views.py"))
    expect(page.locator("#code")).to_contain_text("def add_task")
    expect(page.locator("#code-note")).to_contain_text("It ran with Django")
    page.locator("#moments a.term").first.click()
    expect(page.locator("#fifo")).to_be_visible()
    assert page.url.endswith("/glossary/#fifo")
