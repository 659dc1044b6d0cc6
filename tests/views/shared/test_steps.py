"""The drawing of one learner's step is reused for others with the same entry, and contains no personal data."""

import re

import pytest

from tests.views.stepping import LENGTH, OTHER_STEPS, begin, begun, shelve, take, visitor
from tutor.models import Entry
from tutor.views.shared import kept_answers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.LESSONS_DIR = tmp_path
    shelve(tmp_path)
    return tmp_path


def answers(client):
    """Return all of a run's answers, and the run."""
    run = begun(client)
    again = take(client, run, 1)
    return [each.content.decode() for each in (again, *(take(client, run, i) for i in range(2, LENGTH + 1)))], run


def neutral(text: str, run) -> str:
    """Return the answer without the parts specific to a run: its address, its token and its time."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text.replace(str(run.pk), "run"))
    return re.sub(r"[\d.]+ ms", "ms", text)


def test_a_step_is_drawn_once_for_all_who_see_the_same():
    first, run = answers(visitor())
    drawn = len(kept_answers._kept)
    second, other = answers(visitor())
    assert len(kept_answers._kept) == drawn == LENGTH
    assert [neutral(text, run) for text in first] == [neutral(text, other) for text in second]


def test_an_answer_holds_nothing_of_another_learners_run():
    _, run = answers(visitor())
    texts, other = answers(visitor())
    assert not any(str(run.pk) in text for text in texts)
    assert str(other.pk) in texts[0]


def test_each_run_shows_the_time_that_its_own_step_took():
    client = visitor()
    run = begun(client)
    Entry.objects.filter(run=run).update(record=Entry.objects.get(run=run).record | {"elapsed_us": 7_890})
    assert "7.89 ms" in take(client, run, 1).content.decode()


def test_a_lesson_that_has_changed_is_drawn_anew(shelf):
    begin(visitor())
    shelve(shelf, OTHER_STEPS)
    text = begin(visitor()).content.decode()
    assert "task9" in text
    assert "task1" not in text
