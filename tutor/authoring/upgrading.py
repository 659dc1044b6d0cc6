"""Upgrading: a lesson's text rewritten in the current format, by editing places, and read again to say the same."""

from pathlib import Path
from typing import Any

from tutor import library
from tutor.engine.lesson import CURRENT_FORMAT, Lesson
from tutor.engine.redis.globs import is_pattern
from tutor.engine.values import is_same
from tutor.files import formats
from tutor.files.changes import FileChange, NotWritten, content_of
from tutor.files.yaml_reader import read_document


class NotUpgraded(NotWritten):
    """The file can't be upgraded; the text says why. Nothing was changed."""


def upgrade(path: Path) -> FileChange:
    """Return a lesson's file with its text in the current format; nothing is written.

    Raises: NotUpgraded, NotWritten.
    """
    content = content_of(path)
    reading = library.read(content, str(path))
    if reading.lesson is None:
        reasons = [*map(str, reading.errors), f"{path} can't be upgraded before it has the right shape."]
        raise NotUpgraded("\n".join(reasons))
    text = content.decode("utf-8")
    after = _upgraded(text, reading.lesson, path) if reading.lesson.format < CURRENT_FORMAT else text
    return FileChange(path, content, after.encode(), word="upgraded")


def _upgraded(text: str, lesson: Lesson, path: Path) -> str:
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    try:
        after = mark + formats.upgraded(text.removeprefix("\ufeff"), lesson.format)
    except ValueError:
        after = ""
    # An author can write YAML in ways that nobody thinks of: what is written has to say what was meant.
    came = library.read(after, str(path)).lesson
    if came is None or came.format != CURRENT_FORMAT or not is_same(_said(text), _said(after)):
        raise NotUpgraded(f"{path} is written in a way that can't be upgraded without changing more than its format.")
    for name in _new_patterns(lesson, came):
        message = (
            f"{path} watches {name!r}: in format 1 that is the name of one key, from format 2 on a pattern of keys."
        )
        raise NotUpgraded(message + " Take it out of `watch` first.")
    return after


def _new_patterns(before: Lesson, after: Lesson) -> list[str]:
    """Return what is watched by its name `before` and as a pattern `after`."""
    if not any(map(is_pattern, before.watch)):
        return []
    return [name for name in after.watched_patterns if name not in before.watched_patterns]


def _said(text: str) -> dict[str, Any]:
    root = read_document(text).root
    return {name: value for name, value in root.value.items() if name != "format"} if root else {}
