"""The whole path by its main button: from the catalogue through each lesson, quiz, practice and test to its end."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LESSON, NewContext, overflow, step, violations
from tests.lessons import OURS
from tutor import library
from tutor.assessment import questions
from tutor.assessment.questions import PARTS, PlacedQuestion
from tutor.engine.values.formatting import as_repr
from tutor.library import LessonFile

STATES = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}, {"width": 320, "height": 640}]


def path() -> list[LessonFile]:
    return library.in_order(library.find(file.stem) for file in OURS)


def at(page: Page, address: str) -> None:
    """Require that the page of that address is shown."""
    expect(page).to_have_url(lambda url: urlsplit(url).path == address)


def press(page: Page, button: str, to: str) -> None:
    """Press the button that leads to the page of that address."""
    page.locator(button).click()
    page.wait_for_url(lambda url: urlsplit(url).path == to)


def run_steps(page: Page, file: LessonFile) -> None:
    step(page, len(file.lesson.steps))


def answer(page: Page, asked: PlacedQuestion) -> None:
    """Answer a question rightly, from the key in the lesson's file."""
    question = asked.question
    card = page.locator(f"#{asked.part}-{asked.number}")
    if question.kind in ("choice", "several"):
        right = [question.key] if question.kind == "choice" else question.key
        for pick in right:
            card.locator(f'input[value="{pick}"]').check()
    elif question.kind == "order":
        arrange(page, card.locator("[data-order]"), list(question.options))
    else:
        value = {"text": lambda q: q.text, "number": lambda q: str(q.number), "state": lambda q: as_repr(list(q.state))}
        card.locator(f"#{asked.part}-{asked.number}-field").fill(value[question.kind](question))
    card.locator(".question-actions .is-primary").click()
    page.locator(f"#{asked.part}-{asked.number}.is-done").wait_for()


def arrange(page: Page, lines, order: list[str]) -> None:
    """Put lines in order by their buttons: what is to come first goes up to the top, and so on."""
    for place, identity in enumerate(order):
        now = lines.locator('input[type="hidden"]').evaluate_all("all => all.map((each) => each.value)")
        for at_ in range(now.index(identity), place, -1):
            lines.locator(f'button[value="{identity}:up"]').click()
            page.wait_for_function(
                """([identity, place]) => [...document.querySelectorAll('[data-order] input[type="hidden"]')]
                .filter((each) => each.value === identity)
                .some((each) => [...each.closest("[data-order]").children].indexOf(each.closest("li")) === place)""",
                arg=[identity, at_ - 1],
            )


def take_the_test(page: Page, slug: str) -> None:
    """Hand the test in without an answer, and see what went wrong."""
    page.locator('input[value="all"]').check()
    page.locator(".test-start .is-primary").click()
    page.locator('[name="then"][value="finish"]').click()
    page.locator('form[action$="/finish/"] button').click()
    page.locator("#onward .is-main").click()
    page.wait_for_url("**/result/#answer-*")
    expect(page.locator(":target")).to_be_in_viewport()


@pytest.mark.slow
def test_the_main_button_leads_from_the_catalogue_to_the_end_of_the_path(page: Page):
    lessons = path()
    page.goto("/")
    expect(page.locator("#first-thing")).to_have_text(f"Start here: {lessons[0].lesson.title}")
    press(page, "#first-thing", f"/lessons/{lessons[0].slug}/")
    for place, file in enumerate(lessons, 1):
        run_steps(page, file)
        press(page, "#done", f"/lessons/{file.slug}/quiz/")
        for part, after in zip(PARTS, ("practice", "test"), strict=True):
            for asked in questions.all_of(file.lesson, part):
                if not asked.question.ahead:
                    answer(page, asked)
            press(page, "#onward .is-main", f"/lessons/{file.slug}/{after}/")
        take_the_test(page, file.slug)
        is_last = place == len(lessons)
        following = page.locator(".review-end .button")
        expect(following).to_have_text("Finish the path" if is_last else f"Next lesson: {lessons[place].lesson.title}")
        press(page, ".review-end .button", "/path/end/" if is_last else f"/lessons/{lessons[place].slug}/")
    expect(page.locator("h1")).to_have_text("You have come to the end of the path")
    page.goto("/")
    expect(page.locator("#first-thing")).to_have_text("You have come to the end of the path")
    expect(page.locator(".lesson-item.is-done")).to_have_count(len(lessons))


@pytest.mark.parametrize("viewport", STATES, ids=lambda each: each["width"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_path_are_accessible_and_fit(new_context: NewContext, viewport: dict[str, int], scheme: str):
    page = new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}

    def look(address: str, state: str = "new") -> None:
        page.goto(address)
        found[f"{address} {state}"] = [
            *violations(page),
            *([f"{overflow(page)} px too wide"] if overflow(page) > 0 else []),
        ]

    look("/")
    look("/path/end/")
    look(f"{LESSON}practice/")
    page.goto(LESSON)
    step(page, 7)
    look("/", "under way")
    look(f"{LESSON}quiz/")
    assert {address: said for address, said in found.items() if said} == {}


def test_without_javascript_the_path_goes_on_as_well(new_context: NewContext):
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.locator("#first-thing").click()
    step(page, 7)
    press(page, "#done", f"{LESSON}quiz/")
    for asked in questions.all_of(library.find(Path(LESSON).name).lesson, "quiz"):
        card = page.locator(f"#quiz-{asked.number}")
        card.locator(f'input[value="{asked.question.key}"]').check()
        card.locator(".question-actions .is-primary").click()
        page.locator(f"#quiz-{asked.number}.is-done").wait_for()
    press(page, "#onward .is-main", f"{LESSON}practice/")
