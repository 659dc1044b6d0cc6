"""The Chromium that tests and benchmarks drive."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

# Best one that makes no windows: it has the same engine, and half the load.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

WHAT_IT_TAKES = "a Chromium and what Playwright drives it with (Debian: apt install chromium libatomic1)"


class NoChromium(Exception):
    """Chromium can't be driven here; the text is the system's error."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start one that the machine has, else the one that Playwright has downloaded, and end it. Raises: NoChromium."""
    _require_driver()
    with sync_playwright() as playwright:
        found = next((path for path in map(shutil.which, NAMES) if path), None)
        try:
            # It is shown our own pages only, and its sandbox fails as root and in many containers.
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as problem:
            raise NoChromium(problem.message.splitlines()[0]) from problem
        yield browser
        browser.close()


def _require_driver() -> None:
    # Playwright's own start of a driver that the system can't load ends in a plain Exception, and says on the
    # terminal why.
    shown = subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False
    )
    if shown.returncode:
        raise NoChromium((shown.stderr.splitlines() or ["Playwright does not start"])[-1])
