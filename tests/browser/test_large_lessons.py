"""Lessons with many keys, long values and long commands: a step's changes are in view, and nothing is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, NewContext, overflow, press, shown, started, step

LESSON = "/lessons/many/"
YAML = """
format: 2
title: Many keys, and a title that takes a while to read
track: tests
actors: [producer, consumer]
watch: {queue: list, tags: set, scores: zset, log: stream, "job:*": hash}
variables: [job, entries]
steps:
  - {actor: producer, action: Counts, command: INCR next, save: job}
  - {actor: producer, action: Describes, command: "HSET job:{job} kind mail status new to 'Zoe and her friend' from me"}
  - {actor: producer, action: Ranks, command: ZADD scores 1 one 2 two 3 three 4 four 5 five}
  - {actor: producer, action: Adds, command: XADD log 1-1 event login by ann at 'the front door'}
  - {actor: producer, action: Adds, command: XADD log 1-2 event logout by ann at 'the back door'}
  - {actor: producer, action: Groups, command: XGROUP CREATE log g 0}
  - {actor: consumer, action: Reads, command: XREADGROUP GROUP g anna COUNT 2 STREAMS log >, save: entries}
  - {actor: producer, action: Counts, command: INCR next, save: job}
  - {actor: producer, action: Describes, command: "HSET job:{job} kind mail status new to 'Zoe and her friend' from me"}
  - {actor: producer, action: Counts, command: INCR next, save: job}
"""
READING = """
format: 2
title: Reading
track: tests
actors: [publisher, subscriber]
variables: [message]
steps:
  - {actor: subscriber, action: Subscribes, command: SSUBSCRIBE news}
  - {actor: subscriber, action: Subscribes, command: SUBSCRIBE sport weather}
  - {actor: publisher, action: Publishes, command: SPUBLISH news one}
  - {actor: publisher, action: Publishes, command: SPUBLISH news two}
  - {actor: subscriber, action: Ignores, read: true, ignore_subscribe_messages: true}
  - {actor: subscriber, action: Ignores, read: true, ignore_subscribe_messages: true}
  - {actor: subscriber, action: Ignores, read: true, ignore_subscribe_messages: true}
  - {actor: subscriber, action: Reads, read: message, pick: data, ignore_subscribe_messages: true}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program with these lessons."""
    shelf: Path = tmp_path_factory.mktemp("shelf")
    (shelf / "many.yaml").write_text(YAML)
    (shelf / "reading.yaml").write_text(READING)
    yield from started(tmp_path_factory.mktemp("site"), LESSONS_DIR=str(shelf))


IS_SEEN = """each => {
  const outer = each.closest(".scroller").getBoundingClientRect(), inner = each.getBoundingClientRect()
  const begins = inner.top >= outer.top - 1 && inner.top < outer.bottom && inner.left >= outer.left - 1
  return begins && inner.left < outer.right
}"""


def is_seen(part: Locator) -> bool:
    """Return whether the beginning of a part is visible in its scroller."""
    return bool(part.evaluate(IS_SEEN))


def test_a_row_and_a_changed_value_are_in_view_from_their_beginning(page: Page):
    page.goto(LESSON)
    for number in (1, 2, 3, 4, 9):
        step(page, number, after=int(page.locator("#controls").get_attribute("data-at") or 0))
        assert is_seen(page.locator(f"#row-{number} .row-step")), number
        assert is_seen(page.locator("#tracker .is-changed").first), number


def test_looking_back_brings_the_column_back_into_view(page: Page):
    page.goto(LESSON)
    step(page, 10)
    for at in range(9, 0, -1):
        press(page.locator("a#back"))
        shown(page, at)
        assert is_seen(page.locator("#tracker-head .is-now")), at


def test_what_says_that_one_looks_back_has_room(page: Page):
    page.goto(LESSON)
    step(page, 10)
    page.goto(f"{LESSON}?at=2")
    past, badge = page.locator(".header-past").bounding_box(), page.locator(".broker-badge").bounding_box()
    counted = page.locator(".header-step > span").first.bounding_box()
    assert past
    assert badge
    assert counted
    assert counted["x"] + counted["width"] + 8 <= past["x"]
    assert past["x"] + past["width"] <= badge["x"]


def test_nothing_in_the_picture_of_a_phone_is_wider_than_the_window(new_context: NewContext):
    page = new_context(viewport=NARROW).new_page()
    page.goto(LESSON)
    step(page, 7)
    assert overflow(page) == 0
    boxes = [each.bounding_box() for each in page.locator("#picture .key, #picture .group *").all()]
    assert max(box["x"] + box["width"] for box in boxes if box) <= NARROW["width"]


IS_CUT = "each => each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1"


@pytest.mark.parametrize(("path", "steps"), [(LESSON, 2), ("/lessons/reading/", 8)], ids=["command", "read"])
def test_a_long_line_of_the_program_is_shown_whole(page: Page, path: str, steps: int):
    page.goto(path)
    step(page, steps)
    assert not page.locator(".pane-hero .scroller").evaluate(IS_CUT)
    for about in page.locator("#picture .key-about").all():
        assert not about.evaluate(IS_CUT), about.inner_text()


def test_a_lesson_without_notes_has_no_empty_headings(page: Page):
    page.goto(LESSON)
    step(page, 10)
    assert page.locator(".notes").count() == 0
    expect(page.locator("#done")).to_have_text("Go to the test")
    assert page.locator(".more a").count() == 0
