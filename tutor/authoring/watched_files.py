"""Lesson files under edit: the text of each, its last version without errors, and waiting pages."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tutor import proof_files
from tutor.engine.errors import TutorError
from tutor.engine.lesson.reserved import NOT_LESSONS
from tutor.files.regular import is_folder, is_hidden, is_regular, is_there, start_of, why_not_regular
from tutor.files.yaml_reader import LARGEST_FILE

HEARTBEAT_SECONDS = 15.0
"""How often a waiting page gets a comment, so that proxies do not close an idle connection."""

ChangeKind = Literal["new", "changed", "gone", "back", "moved"]


class NothingToWatch(TutorError):
    """There is no such file or folder; the text says so."""


class NotWatched(TutorError):
    """No file of that name is watched."""


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file as it was read last; `good_text` is its last version without errors, None before the first.

    `stamp` identifies the file and its version: device, inode, times and size; () if it could not be read.
    `is_gone`: the file does not exist now. `moved_to`: the slug of its new name, "" if it was not renamed.
    `trouble`: why the file can't be read, "" if it can. `proof`: the text of the proof file beside it, "" without one.
    """

    slug: str
    path: Path
    text: bytes
    stamp: tuple[int, ...]
    good_text: bytes | None = None
    is_gone: bool = False
    moved_to: str = ""
    trouble: str = ""
    proof: str = ""

    @property
    def is_half_saved(self) -> bool:
        """Whether the file is missing or empty now and was not before, as while an editor replaces it."""
        try:
            return not self.path.stat().st_size and bool(self.text)
        except OSError:
            return not self.is_gone


@dataclass(frozen=True, slots=True)
class FileEvent:
    """A change of a file; of one that moved, `file` has the new name and `before` the old one."""

    kind: ChangeKind
    file: WatchedFile
    before: WatchedFile | None = None


