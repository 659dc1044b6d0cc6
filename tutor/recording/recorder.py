"""Recording a script as a lesson: run it, draft steps, play them, fill in claims, check and write the file."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from pydantic import ValidationError

from tutor import library
from tutor.authoring import filling, proving
from tutor.authoring.proving import PortOf
from tutor.authoring.starter import schema_line
from tutor.engine.errors import TutorError
from tutor.engine.values.wording import counted
from tutor.files import changes
from tutor.files.changes import NotWritten
from tutor.files.regular import start_of
from tutor.recording import drafting, performance
from tutor.recording.complaints import Complaint
from tutor.recording.drafting import NotDrafted, ScriptSource
from tutor.recording.manuscript import Manuscript
from tutor.recording.performance import NotPerformed
from tutor.tapping.script import Script

LARGEST_SCRIPT = 1024 * 1024
"""Maximum number of bytes read of a script, to report its length."""

LONGEST_CODE = 10_000
"""Maximum number of characters in a lesson's sample."""


class NotRecorded(TutorError):
    """No lesson was written; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The written lesson, the number of its steps, and notes on omitted parts."""

    path: Path
    steps: int
    actors: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """The script to record, the lesson's path (None: by the script's name), and the time limit in seconds.

    `passed_on`: the names of environment variables that the script gets besides the harmless ones.
    """

    script: Path
    arguments: Sequence[str] = ()
    output: Path | None = None
    replaces: bool = False
    seconds: float = 30.0
    passed_on: Sequence[str] = ()


def record(order: Order, port_of: PortOf) -> Recording:
    """Run the script and write it as a lesson that passes the check.

    Raises: NotRecorded, BrokerAway.
    """
    path = _destination(order)
    source = _source(order.script)
    try:
        performed = performance.perform(order.script, order.arguments, seconds=order.seconds, passed_on=order.passed_on)
        # A command forbidden in lessons is often the reason why the script failed.
        drafting.require_fitting(performed.events)
        performed.require_good_end()
        drafted = drafting.draft(performed.events, source, port_of)
    except NotPerformed as reason:
        raise NotRecorded(str(reason)) from reason
    except NotDrafted as reason:
        raise NotRecorded(_listed(order.script, reason.complaints)) from reason
    text = _filled(drafted.manuscript, path, order.script, port_of)
    _write(text, path, order)
    notes = [_located(order.script, note) for note in drafted.notes]
    labels = tuple(actor.shown for actor in drafted.manuscript.actors)
    return Recording(path, len(drafted.manuscript.steps), labels, tuple(notes))


def _destination(order: Order) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", order.script.stem.lower()).strip("-")
    if order.output is None and not slug:
        raise NotRecorded(
            f"{order.script} has a name that gives no lesson's; say where it goes: --output my-lesson.yaml"
        )
    path = order.output or _as_seen_from_here(Path(settings.LESSONS_DIR) / f"{slug}.yaml")
    if not library.is_lesson_name(path.name):
        raise NotRecorded(f"{path}: a lesson's file name is its address: a-z, 0-9 and - only, then .yaml")
    if path.exists() and not order.replaces:
        raise NotRecorded(
            f"{path} is already there; nothing was run. --force replaces it, --output names another file."
        )
    return path


def _as_seen_from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _source(script: Path) -> ScriptSource:
    try:
        content = start_of(script, LARGEST_SCRIPT)
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotRecorded(f"{script} is no Python script: it has bytes that are not UTF-8.") from error
    except OSError as error:
        raise NotRecorded(f"{script} can't be read: {error.strerror}.") from error
    if len(text) > LONGEST_CODE:
        raise NotRecorded(
            f"{script} has {len(text):,} characters; a lesson shows the script, and at most {LONGEST_CODE:,} of them."
        )
    try:
        return ScriptSource(script.stem, text.rstrip() + "\n", Script(text, str(script)))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{script}:{line}" if line else str(script)
        raise NotRecorded(f"{where}: this is not Python: {getattr(error, 'msg', error)}") from error


def _filled(manuscript: Manuscript, path: Path, script: Path, port_of: PortOf) -> str:
    """Return the text with its claims filled in, after a check without problems."""
    with TemporaryDirectory(prefix="tutor-record-") as folder:
        file = Path(folder) / path.name
        file.write_text(manuscript.text(schema_line(path.parent.resolve())), encoding="utf-8", newline="\n")
        try:
            changes.write(filling.fill(file, port_of))
        except (NotWritten, ValidationError) as reason:
            raise NotRecorded(f"{script} can't become a lesson:\n{reason}".replace(str(file), path.name)) from reason
        problems = [each for each in proving.check([file], port_of) if each.is_error]
        if problems:
            said = "\n".join(f"  {each}".replace(str(file), path.name) for each in problems)
            raise NotRecorded(
                f"{script} was recorded, but the lesson does not pass the check; nothing was written:\n{said}"
            )
        return file.read_text(encoding="utf-8")


def _write(text: str, path: Path, order: Order) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="\n")
        if order.replaces:
            beside.replace(path)
        else:
            os.link(beside, path)  # fails if the file has been created in the meantime
    except OSError as error:
        if path.exists() and not order.replaces:
            raise NotRecorded(f"{path} is there now, and was left alone; use --output or --force.") from error
        raise NotRecorded(f"{path} can't be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _listed(script: Path, complaints: Sequence[Complaint]) -> str:
    closing = f"{counted(len(complaints), 'problem')}; nothing was written."
    return "\n".join([*(_located(script, each) for each in complaints), closing])


def _located(script: Path, complaint: Complaint) -> str:
    return f"{script}:{complaint.line}: {complaint.message}" if complaint.line else f"{script}: {complaint.message}"
