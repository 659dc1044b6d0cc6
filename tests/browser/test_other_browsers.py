"""Firefox and WebKit: the main job, from the catalogue to an answered question, without a complaint of the page."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.browser.conftest import LESSON
from tests.browser.eavesdropping import Overheard, eavesdropping_on
from tests.browser.test_in_sight import LOOK
from tests.browser.webdriver import Window, firefox, webkit
from tests.lessons import OURS
from tests.polling import until
from tutor import library
from tutor.assessment import questions
from tutor.library import LessonFile

BROWSERS = {"firefox": firefox, "webkit": webkit}
BARS = 120
"""How many pixels of a window's height are the browser's own at most; what is above 800 is the learner's."""

CARELESS = """<!doctype html><html lang="en"><head>
<meta http-equiv="Content-Security-Policy" content="img-src 'self'"><title>Careless</title></head>
<script>setTimeout(() => absent())</script><script>Promise.reject(new Error("broken promise"))</script>
<script>console.error("an odd thing")</script><script src="/missing.js"></script><img src="http://127.0.0.2/" alt="">
"""
MISTAKES = ("absent", "broken promise", "an odd thing", "missing.js", "img-src")
"""Words of the complaints about that page, one each."""


@pytest.fixture(scope="module", params=BROWSERS)
def browser_window(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window of each of the two browsers."""
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as window:
        window.resize(1280, 800 + BARS)
        yield window


@pytest.fixture
def heard(browser_window: Window, request: pytest.FixtureRequest) -> Iterator[Overheard]:
    """The site with an ear on it. It is not started where the browser is missing."""
    with eavesdropping_on(request.getfixturevalue("site")) as overheard:
        yield overheard


def take_step(window: Window, to: int, *, by_key: bool = False) -> None:
    """Take a step by the button or the key, and require that all of it is in sight."""
    window.press("ArrowRight") if by_key else window.click("#next-button")
    window.wait_for(f'#controls[data-at="{to}"]')
    window.wait_for(f"#row-{to}[aria-current]")
    look = f"return ({LOOK})(arguments[0])"
    until(lambda: window.run(look, [to, True]) == [], f"all of step {to} to be in sight", seconds=5)


def longest_waiting_lesson() -> LessonFile:
    """Return our longest lesson whose actors wait, on connections of their own."""
    lessons = map(library.find, (path.stem for path in OURS))
    return max((file for file in lessons if file.lesson.needs_connections), key=lambda file: len(file.lesson.steps))


def test_a_lesson_is_learned_from_the_catalogue_to_the_quiz(browser_window: Window, heard: Overheard):
    lesson = library.find(Path(LESSON).name).lesson
    window, steps = browser_window, len(lesson.steps)
    window.open(heard.address)
    window.click("#first-thing")
    window.wait_for(".tour")
    window.click(".tour button")
    window.wait_for("body:not(:has(.tour))")  # the page comes anew
    for at in range(1, steps + 1):
        take_step(window, at, by_key=at % 2 == 0)
    window.press("ArrowLeft")
    window.wait_for(f'#controls[data-at="{steps - 1}"]')
    window.click("#last")
    window.wait_for(f'#controls[data-at="{steps}"]')
    window.click("#done")
    window.wait_for("#quiz-1")
    asked = questions.all_of(lesson, "quiz")[0].question
    window.click(f'#quiz-1 label:has(input[value="{asked.key}"])')
    window.click("#quiz-1 .question-actions .is-primary")
    window.wait_for("#quiz-1.is-done")
    assert heard.complaints == []


def test_a_lesson_whose_actors_wait_is_played(browser_window: Window, heard: Overheard):
    browser_window.open(f"{heard.address}/lessons/{longest_waiting_lesson().slug}/")
    for at in range(1, 9):
        take_step(browser_window, at)
    assert heard.complaints == []


@pytest.fixture
def careless_site(tmp_path: Path) -> Iterator[str]:
    """The address of a site with one page that makes all mistakes that count."""
    (tmp_path / "index.html").write_text(CARELESS)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_mistakes_of_a_page_are_overheard(browser_window: Window, careless_site: str):
    with eavesdropping_on(careless_site) as heard:
        browser_window.open(heard.address)
        until(lambda: len(heard.complaints) >= len(MISTAKES), "all mistakes to be overheard")
    for words in MISTAKES:
        assert any(words in complaint for complaint in heard.complaints), words
