"""The Studio's pages: every form works without JavaScript, and none of them loses or overwrites anything."""

import json
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests.instructors import alert_of
from tests.lessons import SOUND
from tests.markup import elements, find
from tests.shelves import shelf_of
from tests.studio.studio_drafts import SLUG, draft, instructor, texts
from tests.tables import for_each
from tutor.models import Draft, Publication, Revision, WorkingCopy
from tutor.studio import drafts, publishing

pytestmark = pytest.mark.django_db

PAGE = f"/studio/drafts/{SLUG}/"
FALSE = SOUND.rstrip()[:-1] + ", expect: {queue: [b]}}\n"
OTHER = SOUND.replace("A test", "Another test")


shelf = shelf_of()


def logged_in(name: str = "ins") -> Client:
    client = Client()
    client.force_login(instructor(name))
    return client


@pytest.fixture
def client() -> Client:
    return logged_in()


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def source_in(answer: HttpResponse) -> str:
    """Return the text in the editor's field: HTML drops one line break after the tag."""
    inner = re.search(r"<textarea[^>]*>(.*?)</textarea>", text(answer), re.DOTALL)[1]
    assert inner.startswith("\n")
    return unescape(inner[1:])


def check(client: Client, source: str, base: int = 1) -> dict:
    answer = client.post(f"{PAGE}check/", {"source": source, "base": base})
    return {**json.loads(answer.content), "status": answer.status_code}


# Beginning


def test_a_lesson_is_begun_from_one_that_works(client):
    answer = client.post("/studio/drafts/", {"slug": "my-queue"}, follow=True)
    assert answer.redirect_chain == [("/studio/drafts/my-queue/", 303)]
    assert "No problems" in text(answer)
    assert "title: My queue" in source_in(answer)


@pytest.mark.parametrize(
    ("slug", "said"), [("My Queue", "Did you mean my-queue?"), ("", "a-z, 0-9"), (SLUG, "already")]
)
def test_an_unusable_name_is_reported_beside_the_field(client, slug, said):
    draft()
    answer = client.post("/studio/drafts/", {"slug": slug})
    assert answer.status_code == 422
    assert said in text(answer)
    assert find(elements(text(answer)), "input", id="slug")[0]["value"] == slug
    assert Draft.objects.count() == 1


def test_the_first_page_lists_drafts_and_files_and_says_when_there_are_none(client, shelf):
    assert "No drafts yet" in text(client.get("/studio/"))
    (shelf / "filed.yaml").write_text(SOUND.replace("A test", "Filed"))
    draft("title: <b>Bold</b>\n")
    page = text(client.get("/studio/"))
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "filed.yaml" in page