class WatchedFiles:
    """The files of a folder, or one of them. One thread scans them, any thread may read them."""

    def __init__(self, folder: Path, only: str | None = None) -> None:
        self.folder = folder
        self._only = only
        # Replaced and never changed, so that other threads read one state or the next.
        self._files: Mapping[str, WatchedFile] = {}
        self._news = asyncio.Event()
        self._is_closed = False

    @property
    def is_one_file(self) -> bool:
        """Whether only one file of the folder is watched."""
        return self._only is not None

    @property
    def files(self) -> Sequence[WatchedFile]:
        """All files by name, including removed ones, whose previews stay."""
        return [self._files[slug] for slug in sorted(self._files)]

    def find(self, slug: str) -> WatchedFile:
        """Return the file whose preview has that name. Raises: NotWatched."""
        if slug not in self._files:
            raise NotWatched(f"No file of the name {slug!r} is watched.")
        return self._files[slug]

    def is_settled(self) -> bool:
        """Return whether no file seems to be half saved; editors replace files in several steps."""
        return not any(known.is_half_saved for known in self._files.values())

    def scan(self) -> list[FileEvent]:
        """Read the files that changed since the last scan, and return the changes."""
        present = {slug_of(path): self._read(slug_of(path), path) for path in self._paths()}
        missing = [known for slug, known in self._files.items() if slug not in present and not known.is_gone]
        events = self._departures(missing, [*present.values()])
        moved = {event.file.slug for event in events}
        events += filter(None, (self._arrival(file) for slug, file in present.items() if slug not in moved))
        # A touched file is not an event, but remembering its new stamp avoids reading it again.
        self._files = {**self._files, **present, **_files_of(events)}
        return events

    def keep_good_text(self, file: WatchedFile) -> None:
        """Keep the text as the last one without errors, unless a newer one was kept meanwhile."""
        known = self._files[file.slug]
        if known.good_text is None or known.text == file.text:
            self._files = {**self._files, file.slug: replace(known, good_text=file.text)}

    def _paths(self) -> Iterator[Path]:
        try:
            for path in sorted(self.folder.iterdir()):
                is_ours = path.name == self._only if self._only else _is_lesson_like(path)
                if is_ours and is_regular(path):
                    yield path
        except OSError:
            return

    def _read(self, slug: str, path: Path) -> WatchedFile:
        known = self._files.get(slug)
        good = known.good_text if known else None
        try:
            status = path.stat()
            stamp = _stamp(status) + (proof_files.stamp_beside(path) or ())
            if known and known.stamp == stamp and not known.is_gone:
                return known
            proof = proof_files.beside(path)
            text = start_of(path, LARGEST_FILE + 1)
            return WatchedFile(slug, path, text, stamp, good, proof=proof.text if proof else "")
        except OSError as fault:
            return WatchedFile(slug, path, b"", (), good, trouble=fault.strerror or str(fault))

    def _departures(self, missing: Sequence[WatchedFile], present: Sequence[WatchedFile]) -> list[FileEvent]:
        if not missing:
            return []
        candidates = self._all_in_folder() if self._only else present
        return [self._departure(gone, candidates) for gone in missing]

    def _all_in_folder(self) -> list[WatchedFile]:
        """Read every file of the folder, because the watched one may have been renamed."""
        paths = [path for path in self.folder.iterdir() if _is_lesson_like(path) and is_regular(path)]
        return [self._read(slug_of(path), path) for path in paths]

    def _departure(self, gone: WatchedFile, candidates: Sequence[WatchedFile]) -> FileEvent:
        renamed = next((file for file in candidates if _is_same_file(gone, file)), None)
        if renamed is None:
            return FileEvent("gone", replace(gone, is_gone=True))
        if self._only:
            self._only = renamed.path.name
        before = replace(gone, is_gone=True, moved_to=renamed.slug)
        return FileEvent("moved", replace(renamed, good_text=gone.good_text), before)

    def _arrival(self, file: WatchedFile) -> FileEvent | None:
        known = self._files.get(file.slug)
        if known is None:
            return FileEvent("new", file)
        if known.is_gone:
            return FileEvent("back", file)
        is_same = (known.text, known.trouble, known.proof) == (file.text, file.trouble, file.proof)
        return None if is_same else FileEvent("changed", file)

    def notify(self) -> None:
        """Wake every waiting page to check its file for changes. Call it on the event loop only."""
        # Waiters of the old event wake up; later ones wait for the new event.
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """End every stream. Call it on the event loop only."""
        self._is_closed = True
        self.notify()

    async def updates(self) -> AsyncIterator[None]:
        """Yield at once, at every change, and every HEARTBEAT_SECONDS without one."""
        while not self._is_closed:
            news = self._news
            yield
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await news.wait()
            except TimeoutError:
                continue


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


def _is_lesson_like(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and not is_hidden(path) and path.name not in NOT_LESSONS


def slug_of(path: Path) -> str:
    """Return the name of the file's preview: its address as a lesson, or the whole name if it can't be one."""
    return path.stem if path.suffix == ".yaml" else path.name


def _is_same_file(gone: WatchedFile, file: WatchedFile) -> bool:
    # File systems reuse the inode of a removed file, so the text must be the same as well.
    return file.stamp[:2] == gone.stamp[:2] != () and file.text == gone.text and file.path != gone.path


def _files_of(events: Sequence[FileEvent]) -> dict[str, WatchedFile]:
    files = [file for event in events for file in (event.file, event.before) if file]
    return {file.slug: file for file in files}


_current: WatchedFiles | None = None


def open_at(path: Path) -> WatchedFiles:
    """Have this process watch a lesson file or a folder of them, and return the files. Raises: NothingToWatch."""
    global _current
    if is_folder(path):
        _current = WatchedFiles(path)
    elif is_regular(path):
        _current = WatchedFiles(path.parent, path.name)
    elif is_there(path):
        raise NothingToWatch(f"{path} can't be watched: {why_not_regular(path)}.")
    else:
        raise NothingToWatch(f"There is no file or folder {path}.")
    _current.scan()
    return _current


def current() -> WatchedFiles:
    """Return the files that this process watches. Raises: NothingToWatch."""
    if _current is None:
        raise NothingToWatch("Nothing is watched here.")
    return _current
