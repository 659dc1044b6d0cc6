"""The preview in a real browser: it follows the file at its step, and shows errors over the last good version."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import NARROW, WIDE, NewContext, press, shown, violations
from tests.browser.slowness import slow_address
from tests.polling import until
from tests.servers import ROOT, free_port
from tests.watching import Watching, open_watching
from tutor.authoring.preview import version_of

SLUG = "redis-as-message-broker"
TEXT = (ROOT / "lessons" / f"{SLUG}.yaml").read_text().replace("strict: true\n", "")
"""A lesson of ours, without `strict`: a beginning of it lights not every box."""
LOST = re.compile("Not connected")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two lessons."""
    found = tmp_path_factory.mktemp("watch")
    (found / "lessons").mkdir()
    return found


@pytest.fixture(scope="module")
def program(folder: Path) -> Iterator[Watching]:
    """The command, running on the folder."""
    with open_watching(folder, "lessons", "--port", str(free_port())) as found:
        yield found


@pytest.fixture
def site(program: Watching) -> Iterator[str]:
    with slow_address(program.site.rstrip("/")) as address:
        yield address


@pytest.fixture
def file(folder: Path, program: Watching) -> Path:
    """The lesson as it comes along."""
    path = folder / "lessons" / f"{SLUG}.yaml"
    path.write_text(TEXT)
    # The previous test's changes must not arrive meanwhile, and this is the last good version.
    version = version_of(TEXT, TEXT, None, None)
    until(lambda: version in program.ask(f"/preview/{SLUG}/")[1], "the lesson as it comes along")
    return path


@pytest.fixture
def page(new_context: NewContext, file: Path) -> Page:
    """The preview at step 2, in a document that says whether it was loaded anew."""
    return opened(new_context().new_page(), at=2)


def opened(page: Page, at: int) -> Page:
    page.goto(f"/preview/{SLUG}/?at={at}")
    expect(page.locator("#follow")).to_have_attribute("data-kind", "on")
    is_well(page)
    page.evaluate("window.isSame = true")
    return page


def is_well(page: Page) -> None:
    expect(page.locator(".preview-verdict")).to_contain_text("No problems")


def is_broken(page: Page, line: int) -> None:
    expect(page.locator("#earlier")).to_contain_text(f"the version before the error in line {line}")


def line_of(text: str) -> int:
    return TEXT[: TEXT.index(text)].count("\n") + 1


def test_the_page_follows_at_its_step_shows_errors_over_the_last_version_and_lets_them_go(page: Page, file: Path):
    page.evaluate("scrollTo({top: 300, behavior: 'instant'})")
    file.write_text(TEXT.replace("Producer pushes 'task2'", "Producer pushes the second task"))
    expect(page.locator("#row-2")).to_contain_text("Producer pushes the second task")
    shown(page, 2)
    expect(page.locator("#follow")).to_contain_text("Updated")
    file.write_text(TEXT.replace("save: task", "save: tsk", 1))
    is_broken(page, line_of("save: task"))
    problem = page.locator(".problem").first
    expect(problem).to_contain_text("there is no variable 'tsk'")
    expect(problem.locator("mark")).to_have_text("tsk")
    expect(problem).to_contain_text("Did you mean task?")
    expect(page.locator("#row-2")).to_contain_text("Producer pushes the second task")
    shown(page, 2)
    file.write_text(TEXT)
    is_well(page)
    expect(page.locator(".problem")).to_have_count(0)
    expect(page.locator("#earlier")).to_have_count(0)
    expect(page.locator("#row-2")).to_contain_text("Producer pushes 'task2'")
    shown(page, 2)
    assert page.evaluate("window.isSame && scrollY") == 300
    assert page.url.endswith("?at=2")


def test_each_tab_stays_at_its_own_step(new_context: NewContext, page: Page, file: Path):
    other = opened(new_context().new_page(), at=5)
    page.keyboard.press("ArrowRight")
    shown(page, 3)
    file.write_text(TEXT.replace("title: ", "title: New ", 1))
    for each, step in ((page, 3), (other, 5)):
        expect(each).to_have_title(re.compile("Preview: New "))
        shown(each, step)


def turn_away(page: Page, is_hidden: bool) -> None:
    """Have the page find itself behind another tab, or in front again: without a window all are in front."""
    page.evaluate(
        "hidden => {Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))}",
        is_hidden,
    )


def test_any_number_of_tabs_can_be_open_and_one_that_is_seen_again_is_up_to_date(new_context: NewContext, file: Path):
    context = new_context()
    first = opened(context.new_page(), at=2)
    turn_away(first, is_hidden=True)
    for _ in range(7):
        page = opened(context.new_page(), at=0)
        turn_away(page, is_hidden=True)
    file.write_text(TEXT.replace("title: ", "title: New ", 1))
    turn_away(page, is_hidden=False)
    expect(page).to_have_title(re.compile("Preview: New "))
    assert "New" not in first.title()
    turn_away(first, is_hidden=False)
    expect(first).to_have_title(re.compile("Preview: New "))
    shown(first, 2)


