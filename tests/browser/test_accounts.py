"""Logging in to the Studio in a real browser: by keyboard, by ear, on a phone, and without JavaScript."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, VIEWS, NewContext, overflow, started, violations
from tests.instructors import PASSWORD


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A separate program with one instructor."""
    folder = tmp_path_factory.mktemp("site")
    own = {**os.environ, "TUTOR_VAR": str(folder), "DEBUG": "", "DATABASE_URL": ""}
    own.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "create_instructor", "ins", "--password-stdin"]
    subprocess.run(command, cwd=ROOT, env=own, input=PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)
    yield from started(folder)


def log_in(page: Page, password: str = PASSWORD) -> None:
    """Fill in the form and send it by the keyboard alone, from where the cursor is."""
    page.locator("input:focus").wait_for()  # a browser sets the cursor when it first draws the page
    if page.evaluate("document.activeElement.id") == "username":
        page.keyboard.type("ins")
        page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_way_in_and_out(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme).new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = violations(page)
        assert overflow(page) <= 0, state

    page.goto("/studio/")
    look("login")
    log_in(page, "wrong")
    page.get_by_role("alert").wait_for()
    look("wrong password")
    log_in(page)
    page.wait_for_url("**/studio/")
    page.get_by_role("button", name="Account: ins").click()
    page.get_by_text("Logged in as ins").wait_for()
    look("menu")
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Old password").fill("wrong")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password again").fill("shorter")
    page.get_by_role("button", name="Change the password").click()
    page.locator(".account-error").first.wait_for()
    look("password refused")
    page.get_by_role("button", name="Account: ins").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/studio/login/")
    page.goto("/studio/")
    expect(page).to_have_title("Log in to the Studio · Redis Tutor")
    assert {state: lines for state, lines in found.items() if lines} == {}


def test_after_a_wrong_password_the_cursor_is_where_to_type_and_the_reason_is_said(page: Page):
    page.goto("/studio/login/")
    log_in(page, "wrong")
    page.get_by_role("alert").wait_for()
    password = page.get_by_label("Password")
    expect(password).to_be_focused()
    reason = "You are not logged in. No account has this name and this password. Capital letters matter in both."
    expect(password).to_have_accessible_description(reason)
    expect(password).to_have_value("")
    expect(page.get_by_label("Name")).to_have_value("ins")


def test_the_way_in_and_out_needs_no_javascript(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/studio/password/")
    page.get_by_label("Name").fill("ins")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/studio/password/")
    page.get_by_role("button", name="Account: ins").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/studio/login/")


def test_a_form_that_was_sent_while_logged_out_arrives_after_the_login(new_context: NewContext):
    context = new_context()
    page = context.new_page()
    page.goto("/studio/")
    log_in(page)
    page.wait_for_url("**/studio/")
    page.get_by_label("A new lesson").fill("kept-for-later")
    context.clear_cookies(name="instructor")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("this page keeps what you sent").wait_for()
    log_in(page)
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_url("**/studio/drafts/kept-for-later/")
