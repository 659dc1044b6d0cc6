"""Lesson files into drafts and out again: byte for byte, and never in the place of something else."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.lessons import SOUND
from tests.shelves import shelf_of
from tests.studio.studio_drafts import SLUG, draft, instructor, texts
from tests.tables import for_each
from tests.timing import within
from tutor.authoring.starter import NotMade
from tutor.files.yaml_reader import LARGEST_FILE
from tutor.studio import drafts, files, listing
from tutor.studio.drafts import CannotBeKept, NoSuchDraft

pytestmark = pytest.mark.django_db

CONTENTS = {
    "line feeds": SOUND.encode(),
    "carriage returns": SOUND.replace("\n", "\r\n").encode(),
    "both": SOUND.replace("\n", "\r\n", 2).encode(),
    "a mark at the beginning": b"\xef\xbb\xbf" + SOUND.encode(),
    "no end of the last line": SOUND.rstrip().encode(),
    "spaces, tabs and comments": b"\n\n  # x\t\n" + SOUND.encode() + b"\n \n",
    "what is not ASCII": SOUND.replace("A test", "日本 🐰 é\u2028").encode(),
    "no lesson at all": b"]]: [",
    "nothing": b"",
}


shelf = shelf_of()


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_a_file_comes_out_as_it_went_in(content: bytes, shelf):
    (shelf / f"{SLUG}.yaml").write_bytes(content)
    taken = files.import_content(SLUG, files.file_content(SLUG), instructor(), note="")
    assert files.exported(drafts.find(SLUG)).source.encode() == content
    assert not files.import_content(SLUG, content, instructor(), note="").is_new
    assert taken.is_new


def test_a_file_becomes_the_newest_revision_and_what_others_typed_stays_theirs():
    of, ben = draft(), instructor("ben")
    drafts.keep(of, ben, "typed", base=1)
    taken = files.import_content(SLUG, b"title: From git\n", instructor(), note="From git")
    assert (taken.is_new, taken.revision.number, taken.revision.note) == (True, 2, "From git")
    assert texts(of) == [SOUND, "title: From git\n"]
    workspace = drafts.workspace(of, ben)
    assert (workspace.source, workspace.is_behind) == ("typed", True)


def test_a_note_is_cut_to_what_the_history_can_keep():
    for content in (b"title: One\n", b"title: Two\n"):
        assert files.import_content(SLUG, content, None, note="a" * 300).revision.note == "a" * 200


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title: \xff", "byte 0xff at 7 is not UTF-8"),
        (b"a" * (LARGEST_FILE + 1), "a lesson may have"),
        (b"a\x00b", "NUL"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, said: str):
    of = draft()
    for slug in (SLUG, "new"):
        with pytest.raises(CannotBeKept, match=said):
            files.import_content(slug, content, instructor(), note="")
    assert texts(of) == [SOUND]
    with pytest.raises(NoSuchDraft):
        drafts.find("new")


@for_each("slug", ["../etc", "A b", "", "x" * 61, "é"])
def test_a_bad_name_is_refused(slug: str):
    with pytest.raises(NotMade):
        files.import_content(slug, SOUND.encode(), instructor(), note="")
    with pytest.raises(NoSuchDraft):
        files.file_content(slug)


def test_the_list_shows_the_state_of_drafts_and_files(shelf):
    (shelf / "a.yaml").write_text(SOUND)
    (shelf / "b.yaml").write_text(SOUND)
    (shelf / "c.yaml").write_text("title: Only a file\n")
    draft(slug="a")
    draft(SOUND + "# more\n", slug="b")
    draft("title: [", slug="d")
    listed = listing.listed_drafts(files.files(), instructor())
    assert {(each.slug, each.title, each.file) for each in listed} == {
        ("a", "A test", "same"),
        ("b", "A test", "differs"),
        ("d", "d", "none"),
    }
    assert [(each.slug, each.title) for each in listing.listed_files(files.files(), listed)] == [("c", "Only a file")]


def test_the_list_takes_as_many_queries_for_many_drafts_as_for_one(django_assert_num_queries):
    for number in range(5):
        of = draft(slug=f"draft-{number}")
        drafts.save(of, instructor(), f"{SOUND}# {number}\n", base=1)
    author = instructor()
    with django_assert_num_queries(3):
        assert [each.newest for each in listing.listed_drafts({}, author)] == [2] * 5


def test_what_can_not_be_read_in_the_folder_hides_nothing_else(shelf):
    (shelf / "a.yaml").write_text(SOUND)
    (shelf / "folder.yaml").mkdir()
    (shelf / "gone.yaml").symlink_to(shelf / "nowhere")
    assert set(files.files()) == {"a"}


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_taken_in_by_many_at_once_begins_one_draft():
    everybody = Barrier(6)

    def import_file(slug: str) -> bool:
        try:
            everybody.wait(30)
            return files.import_content(slug, SOUND.encode(), None, note="").revision.number == 1
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for number in range(5):
            assert all(pool.map(import_file, [f"lesson-{number}"] * 6))


@for_each(
    ("source", "title"),
    [
        ("title: A b\nsteps: [", "A b"),
        ("\ufeff# x\nactors: [a, {title: no}]\n'title': \"A\\0b\"", "A?b"),
        ("? ''\n: title\n? title\n: |\n  A\n", "A\n"),
        ("title: 5", ""),
        ("title: [A]", ""),
        ("title: 99999999999999999999", ""),
        ("a: *title\ntitle: &x A", "A"),
        ("- title\n- A", ""),
        ("[title, A]", ""),
        ("title", ""),
        ("", ""),
    ],
)
def test_a_title_is_read_as_far_as_it_can_be(source: str, title: str):
    assert listing.title_of(source) == title


def test_of_a_long_lesson_no_more_than_the_title_is_read():
    sources = [f"title: Lesson {number}\n" + "x: [1]\n" * 30_000 for number in range(20)]
    with within(1):
        assert [listing.title_of(source) for source in sources] == [f"Lesson {number}" for number in range(20)]
