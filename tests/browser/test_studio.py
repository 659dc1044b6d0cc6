"""The Studio in a real browser, from the login to the published lesson: typed, checked, previewed, saved."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, ROOT, WIDE, NewContext, overflow, started, violations

PASSWORD = "a-long-password-of-the-test"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running program with two instructors."""
    folder: Path = tmp_path_factory.mktemp("studio")
    for address in started(folder):
        for name in ("ins", "ben"):
            subprocess.run(
                [sys.executable, "manage.py", "create_instructor", name, "--password-stdin"],
                cwd=ROOT,
                env={"TUTOR_VAR": str(folder), "PATH": ""},
                input=PASSWORD.encode(),
                check=True,
                capture_output=True,
            )
        yield address


def log_in(page: Page, name: str = "ins") -> None:
    page.goto("/studio/")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.locator('input[type="password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Studio", exact=True)).to_be_visible()


def begin(page: Page, slug: str) -> None:
    page.get_by_label("A new lesson").fill(slug)
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#check-state")).to_have_text("No problems")


def replace_in_editor(page: Page, old: str, new: str) -> None:
    """Select the word in the editor as its search does, and type over it."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+f")
    field = page.locator('.cm-search input[name="search"]')
    field.press_sequentially(old)
    field.press("Enter")
    field.press("Escape")
    page.keyboard.type(new)


def test_a_lesson_is_written_previewed_saved_and_published(new_context: NewContext):
    page = new_context().new_page()
    log_in(page)
    begin(page, "from-the-browser")
    preview = page.frame_locator("#preview")
    preview.locator("#row-2, #forward").first.wait_for()
    replace_in_editor(page, "LPUSH queue hello", "LPUSH queue goodbye")
    expect(page.locator("#check-state")).to_contain_text("errors")
    expect(page.locator("#problems .problem").first).to_contain_text("claims that queue is ['hello']")
    expect(preview.get_by_text("This is the version before the error")).to_be_visible()
    page.locator(".cm-content").press("Control+z")
    expect(page.locator("#check-state")).to_have_text("No problems")
    expect(page.get_by_role("link", name="Unsaved changes")).to_be_hidden()
    replace_in_editor(page, "From the browser", "Written here")
    expect(preview.get_by_text("Written here").first).to_be_visible()
    expect(page.get_by_role("link", name="Unsaved changes")).to_be_visible()
    expect(page.locator("#save kbd")).to_be_visible()
    page.locator("#note").fill("A better title")
    page.locator("#save").click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()
    page.get_by_role("button", name="Publish revision 2").click()
    expect(page.get_by_text("Revision 2 is published")).to_be_visible()
    learner = new_context().new_page()
    learner.goto("/lessons/from-the-browser/")
    expect(learner.get_by_role("heading", name="Written here")).to_be_visible()
    learner.locator("#next-button").click()
    learner.locator("#row-1").wait_for()


@pytest.mark.parametrize("field", ["needs", "teaches"])
def test_the_editor_offers_the_concepts_that_there_are(new_context: NewContext, field: str):
    page = new_context().new_page()
    log_in(page)
    begin(page, f"a-lesson-that-{field}")
    page.locator(".cm-content").press("Control+End")
    page.keyboard.type(f"{field}: [block")
    page.keyboard.press("Control+Space")
    offered = page.locator("#editor .cm-tooltip-autocomplete .cm-completionLabel")
    expect(offered.filter(has_text="blocking pops")).to_be_visible()


def test_the_preview_stays_at_its_step_while_one_types(new_context: NewContext):
    page = new_context().new_page()
    log_in(page)
    begin(page, "at-a-step")
    preview = page.frame_locator("#preview")
    preview.locator("#forward").click()
    preview.locator('[data-at="1"]').first.wait_for()
    replace_in_editor(page, "Producer pushes 'hello'", "Producer waves")
    expect(preview.get_by_text("Producer waves").first).to_be_visible()
    expect(preview.locator('[data-at="1"]').first).to_be_attached()


def test_two_instructors_edit_the_same_draft_and_nothing_is_overwritten(new_context: NewContext):
    ins, ben = new_context().new_page(), new_context().new_page()
    log_in(ins)
    begin(ins, "fought-over")
    log_in(ben, "ben")
    ben.goto("/studio/drafts/fought-over/")
    expect(ben.locator("#check-state")).to_have_text("No problems")
    replace_in_editor(ben, "Fought over", "The title of ben")
    expect(ben.locator("#stored-state")).to_contain_text("Stored at")
    replace_in_editor(ins, "Fought over", "The title of ins")
    ins.locator("#save").click()
    expect(ins.get_by_text("Saved as revision 2")).to_be_visible()
    ben.locator("#save").click()
    expect(ben.get_by_role("heading", name="ins saved this draft meanwhile")).to_be_visible()
    assert violations(ben) == []
    expect(ben.get_by_text("title: The title of ins")).to_be_visible()
    ben.get_by_role("button", name="Rebase my text").click()
    expect(ben.locator(".cm-content")).to_contain_text("The title of ben")
    # Said above the editor, and not under the header.
    told, editor = ben.locator(".desk-notices").bounding_box(), ben.locator("#editor").bounding_box()
    assert 40 < told["height"] <= editor["y"] - told["y"]
    ben.locator("#save").click()
    expect(ben.get_by_text("Saved as revision 3")).to_be_visible()


def test_a_notice_is_not_repeated_when_the_page_is_reloaded(new_context: NewContext):
    page = new_context().new_page()
    log_in(page)
    begin(page, "told-once")
    replace_in_editor(page, "Told once", "Told twice")
    page.locator("#save").click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()
    page.reload()
    expect(page.locator("#check-state")).to_have_text("No problems")
    expect(page.get_by_text("Saved as revision 2")).to_have_count(0)


def test_changes_are_looked_at_and_discarded(new_context: NewContext):
    page = new_context().new_page()
    log_in(page)
    begin(page, "thrown-away")
    replace_in_editor(page, "Thrown away", "A mistake")
    page.get_by_role("link", name="Unsaved changes").click()
    expect(page.get_by_text("title: A mistake")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Discard them for good").click()
    expect(page.get_by_text("Your changes were discarded")).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("title: Thrown away")


@pytest.mark.parametrize("size", [None, NARROW], ids=["wide", "narrow"])
def test_long_words_stay_in_their_place(new_context: NewContext, size: dict | None):
    page = new_context(**({"viewport": size} if size else {})).new_page()
    log_in(page)
    word, slug = "Donaudampfschiff" * 6, f"long-words-{'narrow' if size else 'wide'}"
    file = {"name": f"{slug}.yaml", "mimeType": "text/yaml", "buffer": f"title: {word}\n".encode()}
    page.get_by_label("A lesson file", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(f"**/drafts/{slug}/**")
    page.goto("/studio/")
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1]
    item = page.locator(".draft-item", has_text=slug)
    title, states = item.get_by_role("link").bounding_box(), item.locator(".draft-states").bounding_box()
    assert title["x"] + title["width"] <= states["x"] or title["y"] + title["height"] <= states["y"]
    page.goto(f"/studio/drafts/{slug}/revisions/")
    actions = [box.bounding_box()["y"] for box in page.locator(".history-do .button").all()]
    assert max(actions) - min(actions) < 1


def test_unsaved_work_of_others_is_mentioned_in_one_sentence(new_context: NewContext):
    ins, ben = new_context().new_page(), new_context(viewport=NARROW).new_page()
    log_in(ins)
    begin(ins, "both-at-it")
    replace_in_editor(ins, "Both at it", "One at it")
    expect(ins.locator("#stored-state")).to_contain_text("Stored at")
    log_in(ben, "ben")
    ben.goto("/studio/drafts/both-at-it/")
    said = ben.locator(".desk-notices .notice p")
    expect(said).to_have_text(re.compile(r"^ins has unsaved changes to this draft from .* UTC\.$"))


def test_without_javascript_a_lesson_is_written_checked_and_saved(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    log_in(page)
    begin(page, "plain-forms")
    source = page.locator("#source")
    source.fill(source.input_value().replace("save: task", "save: tsk"))
    page.locator("#save").click()
    expect(page.locator("#problems")).to_contain_text("there is no variable 'tsk'")
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()


def test_by_keyboard_alone(new_context: NewContext):
    page = new_context().new_page()
    log_in(page)
    begin(page, "by-keyboard")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nminuts: 3\n")
    expect(page.locator("#check-state")).to_contain_text("error")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.id === 'editor'")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [None, NARROW], ids=["wide", "narrow"])
def test_no_page_of_the_studio_breaks_a_rule_of_accessibility(new_context: NewContext, scheme: str, size: dict | None):
    context = new_context(color_scheme=scheme, **({"viewport": size} if size else {}))
    page = context.new_page()
    page.goto("/studio/login/")
    assert violations(page) == []
    log_in(page)
    slug = f"axe-{scheme}-{'narrow' if size else 'wide'}"
    begin(page, slug)
    replace_in_editor(page, "save: task", "save: tsk")
    expect(page.locator("#check-state")).to_contain_text("error")
    for path in (None, "/studio/", f"/studio/drafts/{slug}/revisions/", f"/studio/drafts/{slug}/revisions/1/"):
        if path:
            page.goto(path)
        assert violations(page) == [], path
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], path


@pytest.mark.parametrize("gone", [{}, {"name": "instructor"}], ids=["all cookies", "the session alone"])
def test_what_is_typed_survives_a_session_that_ends(new_context: NewContext, gone: dict[str, str]):
    context = new_context()
    page = context.new_page()
    log_in(page)
    begin(page, f"logged-out-{len(gone)}")
    context.clear_cookies(**gone)
    replace_in_editor(page, "Logged out", "Not lost")
    expect(page.locator("#check-state")).to_contain_text("you are logged out")
    other = context.new_page()
    log_in(other)
    page.locator(".cm-content").press("End")
    page.keyboard.type("!")
    expect(page.locator("#check-state")).to_have_text("No problems")


def test_a_gap_leads_to_its_line(new_context: NewContext):
    page = new_context().new_page()
    log_in(page)
    begin(page, "with-teeth")
    page.get_by_role("link", name="Teeth").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How much of with-teeth has teeth")
    page.get_by_label("Statements").select_option(value="step names")
    page.get_by_role("button", name="Plant falsehoods").click()
    expect(page.get_by_role("status")).to_contain_text("of claims have teeth")
    first = page.locator(".problems .problem-jump").first
    line, _ = first.locator(".problem-place").inner_text().split(":")
    first.click()
    expect(page.locator(".cm-lineNumbers .cm-activeLineGutter")).to_have_text(line)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["390", "1280"])
def test_the_gaps_fit_every_screen_without_javascript(new_context: NewContext, scheme: str, viewport):
    page = new_context(java_script_enabled=False, color_scheme=scheme, viewport=viewport).new_page()
    log_in(page)
    page.get_by_label("A new lesson").fill(f"fits-{scheme}-{viewport['width']}")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Teeth").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("has teeth")
    assert overflow(page) <= 0
    page.get_by_role("button", name="Plant falsehoods").click()
    expect(page.get_by_role("status")).to_contain_text("of claims have teeth")
    assert page.locator(".problems .problem").count() > 0
    assert overflow(page) <= 0
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/teeth-{scheme}-{viewport['width']}.png", full_page=True)
