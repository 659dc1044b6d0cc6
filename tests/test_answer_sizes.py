"""Answers to clicks are at most 64 KB, whatever a lesson holds: the rest is cut, or the browser is sent to the page."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.markup import elements, find
from tests.tables import for_each
from tests.views.stepping import HTMX, newest, visitor
from tutor import library
from tutor.models import Attempt, Entry
from tutor.site.jinja import LONGEST_BRIEF
from tutor.views.shared.answers import LARGEST_ANSWER

LARGEST_PAGE = 2 * 1024 * 1024
PAGE = "/lessons/extreme/"
ACTORS = [f"actor_{n}_{'n' * 30}" for n in range(8)]
KEYS = [f"{n:02}{'k' * 198}" for n in range(32)]


def step(number: int, **fields: object) -> dict[str, object]:
    return {"actor": ACTORS[number % 8], "action": "a" * 200, **fields}


def lesson(steps: list[dict[str, object]], **fields: object) -> dict[str, Any]:
    actors = [{"name": name, "label": "l" * 24} for name in ACTORS]
    return {
        "format": 2, "title": "t" * 120, "track": "tests", "summary": "s" * 300, "actors": actors, "steps": steps,
        **fields,
    }  # fmt: skip


def pushes(key: str, value: str, count: int) -> dict[str, object]:
    return step(len(key), command=["RPUSH", key, *[f"{n}{value}" for n in range(count)]])


PUBLISHES = [step(7, command=["PUBLISH", f"{'c' * 190}{n % 7}", f"{'m' * 2000}{n}"]) for n in range(60)]
ODD = "<&\"'>"

EXTREMES: Mapping[str, dict[str, Any]] = {
    "32 keys of 60 elements": lesson(
        [pushes(key, "v" * 60, 60) for key in KEYS], watch=dict.fromkeys(KEYS, "list"),
    ),
    "32 keys that change at each step": lesson(
        [
            step(n, command=["MSET", *[part for key in KEYS[:31] for part in (key, f"{n}{'v' * 80}")]])
            for n in range(18)
        ],
        watch=dict.fromkeys(KEYS, "string"),
    ),
    "a value of 60 KB": lesson(
        [
            step(0, command=["SET", "k", "v" * 60_000]), step(1, command=["GET", "k"], save="task"),
            step(2, print="{task}"), step(3, action="{task} {task!r}", assign={"other": "{task}"}),
        ],
        watch={"k": "string"}, variables=["task", "other"],
    ),
    "markup that grows when it is escaped": lesson(
        [
            pushes("k", ODD * 200, 40), step(1, command=["LRANGE", "k", "0", "-1"], save="task"),
            step(2, print="{task!r}"),
        ],
        watch={"k": "list"}, variables=["task"],
    ),
    "64 variables of 3 KB": lesson(
        [step(n, assign={f"v{n:02}{'n' * 37}": "x" * 3000}) for n in range(64)],
        variables=[f"v{n:02}{'n' * 37}" for n in range(64)],
    ),
    "8 actors that get messages": lesson(
        [step(n, command=["SUBSCRIBE", f"{'c' * 190}{n}"]) for n in range(7)] + PUBLISHES,
    ),
    "a stream of wide entries": lesson(
        [
            *(
                step(n, command=["XADD", "log", f"{n + 1}-1", *[f"{part}{'f' * 900}" for part in range(58)]])
                for n in range(4)
            ),
            step(5, command=["XRANGE", "log", "-", "+"], save="found"),
        ],
        watch={"log": "stream"}, variables=["found"],
    ),
    "long texts at the end": lesson(
        [step(n, command=["SET", "k", str(n)]) for n in range(2)], watch={"k": "string"},
        closing="".join(f"**{ODD}** " for _ in range(1200)), transcript="t" * 30_000,
        key_moments=[{"question": "q" * 900, "answer": ODD * 600, "steps": [1, 2]}] * 12,
    ),
    "120 long rows": lesson(
        [pushes("k", "v" * 900, 60), *[step(n, command=["LRANGE", "k", "0", "-1"]) for n in range(119)]],
        watch={"k": "list"},
    ),
    "a long sample": lesson(
        [step(n, command=["PING"], line=1) for n in range(3)],
        sample={"code": "x = 1\n" * 1600, "language": "python", "about": "b" * 9000},
    ),
    "a question of long texts": lesson(
        [step(n, command=["SET", "k", str(n)]) for n in range(2)], watch={"k": "string"},
        quiz=[
            {
                "question": "q" * 9000, "answer": "A",
                "choices": {letter: ODD * 300 + letter for letter in "ABCDEFGHIJ"},
                "mistakes": dict.fromkeys("BCDEFGHIJ", ODD * 900), "hint": ODD * 3000, "explanation": ODD * 4000,
            }
        ],
    ),
}  # fmt: skip


@pytest.fixture
def client(settings, tmp_path: Path) -> Client:
    settings.LESSONS_DIR = tmp_path
    return visitor()


def put(folder: str, content: dict[str, Any]) -> None:
    (Path(folder) / "extreme.yaml").write_text(json.dumps(content))
    found = library.read(json.dumps(content), "extreme.yaml")
    assert found.lesson is not None, found.problems[:2]


def assert_small(answer: HttpResponse, what: object) -> None:
    assert answer.status_code in (200, 422), (what, answer.content[:300])
    assert len(answer.content) <= LARGEST_ANSWER, (what, len(answer.content))
    # Without content, the browser goes to a page.
    assert answer.content or PAGE in answer["HX-Redirect"], what


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("name", EXTREMES)
def test_no_answer_to_a_click_is_larger_than_64_kb(client, settings, name):
    content = EXTREMES[name]
    put(settings.LESSONS_DIR, content)
    steps = len(content["steps"])
    assert_small(client.post(f"{PAGE}runs/", {"number": 1}, headers=HTMX), "start")
    for position in range(2, steps + 1):
        answer = client.post(f"/runs/{newest().pk}/steps/{position}/", headers=HTMX)
        if answer.status_code == 409:
            break
        assert_small(answer, position)
    reached = Entry.objects.count()
    assert reached >= 2
    for position in {0, 1, reached // 2, reached}:
        assert_small(client.get(f"{PAGE}?at={position}", headers=HTMX), f"look back {position}")
    assert_small(client.get(f"/runs/{newest().pk}/rows/?after=0", headers=HTMX), "rows")
    assert_small(client.get(f"/runs/{newest().pk}/rows/?before={reached}", headers=HTMX), "rows")
    for path in (PAGE, f"{PAGE}?at=1", f"{PAGE}quiz/", f"{PAGE}practice/", f"{PAGE}test/", "/"):
        page = client.get(path)
        assert page.status_code in (200, 404), path
        assert len(page.content) <= LARGEST_PAGE, (path, len(page.content))


@pytest.mark.slow
@pytest.mark.django_db
def test_no_answer_to_a_question_is_larger(client, settings):
    put(settings.LESSONS_DIR, EXTREMES["a question of long texts"])
    page = client.get(f"{PAGE}quiz/").content.decode()
    referer = {**HTMX, "Referer": f"http://testserver{PAGE}quiz/"}
    actions = {form["action"] for form in find(elements(page), "form") if "/quiz/" in form["action"]}
    attempt, help_url = sorted(actions, key=lambda action: "help" in action)
    assert_small(client.post(help_url, {"kind": "hint"}, headers=referer), "hint")
    field = find(elements(page), "input", type="radio")[1]
    answer = client.post(attempt, {field["name"]: field["value"]}, headers=referer)
    assert_small(answer, "answer")
    assert Attempt.objects.count() == 1


# What is shown instead


@pytest.mark.django_db
def test_a_long_text_says_how_much_is_missing_and_the_page_has_it(client, settings):
    put(settings.LESSONS_DIR, EXTREMES["a value of 60 KB"])
    client.post(f"{PAGE}runs/", {"number": 1})
    for position in range(2, 5):
        client.post(f"/runs/{newest().pk}/steps/{position}/")
    brief = client.get(f"/runs/{newest().pk}/rows/?after=0", headers=HTMX).content.decode()
    whole = client.get(PAGE).content.decode()
    assert "v" * (LONGEST_BRIEF + 1) not in brief
    assert re.search(r"v… [\d,]+ more characters", brief)
    assert "v" * 1900 in whole
    assert "more characters" not in whole


@pytest.mark.slow
@pytest.mark.django_db
def test_an_answer_that_is_too_large_even_so_sends_the_browser_to_the_page(client, settings):
    put(settings.LESSONS_DIR, EXTREMES["32 keys that change at each step"])
    client.post(f"{PAGE}runs/", {"number": 1})
    for position in range(2, 19):
        client.post(f"/runs/{newest().pk}/steps/{position}/")
    answer = client.get(f"{PAGE}?at=17", headers=HTMX)
    assert (answer.content, answer["HX-Redirect"]) == (b"", f"{PAGE}?at=17")
    assert client.get(answer["HX-Redirect"]).status_code == 200


@pytest.mark.django_db
@for_each("headers", [{}, HTMX])
def test_a_usual_lesson_is_never_cut(headers):
    client = visitor()
    client.post("/lessons/redis-as-message-broker/runs/", {"number": 1}, headers=headers)
    answer = client.get("/lessons/redis-as-message-broker/?at=1", headers=headers)
    assert answer.content
    assert "more characters" not in answer.content.decode()
