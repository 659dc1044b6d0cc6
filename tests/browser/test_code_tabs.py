"""The tabs of a program's files: they follow the line that ran, by mouse, by keyboard, and without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, VIEWS, WIDE, NewContext, overflow, press, press_key, started, step
from tests.proofs import CONSUMER, HEAD, PRODUCER, STEPS, WITH_PROGRAM, put

LONG = "".join(f"  # {number}\n" for number in range(80))
LONG_FILES = "program:\n" + "".join(
    f"  {'a' * 50}_{number}.py: |\n    import redis\n" + LONG.replace("  #", "    #") + "    redis.Redis().ping()\n"
    for number in range(8)
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program whose lessons have programs."""
    folder = tmp_path_factory.mktemp("programs")
    lessons = folder / "lessons"
    lessons.mkdir()
    put(lessons)
    put(lessons, WITH_PROGRAM.replace("task2", "task3"), None, "unproved")
    files = [f"{'a' * 50}_{number}.py" for number in range(8)]
    put(lessons, HEAD + LONG_FILES + STEPS.replace(", line: 3", "").replace(", line: 4", "").replace(", line: 5", ""),
        [(files[0], 82), (files[7], 82), (files[7], 1), (files[3], 82)], "many")  # fmt: skip
    yield from started(folder, LESSONS_DIR=str(lessons))


def is_lit(page: Page, tab: str, line: str) -> None:
    expect(page.locator("#code-tabs [aria-current]")).to_have_text(tab)
    expect(page.locator("#code .is-lit code")).to_have_text(line)
    # On a phone the command and the changes come first, and the code is one press away.
    if page.viewport_size and page.viewport_size["width"] > NARROW["width"]:
        expect(page.locator("#code .is-lit")).to_be_in_viewport()


def test_the_pane_follows_the_line_that_ran(page: Page):
    page.goto("/lessons/small/")
    step(page, 1)
    is_lit(page, PRODUCER, 'r.lpush("queue", "task1")')
    step(page, 3, after=1)
    is_lit(page, CONSUMER, 'while task := r.rpop("queue"):')
    press(page.locator("#back"))
    is_lit(page, PRODUCER, 'r.lpush("queue", "task2")')
    press_key(page, "ArrowRight")
    is_lit(page, CONSUMER, 'while task := r.rpop("queue"):')


def test_a_tab_picked_by_keyboard_keeps_the_focus_and_stays_until_another_file_acts(page: Page):
    page.goto("/lessons/small/")
    step(page, 1)
    page.locator("#code-tab-1").focus()
    press_key(page, "Enter")
    is_lit(page, "Sample", 'r.lpush("queue", "task1")')
    expect(page.locator("#code-tab-1")).to_be_focused()
    step(page, 2, after=1)
    is_lit(page, "Sample", 'r.lpush("queue", "task1")')
    step(page, 3, after=2)
    is_lit(page, CONSUMER, 'while task := r.rpop("queue"):')


def test_a_tab_does_not_take_a_question_away(page: Page):
    page.goto("/lessons/small/")
    step(page, 1)
    press(page.locator(".predict-switch button"))
    page.locator("#guess").fill("[x]")
    press(page.locator("#code-tab-3"))
    expect(page.locator("#code-tabs [aria-current]")).to_have_text(CONSUMER)
    expect(page.locator("#guess")).to_have_value("[x]")


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_eight_long_names_fit_and_the_chosen_one_is_in_view(
    new_context: NewContext, viewport: dict[str, int], scheme: str
):
    page = new_context(viewport=viewport, color_scheme=scheme).new_page()
    page.goto("/lessons/many/")
    for number in range(1, 5):
        step(page, number, after=number - 1)
        assert overflow(page) <= 0
        inside = "(e) => { const a = e.getBoundingClientRect(), b = e.closest('.scroller').getBoundingClientRect();"
        inside += (
            " return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1 }"
        )
        assert page.locator("#code-tabs [aria-current]").evaluate(inside)
        if viewport == WIDE:
            assert page.locator("#code .is-lit").evaluate(inside.replace("a.right <= b.right + 1", "true"))


def test_without_javascript_a_tab_is_a_link(new_context: NewContext):
    page = new_context(viewport=NARROW, java_script_enabled=False).new_page()
    page.goto("/lessons/small/")
    press(page.locator("#next-button"))
    press(page.locator("#code-tab-1"))
    assert page.url.endswith("/lessons/small/?at=1&file=sample")
    is_lit(page, "Sample", 'r.lpush("queue", "task1")')
    press(page.locator("#next-button"))
    assert page.url.endswith("/lessons/small/?file=sample")
    press(page.locator("#next-button"))
    is_lit(page, CONSUMER, 'while task := r.rpop("queue"):')


def test_a_program_without_a_proof_says_so(page: Page):
    page.goto("/lessons/unproved/")
    step(page, 1)
    press(page.locator("#code-tab-2"))
    expect(page.locator("#code-note")).to_contain_text("Lines not proved: no proof says which of them ran.")
    expect(page.locator("#code .is-lit")).to_have_count(0)
    step(page, 2, after=1)
    expect(page.locator("#code-tabs [aria-current]")).to_have_text(PRODUCER)
