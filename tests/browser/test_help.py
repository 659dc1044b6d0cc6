"""Help, tour and tooltips in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LESSON, VIEWS, NewContext, overflow, press, step, violations


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing_in_help_and_tour(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(LESSON)
    expect(page.locator(".tour")).to_be_visible()
    assert (violations(page), overflow(page) <= 0) == ([], True)
    press(page.locator(".tour button"))
    page.locator(".tour").wait_for(state="detached")
    page.locator("#help summary").press("Enter")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    expect(page.get_by_role("heading", name="Signs")).to_be_in_viewport()
    assert (violations(page), overflow(page) <= 0) == ([], True)


def test_the_keyboard_reaches_a_tooltip(new_context: NewContext):
    page = new_context().new_page()
    page.goto(LESSON)
    step(page, 1)
    page.locator("#predict-switch").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    shown = "getComputedStyle(document.activeElement, '::after').content"
    assert page.evaluate(shown).startswith('"Say what each step will do before it runs"')
