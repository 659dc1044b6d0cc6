"""Watching files: what editors do to them when they save, and what a look makes of it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tutor.authoring import watching
from tutor.authoring.watching import Desk, NothingToWatch, NotWatched


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "one.yaml"
    path.write_text("first")
    return path


@pytest.fixture
def desk(file: Path) -> Desk:
    """A desk that has looked once."""
    found = Desk(file.parent)
    found.look()
    return found


def told(desk: Desk) -> list[tuple[str, str, str]]:
    return [(news.kind, news.file.slug, news.file.text.decode()) for news in desk.look()]


def save_by_rename(path: Path, text: str) -> None:
    draft = path.with_name(".one.yaml.swp")
    draft.write_text(text)
    draft.replace(path)


def save_by_truncation(path: Path, text: str) -> None:
    path.write_text(text)


def save_by_deletion(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def save_with_backup(path: Path, text: str) -> None:
    path.rename(path.with_name("one.yaml~"))
    path.write_text(text)


SAVES = [save_by_rename, save_by_truncation, save_by_deletion, save_with_backup]


@pytest.mark.parametrize("save", SAVES)
def test_a_save_is_one_change_however_the_editor_does_it(desk, file, save):
    save(file, "second")
    assert told(desk) == [("changed", "one", "second")]
    assert told(desk) == []


@pytest.mark.parametrize("save", SAVES)
def test_saving_the_same_text_is_no_news(desk, file, save):
    save(file, "first")
    assert told(desk) == []


def test_a_change_that_keeps_time_and_size_is_seen(desk, file):
    before = file.stat()
    file.write_text("FIRST")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert told(desk) == [("changed", "one", "FIRST")]


def test_a_file_that_is_missing_or_empty_for_the_first_time_may_be_on_its_way(desk, file):
    assert desk.is_settled()
    file.write_text("")
    assert not desk.is_settled()
    desk.look()
    assert desk.is_settled()
    file.unlink()
    assert not desk.is_settled()
    desk.look()
    assert desk.is_settled()


def test_a_file_goes_and_comes_back(desk, file):
    file.unlink()
    assert told(desk) == [("gone", "one", "first")]
    assert told(desk) == []
    assert desk.find("one").is_gone
    file.write_text("first")
    assert told(desk) == [("back", "one", "first")]
    assert not desk.find("one").is_gone


def test_a_new_file_is_told_and_what_is_no_lesson_is_not(desk, file):
    for name in ("two.yaml", "three.yml", "notes.txt", ".hidden", "one.yaml~"):
        file.with_name(name).write_text(name)
    file.with_name("folder.yaml").mkdir()
    assert told(desk) == [("new", "three.yml", "three.yml"), ("new", "two", "two.yaml")]


def test_a_renamed_file_keeps_its_good_version_and_the_old_name_leads_to_it(desk, file):
    desk.note_good(desk.find("one"))
    file.rename(file.with_name("uno.yaml"))
    assert told(desk) == [("moved", "uno", "first")]
    assert desk.find("uno").good_text == b"first"
    assert desk.find("one").moved_to == "uno"


def test_a_file_renamed_and_back_is_itself_again(desk, file):
    renamed = file.rename(file.with_name("uno.yaml"))
    desk.look()
    renamed.rename(file)
    assert told(desk) == [("moved", "one", "first")]
    assert (desk.find("one").is_gone, desk.find("one").moved_to, desk.find("uno").moved_to) == (False, "", "one")


def test_another_file_with_the_same_text_is_no_rename(desk, file):
    file.with_name("copy.yaml").write_text("first")
    file.unlink()
    assert sorted(told(desk)) == [("gone", "one", "first"), ("new", "copy", "first")]


def test_the_last_good_version_stays_while_others_come_and_go(desk, file):
    desk.note_good(desk.find("one"))
    for text in ("broken", ""):
        file.write_text(text)
        desk.look()
    file.unlink()
    desk.look()
    file.write_text("back")
    desk.look()
    assert (desk.find("one").text, desk.find("one").good_text) == (b"back", b"first")


def test_an_older_check_that_ends_late_does_not_replace_a_newer_good_version(desk, file):
    old = desk.find("one")
    file.write_text("second")
    desk.look()
    desk.note_good(desk.find("one"))
    desk.note_good(old)
    assert desk.find("one").good_text == b"second"


def test_one_file_is_watched_alone_and_followed_when_it_is_renamed(file):
    file.with_name("two.yaml").write_text("two")
    desk = watching.open_desk(file)
    assert [each.slug for each in desk.files] == ["one"]
    file.with_name("two.yaml").write_text("changed")
    assert told(desk) == []
    renamed = file.rename(file.with_name("uno.yaml"))
    assert told(desk) == [("moved", "uno", "first")]
    renamed.write_text("second")
    assert told(desk) == [("changed", "uno", "second")]


def test_a_file_that_may_not_be_read_says_so():
    with tempfile.TemporaryDirectory() as folder, nobody(folder):
        (path := Path(folder) / "one.yaml").write_text("secret")
        path.chmod(0)
        (news,) = Desk(path.parent).look()
        assert (news.file.trouble, news.file.text) == ("Permission denied", b"")


@contextmanager
def nobody(folder: str) -> Iterator[None]:
    """Be somebody who has to ask for permission, also where tests run as root; the folder is theirs."""
    before = os.geteuid()
    if before == 0:
        os.chown(folder, 65534, -1)
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_link_that_leads_nowhere_and_a_folder_that_goes_are_borne(desk, file):
    file.with_name("link.yaml").symlink_to(file.with_name("nothing"))
    assert told(desk) == []
    for path in file.parent.iterdir():
        path.unlink()
    file.parent.rmdir()
    assert told(desk) == [("gone", "one", "first")]
    file.parent.mkdir()
    file.write_text("again")
    assert told(desk) == [("back", "one", "again")]


def test_a_huge_file_is_read_no_further_than_a_lesson_may_go(desk, file):
    file.write_bytes(b"x" * 10_000_000)
    desk.look()
    assert len(desk.find("one").text) < 300_000


def test_what_is_not_there_can_not_be_watched(tmp_path):
    with pytest.raises(NothingToWatch, match="There is no file or folder"):
        watching.open_desk(tmp_path / "missing.yaml")


def test_a_stranger_name_is_not_watched(desk):
    with pytest.raises(NotWatched):
        desk.find("../one")


def test_an_empty_folder_can_be_watched(tmp_path):
    assert watching.open_desk(tmp_path).files == []
