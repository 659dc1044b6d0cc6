"""Clicks lead to the same page as loading it: an answer leaves nothing out that its step changed."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewContext, press, shown
from tests.lessons import OURS
from tutor import library

SLUGS = [path.stem for path in OURS]

# Each element as a line: its name, attributes and own text. Left out is what htmx notes on elements and what is masked
# anew on each page; a page that was loaded marks the newest column for browsers without scripts.
LINES = """
() => {
  const lines = []
  const describe = (element, depth) => {
    const attributes = [...element.attributes]
      .filter(({ name }) => !["data-htmx-powered", "style"].includes(name))
      .filter(({ name, value }) => !(name === "class" && !value.trim()))
      .map(({ name, value }) => {
        const words = value.split(/\\s+/).filter((word) => word !== "is-newest").sort().join(" ")
        return `${name}=${name === "class" ? words : value}`
      })
      .filter((text) => text !== "class=")
      .filter((text) => !(element.name === "csrfmiddlewaretoken" && text.startsWith("value=")))
      .sort()
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3)
    const text = texts.map((node) => node.data.trim()).join("|")
    lines.push(`${" ".repeat(depth)}${element.localName} ${attributes.join(" ")} ${text.replace(/^\\|+|\\|+$/g, "")}`)
    for (const child of element.children) describe(child, depth + 1)
  }
  for (const part of document.querySelectorAll("main, #header-progress")) describe(part, 0)
  return lines
}
"""


def lines(page: Page) -> list[str]:
    return [re.sub(r"\|+", "|", line) for line in page.evaluate(LINES)]


def differences(page: Page, other: Page) -> list[tuple[str, str]]:
    """Return the first lines that differ."""
    clicked, loaded = lines(page), lines(other)
    found = [(one, two) for one, two in zip(clicked, loaded, strict=False) if one != two]
    return found[:3] or ([("lines", f"{len(clicked)} and {len(loaded)}")] if len(clicked) != len(loaded) else [])


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_after_clicks_is_the_page_as_it_is_loaded(new_context: NewContext, slug: str):
    context = new_context()
    page, other = context.new_page(), context.new_page()
    page.goto(f"/lessons/{slug}/")
    steps = len(library.find(slug).lesson.steps)
    for number in range(1, steps + 1):
        press(page.locator("#next-button"))
        shown(page, number)
        other.goto(f"/lessons/{slug}/")
        assert differences(page, other) == [], number
    for number in (steps - 1, steps - 2, 1, 0):
        press(
            page.locator("a#back")
            if number > 1
            else page.locator("a#first")
            if number == 0
            else page.locator("#row-1 .row-step")
        )
        shown(page, number)
        other.goto(f"/lessons/{slug}/?at={number}")
        assert differences(page, other) == [], f"back at {number}"
