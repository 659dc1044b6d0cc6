"""Bundled style sheets say what their files say: Chromium reads the same rules in both."""

from pathlib import Path

from playwright.sync_api import Page

from tests.tables import for_each
from tutor.site.bundles import bundled

SHEETS = {path.name: path.read_text() for path in Path("static/css").glob("*.css")}
RULES = """
(text) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  // A custom property keeps the spaces that it was written with.
  return [...sheet.cssRules].map((rule) => rule.cssText.replaceAll(", ", ","))
}
"""


@for_each("name", SHEETS)
def test_a_shorter_sheet_has_the_same_rules(page: Page, name: str):
    whole = page.evaluate(RULES, SHEETS[name])
    assert whole
    assert page.evaluate(RULES, bundled({name: SHEETS[name]})) == whole
