"""The live page in a real browser: two tabs of one learner, another learner, and closed tabs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, NARROW, WIDE, NewContext, press, press_key, started, step, violations
from tests.polling import until
from tests.servers import RedisServer, running_redis


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(scope="module")
def site(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A separate program, whose Redis can be inspected and killed."""
    yield from started(tmp_path_factory.mktemp("live"), REDIS_URL=redis.url)


@pytest.fixture(autouse=True)
def up(redis: RedisServer) -> None:
    if not redis.is_up:
        redis.start()


def opened(page: Page, state: str = "Listening") -> Page:
    page.goto("/live/")
    expect(page.locator("#state")).to_contain_text(state)
    return page


def publish(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    press_key(page, "Enter")


def arrived(page: Page) -> list[str]:
    return page.locator(".live-message .token").all_text_contents()


def test_a_message_is_in_both_tabs_of_the_learner_and_in_no_other(new_context: NewContext) -> None:
    learner = new_context()
    one, two, stranger = opened(learner.new_page()), learner.new_page(), opened(new_context().new_page())
    opened(two, "Listening in 2 tabs")
    expect(one.locator("#state")).to_have_text("Listening in 2 tabs")
    publish(one, "<img src=x onerror=alert(1)>")
    for page in (one, two):
        expect(page.locator(".live-message .token")).to_have_text("<img src=x onerror=alert(1)>")
    publish(stranger, "mine")
    expect(stranger.locator(".live-message .token")).to_have_text("mine")
    assert arrived(one) == arrived(two) == ["<img src=x onerror=alert(1)>"]
    expect(one.locator("#published")).to_contain_text("(integer)")
    expect(one.locator("#published")).to_contain_text("your 2 tabs")
    expect(one.locator("#text")).to_be_focused()
    expect(one.locator("#text")).to_have_value("")


def test_the_learner_steps_through_a_lesson_while_tabs_listen(new_context: NewContext) -> None:
    learner = new_context()
    listening = [opened(learner.new_page()) for _ in range(4)]
    lesson = learner.new_page()
    lesson.goto(LESSON)
    step(lesson, 3)
    publish(listening[0], "still here")
    for page in listening:
        expect(page.locator(".live-message .token")).to_have_text("still here")


def test_a_fifth_tab_says_why_it_does_not_listen(new_context: NewContext) -> None:
    learner = new_context()
    first = opened(learner.new_page())
    others = [opened(learner.new_page()) for _ in range(3)]
    expect(first.locator("#state")).to_have_text("Listening in 4 tabs")
    fifth = opened(learner.new_page(), "4 tabs listen already. Close one of them, then reload this page.")
    others[0].close()
    expect(first.locator("#state")).to_have_text("Listening in 3 tabs")
    opened(fifth)


def test_a_place_that_is_not_free_yet_is_asked_for_once_more(new_context: NewContext) -> None:
    page = new_context().new_page()
    page.route("**/live/stream/", lambda route: route.fulfill(status=429, body="4 tabs listen already."), times=1)
    opened(page)


def test_closing_the_tab_frees_what_it_held(new_context: NewContext, redis: RedisServer) -> None:
    learner = new_context()
    pages = [opened(learner.new_page()), opened(learner.new_page())]
    assert "tutor:live:" in str(redis.ask("PUBSUB", "CHANNELS"))
    for page in pages:
        page.close()
    until(lambda: redis.ask("PUBSUB", "CHANNELS") == [], "the channels to be left")
    until(lambda: not redis.ask("CLIENT", "LIST", "TYPE", "pubsub"), "the subscriber to be gone")


def test_an_outage_of_redis_is_reported_with_the_gap(new_context: NewContext, redis: RedisServer) -> None:
    page = opened(new_context().new_page())
    redis.kill()
    expect(page.locator("#state")).to_have_text("The Redis server is away, trying again…")
    publish(page, "into the void")
    expect(page.locator("#notice")).to_contain_text("does not answer")
    redis.start()
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator(".live-missed")).to_have_text(re.compile("What was published meanwhile is lost"))
    publish(page, "back")
    expect(page.locator(".live-message .token")).to_have_text("back")
    expect(page.locator("#notice")).to_be_empty()


def test_without_javascript_publishing_works_and_a_notice_explains_the_empty_list(new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/live/")
    assert "JavaScript is off" in page.locator("#state").inner_text()
    page.get_by_label("Message", exact=True).fill("hello")
    press(page.get_by_role("button", name="Publish"))
    expect(page.locator("#published")).to_contain_text("No client was listening")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_and_after_a_message(new_context: NewContext, viewport, scheme) -> None:
    page = opened(new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page())
    assert violations(page) == []
    publish(page, "hello " * 30)
    expect(page.locator(".live-message")).to_have_count(1)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
