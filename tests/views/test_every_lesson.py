"""Every lesson in lessons/ as a learner meets it: each step is taken, and every page of it comes."""

from pathlib import Path

import pytest

from tests.lessons import OURS
from tests.tables import for_each
from tests.views.stepping import newest, take, visitor
from tests.visitor import rows_of
from tutor import library

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parent.parent.parent / "lessons"
SLUGS = [path.stem for path in OURS]


@pytest.fixture(autouse=True)
def shelf(settings):
    settings.LESSONS_DIR = FOLDER


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_a_learner_gets_to_the_end_of_a_lesson(slug):
    client = visitor()
    count = len(library.find(slug).lesson.steps)
    assert client.post(f"/lessons/{slug}/runs/", {"number": "1"}).status_code == 303
    for position in range(2, count + 1):
        assert take(client, newest(), position).status_code == 200
    page = client.get(f"/lessons/{slug}/").content.decode()
    assert [row[0] for row in rows_of(page)] == [str(number) for number in range(1, count + 1)]


@pytest.mark.slow
@for_each("slug", SLUGS)
@for_each("part", ["", "quiz/", "practice/", "test/"])
def test_every_page_of_a_lesson_comes(slug, part):
    assert visitor().get(f"/lessons/{slug}/{part}").status_code == 200


@pytest.mark.slow
@for_each("slug", SLUGS)
def test_a_test_on_a_lesson_can_be_begun(slug):
    client = visitor()
    answer = client.post(f"/lessons/{slug}/tests/", {"number": 1})
    assert answer.status_code == 303
    assert client.get(answer["Location"]).status_code == 200
