"""Pages that learners show to others, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, VIEWS, NewContext, overflow, press, step, violations

COVERED = """
() => [...document.querySelectorAll(".site-header :is(a, button, strong)")].filter((each) => {
  const box = each.getBoundingClientRect()
  if (box.width < 2) return false
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
  return !top || !(each.contains(top) || top.contains(each))
}).map((each) => each.textContent.trim() || each.getAttribute("aria-label"))
"""
"""What stands in the header and is covered or outside of the window."""


def look(page: Page, state: str, *, title: str = "h1, .lesson-title") -> None:
    """Require that a page is accessible, fits, and has its header and the lesson's title in sight."""
    expect(page.locator(title, has_text="Redis as message broker").first).to_be_in_viewport(ratio=1)
    assert (violations(page), overflow(page) <= 0, page.evaluate(COVERED)) == ([], True, []), state


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_pages_to_show_are_sound_in_every_view(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(LESSON)
    step(page, 7)
    page.goto(f"{LESSON}steps/3/")
    expect(page.get_by_role("link", name="Do it yourself from the start")).to_be_in_viewport()
    look(page, "a step")
    page.goto(f"{LESSON}steps/99/")
    look(page, "no such step", title="main")
    page.goto(f"{LESSON}result/")
    look(page, "without a link")
    press(page.get_by_role("button", name="Make a link"))
    address = page.locator(".shown-link a").get_attribute("href")
    look(page, "with a link")
    page.goto(str(address))
    look(page, "the result")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_link_is_made_and_revoked(new_context: NewContext, has_scripts: bool):
    page = new_context(java_script_enabled=has_scripts).new_page()
    page.goto(LESSON)
    step(page, 7)
    page.goto(f"{LESSON}result/")
    press(page.get_by_role("button", name="Make a link"))
    address = str(page.locator(".shown-link a").get_attribute("href"))
    press(page.get_by_role("button", name="Revoke the link"))
    expect(page.get_by_role("button", name="Make a link")).to_be_visible()
    assert page.request.get(address).status == 404


def test_the_link_is_copied_and_the_button_says_so(new_context: NewContext):
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(LESSON)
    step(page, 7)
    page.goto(f"{LESSON}result/")
    press(page.get_by_role("button", name="Make a link"))
    button = page.locator("a[data-copy]")
    address = button.evaluate("each => each.href")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == address
