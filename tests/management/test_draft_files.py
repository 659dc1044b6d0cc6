"""`manage.py lessons import` and `export`: files and drafts hold the same bytes, and nothing is overwritten unasked."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from tests.lessons import SOUND
from tests.studio.studio_drafts import SLUG, draft, instructor, texts
from tutor.models import Draft
from tutor.studio import drafts, publishing

pytestmark = pytest.mark.django_db

CRLF = b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").rstrip().encode()


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.LESSONS_DIR = tmp_path / "lessons"
    settings.LESSONS_DIR.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", StringIO(""))
    return settings.LESSONS_DIR


def lessons(*words: str) -> tuple[int, str]:
    printed = StringIO()
    try:
        call_command("lessons", *words, stdout=printed)
    except SystemExit as left:
        return int(left.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def test_what_is_imported_and_exported_is_the_same_byte_for_byte(shelf: Path, tmp_path: Path):
    (shelf / f"{SLUG}.yaml").write_bytes(CRLF)
    assert lessons("import") == (0, f"lessons/{SLUG}.yaml: now revision 1 of the draft {SLUG}\n")
    assert lessons("export", "--to", "out") == (0, f"out/{SLUG}.yaml: revision 1 written\n")
    assert (tmp_path / "out" / f"{SLUG}.yaml").read_bytes() == CRLF
    assert lessons("import") == (0, f"lessons/{SLUG}.yaml: already revision 1 of the draft {SLUG}\n")
    assert lessons("export") == (0, f"lessons/{SLUG}.yaml: is revision 1 already\n")


def test_a_file_that_says_something_else_is_written_only_after_a_question(shelf: Path, monkeypatch):
    draft()
    path = shelf / f"{SLUG}.yaml"
    path.write_text("title: Mine\n")
    status, said = lessons("export")
    assert (status, path.read_text()) == (0, "title: Mine\n")
    assert "-title: Mine" in said
    assert "left as it was" in said
    lessons("export", "--diff")
    assert path.read_text() == "title: Mine\n"
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    lessons("export")
    assert path.read_text() == SOUND


def test_line_ends_alone_are_a_difference_too(shelf: Path):
    draft()
    (shelf / f"{SLUG}.yaml").write_bytes(SOUND.replace("\n", "\r\n").encode())
    assert "only what ends the lines is different" in lessons("export")[1]
    lessons("export", "--yes")
    assert (shelf / f"{SLUG}.yaml").read_bytes() == SOUND.encode()


def test_the_published_revision_is_exported_unless_the_newest_is_asked_for(shelf: Path):
    of = draft()
    publishing.publish(of, drafts.latest(of), instructor())
    drafts.save(of, instructor(), SOUND + "level: advanced\n", base=1)
    lessons("export")
    assert (shelf / f"{SLUG}.yaml").read_text() == SOUND
    lessons("export", "--newest", "--yes", SLUG)
    assert (shelf / f"{SLUG}.yaml").read_text() == SOUND + "level: advanced\n"


def test_an_imported_file_takes_nothing_from_the_history(shelf: Path):
    of = draft()
    (shelf / f"{SLUG}.yaml").write_text("title: From git\n")
    lessons("import", f"lessons/{SLUG}.yaml", "--note", "From git")
    assert texts(of) == [SOUND, "title: From git\n"]
    assert (drafts.latest(of).note, drafts.latest(of).author) == ("From git", None)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", b"\xff", "not UTF-8"),
        ("A b.yaml", b"a: 1", "Did you mean a-b?"),
        ("missing.yaml", None, "can't be read: No such file"),
    ],
)
def test_files_that_cannot_be_imported_are_reported_and_the_others_imported(
    shelf: Path, name: str, content: bytes | None, said: str
):
    (shelf / "good.yaml").write_text(SOUND)
    if content is not None:
        (shelf / name).write_bytes(content)
    status, printed = lessons("import", f"lessons/{name}", "lessons/good.yaml")
    assert status == 1
    assert said in printed
    assert [each.slug for each in Draft.objects.all()] == ["good"]


def test_a_missing_draft_and_an_empty_studio_are_reported():
    assert lessons("export", "nothing") == (1, "There is no draft called nothing.\n")
    assert lessons("export") == (0, "There are no drafts in the Studio.\n")


def test_an_unwritable_folder_is_reported(shelf: Path, tmp_path: Path):
    draft()
    (tmp_path / "out").write_text("a file")
    status, said = lessons("export", "--to", "out")
    assert status == 1
    assert f"out/{SLUG}.yaml can't be written: " in said


def test_an_unprepared_database_is_reported(shelf: Path):
    (shelf / "good.yaml").write_text(SOUND)
    before = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tutor_draft RENAME TO tutor_gone")
    status, said = lessons("import")
    transaction.savepoint_rollback(before)
    assert status == 1
    assert "make run prepares it; on a server, python manage.py migrate does." in said