def tell_of_a_version(page: Page) -> None:
    page.evaluate(
        "() => new Promise(done => {"
        "addEventListener('message', () => done(), {once: true}); postMessage('refresh', origin)})"
    )


def test_a_click_between_two_saves_is_not_lost(page: Page):
    answers: list[Route] = []
    page.route("**/?at=2", lambda route: answers.append(route))  # noqa: PLW0108 - a builtin it does not take
    with page.expect_request("**/?at=2"):
        tell_of_a_version(page)
    page.keyboard.press("ArrowRight")
    tell_of_a_version(page)
    answers[0].continue_()
    shown(page, 3)


def test_a_lesson_that_got_shorter_is_shown_at_its_end_and_then_again_where_it_was(page: Page, file: Path):
    page.goto(f"/preview/{SLUG}/?at=6")
    shown(page, 6)
    short = TEXT[: TEXT.index("closing:")].split("\n  - actor:")[:4]
    file.write_text("\n  - actor:".join(short) + "\n")
    shown(page, 3)
    file.write_text(TEXT)
    shown(page, 6)


def test_focus_and_scrolled_panes_stay_where_they_are(page: Page, file: Path):
    page.goto(f"/preview/{SLUG}/?at=7")
    shown(page, 7)
    page.locator("#rows-scroller").evaluate("pane => pane.scrollTo({top: 20, behavior: 'instant'})")
    page.locator("a#back").focus()
    file.write_text(TEXT.replace("Consumer", "Worker"))
    expect(page.locator("#row-3")).to_contain_text("Worker")
    expect(page.locator("a#back")).to_be_focused()
    assert page.locator("#rows-scroller").evaluate("pane => pane.scrollTop") == 20


def test_the_keys_and_the_slider_of_the_lesson_move_the_preview(page: Page):
    for key, step in (("ArrowRight", 3), ("ArrowLeft", 2), ("End", 7), ("Home", 0)):
        page.keyboard.press(key)
        shown(page, step)
    page.locator("#slider").fill("4")
    shown(page, 4)
    assert page.url.endswith("?at=4")
    page.locator("#row-1 .row-step").click()
    shown(page, 1)
    assert page.evaluate("window.isSame")


def test_a_file_that_disappears_and_comes_back_is_reported(page: Page, file: Path):
    file.unlink()
    expect(page.locator("#problems")).to_contain_text("is gone")
    shown(page, 2)
    file.write_text(TEXT)
    expect(page.locator("#problems")).not_to_contain_text("is gone")


def test_a_file_that_is_renamed_leads_to_its_new_preview(page: Page, file: Path):
    renamed = file.rename(file.with_name("renamed.yaml"))
    page.locator("#problems").get_by_role("link", name="Go there").click()
    page.wait_for_url("**/preview/renamed/")
    is_well(page)
    renamed.unlink()


def test_without_javascript_all_steps_can_be_seen(new_context: NewContext, file: Path):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"/preview/{SLUG}/")
    press(page.get_by_role("link", name="Next step"))
    shown(page, 1)
    press(page.get_by_role("button", name="Go"))
    shown(page, 1)
    press(page.get_by_role("link", name="Next step"))
    shown(page, 2)
    press(page.get_by_role("link", name="Look at step 1", exact=True))
    shown(page, 1)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_and_without_errors(new_context: NewContext, file: Path, viewport, scheme):
    context = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page = opened(context.new_page(), at=2)
    assert violations(page) == []
    file.write_text(TEXT.replace("save: task", "save: tsk", 1).replace("task: null", "task: [null, x]", 1))
    is_broken(page, line_of("task: null"))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/")
    assert violations(page) == []


def test_a_page_that_is_open_connects_again_when_the_command_is_started_again(browser: Browser, tmp_path: Path):
    file = tmp_path / f"{SLUG}.yaml"
    file.write_text(TEXT)
    with ExitStack() as stack:
        first = stack.enter_context(open_watching(tmp_path, file.name, "--port", str(free_port())))
        # A separate context, because the console reports the press that gets no answer.
        context = browser.new_context(base_url=first.site.split("/preview")[0])
        stack.callback(context.close)
        page = opened(context.new_page(), at=2)
        assert first.end() == 0
        expect(page.locator("#follow")).to_have_text(LOST)
        page.locator("a#forward").click()
        expect(page.locator("#trouble")).to_be_visible()
        file.write_text(TEXT.replace("title: ", "title: New ", 1))
        stack.enter_context(open_watching(tmp_path, file.name, "--port", str(first.port)))
        expect(page).to_have_title(re.compile("Preview: New "))
        expect(page.locator("#follow")).to_have_attribute("data-kind", "on")
        shown(page, 2)
        assert page.evaluate("window.isSame")
