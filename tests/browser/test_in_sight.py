"""After every step of every lesson its changes, its action, its command with the reply, and its line are in sight."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, NARROW, NewContext, overflow, press, started, step
from tests.browser.large_lesson import STEPS, large_lesson
from tests.lessons import OURS

LAPTOP, DESKTOP = {"width": 1280, "height": 800}, {"width": 1920, "height": 1080}
SMALL, ZOOMED = {"width": 320, "height": 640}, {"width": 320, "height": 256}
SIZES = [pytest.param(size, id=str(size["width"])) for size in (LAPTOP, DESKTOP, NARROW)]

# A part is painted if what is on top in its middle, and near its upper and its lower edge, is the part itself or in it,
# or the box that it is a line of.
LOOK = """([at, isWide]) => {
  const OTHERS = "html, body, main, .stage, .pane, .scroller"
  const isPainted = (part) => {
    const box = part.getBoundingClientRect()
    if (!box.width || !box.height) return false
    return [box.top + 4, box.top + box.height / 2, box.bottom - 4].every((y) => {
      const top = document.elementFromPoint(box.left + box.width / 2, y)
      return top && (part.contains(top) || (top.contains(part) && !top.matches(OTHERS)))
    })
  }
  const isCut = (part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== "visible"
  const isSeen = (part) => isPainted(part) && !isCut(part)
  const all = (selector) => [...document.querySelectorAll(selector)]
  const names = (parts) => new Set(parts.flatMap((part) => part.dataset.changed.split(", ")))
  const missing = []
  const need = (parts) => {
    for (const part of parts) if (!isSeen(part)) missing.push(`${part.dataset.changed ?? ""} ${part.className}`)
  }
  const changed = all("[data-changed]")
  need(all("#hero :is(.hero-sentence, .hero-command, .hero-reply), .main-slot .is-main"))
  if (scrollY) missing.push("the page was scrolled")
  if (isWide) {
    need([...changed, ...all("#code .is-lit code")])
    for (const place of ["#tracker", "#picture", `#row-${at}`]) {
      const within = names(all(`${place} [data-changed]`))
      for (const each of names(changed)) if (!within.has(each)) missing.push(`${each} in ${place}`)
    }
  } else {
    need(all(".lesson-title"))
    const seen = names(changed.filter(isSeen))
    for (const each of names(changed)) if (!seen.has(each)) missing.push(`${each} anywhere`)
  }
  return missing.map((each) => `step ${at}: ${each}`)
}"""


def walk(page: Page, address: str, steps: int) -> list[str]:
    """Run a lesson by its button, and return what is out of sight after each step."""
    page.goto(address, timeout=30_000)
    found: list[str] = []
    is_wide = bool(page.viewport_size and page.viewport_size["width"] >= 1000)
    for at in range(1, steps + 1):
        step(page, at, after=at - 1)
        page.wait_for_selector(f"#row-{at}[aria-current]", state="attached")
        found += page.evaluate(LOOK, [at, is_wide])
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_every_step_has_what_matters_in_sight(new_context: NewContext, path: Path, size: dict[str, int]):
    steps = len(yaml.safe_load(path.read_text())["steps"])
    page = new_context(viewport=size, reduced_motion="reduce").new_page()
    assert walk(page, f"/lessons/{path.stem}/", steps) == []


def walk_predicting(page: Page, address: str, steps: int) -> list[str]:
    """Run a lesson with a wrong prediction wherever it asks, and return what is out of sight after each step."""
    page.goto(address)
    press(page.locator("#predict-switch"))
    found: list[str] = []
    is_wide = bool(page.viewport_size and page.viewport_size["width"] >= 1000)
    for at in range(1, steps + 1):
        if page.locator("#ask-next").count():
            press(page.locator("#ask-next"))
            page.locator("#check-button").wait_for()
        if page.locator("#check-button").count():
            page.locator("#guess").fill("9999")
            press(page.locator("#check-button"))
        else:
            press(page.locator("#next-button"))
        page.wait_for_selector(f'#controls[data-at="{at}"]')
        page.wait_for_selector(f"#row-{at}[aria-current]", state="attached")
        found += page.evaluate(LOOK, [at, is_wide])
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", OURS, ids=[path.stem for path in OURS])
def test_a_prediction_hides_nothing_that_changed(new_context: NewContext, path: Path, size: dict[str, int]):
    steps = len(yaml.safe_load(path.read_text())["steps"])
    page = new_context(viewport=size, reduced_motion="reduce").new_page()
    assert walk_predicting(page, f"/lessons/{path.stem}/", steps) == []


HIDDEN = """() => [...document.querySelectorAll("#flow > li, #code-tabs > a")].filter((each) => {
  const inner = each.getBoundingClientRect()
  const outer = each.closest(".scroller").getBoundingClientRect()
  return each.scrollWidth > each.clientWidth || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1
}).map((each) => each.textContent.trim())"""
"""The boxes of the flow and the tabs of files that are cut, or beyond the edge of what holds them."""


@pytest.mark.parametrize("size", [LAPTOP, DESKTOP], ids=["1280", "1920"])
def test_every_file_and_every_box_of_the_flow_is_in_sight(new_context: NewContext, size: dict[str, int]):
    page = new_context(viewport=size).new_page()
    hidden = {}
    for path in OURS:
        page.goto(f"/lessons/{path.stem}/")
        hidden[path.stem] = page.evaluate(HIDDEN)
    assert {lesson: parts for lesson, parts in hidden.items() if parts} == {}


@pytest.fixture(scope="module")
def large_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program with the large lesson."""
    shelf: Path = tmp_path_factory.mktemp("shelf")
    (shelf / "large.yaml").write_text(yaml.safe_dump(large_lesson(), sort_keys=False, width=10_000))
    yield from started(tmp_path_factory.mktemp("site"), LESSONS_DIR=str(shelf))


@pytest.mark.parametrize("size", SIZES)
def test_a_large_lesson_has_it_too(new_context: NewContext, large_site: str, size: dict[str, int]):
    page = new_context(base_url=large_site, viewport=size, reduced_motion="reduce").new_page()
    assert walk(page, "/lessons/large/", STEPS) == []
    assert overflow(page) <= 0
    names = page.locator("#tracker tbody th code").all_inner_texts()
    page.goto("/lessons/large/?at=3")
    assert page.locator("#tracker tbody th code").all_inner_texts() == names


def test_looking_back_marks_the_changes_of_that_step_only(lesson: Page):
    step(lesson, 5)
    press(lesson.locator("a#back"))
    lesson.locator('#controls[data-at="4"]').wait_for()
    expect(lesson.locator("[data-changed]")).to_have_count(0)
    press(lesson.locator("a#back"))
    lesson.locator('#controls[data-at="3"]').wait_for()
    expect(lesson.locator("#row-3 [data-changed]")).to_have_count(2)
    expect(lesson.locator("#rows [data-changed]")).to_have_count(2)


@pytest.mark.parametrize("has_javascript", [True, False], ids=["js", "plain"])
def test_a_phone_shows_what_changed_and_all_values_after_one_press(new_context: NewContext, has_javascript: bool):
    page = new_context(viewport=NARROW, java_script_enabled=has_javascript).new_page()
    page.goto(LESSON)
    step(page, 2)
    variable = page.locator("#tracker-variable-1")
    expect(page.locator("#tracker-key-1 td:visible")).to_have_count(1)
    expect(variable).to_be_hidden()
    page.locator(".tracker-all > summary").click()
    expect(variable).to_be_visible()
    expect(page.locator("#tracker-key-1 td:visible")).to_have_count(3)


@pytest.mark.parametrize("size", [SMALL, ZOOMED], ids=["320", "zoomed"])
def test_no_page_is_wider_than_320_px(new_context: NewContext, size: dict[str, int]):
    page = new_context(viewport=size, reduced_motion="reduce").new_page()
    wide = []
    for path in ("/", LESSON, "/live/", "/studio/", "/nothing/", f"{LESSON}?at=99"):
        page.goto(path)
        wide += [path] if overflow(page) > 0 else []
    page.goto(LESSON)
    step(page, 7)
    for path in ("", "?at=3", "quiz/", "practice/", "test/"):
        page.goto(f"{LESSON}{path}")
        wide += [path] if overflow(page) > 0 else []
    page.locator("main form button").first.click()
    page.wait_for_url("**/tests/**")
    assert wide == ([] if overflow(page) <= 0 else ["test"])


def test_at_a_zoom_of_400_percent_half_of_the_height_is_the_lesson(new_context: NewContext):
    page = new_context(viewport=ZOOMED).new_page()
    page.goto(LESSON)
    step(page, 3)
    header, dock = page.locator(".site-header").bounding_box(), page.locator("#controls").bounding_box()
    assert header
    assert dock
    assert dock["y"] - header["height"] >= ZOOMED["height"] / 2
    expect(page.locator("#next-button")).to_be_in_viewport(ratio=1)
    page.mouse.wheel(0, 600)
    expect(page.locator(".site-header")).not_to_be_in_viewport()


def test_paper_has_every_row_every_value_and_the_prose(new_context: NewContext):
    page = new_context(viewport={"width": 760, "height": 1000}).new_page()
    page.goto(LESSON)
    step(page, 7)
    page.emulate_media(media="print")
    for part in page.locator("#rows tr, #tracker td, #tracker th.tracker-name:visible, .moment").all():
        assert not part.evaluate("""each => {
          const inner = each.getBoundingClientRect()
          const outer = each.closest(".scroller")?.getBoundingClientRect() ?? document.body.getBoundingClientRect()
          return !inner.height || inner.bottom > outer.bottom + 1 || inner.right > outer.right + 1
        }""")
    assert overflow(page) <= 0
    expect(page.locator(".dock")).to_be_hidden()


def test_nothing_is_shown_where_nothing_came(lesson: Page):
    step(lesson, 1)
    expect(lesson.locator("#hero")).to_contain_text("not kept")
    expect(lesson.locator("#hero")).not_to_contain_text("None")
    expect(lesson.locator("#row-1 .row-output.is-none")).to_have_text("None")
    expect(lesson.locator(".rows-note")).to_contain_text("None: nothing")
    step(lesson, 3, after=1)
    expect(lesson.locator("#hero .hero-kept")).to_have_text("task = 'task1'")
    lesson.goto("/lessons/a-crash-and-the-pending-list/")
    step(lesson, 6)
    expect(lesson.locator("#hero .hero-command")).to_have_text(">>>anna_id = None")
    expect(lesson.locator("#say")).to_have_text("anna_id = None")
