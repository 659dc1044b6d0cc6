"""Lessons whose actors wait, in a real browser: the picture, the lanes, time that passes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, NewContext, press, press_key, started, step, violations

LESSON = "/lessons/waiting/"
STEPS = 8
YAML = """\
title: Waiting, listening and crashing
track: tests
actors:
  - producer
  - {name: first, label: Consumer 1}
  - {name: second, label: Consumer 2}
  - {name: third, label: Consumer 3}
watch: {queue: list, jobs: stream}
variables: [task, message]
steps:
  - {actor: first, action: Waits, command: BRPOP queue 0, save: task, pick: 1}
  - {actor: second, action: Waits for five seconds at most, command: BRPOP queue 5}
  - {actor: third, action: Listens, command: SUBSCRIBE news, save: message}
  - {actor: producer, action: Pushes, command: LPUSH queue task1}
  - {actor: producer, action: Publishes, command: PUBLISH news hello}
  - {actor: producer, action: A minute passes, wait: 60}
  - {actor: third, action: Consumer 3 crashes, crash: true}
  - {actor: producer, action: Publishes to nobody, command: PUBLISH news bye}
"""


@pytest.fixture(scope="module")
def waiting_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program with this one lesson."""
    shelf: Path = tmp_path_factory.mktemp("shelf")
    (shelf / "waiting.yaml").write_text(YAML)
    yield from started(tmp_path_factory.mktemp("site"), LESSONS_DIR=str(shelf))


@pytest.fixture
def page(new_context: NewContext, waiting_site: str) -> Page:
    """The lesson, not begun."""
    page = new_context(base_url=waiting_site).new_page()
    page.goto(LESSON)
    return page


def test_the_link_changes_the_view_in_place_and_the_steps_go_on(page: Page):
    step(page, 2)
    expect(page.locator("#picture")).to_be_visible()
    press(page.locator("#view-lanes"))
    expect(page.locator("#lanes")).to_be_visible()
    expect(page.locator("#picture")).to_be_hidden()
    step(page, 4, after=2)
    expect(page.locator("#lane-columns > li")).to_have_count(4)
    expect(page.locator("#lane-4")).to_have_attribute("aria-current", "step")
    page.reload()
    expect(page.locator("#lanes")).to_be_visible()
    press(page.locator("#view-picture"))
    expect(page.locator("#picture")).to_be_visible()


def test_the_slider_marks_the_column_of_the_step(page: Page):
    step(page, 5)
    press(page.locator("#view-lanes"))
    page.locator("#slider").fill("2")
    expect(page.locator("#lane-2")).to_have_attribute("aria-current", "step")
    expect(page.locator("#lanes [aria-current]")).to_have_count(1)
    assert page.locator("#lane-5 svg").evaluate("each => getComputedStyle(each).opacity") < "0.5"


def test_the_newest_column_is_in_view(page: Page):
    press(page.locator("#view-lanes"))
    expect(page.locator("#lanes")).to_be_visible()
    step(page, STEPS)
    box = page.locator(f"#lane-{STEPS}").bounding_box()
    assert box
    assert box["x"] + box["width"] <= WIDE["width"] + 1


def test_the_keys_work_in_the_lanes_too(page: Page):
    step(page, 3)
    page.locator("#view-lanes").focus()
    press_key(page, "Enter")
    expect(page.locator("#lanes")).to_be_visible()
    expect(page.locator("#view-lanes")).to_be_focused()
    press_key(page, "ArrowRight")
    expect(page.locator("#lane-4")).to_have_attribute("aria-current", "step")


def test_without_javascript_the_view_stays_through_a_step(new_context: NewContext, waiting_site: str):
    page = new_context(base_url=waiting_site, java_script_enabled=False).new_page()
    page.goto(LESSON)
    press(page.locator("#view-lanes"))
    step(page, 1)
    expect(page.locator("#lanes")).to_be_visible()
    expect(page.locator("#lane-columns > li")).to_have_count(1)
    step(page, 2, after=1)
    expect(page.locator("#lane-2")).to_have_attribute("aria-current", "step")


def test_a_bar_shows_passing_time_for_a_second_without_motion_if_reduced_motion_is_set(
    new_context: NewContext, waiting_site: str
):
    names = []
    for motion in ("no-preference", "reduce"):
        page = new_context(base_url=waiting_site, reduced_motion=motion).new_page()
        page.goto(LESSON)
        step(page, 6)
        bar = page.locator(".time-bar span")
        names.append(bar.evaluate("each => [getComputedStyle(each).animationName, each.offsetWidth > 100]"))
        expect(page.locator("#hero")).to_contain_text("60 s pass")
    assert names == [["fill", True], ["none", True]]


@pytest.mark.parametrize("view", ["picture", "lanes"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_state_is_accessible_and_fits(
    new_context: NewContext, waiting_site: str, viewport: dict[str, int], scheme: str, view: str
):
    context = new_context(base_url=waiting_site, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{LESSON}?view={view}")
    found: dict[int, list[str]] = {0: violations(page)}
    for number in range(1, STEPS + 1):
        step(page, number, after=number - 1)
        found[number] = violations(page)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, number
        if viewport is WIDE:
            pane = page.locator(".pane-picture > .scroller")
            assert pane.evaluate("each => each.scrollHeight - each.clientHeight") <= 0, number
    assert {number: lines for number, lines in found.items() if lines} == {}
