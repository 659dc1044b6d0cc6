"""Going back and forth through the recorded steps."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, NewContext, press, press_key, shown, step


def test_the_address_names_the_step_and_survives_a_reload(lesson: Page):
    step(lesson, 5)
    press(lesson.locator("#row-3 .row-step"))
    shown(lesson, 3)
    assert lesson.url.endswith(f"{LESSON}?at=3")
    lesson.reload()
    shown(lesson, 3)
    expect(lesson.locator("#hero .hero-command")).to_contain_text("RPOP queue")
    expect(lesson.locator("#row-3")).to_have_attribute("aria-current", "step")
    press(lesson.locator("#return"))
    shown(lesson, 5)


def test_the_past_is_marked_as_such(lesson: Page):
    step(lesson, 5)
    press(lesson.locator("#first"))
    shown(lesson, 0)
    expect(lesson.locator("#return")).to_have_text("Return to step 5")
    expect(lesson.get_by_role("status").filter(has_text="Looking back at step 0 of 5")).to_be_visible()


def test_keys_move_and_never_leave_the_recorded(lesson: Page):
    step(lesson, 4)
    for key, at in (("ArrowLeft", 3), ("ArrowLeft", 2), ("ArrowRight", 3), ("Home", 0), ("End", 4)):
        press_key(lesson, key)
        shown(lesson, at)
    press_key(lesson, "ArrowRight")
    lesson.locator("#row-5").wait_for()


def test_keys_do_nothing_while_one_chooses_a_speed(lesson: Page):
    step(lesson, 3)
    lesson.locator("#speed").focus()
    sent: list[str] = []
    lesson.on("request", lambda request: sent.append(request.url))
    lesson.keyboard.press("Home")
    # A request of the key is announced before the answer to this.
    lesson.evaluate("new Promise((done) => setTimeout(done))")
    assert sent == []
    shown(lesson, 3)


def test_the_slider_moves(lesson: Page):
    step(lesson, 5)
    lesson.locator("#slider").fill("2")
    shown(lesson, 2)
    expect(lesson.locator("#hero .hero-command")).to_contain_text("LPUSH queue 'task2'")


def test_a_slider_moved_just_before_an_answer_comes_shows_its_step_all_the_same(lesson: Page):
    step(lesson, 5)
    lesson.evaluate("""addEventListener("htmx:before:swap", () => {
        const slider = document.querySelector("#slider")
        slider.value = 2
        slider.dispatchEvent(new Event("input", { bubbles: true }))
    }, { once: true })""")
    lesson.locator("#back").click()
    shown(lesson, 2)
    expect(lesson.locator("#slider")).to_have_value("2")
    assert lesson.url.endswith("?at=2")


def test_it_plays_by_itself_and_stops_at_a_hand(lesson: Page):
    step(lesson, 1)
    lesson.locator("#speed").select_option("700")
    lesson.locator("#play").click()
    lesson.locator("#row-3").wait_for()
    lesson.keyboard.press("ArrowLeft")
    expect(lesson.locator("#play")).to_have_attribute("aria-pressed", "false")


def test_it_plays_to_the_end_and_stops(lesson: Page):
    lesson.locator("#speed").select_option("700")
    lesson.locator("#play").click()
    lesson.locator("#row-7").wait_for()
    expect(lesson.locator("#play")).to_have_attribute("aria-pressed", "false")


def test_a_step_not_reached_is_said_not_shown(lesson: Page):
    step(lesson, 2)
    lesson.goto(f"{LESSON}?at=6")
    expect(lesson.locator("#notice")).to_contain_text("You have not reached step 6 yet")
    shown(lesson, 2)


def test_a_key_moment_leads_to_its_row(lesson: Page):
    step(lesson, 3)
    expect(lesson.locator("#moments")).to_contain_text("not reached")
    lesson.locator("#moments a", has_text="step 1").first.click()
    expect(lesson.locator("#row-1")).to_be_in_viewport()


def test_the_theme_is_chosen_and_kept(new_context: NewContext):
    page = new_context(color_scheme="light").new_page()
    page.goto(LESSON)
    press(page.get_by_role("button", name="Dark"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    press(page.get_by_role("button", name="Follow the system"))
    assert page.locator("html").get_attribute("data-theme") is None


def test_reduced_motion_moves_nothing(new_context: NewContext):
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(LESSON)
    step(page, 3)
    running = (
        "document.getAnimations().filter(a => a.playState === 'running' && a.effect.getTiming().duration > 1).length"
    )
    assert page.evaluate(running) == 0
