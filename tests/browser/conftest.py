"""A real Chromium on the real program, started as by `make run`, with a separate database and folder."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.slowness import slow_address, slow_down
from tests.chromium import WHAT_IT_TAKES, NoChromium, chromium
from tests.needs import need
from tests.polling import until
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
LESSON = "/lessons/redis-as-message-broker/"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
VIEWS = [
    pytest.param(viewport, scheme, id=f"{viewport['width']}-{scheme}")
    for viewport in (WIDE, NARROW)
    for scheme in ("light", "dark")
]
"""Both sizes of window, each light and dark."""
PATIENCE = 60_000
"""How many milliseconds to wait for an event: more than any machine needs, because an event ends the wait."""

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    try:
        with chromium() as running:
            yield running
    except NoChromium:
        need(None, WHAT_IT_TAKES)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running program."""
    yield from started(tmp_path_factory.mktemp("site"))


def started(folder: Path, **environment: str) -> Iterator[str]:
    """Start the program with its own folder, yield its address, and end it."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    own = {"TUTOR_VAR": str(folder), "DEBUG": "", "REDIS_URL": "", "DATABASE_URL": "", **environment}
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        program = subprocess.Popen(command, cwd=ROOT, env={**kept, **own}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: program.poll() is not None or is_up(address), "the program starts", seconds=120)
        assert program.poll() is None, (folder / "log").read_text()
        with slow_address(address) as slow:
            yield slow
    finally:
        program.terminate()
        program.wait(60)


def is_up(address: str) -> bool:
    """Return whether the program answers, and takes steps: its server may come later than itself."""
    try:
        with urllib.request.urlopen(f"{address}/health/", timeout=2) as answer:
            return bool(json.load(answer)["redis"])
    except OSError:
        return False


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser, site: str) -> Iterator[NewContext]:
    """Create browser contexts, each a different learner; any console error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"base_url": site, "viewport": WIDE, **options})
        context.set_default_timeout(PATIENCE)
        slow_down(context)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda said: complaints.append(said.text) if is_complaint(said.text) else None)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def is_complaint(text: str) -> bool:
    """Return whether the console speaks of a broken rule of ours, not of an answer that a test provoked."""
    return "Failed to load resource" not in text


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page of a new learner."""
    return new_context().new_page()


@pytest.fixture
def lesson(page: Page) -> Page:
    """The first lesson, not begun."""
    page.goto(LESSON)
    return page


# The first request after a press is the one that the press caused. Its end, or a new document, removes the mark.
MARK = """() => {
  const marks = document.documentElement.dataset
  marks.unanswered = ""
  addEventListener("htmx:config:request", (pressed) => {
    addEventListener("htmx:finally:request", (ended) => {
      if (ended.detail.ctx === pressed.detail.ctx) delete marks.unanswered
    })
  }, { once: true })
}"""


@contextmanager
def answered(page: Page) -> Iterator[None]:
    """Wait after the block until the answer to what it pressed is on the page: swapped in by htmx, or a new page.

    Nothing that was there before ends the wait, so a press that is lost fails the test. Works without JavaScript too.
    """
    page.evaluate(MARK)
    yield
    page.locator("html[data-unanswered]").wait_for(state="detached")
    page.wait_for_load_state()


def press(button: Locator) -> None:
    """Press a button, a link or a choice that sends a request, and wait until the answer is on the page."""
    with answered(button.page):
        button.click()


def press_key(page: Page, key: str) -> None:
    """Press a key that sends a request, and wait until the answer is on the page."""
    with answered(page):
        page.keyboard.press(key)


def shown(page: Page, at: int) -> None:
    """Wait until step `at` is shown."""
    page.locator(f'#controls[data-at="{at}"]').wait_for()


def step(page: Page, to: int, *, after: int = 0) -> None:
    """Press "Next step" until step `to` is taken."""
    for number in range(after + 1, to + 1):
        press(page.locator("#next-button"))
        page.locator(f"#row-{number}").wait_for()
        shown(page, number)


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def violations(page: Page) -> list[str]:
    """Return axe's findings on the page, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)")
    return [f"{v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]]
