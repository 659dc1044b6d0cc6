"""A lesson's page has only the icons that its steps use, and each of them."""

from pathlib import Path

import pytest

from tests.lessons import OURS
from tests.markup import elements, find
from tests.tables import for_each
from tests.views.stepping import HTMX, newest, visitor
from tutor import library

pytestmark = pytest.mark.django_db


def icons(html: str) -> set[str]:
    return {each["href"].removeprefix("#") for each in find(elements(html), "use")}


def drawn(html: str) -> set[str]:
    return {each["id"] for each in find(elements(html), "symbol")}


@for_each("predict", ["0", "1"])
@for_each("path", OURS)
def test_a_page_has_each_icon_of_its_lesson(path: Path, predict: str):
    client, slug = visitor(), path.stem
    client.post("/predicting/", {"predict": predict, "next": "/"})
    page = client.get(f"/lessons/{slug}/").content.decode()
    used = icons(page)
    answer = client.post(f"/lessons/{slug}/runs/", {"number": "1"}, headers=HTMX)
    for step in range(2, len(library.find(slug).lesson.steps) + 1):
        used |= icons(answer.content.decode())
        answer = client.post(f"/runs/{newest().pk}/steps/{step}/", headers=HTMX)
    used |= icons(answer.content.decode()) | icons(client.get(f"/lessons/{slug}/?at=1").content.decode())
    assert used <= drawn(page)
    assert ("i-grip" in drawn(page)) is (predict == "1")
