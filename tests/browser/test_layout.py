"""Layout on different screens, axe's findings, and the weight of pages."""

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import LESSON, NARROW, VIEWS, WIDE, NewContext, overflow, press, step, violations


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing_in_any_state(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = violations(page)
        assert overflow(page) <= 0, state

    page.goto("/")
    look("catalogue")
    page.goto(LESSON)
    look("start")
    step(page, 3)
    look("middle")
    page.goto(f"{LESSON}?at=2")
    look("past")
    page.goto(LESSON)
    step(page, 7, after=3)
    look("finished")
    page.goto(f"{LESSON}?at=8")
    look("not found")
    page.goto("/")
    look("catalogue with progress")
    assert {state: lines for state, lines in found.items() if lines} == {}


def test_the_stage_fits_on_a_laptop(lesson: Page):
    for number in range(1, 8):
        step(lesson, number, after=number - 1)
        for part in ("#code", "#picture", "#hero", "#tracker-table", "#controls", f"#row-{number}"):
            box = lesson.locator(part).bounding_box()
            assert box
            is_scrolled = part in ("#code", "#tracker-table")
            assert box["y"] >= 0, (number, part)
            assert box["y"] + (0 if is_scrolled else box["height"]) <= WIDE["height"], (number, part)
    assert lesson.evaluate("scrollY") == 0


def test_the_controls_stick_to_the_bottom_of_a_phone(new_context: NewContext):
    page = new_context(viewport=NARROW).new_page()
    page.goto(LESSON)
    step(page, 3)
    box = page.locator("#controls").bounding_box()
    assert box
    assert abs(box["y"] + box["height"] - NARROW["height"]) < 24


def test_the_main_button_of_a_phone_is_wide_without_javascript_too(new_context: NewContext):
    page = new_context(viewport=NARROW, java_script_enabled=False).new_page()
    page.goto(LESSON)
    for number in range(1, 4):
        box = page.locator(".main-slot .is-main").bounding_box()
        assert box
        assert (box["x"] >= 0, box["x"] + box["width"] <= NARROW["width"], box["width"] > 250) == (True, True, True)
        step(page, number, after=number - 1)
    page.goto(f"{LESSON}?at=1")
    box = page.locator("#return").bounding_box()
    assert box
    assert box["width"] > 250


def test_what_the_main_button_of_a_phone_says_is_within_it(new_context: NewContext):
    page = new_context(viewport=NARROW).new_page()
    page.goto(LESSON)
    press(page.locator("#predict-switch"))
    # The first step leaves nothing to predict.
    press(page.locator("#next-button"))
    # A text that is centred sticks out on both sides, and only one of them counts as scrolled.
    room = page.locator("#check-button").evaluate("""each => {
        const range = document.createRange()
        range.selectNode(document.createTreeWalker(each, NodeFilter.SHOW_TEXT).nextNode())
        return each.getBoundingClientRect().width - range.getBoundingClientRect().width
    }""")
    assert room >= 8


def test_the_header_of_a_phone_is_one_line_in_every_state(new_context: NewContext):
    page = new_context(viewport=NARROW).new_page()
    page.goto(LESSON)
    for at in (0, 1, 7):
        step(page, at, after=0 if at < 7 else 1)
        box = page.locator(".theme").bounding_box()
        assert box
        assert box["y"] + box["height"] <= 56, at


@pytest.mark.parametrize("size", [NARROW, {"width": 320, "height": 640}], ids=["390", "320"])
def test_every_part_of_a_lesson_has_its_title_on_a_phone(new_context: NewContext, size: dict[str, int]):
    page = new_context(viewport=size).new_page()
    page.goto(LESSON)
    step(page, 7)
    for part in ("", "quiz/", "practice/", "test/", "result/"):
        page.goto(f"{LESSON}{part}")
        title = page.locator(".site-header .lesson-title")
        expect(title).to_be_in_viewport(ratio=1)
        box = title.bounding_box()
        assert box
        assert box["width"] > 200, part
        assert title.evaluate("each => each.scrollWidth <= each.clientWidth"), part
        if part in ("quiz/", "practice/"):
            page.evaluate("scrollTo({ top: 2000, behavior: 'instant' })")
            expect(page.locator(".site-header .parts")).to_be_in_viewport(ratio=0.97)


@pytest.mark.parametrize(
    ("path", "requests", "whole", "of_scripts"), [("/", 5, 25_000, 2_000), (LESSON, 4, 38_000, 16_000)]
)
def test_a_page_is_light(new_context: NewContext, path: str, requests: int, whole: int, of_scripts: int):
    page = new_context().new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - a built-in method can't be a handler
    page.goto(path, wait_until="networkidle")
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    scripts = sum(size for url, size in sizes.items() if ".js" in url)
    assert len(sizes) <= requests, sizes
    assert sum(sizes.values()) <= whole, sizes
    assert scripts <= of_scripts, sizes
    assert all(url.startswith(page.url.split("/lessons")[0].rstrip("/")) for url in sizes)
