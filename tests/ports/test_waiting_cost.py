"""The cost of a click on a lesson whose actors wait depends on its actors, not on how many steps came before."""

from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from tests.benches.actors import MOST_TIMES, sent_by_clicks
from tests.corners import commands
from tests.lessons import OURS
from tests.servers import broker_at, running_redis
from tutor import library
from tutor.engine.lesson.lesson import Lesson

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def own() -> Iterator[None]:
    """A server that nobody else uses, so that all its commands are ours."""
    with running_redis() as running, broker_at(running.url):
        yield


def waiting_lessons() -> list[Lesson]:
    """Return our lessons whose actors need connections."""
    found = [library.read(path.read_text(), path.stem).lesson for path in OURS]
    return [lesson for lesson in found if lesson and lesson.needs_connections]


def test_no_click_on_a_lesson_of_ours_sends_more_than_three_times_what_the_first_one_sends():
    found = waiting_lessons()
    assert len(found) >= 10
    for lesson in found:
        sent = sent_by_clicks(lesson)
        first = sent[0]
        assert max(each.commands for each in sent) <= MOST_TIMES * first.commands, lesson.title
        assert max(each.connections for each in sent) <= 1 + len(lesson.cast) + 1, lesson.title


def test_the_hundredth_click_sends_as_much_as_the_fourth():
    lines = ["XADD log * job mail", "LPUSH jobs mail", "LTRIM jobs 0 0"]
    head = ["SUBSCRIBE news", "PUBLISH news hello"]
    sent = sent_by_clicks(commands(*head, *chain.from_iterable(repeat(lines, 32))))
    assert len(sent) == 98
    assert sent[-1] == sent[4]
