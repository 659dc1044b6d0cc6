"""A lesson file and its new text: shown as a diff, and written if the file has not changed meanwhile."""

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from tutor.engine.errors import TutorError
from tutor.files import atomic
from tutor.files.regular import start_of
from tutor.files.yaml_reader import LARGEST_FILE


class NotWritten(TutorError):
    """The file can't be read or written; the text says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file and its new text. `word`: names the change in the diff, `notes`: left to the author."""

    path: Path
    before: bytes
    after: bytes
    notes: tuple[str, ...] = ()
    word: str = "filled"

    @property
    def diff(self) -> list[str]:
        """The lines of a unified diff, none if nothing changes."""
        before, after = (content.decode("utf-8", "replace").splitlines() for content in (self.before, self.after))
        shown = list(unified_diff(before, after, str(self.path), f"{self.path} ({self.word})", lineterm=""))
        is_only_ends = not shown and self.before != self.after
        return [f"{self.path} ({self.word}): only what ends the lines is different"] if is_only_ends else shown


def content_of(path: Path) -> bytes:
    """Return a lesson file's bytes, at most one more than allowed. Raises: NotWritten."""
    try:
        return start_of(path, LARGEST_FILE + 1)
    except OSError as error:
        raise NotWritten(f"{path} can't be read: {error.strerror}.") from error


def write(change: FileChange) -> None:
    """Replace the file by its new text. Raises: NotWritten."""
    path = change.path.resolve()
    if content_of(path) != change.before:
        raise NotWritten(f"{change.path} was changed in the meantime; do it again.")
    try:
        atomic.replace(path, change.after)
    except OSError as error:
        raise NotWritten(f"{change.path} can't be written: {error.strerror}.") from error
