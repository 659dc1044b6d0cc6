"""Drafts: no saved or typed text is lost, in any order of saves by any authors."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.lessons import SOUND
from tests.studio.studio_drafts import SLUG, draft, instructor, texts
from tests.tables import for_each
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.models import WorkingCopy
from tutor.studio import drafts
from tutor.studio.drafts import CannotBeKept, DraftExists, NoSuchDraft, SavedMeanwhile, UnsavedWork

pytestmark = pytest.mark.django_db

OTHER = SOUND.replace("A test", "Another test")


def test_saving_makes_a_revision_and_keeps_the_one_before():
    of = draft()
    saved = drafts.save(of, instructor(), OTHER, base=1, note="A better title")
    assert (saved.number, saved.note, saved.author.username) == (2, "A better title", "ins")
    assert texts(of) == [SOUND, OTHER]


def test_saving_what_is_saved_makes_no_revision():
    of = draft()
    assert drafts.save(of, instructor(), SOUND, base=1).number == 1
    assert texts(of) == [SOUND]


def test_the_second_of_two_instructors_gets_a_conflict_and_nothing_is_overwritten():
    of, ben = draft(), instructor("ben")
    drafts.save(of, instructor(), OTHER, base=1)
    with pytest.raises(SavedMeanwhile) as told:
        drafts.save(of, ben, SOUND + "level: advanced\n", base=1)
    assert (told.value.latest.number, told.value.latest.author.username) == (2, "ins")
    assert texts(of) == [SOUND, OTHER]
    workspace = drafts.workspace(of, ben)
    assert (workspace.source, workspace.base, workspace.is_behind, workspace.is_saved) == (
        SOUND + "level: advanced\n",
        1,
        True,
        False,
    )


def test_after_a_look_at_the_other_ones_revision_the_text_can_be_saved():
    of, ben = draft(), instructor("ben")
    drafts.save(of, instructor(), OTHER, base=1)
    with pytest.raises(SavedMeanwhile):
        drafts.save(of, ben, SOUND + "level: advanced\n", base=1)
    drafts.rebase(of, ben, onto=2)
    assert drafts.save(of, ben, SOUND + "level: advanced\n", base=2).number == 3
    assert texts(of) == [SOUND, OTHER, SOUND + "level: advanced\n"]


def test_saving_the_same_text_as_another_author_is_no_conflict():
    of, ben = draft(), instructor("ben")
    drafts.save(of, instructor(), OTHER, base=1)
    assert drafts.save(of, ben, OTHER, base=1).number == 2


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_saves_one_succeeds_and_the_others_get_a_conflict():
    of, authors = draft(), [instructor(f"ins{i}") for i in range(4)]
    together = Barrier(len(authors))

    def save(i: int) -> str:
        together.wait()
        try:
            saved = drafts.save(of, authors[i], f"{SOUND}minutes: {i + 1}\n", base=1)
            return f"saved {saved.number}"
        except SavedMeanwhile:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(authors)) as pool:
        outcomes = sorted(pool.map(save, range(len(authors))))
    assert outcomes == ["saved 2", "told", "told", "told"]
    kept = [drafts.workspace(of, author).source for author in authors]
    assert sorted(kept) == [f"{SOUND}minutes: {i + 1}\n" for i in range(4)]


@for_each("text", [SOUND, SOUND.replace("\n", "\r\n"), SOUND.replace("\n", "\r\n", 3), SOUND.rstrip()])
def test_a_form_changes_no_line_ends(text: str):
    of = draft(text)
    crlf = text.replace("\r\n", "\n").replace("\n", "\r\n")
    assert drafts.save(of, instructor(), crlf, base=1).number == 1
    saved = drafts.save(of, instructor(), crlf.replace("A test", "Better"), base=1)
    assert saved.source == text.replace("A test", "Better")


def test_what_was_typed_keeps_its_own_line_ends_when_a_form_saves_it():
    of = draft()
    drafts.keep(of, instructor(), "title: A\r\ntrack: b\n", base=1)
    assert drafts.save(of, instructor(), "title: A\r\ntrack: b\r\n", base=1).source == "title: A\r\ntrack: b\n"


def test_what_is_typed_is_kept_for_its_author_alone():
    of, ben = draft(), instructor("ben")
    drafts.keep_sound(of, instructor(), OTHER, base=1)
    assert drafts.workspace(of, instructor()).source == OTHER
    assert drafts.workspace(of, ben).source == SOUND
    assert [copy.author.username for copy in drafts.others_at_work(of, ben)] == ["ins"]
    assert drafts.others_at_work(of, instructor()) == []


def test_the_last_sound_text_is_remembered_while_a_broken_one_is_typed():
    of = draft()
    drafts.keep_sound(of, instructor(), OTHER, base=1)
    drafts.keep(of, instructor(), "title: [", base=1)
    workspace = drafts.workspace(of, instructor())
    assert (workspace.source, workspace.sound_source) == ("title: [", OTHER)


def test_saving_and_discarding_clear_the_workspace():
    of = draft()
    drafts.keep_sound(of, instructor(), OTHER, base=1)
    drafts.discard(of, instructor())
    assert drafts.workspace(of, instructor()).source == SOUND
    drafts.keep_sound(of, instructor(), OTHER, base=1)
    drafts.save(of, instructor(), OTHER, base=1)
    assert not WorkingCopy.objects.exists()


def test_an_old_revision_is_opened_to_become_the_newest():
    of = draft()
    drafts.save(of, instructor(), OTHER, base=1)
    drafts.reopen(of, instructor(), 1)
    workspace = drafts.workspace(of, instructor())
    assert (workspace.source, workspace.base, workspace.is_saved) == (SOUND, 2, False)
    drafts.save(of, instructor(), workspace.source, base=workspace.base)
    assert texts(of) == [SOUND, OTHER, SOUND]


def test_opening_an_old_revision_takes_nothing_that_was_typed():
    of = draft()
    drafts.save(of, instructor(), OTHER, base=1)
    drafts.keep(of, instructor(), "typed", base=2)
    with pytest.raises(UnsavedWork):
        drafts.reopen(of, instructor(), 1)
    assert drafts.workspace(of, instructor()).source == "typed"


def test_two_drafts_have_two_names():
    draft()
    with pytest.raises(DraftExists, match="already"):
        drafts.begin(SLUG, OTHER, instructor())
    assert texts(drafts.find(SLUG)) == [SOUND]


@pytest.mark.parametrize("text", ["a\x00b", "x" * (LARGEST_FILE + 1), "é" * (LARGEST_FILE // 2 + 1)])
def test_what_can_not_be_kept_is_refused_everywhere(text: str):
    of = draft()
    for attempt in (
        lambda: drafts.begin("other", text, instructor()),
        lambda: drafts.save(of, instructor(), text, base=1),
        lambda: drafts.keep(of, instructor(), text, base=1),
    ):
        with pytest.raises(CannotBeKept):
            attempt()
    assert texts(of) == [SOUND]


@pytest.mark.parametrize("base", [0, 2, 99])
def test_a_missing_revision_is_reported(base: int):
    of = draft()
    with pytest.raises(NoSuchDraft):
        drafts.save(of, instructor(), OTHER, base=base)
    with pytest.raises(NoSuchDraft):
        drafts.keep(of, instructor(), OTHER, base=base)
    assert texts(of) == [SOUND]


def test_a_draft_that_no_learner_had_can_be_removed():
    of = draft()
    drafts.remove(of)
    with pytest.raises(NoSuchDraft):
        drafts.find(SLUG)
