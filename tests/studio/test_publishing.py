"""Publishing: only checked revisions, and without disturbing any run."""

from uuid import uuid4

import pytest

from tests.lessons import SOUND
from tests.servers import broker_at, free_port
from tests.shelves import shelf_of
from tests.studio.studio_drafts import SLUG, draft, instructor
from tutor import offered, runs
from tutor.engine.errors import BrokerAway
from tutor.library import NoSuchLesson
from tutor.models import Draft, Publication
from tutor.studio import drafts, publishing
from tutor.studio.drafts import CannotBeKept
from tutor.studio.publishing import NotSound

pytestmark = pytest.mark.django_db

LONGER = SOUND + "  - {actor: consumer, action: Pop, command: RPOP queue, save: task, expect: {task: a}}\n"
UNSOUND = {
    "no YAML": "title: [",
    "a false claim": SOUND.rstrip()[:-1] + ", expect: {queue: [b]}}\n",
    "a command that no lesson may send": SOUND + "  - {actor: producer, action: Flush, command: FLUSHALL}\n",
    "a script": SOUND + "  - {actor: producer, action: Script, command: EVAL 'return 1' 0}\n",
    "another's key by its full name": SOUND + "  - {actor: producer, action: Keys, command: KEYS 'tutor:*'}\n",
    "a command that the server refuses": SOUND + "  - {actor: producer, action: Incr, command: INCR queue}\n",
    "nothing": "",
}


shelf = shelf_of()


def publish(of: Draft, number: int = 1) -> Publication:
    return publishing.publish(of, drafts.revision(of, number), instructor())


def test_learners_get_what_is_published():
    of = draft()
    with pytest.raises(NoSuchLesson):
        offered.find(SLUG)
    publish(of)
    assert offered.find(SLUG).lesson.title == "A test"
    assert [file.slug for file in offered.all_lessons()] == [SLUG]


@pytest.mark.parametrize("text", UNSOUND.values(), ids=UNSOUND.keys())
def test_what_has_errors_is_not_published(text: str):
    of = draft(text)
    with pytest.raises(NotSound) as refused:
        publish(of)
    assert any(problem.severity == "error" for problem in refused.value.problems)
    assert not Publication.objects.exists()
    with pytest.raises(NoSuchLesson):
        offered.find(SLUG)


def test_nothing_is_published_while_it_can_not_be_proved():
    of = draft()
    with broker_at(f"redis://127.0.0.1:{free_port()}/0"), pytest.raises(BrokerAway):
        publish(of)
    assert not Publication.objects.exists()


def test_a_run_under_way_keeps_its_text():
    of, learner = draft(), uuid4()
    publish(of)
    run = runs.start(learner, offered.find(SLUG), 1)
    runs.take_step(learner, run.pk, 1)
    drafts.save(
        of, instructor(), LONGER.replace("LPUSH queue a", "LPUSH queue b").replace("task: a", "task: b"), base=1
    )
    publish(of, 2)
    assert len(offered.find(SLUG).lesson.steps) == 2
    assert len(runs.lesson_of(run).steps) == 1
    assert runs.take_step(learner, run.pk, 1).entry.keys["queue"]["items"] == ["a"]
    again = runs.restart(learner, run.pk)
    assert len(runs.lesson_of(again).steps) == 2


def test_a_lesson_withdrawn_can_be_finished_but_not_begun():
    of, learner = draft(LONGER), uuid4()
    publish(of)
    run = runs.start(learner, offered.find(SLUG), 1)
    runs.take_step(learner, run.pk, 1)
    publishing.withdraw(of)
    with pytest.raises(NoSuchLesson):
        offered.find(SLUG)
    assert runs.take_step(learner, run.pk, 2).entry.variables == {"task": "a"}


def test_a_published_lesson_replaces_a_file_of_its_name_until_it_is_withdrawn(shelf):
    (shelf / f"{SLUG}.yaml").write_text(SOUND.replace("A test", "The file"))
    of = draft()
    assert offered.find(SLUG).lesson.title == "The file"
    publish(of)
    assert [file.lesson.title for file in offered.all_lessons()] == ["A test"]
    publishing.withdraw(of)
    assert offered.find(SLUG).lesson.title == "The file"


def test_publishing_again_changes_nothing_and_another_revision_takes_the_place():
    of = draft()
    first = publish(of)
    assert publish(of) == first
    drafts.save(of, instructor(), LONGER, base=1)
    second = publish(of, 2)
    assert publishing.current(of) == second
    assert [each.withdrawn_at is None for each in publishing.all_of(of)] == [True, False]


def test_an_old_revision_can_be_published_again():
    of = draft()
    drafts.save(of, instructor(), LONGER, base=1)
    publish(of, 2)
    publish(of, 1)
    assert len(offered.find(SLUG).lesson.steps) == 1


def test_a_draft_that_was_published_is_not_removed():
    of = draft()
    publish(of)
    publishing.withdraw(of)
    with pytest.raises(CannotBeKept, match="keeps its history"):
        drafts.remove(of)
    assert drafts.find(SLUG) == of


def test_the_instructor_may_leave_and_all_stays():
    of = draft()
    publish(of)
    instructor().delete()
    assert drafts.latest(of).author is None
    assert publishing.current(of).publisher is None
    assert offered.find(SLUG).lesson.title == "A test"
