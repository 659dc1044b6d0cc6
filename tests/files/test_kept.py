"""Kept files: read again when they change, and gone when they are gone."""

import os
from pathlib import Path

from tests.tables import for_each
from tutor.files.kept import KeptFiles
from tutor.files.regular import start_of


def test_a_file_is_read_once_until_it_changes(tmp_path: Path):
    path, reads = tmp_path / "a", list[bytes]()

    def read(path: Path) -> bytes:
        reads.append(start_of(path, 9))
        return reads[-1]

    files = KeptFiles(read)
    path.write_bytes(b"old")
    assert [files.at(path), files.at(path)] == [b"old", b"old"]
    path.write_bytes(b"newer")
    assert [files.at(path), files.at(path)] == [b"newer", b"newer"]
    assert reads == [b"old", b"newer"]


@for_each("name", ["missing", "folder", "pipe", "a\0b", "x" * 300])
def test_what_is_no_file_holds_nothing(name: str, tmp_path: Path):
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir(exist_ok=True)
    if not pipe.exists():
        os.mkfifo(pipe)
    assert KeptFiles(lambda path: start_of(path, 9)).at(tmp_path / name) is None


def test_a_file_that_is_removed_or_becomes_something_else_is_forgotten(tmp_path: Path):
    path, files = tmp_path / "a", KeptFiles(lambda path: start_of(path, 9))
    for becomes in (lambda: None, path.mkdir):
        path.write_bytes(b"x")
        assert files.at(path) == b"x"
        path.unlink()
        becomes()
        assert files.at(path) is None
