"""Upgrading a lesson to the current format by editing its text in place; the result is read again and compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor import library
from tutor.authoring import format_differences, proving
from tutor.authoring.edits import edited
from tutor.engine.errors import BrokerLacks, StepFault
from tutor.engine.lesson.lesson import CURRENT_FORMAT, Lesson
from tutor.engine.lesson.problem import Problem
from tutor.engine.redis.globs import is_pattern
from tutor.engine.values.claim_values import is_same
from tutor.files import formats
from tutor.files.changes import FileChange, NotWritten, content_of
from tutor.files.yaml_reader import read_document
from tutor.files.yaml_writer import NewClaims, with_claims
from tutor.library import Reading
from tutor.ports import corners


class NotUpgraded(NotWritten):
    """The file can't be upgraded; the text says why. Nothing was changed."""


def upgrade(path: Path) -> FileChange:
    """Return a lesson's file with its text in the current format; nothing is written.

    The lesson is played, to compare both formats. Raises: NotUpgraded, NotWritten, BrokerAway.
    """
    content = content_of(path)
    reading = library.read(content, str(path))
    if reading.lesson is None:
        reasons = [*map(str, reading.errors), f"{path} can't be upgraded before its errors are corrected."]
        raise NotUpgraded("\n".join(reasons))
    text = content.decode("utf-8")
    if reading.lesson.format == CURRENT_FORMAT:
        return FileChange(path, content, content, word="upgraded")
    after = _with_format(text, reading.lesson, path)
    after, notes = _with_new_claims(text, after, reading, path)
    return FileChange(path, content, after.encode(), notes, word="upgraded")


def _with_new_claims(text: str, after: str, reading: Reading, path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text with its claims in the form of format 2, and notes. Raises: NotUpgraded."""
    came = library.read(after, str(path))
    if reading.lesson is None or came.lesson is None:
        raise NotUpgraded(f"{path} can't be upgraded: in format {CURRENT_FORMAT} it has errors.")
    try:
        found = format_differences.compare(reading.lesson, came.lesson, corners.temporary)
    except (StepFault, BrokerLacks) as fault:
        reason = f"it has to be played, to compare both formats: {fault}"
        raise NotUpgraded(f"{path} can't be upgraded: {reason}") from fault
    if found.problems:
        listed = _listed(found.problems, reading, path)
        raise NotUpgraded("\n".join([*listed, f"{path} can't be upgraded before these places are changed by hand."]))
    return _with_claims(text, after, found.claims, path), _listed(found.notes, reading, path)


def _listed(problems: Sequence[Problem], reading: Reading, path: Path) -> tuple[str, ...]:
    return tuple(map(str, sorted(proving.located(problem, reading, str(path)) for problem in problems)))


def _with_claims(text: str, after: str, claims: Mapping[int, Mapping[str, Any]], path: Path) -> str:
    if not claims:
        return after
    corrected = {i: NewClaims(corrected=each) for i, each in claims.items()}
    changed = edited(after, lambda old: with_claims(old, corrected))
    wanted = _said(text)
    for i, each in claims.items():
        wanted["steps"][i]["expect"].update(each)
    if not is_same(wanted, _said(changed)):
        raise NotUpgraded(f"{path} is written in a way that can't be upgraded without changing more than its claims.")
    return changed


def _with_format(text: str, lesson: Lesson, path: Path) -> str:
    after = edited(text, lambda old: formats.upgraded(old, lesson.format))
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
    """Return the watched names that are one key in `before` and a pattern in `after`."""
    if not any(map(is_pattern, before.watch)):
        return []
    return [name for name in after.watched_patterns if name not in before.watched_patterns]


def _said(text: str) -> dict[str, Any]:
    root = read_document(text).root
    return {name: value for name, value in root.value.items() if name != "format"} if root else {}
