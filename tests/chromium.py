"""The Chromium that tests and benchmarks drive."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

# Best one that makes no windows: it has the same engine, and half the load.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def launched(playwright: Playwright) -> Browser:
    """Start one that the machine has, else the one that Playwright has downloaded. Raises: Error, if there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    # As root, as in a container, Chromium runs only without its own sandbox.
    args = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=found, args=args)
