"""Watching files: the events that a scan reports for the ways in which editors save."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tutor.authoring import watched_files
from tutor.authoring.watched_files import NothingToWatch, NotWatched, WatchedFiles


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "one.yaml"
    path.write_text("first")
    return path


@pytest.fixture
def watched(file: Path) -> WatchedFiles:
    """A watched that has looked once."""
    found = WatchedFiles(file.parent)
    found.scan()
    return found


def changes(watched: WatchedFiles) -> list[tuple[str, str, str]]:
    return [(event.kind, event.file.slug, event.file.text.decode()) for event in watched.scan()]


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
def test_a_save_is_one_change_however_the_editor_does_it(watched, file, save):
    save(file, "second")
    assert changes(watched) == [("changed", "one", "second")]
    assert changes(watched) == []


@pytest.mark.parametrize("save", SAVES)
def test_saving_the_same_text_is_no_news(watched, file, save):
    save(file, "first")
    assert changes(watched) == []


def test_a_change_that_keeps_time_and_size_is_seen(watched, file):
    before = file.stat()
    file.write_text("FIRST")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert changes(watched) == [("changed", "one", "FIRST")]


def test_a_file_that_is_missing_or_empty_for_the_first_time_may_be_on_its_way(watched, file):
    assert watched.is_settled()
    file.write_text("")
    assert not watched.is_settled()
    watched.scan()
    assert watched.is_settled()
    file.unlink()
    assert not watched.is_settled()
    watched.scan()
    assert watched.is_settled()


def test_a_file_goes_and_comes_back(watched, file):
    file.unlink()
    assert changes(watched) == [("gone", "one", "first")]
    assert changes(watched) == []
    assert watched.find("one").is_gone
    file.write_text("first")
    assert changes(watched) == [("back", "one", "first")]
    assert not watched.find("one").is_gone


def test_a_new_lesson_file_is_reported_and_other_files_are_not(watched, file):
    for name in ("two.yaml", "three.yml", "notes.txt", ".hidden", "one.yaml~"):
        file.with_name(name).write_text(name)
    file.with_name("folder.yaml").mkdir()
    assert changes(watched) == [("new", "three.yml", "three.yml"), ("new", "two", "two.yaml")]


def test_a_renamed_file_keeps_its_good_version_and_the_old_name_leads_to_it(watched, file):
    watched.keep_good_text(watched.find("one"))
    file.rename(file.with_name("uno.yaml"))
    assert changes(watched) == [("moved", "uno", "first")]
    assert watched.find("uno").good_text == b"first"
    assert watched.find("one").moved_to == "uno"


def test_a_file_renamed_and_back_is_itself_again(watched, file):
    renamed = file.rename(file.with_name("uno.yaml"))
    watched.scan()
    renamed.rename(file)
    assert changes(watched) == [("moved", "one", "first")]
    assert (watched.find("one").is_gone, watched.find("one").moved_to, watched.find("uno").moved_to) == (
        False,
        "",
        "one",
    )


def test_another_file_with_the_same_text_is_no_rename(watched, file):
    file.with_name("copy.yaml").write_text("first")
    file.unlink()
    assert sorted(changes(watched)) == [("gone", "one", "first"), ("new", "copy", "first")]


def test_the_last_good_version_stays_while_others_come_and_go(watched, file):
    watched.keep_good_text(watched.find("one"))
    for text in ("broken", ""):
        file.write_text(text)
        watched.scan()
    file.unlink()
    watched.scan()
    file.write_text("back")
    watched.scan()
    assert (watched.find("one").text, watched.find("one").good_text) == (b"back", b"first")


def test_an_older_check_that_ends_late_does_not_replace_a_newer_good_version(watched, file):
    old = watched.find("one")
    file.write_text("second")
    watched.scan()
    watched.keep_good_text(watched.find("one"))
    watched.keep_good_text(old)
    assert watched.find("one").good_text == b"second"


def test_one_file_is_watched_alone_and_followed_when_it_is_renamed(file):
    file.with_name("two.yaml").write_text("two")
    watched = watched_files.open_at(file)
    assert [each.slug for each in watched.files] == ["one"]
    file.with_name("two.yaml").write_text("changed")
    assert changes(watched) == []
    renamed = file.rename(file.with_name("uno.yaml"))
    assert changes(watched) == [("moved", "uno", "first")]
    renamed.write_text("second")
    assert changes(watched) == [("changed", "uno", "second")]


def test_a_file_that_may_not_be_read_says_so():
    with tempfile.TemporaryDirectory() as folder, nobody(folder):
        (path := Path(folder) / "one.yaml").write_text("secret")
        path.chmod(0)
        (event,) = WatchedFiles(path.parent).scan()
        assert (event.file.trouble, event.file.text) == ("Permission denied", b"")


@contextmanager
def nobody(folder: str) -> Iterator[None]:
    """Run as an ordinary user who owns the folder, even if the tests run as root."""
    before = os.geteuid()
    if before == 0:
        os.chown(folder, 65534, -1)
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_link_that_leads_nowhere_and_a_folder_that_goes_are_borne(watched, file):
    file.with_name("link.yaml").symlink_to(file.with_name("nothing"))
    assert changes(watched) == []
    for path in file.parent.iterdir():
        path.unlink()
    file.parent.rmdir()
    assert changes(watched) == [("gone", "one", "first")]
    file.parent.mkdir()
    file.write_text("again")
    assert changes(watched) == [("back", "one", "again")]


def test_a_huge_file_is_read_no_further_than_a_lesson_may_go(watched, file):
    file.write_bytes(b"x" * 10_000_000)
    watched.scan()
    assert len(watched.find("one").text) < 300_000


def test_what_is_not_there_can_not_be_watched(tmp_path):
    with pytest.raises(NothingToWatch, match="There is no file or folder"):
        watched_files.open_at(tmp_path / "missing.yaml")


def test_a_stranger_name_is_not_watched(watched):
    with pytest.raises(NotWatched):
        watched.find("../one")


def test_an_empty_folder_can_be_watched(tmp_path):
    assert watched_files.open_at(tmp_path).files == []
