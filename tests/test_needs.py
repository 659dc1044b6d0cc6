"""A missing requirement is reported with what to install; if all requirements are mandatory, the test fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.webdriver import FIREFOX, WEBKIT
from tests.chromium import WHAT_IT_TAKES

ROOT = Path(__file__).resolve().parent.parent
LACKING = {
    "a driver that the system can't load": {"PLAYWRIGHT_NODEJS_PATH": "/bin/false"},
    "no Chromium": {"PATH": "/nowhere", "PLAYWRIGHT_BROWSERS_PATH": "/nowhere"},
}

CHROMIUM_ONLY = ("tests/browser", "-k", "axe or jump")


def run_browser_tests(*which: str, **environment: str) -> tuple[int, str]:
    """Run a few tests that need a browser, and return the exit status and the output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "PYTEST_"))}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(which or CHROMIUM_ONLY)]
    done = subprocess.run(words, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
def test_without_a_browser_its_tests_are_skipped_in_one_sentence(lacking: dict[str, str]):
    code, shown = run_browser_tests(**lacking)
    assert code == 0
    assert shown.count("apt install") == 1
    assert f"needs {WHAT_IT_TAKES}" in shown
    assert "Traceback" not in shown


@pytest.mark.slow
@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
def test_where_all_has_to_be_there_they_fail(lacking: dict[str, str]):
    code, shown = run_browser_tests(**lacking, TUTOR_REQUIRE_ALL="1")
    assert code == 1
    assert f"needs {WHAT_IT_TAKES}, and TUTOR_REQUIRE_ALL is set" in shown


@pytest.mark.slow
@pytest.mark.parametrize("is_required", [False, True])
def test_firefox_and_webkit_are_named_where_they_are_missing(is_required: bool):
    environment = {"PATH": "/nowhere"} | ({"TUTOR_REQUIRE_ALL": "1"} if is_required else {})
    code, shown = run_browser_tests("tests/browser/test_other_browsers.py", **environment)
    assert code == is_required
    assert f"needs {FIREFOX}" in shown
    assert f"needs {WEBKIT}" in shown
    assert "Traceback" not in shown