def test_a_file_of_the_folder_is_taken_in(client, shelf):
    (shelf / "filed.yaml").write_bytes(SOUND.replace("\n", "\r\n").encode())
    answer = client.post("/studio/files/filed/", follow=True)
    assert "The file is now revision 1" in text(answer)
    assert texts(Draft.objects.get(slug="filed")) == [SOUND.replace("\n", "\r\n")]
    assert "so nothing was imported" in text(client.post("/studio/files/filed/", follow=True))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x" * 61, b"title: x", "at most 60 characters"),
        ("-x", b"title: x", "Did you mean x?"),
        ("x", b"\xe9", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_a_draft_is_reported_beside_the_others(client, shelf, name, content, said):
    (shelf / f"{name}.yaml").write_bytes(content)
    (shelf / "good.yaml").write_text(SOUND)
    answer = client.post(f"/studio/files/{name}/")
    assert answer.status_code == 422
    assert said in alert_of(answer)
    assert "A test" in text(answer)


def test_an_uploaded_file_is_the_newest_revision_and_comes_out_byte_for_byte(client):
    of, content = draft(), ("\ufeff" + SOUND.replace("\n", "\r\n", 3)).encode()
    client.post("/studio/files/", {"file": SimpleUploadedFile(f"{SLUG}.yaml", content)})
    assert texts(of)[0] == SOUND
    answer = client.get(f"{PAGE}revisions/2/file/")
    assert answer.content == content
    assert answer["Content-Disposition"] == f'attachment; filename="{SLUG}.yaml"'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("queues.yaml", b"\xff", "not UTF-8"),
        ("Not a name.yaml", b"a: 1", "Did you mean not-a-name?"),
        ("queues.yaml", b"x" * (256 * 1024 + 1), "a lesson may have"),
    ],
)
def test_an_upload_that_is_no_lesson_file_is_refused(client, name, content, said):
    answer = client.post("/studio/files/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Draft.objects.exists()


def test_a_missing_upload_is_reported(client):
    assert "Choose a file first" in text(client.post("/studio/files/"))


# Editing


@pytest.mark.parametrize(
    "source", ["\n\nfirst lines are empty", "</textarea><script>alert(1)</script>", "{{ 7*7 }}é🐰"]
)
def test_the_editor_has_the_text_as_it_is(client, source):
    draft(source)
    assert source_in(client.get(PAGE)) == source


def test_problems_are_listed_with_their_places(client):
    draft(FALSE)
    page = text(client.get(PAGE))
    assert "1 error" in page
    assert "claims that queue is [&#39;b&#39;]" in page
    (jump,) = find(elements(page), "a", class_="problem-jump")
    assert jump["data-line"] == "7"


def test_the_check_keeps_what_was_typed_and_says_what_is_wrong(client):
    of = draft()
    found = check(client, FALSE)
    assert (found["status"], found["is_sound"], found["fault"]) == (200, False, "")
    (problem,) = found["problems"]
    assert {name: problem[name] for name in ("line", "severity", "expected", "came")} == {
        "line": 7,
        "severity": "error",
        "expected": "['b']",
        "came": "['a']",
    }
    assert problem["length"] >= 1
    assert source_in(client.get(PAGE)) == FALSE
    assert texts(of) == [SOUND]


def test_a_misspelt_word_is_marked_whole_with_the_one_that_was_meant(client):
    draft()
    (problem,) = check(client, SOUND.replace("producer, action", "producre, action"))["problems"]
    assert (problem["suggestion"], problem["length"]) == ("producer", len("producre"))


@pytest.mark.parametrize("source", ["a\x00b", "x" * (256 * 1024 + 1)])
def test_an_unstorable_text_is_reported_and_changes_nothing(client, source):
    of = draft()
    found = check(client, source)
    assert found["status"] == 422
    assert found["error"]
    answer = client.post(f"{PAGE}save/", {"source": source, "base": 1})
    assert answer.status_code == 422
    assert "Your text is still here" in text(answer)
    assert texts(of) == [SOUND]
    assert not WorkingCopy.objects.exists()


@for_each("base", ["", "0", "2", "-1", "x", "9" * 30])
def test_a_base_that_there_is_not_is_not_found(client, base):
    of = draft()
    assert client.post(f"{PAGE}check/", {"source": OTHER, "base": base}).status_code == 404
    assert client.post(f"{PAGE}save/", {"source": OTHER, "base": base}).status_code == 404
    assert texts(of) == [SOUND]


def test_saving_works_as_a_plain_form(client):
    of = draft()
    answer = client.post(
        f"{PAGE}save/", {"source": OTHER.replace("\n", "\r\n"), "base": 1, "note": "Title"}, follow=True
    )
    assert answer.redirect_chain == [(f"{PAGE}?done=saved", 303)]
    assert "Saved as revision 2" in text(answer)
    assert texts(of) == [SOUND, OTHER]
    assert "Title" in text(client.get(f"{PAGE}revisions/"))


def test_pressing_save_twice_makes_one_revision(client):
    of = draft()
    for _ in range(2):
        answer = client.post(f"{PAGE}save/", {"source": OTHER, "base": 1}, follow=True)
    assert "nothing was saved" in text(answer)
    assert texts(of) == [SOUND, OTHER]


def test_the_second_instructor_to_save_sees_both_and_can_go_on(client):
    of, ben = draft(), logged_in("ben")
    client.post(f"{PAGE}save/", {"source": OTHER, "base": 1})
    mine = SOUND + "level: advanced\n"
    answer = ben.post(f"{PAGE}save/", {"source": mine, "base": 1})
    assert answer.status_code == 409
    page = text(answer)
    assert "ins saved this draft meanwhile" in page
    assert "title: Another test" in page
    assert "level: advanced" in page
    assert texts(of) == [SOUND, OTHER]
    editor = ben.get(PAGE)
    assert source_in(editor) == mine
    assert "Revision 2 was saved by ins after you began" in text(editor)
    ben.post(f"{PAGE}rebase/", {"onto": 2})
    ben.post(f"{PAGE}save/", {"source": mine, "base": 2})
    assert texts(of) == [SOUND, OTHER, mine]


def test_changes_are_shown_before_they_are_discarded(client):
    draft()
    assert f'href="{PAGE}changes/" hidden' in text(client.get(PAGE))
    assert "Discard them" not in text(client.get(f"{PAGE}changes/"))
    check(client, OTHER)
    editor, shown = text(client.get(PAGE)), text(client.get(f"{PAGE}changes/"))
    assert f'href="{PAGE}changes/"' in editor
    assert f'href="{PAGE}changes/" hidden' not in editor
    assert f"{PAGE}discard/" not in editor
    assert "<code>title: Another test</code>" in shown
    assert f"{PAGE}discard/" in shown
    assert source_in(client.get(PAGE)) == OTHER


def test_the_list_says_where_one_has_changes_that_are_not_saved(client):
    draft()
    check(client, OTHER)
    assert "Unsaved changes" in text(client.get("/studio/"))
    assert "Unsaved changes" not in text(logged_in("other").get("/studio/"))


def test_the_check_says_whether_the_text_is_saved(client):
    draft()
    assert not check(client, OTHER)["is_saved"]
    assert check(client, SOUND)["is_saved"]


def test_changes_can_be_discarded(client):
    draft()
    check(client, OTHER)
    answer = client.post(f"{PAGE}discard/", follow=True)
    assert source_in(answer) == SOUND


def test_looking_at_a_draft_is_no_change_to_it(client):
    draft()
    client.get(PAGE)
    check(client, SOUND)
    assert not WorkingCopy.objects.exists()


def test_unsaved_work_of_others_is_mentioned_but_not_shown(client):
    draft()
    check(logged_in("ben"), SOUND + "# a secret thought\n")
    page = text(client.get(PAGE))
    assert "ben has unsaved changes to this draft" in page
    assert "a secret thought" not in page


# Preview


@pytest.mark.slow
def test_the_preview_follows_what_was_typed(client):
    draft()
    check(client, OTHER)
    assert "Another test" in text(client.get(f"{PAGE}preview/?at=1"))


def test_with_errors_the_preview_shows_the_last_sound_version_and_leaves_them_to_the_editor(client):
    draft()
    check(client, OTHER)
    check(client, FALSE.replace("A test", "Broken"))
    assert "claims that queue is" in text(client.get(PAGE))
    page = text(client.get(f"{PAGE}preview/?at=1"))
    assert "claims that queue is" not in page
    assert "1 error" in page
    assert "This is the version before the error in line" in page
    assert 'href="#problems"' not in page
    assert "Another test" in page


def test_where_nothing_sound_was_typed_the_preview_shows_what_is_saved(client):
    draft()
    check(client, "title: [")
    page = text(client.get(f"{PAGE}preview/?at=1"))
    assert "A test" in page
    assert "LPUSH queue a" in page


def test_only_the_preview_may_be_framed_by_our_pages(client):
    draft()
    preview, editor = client.get(f"{PAGE}preview/"), client.get(PAGE)
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'none'" in editor["Content-Security-Policy"]
    assert "frame-src 'self'" in editor["Content-Security-Policy"]
    assert editor["X-Frame-Options"] == "DENY"
    assert "frame-src" not in client.get("/studio/")["Content-Security-Policy"]


# History


def test_revisions_are_compared_with_the_one_before_or_any_other(client):
    of = draft()
    drafts.save(of, instructor(), OTHER, base=1)
    drafts.save(of, instructor(), OTHER + "level: advanced\n", base=2)
    page = text(client.get(f"{PAGE}revisions/3/"))
    assert "level: advanced" in page
    assert "title: A test" not in page
    assert "title: A test" in text(client.get(f"{PAGE}revisions/3/?against=1"))
    assert "Nothing is different" in text(client.get(f"{PAGE}revisions/3/?against=3"))


@for_each("path", ["revisions/9/", "revisions/1/?against=9", "revisions/1/?against=x", "revisions/9/file/"])
def test_a_revision_that_there_is_not_is_not_found(client, path):
    draft()
    assert client.get(PAGE + path).status_code == 404


def test_an_old_revision_is_opened_in_the_editor(client):
    of = draft()
    drafts.save(of, instructor(), OTHER, base=1)
    answer = client.post(f"{PAGE}revisions/1/reopen/", follow=True)
    assert source_in(answer) == SOUND
    assert texts(of) == [SOUND, OTHER]


def test_an_old_revision_is_not_opened_over_changes_which_are_shown_instead(client):
    draft()
    check(client, OTHER)
    answer = client.post(f"{PAGE}revisions/1/reopen/")
    assert answer.status_code == 409
    assert "Revision 1 was not opened" in text(answer)
    assert "<code>title: Another test</code>" in text(answer)
    assert source_in(client.get(PAGE)) == OTHER


# Publishing


def test_the_list_shows_the_published_revision_not_the_newest(client):
    of = draft()
    drafts.save(of, instructor(), OTHER, base=1)
    answer = client.post(f"{PAGE}revisions/1/publish/", follow=True)
    assert "Revision 1 is published: learners who begin now get it." in text(answer)
    client.post(f"{PAGE}withdraw/")
    assert "is published" not in text(client.get(f"{PAGE}?done=published"))


def test_what_is_published_is_in_the_catalogue_and_can_be_stepped_through(client):
    draft()
    learner = Client()
    assert learner.get(f"/lessons/{SLUG}/").status_code == 404
    answer = client.post(f"{PAGE}revisions/1/publish/", follow=True)
    assert "Revision 1 is published" in text(answer)
    assert "A test" in text(learner.get("/"))
    learner.post(f"/lessons/{SLUG}/runs/", {"number": 1})
    assert "LPUSH queue a" in text(learner.get(f"/lessons/{SLUG}/"))


def test_a_learner_under_way_is_notified_of_a_new_version_and_keeps_theirs(client):
    of, learner = draft(), Client()
    client.post(f"{PAGE}revisions/1/publish/")
    learner.post(f"/lessons/{SLUG}/runs/", {"number": 1})
    drafts.save(of, instructor(), OTHER, base=1)
    client.post(f"{PAGE}revisions/2/publish/")
    page = text(learner.get(f"/lessons/{SLUG}/"))
    assert "This lesson has changed since you started it" in page
    assert "Another test" not in page


def test_publishing_an_older_revision_says_which_one_learners_get(client):
    drafts.save(draft(), instructor(), OTHER, base=1)
    answer = client.post(f"{PAGE}revisions/1/publish/", follow=True)
    assert "Revision 1 is published" in text(answer)


def test_errors_keep_a_revision_from_learners(client):
    draft(FALSE)
    answer = client.post(f"{PAGE}revisions/1/publish/")
    assert answer.status_code == 422
    assert "claims that queue is" in text(answer)
    assert f'href="{PAGE}#source"' in text(answer)
    assert not Publication.objects.exists()


def test_publishing_publishes_what_is_saved_and_not_what_is_typed(client):
    draft()
    check(client, OTHER)
    client.post(f"{PAGE}revisions/1/publish/")
    assert "Another test" not in text(Client().get("/"))


def test_a_withdrawn_lesson_is_not_offered(client):
    of = draft()
    client.post(f"{PAGE}revisions/1/publish/")
    client.post(f"{PAGE}withdraw/")
    assert publishing.current(of) is None
    assert Client().get(f"/lessons/{SLUG}/").status_code == 404


def test_a_draft_is_removed_only_after_a_question(client):
    draft()
    assert "be undone" in text(client.get(f"{PAGE}removal/"))
    assert Draft.objects.exists()
    assert "The draft is removed" in text(client.post(f"{PAGE}remove/", follow=True))
    assert not Revision.objects.exists()


def test_a_draft_that_was_published_is_not_removed(client):
    draft()
    client.post(f"{PAGE}revisions/1/publish/")
    assert "withdraw it instead" in text(client.get(f"{PAGE}removal/"))
    assert client.post(f"{PAGE}remove/").status_code == 409
    assert Draft.objects.exists()


@for_each("path", ["", "check/", "save/", "preview/", "revisions/", "revisions/1/publish/", "removal/"])
def test_a_draft_that_there_is_not_is_not_found(client, path):
    method = client.get if path in ("", "preview/", "revisions/", "removal/") else client.post
    assert method(f"/studio/drafts/nothing/{path}", {"base": 1, "source": ""}).status_code == 404


def test_the_editor_gets_the_commands_that_lessons_may_send_and_keeps_them(client):
    answer = client.get("/studio/commands/")
    rows = {row["name"]: row for row in answer.json()}
    assert rows["LPUSH"]["syntax"] == "key element [element ...]"
    assert rows["XGROUP CREATE"]["keys"] == [2, 2, 1]
    assert "FLUSHALL" not in rows
    assert client.get("/studio/commands/", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_the_commands_are_for_instructors():
    assert Client().get("/studio/commands/").status_code == 303


def test_the_page_says_where_the_commands_are(client, shelf):
    drafts_page = client.get(f"/studio/drafts/{draft(SOUND).slug}/").content.decode()
    assert 'data-commands-url="/studio/commands/"' in drafts_page
