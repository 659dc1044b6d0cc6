"""Lesson files that are being written: what each says now, its last version without errors, and who waits for news."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tutor.engine.errors import TutorError
from tutor.files.regular import is_folder, is_hidden, is_regular, is_there, start_of, why_not_regular
from tutor.files.yaml_reader import LARGEST_FILE

HEARTBEAT_SECONDS = 15.0
"""How often a page that waits hears something, so that nobody between takes the line for dead."""

Kind = Literal["new", "changed", "gone", "back", "moved"]


class NothingToWatch(TutorError):
    """There is no such file or folder; the text says so."""


class NotWatched(TutorError):
    """No file of that name is watched."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A file as it was read last: `good_text` is its last version without errors, None before there was one.

    `is_gone`: there is no such file now; `moved_to` the name that it has instead, "" if it has none. `trouble`: why the
    file can't be read.
    """

    slug: str
    path: Path
    text: bytes
    stamp: tuple[int, ...]
    good_text: bytes | None = None
    is_gone: bool = False
    moved_to: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What has become of a file; a file that moved is told with its new name, and `before` is the old one."""

    kind: Kind
    file: Watched
    before: Watched | None = None


class Desk:
    """The files that are watched: those of a folder, or one of it. Looked at by one thread, read by any."""

    def __init__(self, folder: Path, only: str | None = None) -> None:
        self.folder = folder
        self._only = only
        self._files: Mapping[str, Watched] = {}
        self._news = asyncio.Event()
        self._is_over = False

    @property
    def is_one_file(self) -> bool:
        """Whether one file is watched, and nothing else of its folder."""
        return self._only is not None

    @property
    def files(self) -> Sequence[Watched]:
        """All files, by name; those that are gone are among them as long as they have a page."""
        return [self._files[slug] for slug in sorted(self._files)]

    def find(self, slug: str) -> Watched:
        """Return the file whose preview has that name. Raises: NotWatched."""
        if slug not in self._files:
            raise NotWatched(f"No file of the name {slug!r} is watched.")
        return self._files[slug]

    def is_settled(self) -> bool:
        """Return whether no file is missing or empty that was not so before: editors replace files in several steps."""
        for known in self._files.values():
            try:
                is_odd = not known.path.stat().st_size and bool(known.text)
            except OSError:
                is_odd = not known.is_gone
            if is_odd:
                return False
        return True

    def look(self) -> list[News]:
        """Read what has changed since the last look, and return what that was."""
        found = {slug_of(path): path for path in self._paths()}
        arrived = [self._read(slug, path) for slug, path in found.items()]
        missing = [known for slug, known in self._files.items() if slug not in found and not known.is_gone]
        news = [*self._departures(missing, arrived)]
        settled = {each.file.slug for each in news}
        news += [each for file in arrived if file.slug not in settled for each in self._arrival(file)]
        self._files = {**self._files, **{each.file.slug: each.file for each in news}, **_leavers(news)}
        return news

    def note_good(self, file: Watched) -> None:
        """Keep the text as the last one without errors, unless a newer one was kept meanwhile."""
        known = self._files[file.slug]
        if known.good_text is not None and known.text != file.text:
            return
        self._files = {**self._files, file.slug: replace(known, good_text=file.text)}

    def _paths(self) -> Iterator[Path]:
        try:
            for path in sorted(self.folder.iterdir()):
                is_ours = path.name == self._only if self._only else _is_lesson_like(path)
                if is_ours and is_regular(path):
                    yield path
        except OSError:
            return

    def _read(self, slug: str, path: Path) -> Watched:
        known = self._files.get(slug)
        good = known.good_text if known else None
        try:
            status = path.stat()
            stamp = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
            if known and known.stamp == stamp and not known.is_gone:
                return known
            return Watched(slug, path, start_of(path, LARGEST_FILE + 1), stamp, good)
        except OSError as fault:
            return Watched(slug, path, b"", (), good, trouble=fault.strerror or str(fault))

    def _departures(self, missing: Sequence[Watched], arrived: Sequence[Watched]) -> Iterator[News]:
        candidates = [*arrived]
        if missing and self._only:
            others = (path for path in self.folder.iterdir() if _is_lesson_like(path) and is_regular(path))
            candidates = [self._read(slug_of(path), path) for path in others]
        for gone in missing:
            heir = next((file for file in candidates if _is_same_file(gone, file)), None)
            if heir is None:
                yield News("gone", replace(gone, is_gone=True))
                continue
            if self._only:
                self._only = heir.path.name
            yield News(
                "moved", replace(heir, good_text=gone.good_text), replace(gone, is_gone=True, moved_to=heir.slug)
            )

    def _arrival(self, file: Watched) -> Iterator[News]:
        known = self._files.get(file.slug)
        if known is None:
            yield News("new", file)
        elif known.is_gone:
            yield News("back", file)
        elif (known.text, known.trouble) != (file.text, file.trouble):
            yield News("changed", file)
        else:
            # Touched, but it says the same: only the time is to be kept.
            self._files = {**self._files, file.slug: file}

    def tell(self) -> None:
        """Have every page that waits look whether it is concerned. Only from the event loop."""
        self._news.set()
        self._news = asyncio.Event()

    def end(self) -> None:
        """Let all go that wait. Only from the event loop."""
        self._is_over = True
        self.tell()

    async def news(self) -> AsyncIterator[None]:
        """Yield at once, at every change, and now and then without one."""
        while not self._is_over:
            news = self._news
            yield
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await news.wait()
            except TimeoutError:
                continue


def _is_lesson_like(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and not is_hidden(path)


def slug_of(path: Path) -> str:
    """Return the name of the file's preview: its address as a lesson, or all of a name that can't be one."""
    return path.stem if path.suffix == ".yaml" else path.name


def _is_same_file(gone: Watched, file: Watched) -> bool:
    # A number of a file that was removed is given to the next one; so the text has to be the same as well.
    return file.stamp[:2] == gone.stamp[:2] != () and file.text == gone.text and file.path != gone.path


def _leavers(news: Sequence[News]) -> dict[str, Watched]:
    return {each.before.slug: each.before for each in news if each.before}


_desk: Desk | None = None


def open_desk(path: Path) -> Desk:
    """Return the desk of this process, for a lesson file or a folder of them. Raises: NothingToWatch."""
    global _desk
    if is_folder(path):
        _desk = Desk(path)
    elif is_regular(path):
        _desk = Desk(path.parent, path.name)
    elif is_there(path):
        raise NothingToWatch(f"{path} can't be watched: {why_not_regular(path)}.")
    else:
        raise NothingToWatch(f"There is no file or folder {path}.")
    _desk.look()
    return _desk


def desk() -> Desk:
    """Return the desk of this process. Raises: NothingToWatch."""
    if _desk is None:
        raise NothingToWatch("Nothing is watched here.")
    return _desk
