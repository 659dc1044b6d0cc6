"""The editor of a lesson's YAML in a real browser, on a test page under the site's policy."""

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import NARROW, WIDE, NewContext, violations
from tests.browser.slowness import held
from tests.browser.studio_page import ROOT, Studio, running_studio
from tests.polling import until

LESSON = (ROOT / "lessons/redis-as-message-broker.yaml").read_text()
SMALL = """\
title: A lesson
track: django
actors: [producer, {name: worker, label: A worker}]
watch: {queue: list}
variables: [task]
steps:
  - actor: producer
    action: Producer pushes 'a'
    command: LPUSH queue a
"""


@pytest.fixture(scope="session")
def site() -> str:
    """No program: each test has its own studio page."""
    return ""


@pytest.fixture
def studio() -> Iterator[Studio]:
    with running_studio() as studio:
        yield studio


@pytest.fixture
def context(new_context: NewContext, studio: Studio) -> BrowserContext:
    return new_context(base_url=studio.address, permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def opened(page: Page, kind: str = "sound") -> Page:
    """Open the editor and wait until the first check has ended so."""
    page.goto("/")
    return told(page, kind)


def told(page: Page, kind: str) -> Page:
    """Wait until the state of the check is of a kind."""
    page.locator(f'#check-state[data-kind="{kind}"]').wait_for()
    return page


def code(page: Page):
    return page.locator("#editor .cm-content")


def append(page: Page, text: str) -> None:
    """Type at the end of the text."""
    code(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(text)


def problem(source: str, wrong: str, **facts: Any) -> dict[str, Any]:
    """Return a problem at the first place of a text, counted as Python counts."""
    before, found, _ = source.partition(wrong)
    start = before.rfind("\n") + 1
    place = {"line": before.count("\n") + 1, "column": len(before) - start + 1, "length": len(found)}
    kept = {"severity": "error", "expected": None, "came": None, "suggestion": None}
    return {**place, **kept, "message": f"{wrong!r} is wrong", **facts}


def complain(studio: Studio, *words: str, **facts: Any) -> None:
    """Let the server report these words as problems as long as they are in the text."""

    def check(source: str) -> tuple[int, dict[str, Any]]:
        found = [problem(source, word, **facts) for word in words if word in source]
        return 200, {"problems": found, "is_sound": not found, "saved_at": "2026-11-26T14:03:00Z"}

    studio.check = check


def test_the_editor_takes_the_place_of_the_textarea(studio: Studio, page: Page):
    studio.source = SMALL
    opened(page)
    expect(page.locator("#source")).to_be_hidden()
    expect(page.get_by_role("textbox", name="The lesson's file")).to_be_visible()
    assert page.locator("#editor .cm-line").all_text_contents()[:2] == ["title: A lesson", "track: django"]
    expect(page.locator("#stored-state")).to_contain_text("Stored")
    page.locator('label[for="source"]').click()
    expect(code(page)).to_be_focused()


TEXTS = {
    "plain": "a: 1\nb: 2\n",
    "no end": "a: 1",
    "empty": "",
    "blank lines first": "\n\na: 1\n\n\n",
    "carriage returns": "a: 1\r\nb: 2\r\n",
    "old carriage returns": "a: 1\rb: 2\r",
    "mixed": "a: 1\r\nb: 2\nc: 3\rd: 4",
    "tabs and spaces": "a:\t1  \n  \n\tb: '  '   \n",
    "beyond the basic plane": "a: 🐢é e\u0301 👩‍💻 \u2028 \x85 \ufeff\nb: 2\n",
    "markup": "a: </textarea><b>&amp; &#13;\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_text_is_sent_byte_for_byte(studio: Studio, page: Page, text: str):
    studio.source = text
    opened(page)
    assert studio.checked == [text]
    append(page, "# x")
    until(lambda: studio.checked[-1] == text + "# x", "the new text is checked")


def test_a_line_typed_or_pasted_ends_as_the_others_do(studio: Studio, page: Page):
    studio.source = "a: 1\r\n"
    opened(page)
    page.evaluate("navigator.clipboard.writeText('c: 3\\nd: 4\\r\\ne: 5')")
    append(page, "b: 2")
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+v")
    until(lambda: studio.checked[-1] == "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5", "the pasted lines")


def test_a_problem_is_marked_where_it_is(studio: Studio, page: Page):
    studio.source = "title: 🐢🐢 turtle\ntrack: djngo\n"
    complain(studio, "turtle", "djngo")
    opened(page, "errors")
    expect(page.locator("#check-state")).to_have_text("2 errors")
    assert page.locator("#editor .cm-lintRange-error").all_text_contents() == ["turtle", "djngo"]
    markers = page.locator("#editor .cm-gutter-lint .cm-gutterElement:has(.cm-lint-marker-error)")
    lines = page.locator("#editor .cm-line")
    for number in (0, 1):
        marker, line = markers.nth(number).bounding_box(), lines.nth(number).bounding_box()
        assert marker
        assert line
        assert abs(marker["y"] - line["y"]) < 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_yaml_counts_them(studio: Studio, page: Page, end: str):
    studio.source = f"a: 1{end}b: 2{end}c: wrong\n"
    place = {"line": 3, "column": 4, "length": 5, "message": "no", "severity": "warning"}
    studio.check = lambda _: (200, {"problems": [place], "is_sound": False, "saved_at": None})
    opened(page, "warnings")
    expect(page.locator("#check-state")).to_have_text("1 warning")
    expect(page.locator("#editor .cm-lintRange-warning")).to_have_text("wrong")


@pytest.mark.parametrize("place", [(1, 99, 5), (99, 1, 1), (2, 1, 0), (1, 5, 0), (0, 0, 0)])
def test_a_place_that_is_not_there_does_no_harm(studio: Studio, page: Page, place: tuple[int, int, int]):
    studio.source = "a: 1\n"
    line, column, length = place
    found = {"line": line, "column": column, "length": length, "message": "odd", "severity": "error"}
    studio.check = lambda _: (200, {"problems": [found], "is_sound": False, "saved_at": None})
    opened(page, "errors")
    page.locator(".problem-jump").click()
    expect(code(page)).to_be_focused()


def test_the_list_leads_to_the_place_and_changes_the_word(studio: Studio, page: Page):
    studio.source = LESSON.replace("RPOP queue", "RPPO queue", 1)
    complain(studio, "RPPO", suggestion="RPOP", expected="a command", came="'RPPO'")
    opened(page, "errors")
    item = page.locator("#problems .problem")
    expect(item).to_contain_text("'RPPO' is wrong")
    expect(item).to_contain_text("expected a command")
    item.get_by_role("button", name=re.compile("^error at")).click()
    expect(code(page)).to_be_focused()
    assert page.evaluate("document.querySelector('#editor').shadowRoot.getSelection().toString()") == "RPPO"
    item.get_by_role("button", name="Change to 'RPOP'").click()
    told(page, "sound")
    assert studio.checked[-1] == LESSON
    expect(page.locator("#problems .problem")).to_have_count(0)


def test_a_suggestion_replaces_its_word_inside_a_sentence(studio: Studio, page: Page):
    studio.source = "action: Takes {tsk!r} now\n"
    complain(studio, "Takes {tsk!r} now", word="tsk", suggestion="task")
    opened(page, "errors")
    expect(page.locator("#editor .cm-lintRange-error")).to_have_text("tsk")
    page.get_by_role("button", name="Change to 'task'").click()
    until(lambda: studio.checked[-1] == "action: Takes {task!r} now\n", "the word is changed")


def test_a_suggestion_for_a_whole_sentence_is_not_offered(studio: Studio, page: Page):
    studio.source = "action: Takes {tsk!r} now\n"
    complain(studio, "Takes {tsk!r} now", suggestion="task")
    opened(page, "errors")
    expect(page.locator("#problems .problem")).to_have_count(1)
    expect(page.get_by_role("button", name="Change to 'task'")).to_have_count(0)


def test_the_suggestion_still_fits_after_lines_were_put_above(studio: Studio, page: Page):
    studio.source = SMALL
    complain(studio, "LPUSH", suggestion="RPUSH")
    opened(page, "errors")
    page.route("**/check/", lambda _: None)
    code(page).focus()
    page.keyboard.press("ControlOrMeta+Home")
    page.keyboard.type("# one\n# two\n")
    page.unroute("**/check/")
    page.locator("#problems").get_by_role("button", name="Change to 'RPUSH'").click()
    assert "command: RPUSH queue a" in page.locator("#editor .cm-content").inner_text()


# Text for screen readers is in the page only for a moment.
LISTEN = """
() => {
  window.heard = []
  const said = document.querySelector("#editor").shadowRoot.querySelector(".cm-announced")
  new MutationObserver(() => said.textContent.trim() && heard.push(said.textContent)).observe(said, { childList: true })
}
"""


def test_keys_go_from_problem_to_problem_and_take_the_suggestion(studio: Studio, page: Page):
    studio.source = SMALL
    complain(studio, "django", "LPUSH", suggestion="RPUSH")
    opened(page, "errors")
    page.evaluate(LISTEN)
    code(page).focus()
    for key, word in (("F8", "django"), ("F8", "LPUSH"), ("F8", "django"), ("Shift+F8", "LPUSH")):
        page.keyboard.press(key)
        expect(page.locator("#editor .cm-tooltip")).to_contain_text(f"'{word}' is wrong")
        until(lambda: page.evaluate("heard.pop()") == f"error: '{word}' is wrong", "the problem is read out")  # noqa: B023
    page.keyboard.press("Escape")
    expect(page.locator("#editor .cm-tooltip")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+.")
    until(lambda: "RPUSH queue" in studio.checked[-1], "the suggestion is taken")


@pytest.mark.parametrize("keys", ["F8", "Control+ "], ids=["a selection", "completions"])
def test_the_keyboard_gets_out_of_the_editor_where_escape_ends_something_first(studio: Studio, page: Page, keys: str):
    studio.source = SMALL
    complain(studio, "django")
    opened(page, "errors")
    code(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.press(keys)
    expect(page.locator("#editor .cm-tooltip").first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(code(page)).not_to_be_focused()
    assert studio.checked == [SMALL]
    expect(page.locator("#stored-state")).not_to_contain_text("Not stored")


def test_a_pointer_shows_the_problem_and_its_change(studio: Studio, page: Page):
    studio.source = SMALL
    complain(studio, "LPUSH", suggestion="RPUSH", expected="RPUSH", came="LPUSH")
    opened(page, "errors")
    page.locator("#editor .cm-lintRange-error").hover()
    page.locator("#editor .cm-tooltip").get_by_role("button", name="Change to 'RPUSH'").click()
    until(lambda: "RPUSH queue" in studio.checked[-1], "the suggestion is taken")


def test_the_keyboard_gets_out_of_the_editor(page: Page):
    opened(page)
    append(page, "a:")
    page.keyboard.press("Tab")
    expect(code(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(code(page)).not_to_be_focused()
    described = code(page).get_attribute("aria-describedby")
    expect(page.locator(f"#editor #{described}")).to_contain_text("Esc then Tab leaves the editor")


def test_problems_that_come_with_the_page_are_shown_without_asking(studio: Studio, page: Page):
    studio.source = SMALL
    studio.marks = [problem(SMALL, "LPUSH", suggestion="RPUSH"), problem(SMALL, "django", severity="warning")]
    page.goto("/")
    expect(page.locator("#problems .problem-place")).to_have_text(["9:14", "2:8"])
    expect(page.locator("#editor .cm-lintRange-error")).to_have_text("LPUSH")
    assert studio.checked == []
    page.get_by_role("button", name="Change to 'RPUSH'").click()
    told(page, "sound")
    assert studio.checked == [SMALL.replace("LPUSH", "RPUSH")]


def test_a_lesson_that_could_not_be_played_says_why_and_is_played_later(studio: Studio, page: Page):
    faults = iter(["The Redis server does not answer."])

    def check(source: str) -> tuple[int, dict[str, Any]]:
        fault = next(faults, "")
        problems = [problem(source, "title", severity="warning")]
        return 200, {"problems": problems, "is_sound": not fault, "saved_at": None, "fault": fault}

    studio.check = check
    page.clock.install()
    opened(page, "trouble")
    expect(page.locator("#check-state")).to_have_text("Not checked: The Redis server does not answer.")
    expect(page.locator("#problems .problem")).to_have_count(1)
    page.clock.fast_forward(30_000)
    told(page, "warnings")


def test_a_text_that_the_server_refuses_is_not_called_stored(studio: Studio, page: Page):
    studio.check = lambda _: (422, {"error": "This can't be kept."})
    opened(page, "trouble")
    expect(page.locator("#stored-state")).to_have_text("Not stored yet")


def test_the_preview_is_refreshed_after_each_check(page: Page):
    opened(page)
    preview = page.frame_locator("#preview").locator("#told")
    append(page, "# one")
    until(lambda: int(preview.inner_text()) >= 1, "the preview is told")
    before = int(preview.inner_text())
    append(page, " two")
    until(lambda: int(preview.inner_text()) > before, "the preview is told again")


class Held:
    """A server whose answers wait until they are let go."""

    def __init__(self, studio: Studio) -> None:
        self.asked: list[str] = []
        self.gate = threading.Semaphore(0)
        self.studio = studio

    def __call__(self, source: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(source)
        self.gate.acquire(timeout=20)
        found = [problem(source, "title", message=f"said of {len(source)}")]
        return 200, {"problems": found, "is_sound": False, "saved_at": None}


def test_the_line_that_is_typed_stays_in_sight_when_the_editor_gets_smaller(studio: Studio, page: Page):
    studio.source = LESSON
    opened(page)
    append(page, "\n# here")
    page.set_viewport_size({"width": 1280, "height": 560})
    last = page.locator("#editor .cm-line", has_text="# here")

    def is_in_sight() -> bool:
        line, editor = last.bounding_box(), page.locator("#editor .cm-scroller").bounding_box()
        return bool(line and editor and line["y"] + line["height"] <= editor["y"] + editor["height"])

    until(is_in_sight, "the line is in sight")


def test_one_request_at_a_time_and_the_newest_text_wins(studio: Studio, page: Page):
    studio.source = "title: a"
    held = Held(studio)
    studio.check = held
    page.clock.install()
    page.goto("/")
    until(lambda: len(held.asked) == 1, "the first check")
    for letter in "bcd":
        append(page, letter)
        page.clock.run_for(1000)
    assert held.asked == ["title: a"]
    expect(page.locator("#stored-state")).to_have_text("Not stored yet")
    held.gate.release()
    until(lambda: len(held.asked) == 2, "the second check")
    assert held.asked[1] == "title: abcd"
    expect(page.locator("#problems .problem")).to_have_count(0)
    held.gate.release()
    expect(page.locator("#problems .problem")).to_contain_text("said of 11")
    expect(page.locator("#stored-state")).to_contain_text("Stored")


def test_control_s_saves_what_is_typed(studio: Studio, page: Page):
    studio.source = "a: 1\r\n"
    opened(page)
    append(page, "b: 2")
    page.keyboard.press("ControlOrMeta+s")
    page.get_by_role("heading", name="Saved").wait_for()
    assert studio.checked[-1] == "a: 1\r\nb: 2"
    assert [(form["source"], form["base"]) for form in studio.saved] == [("a: 1\r\nb: 2", "3")]


def test_saving_twice_is_saving_once(studio: Studio, page: Page):
    opened(page)
    page.locator("#save").dblclick(no_wait_after=True)
    page.get_by_role("heading", name="Saved").wait_for()
    assert len(studio.saved) == 1


def test_without_javascript_it_is_a_form(new_context: NewContext, studio: Studio):
    studio.source = SMALL
    page = new_context(base_url=studio.address, java_script_enabled=False).new_page()
    page.goto("/")
    expect(page.locator("#editor")).to_be_hidden()
    page.get_by_label("The lesson's file").fill("title: typed")
    page.locator("#save").click()
    page.get_by_role("heading", name="Saved").wait_for()
    assert studio.saved[0]["source"] == "title: typed"


# Nothing can be asked of a page whose next one is held back, so it leaves a note when it goes.
NOTE = """addEventListener("pagehide", () => {
  const text = document.querySelector("#editor")?.shadowRoot.querySelector(".cm-content").innerText
  if (text) sessionStorage.setItem("left", [text, document.querySelector("#check-state").textContent].join("|"))
})"""


def send(page: Page) -> None:
    """Save by key, and return when the form is on its way."""
    with page.expect_request("**/save/"):
        page.keyboard.press("ControlOrMeta+s")


def test_nothing_is_typed_into_a_page_that_is_about_to_go(studio: Studio, page: Page):
    page.add_init_script(NOTE)
    opened(page)
    append(page, "# sent")
    told(page, "sound")
    with held(page, "**/save/") as posted:
        send(page)
        page.keyboard.type("typed too late")
        page.keyboard.press("ControlOrMeta+z")
        page.keyboard.press("ControlOrMeta+s")
    page.get_by_role("heading", name="Saved").wait_for()
    assert page.evaluate("sessionStorage.left") == "title: A lesson\n# sent|Saving…"
    assert [saved["source"] for saved in studio.saved] == ["title: A lesson\r\n# sent"]
    assert len([address for address in posted if address.endswith("/save/")]) == 1
    page.go_back()
    append(page, " and more")
    until(lambda: page.evaluate("0") == 0 and studio.checked[-1].endswith("and more"), "what is typed later is stored")


def test_a_page_whose_answer_does_not_come_can_be_written_in_again(studio: Studio, page: Page):
    page.clock.install()
    opened(page)
    append(page, "# sent")
    told(page, "sound")
    with held(page, "**/save/"):
        send(page)
        page.clock.fast_forward(16_000)
        told(page, "trouble")
        expect(page.locator("#check-state")).to_contain_text("save again")
        page.keyboard.type(" again")
        page.clock.fast_forward(1_000)
        told(page, "sound")
    page.locator("#save").click()
    page.get_by_role("heading", name="Saved").wait_for()
    assert studio.saved[-1]["source"].endswith("# sent again")


def test_a_logged_out_author_gets_a_notice_and_continues_after_logging_in(studio: Studio, page: Page):
    opened(page)
    studio.is_logged_in = False
    append(page, "# not lost")
    told(page, "trouble")
    expect(page.locator("#check-state")).to_contain_text("you are logged out")
    expect(page.locator("#stored-state")).to_have_text("Not stored yet")
    with page.expect_response(f"{studio.address}/"):  # it asks for a new token, in vain
        page.keyboard.press("ControlOrMeta+s")
    expect(page.locator("#check-state")).to_contain_text("Nothing that you typed is lost")
    assert studio.saved == []
    # A login in another tab gives a new token, and the page's old one is refused.
    studio.is_logged_in, studio.token = True, "token-2"
    page.evaluate("dispatchEvent(new Event('focus'))")
    told(page, "sound")
    assert studio.checked[-1].endswith("# not lost")
    page.locator("#save").click()
    page.get_by_role("heading", name="Saved").wait_for()
    assert studio.saved[0]["source"].endswith("# not lost")


def test_a_server_that_is_away_is_reported_and_asked_again(studio: Studio, page: Page):
    page.clock.install()
    opened(page)
    tries: list[None] = []
    page.route("**/check/", lambda route: (tries.append(None), route.abort()))
    append(page, "# kept")
    told(page, "trouble")
    expect(page.locator("#check-state")).to_contain_text("the server does not answer")
    before = len(tries)
    page.locator("#save").click()
    until(lambda: page.evaluate("0") == 0 and len(tries) > before, "what is saved is checked first")
    page.unroute("**/check/")
    page.clock.fast_forward(30_000)
    told(page, "sound")
    assert studio.checked[-1].endswith("# kept")
    assert studio.saved == []


@pytest.mark.parametrize("status", [400, 409, 413, 422, 429, 500])
def test_what_the_server_says_is_shown(studio: Studio, page: Page, status: int):
    opened(page)
    studio.check = lambda _: (status, {"error": "The lesson is too long: 300 KB of 256 KB."})
    append(page, "# more")
    told(page, "trouble")
    expect(page.locator("#check-state")).to_have_text("The lesson is too long: 300 KB of 256 KB.")
    expect(page.locator("#stored-state")).to_have_text("Not stored yet")


def test_a_server_that_says_when_to_come_back_is_asked_again_then(studio: Studio, page: Page):
    page.clock.install()
    opened(page)
    tries: list[None] = []

    def too_many(route: Route) -> None:
        tries.append(None)
        headers = {"Retry-After": "50", "Content-Type": "application/json"}
        route.fulfill(status=429, headers=headers, body='{"error": "Too many requests. You can go on in 50 seconds."}')

    page.route("**/check/", too_many)
    append(page, "# kept")
    told(page, "trouble")
    expect(page.locator("#check-state")).to_contain_text("You can go on in 50 seconds.")
    page.unroute("**/check/")
    page.clock.fast_forward(45_000)
    expect(page.locator("#check-state")).to_contain_text("You can go on in 50 seconds.")
    assert len(tries) == 1
    page.clock.fast_forward(6_000)
    told(page, "sound")
    assert studio.checked[-1].endswith("# kept")


def test_an_unusable_answer_of_the_server_is_reported(page: Page):
    opened(page)

    def page_of_errors(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway")

    page.route("**/check/", page_of_errors)
    append(page, "# more")
    told(page, "trouble")
    expect(page.locator("#check-state")).to_contain_text("the server answers with an error (502)")


def test_leaving_asks_only_while_something_is_not_stored(studio: Studio, page: Page):
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    opened(page)
    append(page, "# stored")
    until(lambda: studio.checked[-1].endswith("# stored"), "the text is stored")
    expect(page.locator("#stored-state")).to_contain_text("Stored")
    page.goto("/")
    assert asked == []
    told(page, "sound")
    page.route("**/check/", lambda route: route.abort())
    append(page, "# not stored")
    told(page, "trouble")
    page.goto("/")
    assert asked == ["beforeunload"]


STANDS = """(list) => {
  if (window.shown !== list.textContent) [window.shown, window.since] = [list.textContent, performance.now()]
  return performance.now() - window.since > 150
}"""
"""Whether a list of completions has been there for longer than the editor leaves Enter to the text, which is 75 ms."""


def wait_for_list(page: Page) -> None:
    """Return when the list of completions is there and no newer one is on its way."""
    enabled = "#editor .cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled):has([aria-selected])"
    found = page.locator(enabled)
    until(lambda: found.count() and found.evaluate(STANDS), "the list of completions to stand")


def options(page: Page) -> list[str]:
    """Ask for completions and return them."""
    page.keyboard.press("Control+Space")
    wait_for_list(page)
    return page.locator("#editor .cm-tooltip-autocomplete .cm-completionLabel").all_text_contents()


def accept(page: Page) -> None:
    """Take the selected completion."""
    wait_for_list(page)
    page.keyboard.press("Enter")


PLACES = {
    "a field of the lesson": ("le", ["level"], ["actor", "title"]),
    "a value of a closed list": ("level: ", ["beginner", "intermediate", "advanced"], []),
    "a field of any step": ("  - ", ["actor", "action", "command", "print", "wait"], ["title"]),
    "a field of this kind of step": ("    ", ["save", "expect", "line"], ["actor", "command", "print", "wait"]),
    "an actor": ("  - actor: ", ["producer", "worker"], []),
    "a variable": ("    save: ", ["task"], []),
    "what can be claimed": ("    expect:\n  ", ["queue", "task", "output"], ["title"]),
    "a step on one line": ("  - {actor: producer, ", ["action", "command"], ["actor"]),
    "an actor on one line": ("  - {actor: ", ["producer", "worker"], []),
}


@pytest.mark.parametrize(("typed", "offered", "not_offered"), PLACES.values(), ids=PLACES.keys())
def test_completion_offers_the_valid_values(
    studio: Studio, page: Page, typed: str, offered: list[str], not_offered: list[str]
):
    studio.source = SMALL
    opened(page)
    append(page, typed)
    found = options(page)
    assert set(offered) <= set(found)
    assert not set(not_offered) & set(found)


SOURCE = """
async (doc) => {
  const { EditorState } = await import("/static/vendor/codemirror-6.43.15.min.js")
  const { completionFrom } = await import("/static/js/completion.js")
  const state = EditorState.create({ doc })
  const found = await completionFrom("/schema/")({ state, pos: doc.length, explicit: true })
  return found ? found.options.map((option) => option.label) : []
}
"""
COMMAND_SOURCE = SOURCE.replace('("/schema/")', '("/schema/", "/commands/")')
PROSE = ["    box: 1 # ", "closing: |\n  act", "    box: 'acti", "    print: Hello, wor", "snapshot:\n  - a"]


@pytest.mark.parametrize("typed", PROSE)
def test_completion_stays_away_from_prose(studio: Studio, page: Page, typed: str):
    opened(page)
    assert "level" in page.evaluate(SOURCE, SMALL)
    assert page.evaluate(SOURCE, SMALL + typed) == []


@pytest.mark.parametrize(
    "broken", ["{", "a: [", "- - -", "? :", "\t", "steps:\n- {actor: ", "&a *a !!", "---\n...\n", "'"]
)
def test_completion_survives_a_text_that_is_no_yaml(page: Page, broken: str):
    opened(page)
    assert isinstance(page.evaluate(SOURCE, broken), list)


def test_completion_goes_on_from_field_to_value(studio: Studio, page: Page):
    studio.source = SMALL
    opened(page)
    append(page, "le")
    assert options(page)[0] == "level"
    info = page.locator("#editor .cm-completionInfo")
    expect(info).to_contain_text("How much a learner should know before.")
    expect(info).to_contain_text("level: intermediate")
    info.click(trial=True)
    for choice in ("level", "advanced"):
        page.locator("#editor .cm-tooltip-autocomplete li", has_text=choice).first.click()
    until(lambda: studio.checked[-1] == f"{SMALL}level: advanced", "the field and its value")


COMMAND_LINES = {
    "a command": ("    command: LP", ["LPUSH", "LPOP", "RPOPLPUSH"], ["FLUSHALL", "queue"]),
    "a command in small letters": ("    command: xgroup", ["XGROUP CREATE"], []),
    "a subcommand": ("    command: XGROUP C", ["CREATE", "CREATECONSUMER"], ["XGROUP CREATE", "queue"]),
    "a key": ("    command: RPUSH q", ["queue"], ["LPUSH", "news"]),
    "the second key": ("    command: LMOVE queue ", ["queue", "done"], ["news"]),
    "a key behind a number": ("    command: LMPOP 1 ", ["queue", "done"], ["news"]),
    "a key of a subcommand": ("    command: XINFO STREAM ", ["queue"], ["STREAM"]),
    "a channel": ("    command: SUBSCRIBE ", ["news"], ["queue"]),
    "in quotes": ("    command: 'RPOP q", ["queue"], []),
    "on one line": ("  - {actor: worker, command: RPOP ", ["queue", "done"], ["news"]),
}
WITH_NAMES = f"""{SMALL}  - {{actor: worker, action: Move it, command: RPOPLPUSH queue done}}
  - {{actor: worker, action: Say so, command: PUBLISH news done}}
  - actor: worker
"""


RUN_TIME_NAMES = f"""{SMALL.replace("{queue: list}", '{queue: list, "job:*": hash}')}  - actor: worker
    action: Describe it
    command: HSET job:{{task}} kind mail
  - actor: worker
    action: Say so
    command: "PUBLISH news:{{task}} done"
  - {{actor: worker, action: In braces, command: "LPUSH queue:{{{{{{task}}}}}} a"}}
  - actor: worker
"""
LINES_WITH_VARIABLES = {
    "keys named at run time": ("    command: DEL ", ["queue", "job:{task}", "queue:{{{task}}}"]),
    "channels named at run time": ("    command: SUBSCRIBE ", ["news:{task}"]),
    "behind a variable": ("    command: RENAME job:{task} ", ["queue", "job:{task}", "queue:{{{task}}}"]),
    "behind a variable in quotes": (
        "  - {actor: worker, command: 'DEL job:{task!r} q",
        ["queue", "job:{task}", "queue:{{{task}}}"],
    ),
    "a variable": ("    command: DEL job:{ta", ["task"]),
    "any variable": ("    command: LPUSH queue {", ["task"]),
    "a read": ("    read: ", ["task", "true"]),
    "part of a message": ("    read: task\n    pick: ", ["type", "pattern", "channel", "data"]),
}


@pytest.mark.parametrize(("typed", "offered"), LINES_WITH_VARIABLES.values(), ids=LINES_WITH_VARIABLES.keys())
def test_completion_offers_whole_names_of_keys_and_no_pattern(
    studio: Studio, page: Page, typed: str, offered: list[str]
):
    opened(page)
    found = page.evaluate(COMMAND_SOURCE, RUN_TIME_NAMES + typed)
    assert set(offered) <= set(found)
    assert not {name for name in found if name.startswith(("job:", "news:", "queue:", "false"))} - set(offered)


def test_a_variable_is_completed_with_its_brace(studio: Studio, page: Page):
    studio.source = RUN_TIME_NAMES
    opened(page)
    append(page, "    command: DEL job:{ta")
    page.locator("#editor .cm-tooltip-autocomplete li", has_text="task").click()
    until(lambda: studio.checked[-1] == f"{RUN_TIME_NAMES}    command: DEL job:{{task}}", "the variable is complete")


@pytest.mark.parametrize(("typed", "offered", "not_offered"), COMMAND_LINES.values(), ids=COMMAND_LINES.keys())
def test_completion_knows_commands_keys_and_channels(
    studio: Studio, page: Page, typed: str, offered: list[str], not_offered: list[str]
):
    opened(page)
    found = page.evaluate(COMMAND_SOURCE, WITH_NAMES + typed)
    assert set(offered) <= set(found)
    assert not set(not_offered) & set(found)


NO_COMMANDS = {
    "a value": "    command: LPUSH queue val",
    "the word behind the keys": "    command: LRANGE queue 0",
    "no command of lessons": "    command: FLUSHALL q",
    "prose": "closing: |\n  command: LP",
    "a comment": "# command: LP",
    "another field": "    action: LP",
    "behind a command on one line": "  - {actor: worker, command: RPOP queue, save: que",
}


@pytest.mark.parametrize("typed", NO_COMMANDS.values(), ids=NO_COMMANDS.keys())
def test_completion_offers_no_command_and_no_key_elsewhere(page: Page, typed: str):
    opened(page)
    assert "LPUSH" in page.evaluate(COMMAND_SOURCE, f"{WITH_NAMES}    command: L")
    assert not {"LPUSH", "queue", "done", "news"} & set(page.evaluate(COMMAND_SOURCE, WITH_NAMES + typed))


def test_a_command_is_completed_by_keyboard_with_its_arguments_in_sight(studio: Studio, page: Page):
    studio.source = WITH_NAMES
    opened(page)
    append(page, "    command: RPUSHX")
    page.keyboard.press("Backspace")
    assert options(page)[:2] == ["RPUSH", "RPUSHX"]
    info = page.locator("#editor .cm-completionInfo")
    expect(info).to_contain_text("Appends one or more elements to a list.")
    expect(info).to_contain_text("RPUSH key element [element ...]")
    accept(page)
    key = page.locator("#editor .cm-tooltip-autocomplete li", has_text="queue")
    expect(key).to_have_attribute("aria-selected", "true")
    listbox = page.locator("#editor .cm-tooltip-autocomplete [role=listbox]")
    assert code(page).get_attribute("aria-controls") == listbox.get_attribute("id")
    assert code(page).get_attribute("aria-activedescendant") == key.get_attribute("id")
    accept(page)
    append(page, " a")
    until(lambda: studio.checked[-1] == f"{WITH_NAMES}    command: RPUSH queue a", "the command is complete")


def test_a_word_typed_to_its_end_keeps_the_enter_key(studio: Studio, page: Page):
    studio.source = WITH_NAMES
    opened(page)
    append(page, "    command: RPOP queue")
    page.keyboard.press("Enter")
    page.keyboard.type("save: task")
    until(lambda: studio.checked[-1].endswith("    command: RPOP queue\n    save: task"), "the next line")


@pytest.mark.parametrize(
    ("address", "typed", "rest"), [("**/commands/", "steps:\n- command: LP", "USH"), ("**/schema/", "le", "vel")]
)
def test_without_what_completion_needs_typing_goes_on(studio: Studio, page: Page, address: str, typed: str, rest: str):
    page.route(address, lambda route: route.fulfill(status=500, body="no"))
    opened(page)
    append(page, typed)
    page.keyboard.press("Control+Space")
    append(page, rest)
    until(lambda: studio.checked[-1].endswith(typed + rest), "typing goes on")


def use_every_part(page: Page) -> None:
    """Open each of CodeMirror's panels in turn."""
    code(page).click(position={"x": 60, "y": 20})
    page.keyboard.press("F8")
    expect(page.locator("#editor .cm-tooltip")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#editor .cm-gutter-lint .cm-lint-marker").first.hover()
    expect(page.locator("#editor .cm-tooltip")).to_be_visible()
    code(page).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+f")
    expect(page.locator("#editor .cm-search")).to_be_visible()
    page.keyboard.type("queue")
    expect(page.locator("#editor .cm-searchMatch").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_part_is_accessible_fits_and_keeps_the_policy(
    new_context: NewContext, studio: Studio, viewport: dict[str, int], scheme: str
):
    studio.source = SMALL + "# a very long line " + "x" * 400
    complain(studio, "LPUSH", "django", suggestion="RPUSH", expected="RPUSH", came="LPUSH " * 30)
    page = new_context(base_url=studio.address, viewport=viewport, color_scheme=scheme).new_page()
    opened(page, "errors")
    found = {"start": violations(page)}
    use_every_part(page)
    found["search"] = violations(page)
    page.keyboard.press("Escape")
    append(page, "\n")
    assert "closing" in options(page)
    # The list is scrolled from the editor, by the arrow keys; axe knows that of comboboxes only.
    found["completion"] = [line for line in violations(page) if 'aria-label="Completions"' not in line]
    assert {state: lines for state, lines in found.items() if lines} == {}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    scroller = page.locator("#editor .cm-scroller")
    assert scroller.evaluate("each => each.scrollWidth <= each.clientWidth")


CONTRAST = """
() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })
  const light = (colour, ground) => {
    canvas.fillStyle = ground; canvas.fillRect(0, 0, 1, 1)
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((each) => {
      const part = each / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const root = document.querySelector("#editor").shadowRoot
  const ground = getComputedStyle(root.querySelector(".cm-editor")).backgroundColor
  const parts = [...root.querySelectorAll(".cm-line span, .cm-line, .cm-lineNumbers .cm-gutterElement, .cm-strip *")]
  return parts.map((part) => {
    const style = getComputedStyle(part)
    const [a, b] = [light(style.color, ground), light(ground, ground)]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    return [part.className, part.textContent.slice(0, 20), ratio, parseFloat(style.fontSize)]
  })
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_is_large_enough_and_stands_out(new_context: NewContext, studio: Studio, scheme: str):
    studio.source = f"# comment\nplain: text\nquoted: 'text'\n&a anchor: !!str *a\nflow: [a, {{b: c}}]\n{SMALL}"
    page = opened(new_context(base_url=studio.address, color_scheme=scheme).new_page())
    parts = page.evaluate(CONTRAST)
    assert len(parts) > 40
    assert [part for part in parts if part[2] < 4.5 or part[3] < 14] == []
    assert len({round(part[2], 2) for part in parts}) >= 4


def test_the_schema_of_the_page_is_the_projects(studio: Studio):
    assert json.loads(studio.get("/schema/")[2])["title"] == "Lesson of Redis Tutor"
