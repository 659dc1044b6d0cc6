"""Runs a script in this process, against a private server, and writes its events to the tape.

Started by performance.py as `python performer.py <folder> <tape> <script> [argument …]`.
"""

import builtins
import os
import sys
import threading
import time
import traceback
from collections.abc import Collection, Sequence
from enum import Enum, auto
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType, ModuleType, TracebackType
from typing import Any
from urllib.parse import unquote

# Started by its path, it needs the program's folder on sys.path for these imports; the script must not see it.
_ROOT = str(Path(__file__).resolve().parents[2])
_OURS = str(Path(__file__).resolve().parents[1])
sys.path[0] = _ROOT

from tutor.broker import embedded  # noqa: E402
from tutor.engine.redis.arguments import needs_connection, time_limit  # noqa: E402
from tutor.engine.redis.table import traits_of  # noqa: E402
from tutor.recording.tap import Tap  # noqa: E402
from tutor.recording.tape import Ended, Failed, Objected, Printed, Slept, Tape  # noqa: E402
from tutor.recording.watcher import VariableWatcher  # noqa: E402
from tutor.tapping import printed_lines  # noqa: E402
from tutor.tapping.frames import frame_in, line_in  # noqa: E402
from tutor.tapping.printed_lines import LONGEST_LINE  # noqa: E402
from tutor.tapping.script import Script  # noqa: E402

PROCESSES = "the script starts another process, and a recording follows the threads of one. Use threads instead"
INPUT = "the script asks for input, which a recording can't give. Write the value into the script"

WATCH_SECONDS = 0.1
PATIENCE = 5
"""How often to check whether all threads wait for ever, and how many times in a row they must."""

WATCH = "the recording's own"
"""The name of the checking thread."""

REST_SECONDS = 2.0
"""How much longer than requested a sleep may take."""


class Performer:
    """One run of one script."""

    def __init__(self, tape: Tape, path: str, script: str) -> None:
        self._tape = tape
        self._file = os.path.realpath(script)
        self._text = Path(script).read_bytes()
        self._tap = Tap(tape, path, self._file)
        self._watcher: VariableWatcher | None = None
        self._sleep = time.sleep
        self._begun: dict[int, str] = {}

    def perform(self) -> None:
        """Run the script to its end, or until all its threads wait for ever."""
        try:
            code = compile(self._text, self._file, "exec", dont_inherit=True)
            script = Script(self._text.decode("utf-8-sig", "replace"), self._file)
        except (SyntaxError, ValueError) as fault:
            self._fail(fault)
            return
        self._watcher = VariableWatcher(self._tape, script, self._file)
        self._tape.thread()
        self._install()
        try:
            self._run(code)
            for thread in _others():
                thread.join()
        except SystemExit as leaving:
            self._leave(leaving)
        except BaseException as fault:  # noqa: BLE001 - the author must see any exception of the script
            self._fail(fault)
        self._tape.write(Ended(waits_on=False))

    def _run(self, code: Any) -> None:
        module = ModuleType("__main__")
        module.__file__ = self._file
        sys.modules["__main__"] = module
        sys.path[0] = str(Path(self._file).parent)
        assert self._watcher is not None  # noqa: S101 - for mypy: perform has just created it
        threading.settrace(self._watcher.trace)
        sys.settrace(self._watcher.trace)
        try:
            exec(code, module.__dict__)  # noqa: S102 - running the author's script is what this is for
        finally:
            sys.settrace(None)

    def _install(self) -> None:
        self._tap.install()
        printed_lines.install(self._line_written, lambda path: path == self._file)
        time.sleep = self._slept  # type: ignore[assignment] # accepts anything like a number, as the real one does
        builtins.input = lambda *_: self._object(INPUT)  # type: ignore[assignment] # it never returns
        BaseProcess.start = lambda *_: self._object(PROCESSES)  # type: ignore[method-assign]
        os.register_at_fork(before=lambda: self._object(PROCESSES))
        threading.excepthook = self._thread_failed
        threading.Thread(target=self._watch, args=(os.getppid(),), daemon=True, name=WATCH).start()

    def _line_written(self, text: str) -> None:
        frame = frame_in(self._file)
        reads, objects = self._watcher.reads(frame) if self._watcher else ({}, {})
        line = frame.f_lineno if frame else None
        self._tape.write(Printed(self._tape.thread(), line, text[: LONGEST_LINE + 1], reads, objects))

    def _slept(self, seconds: float) -> None:
        self._sleep(seconds)
        line = line_in(self._file)
        if line is not None:
            self._let_others_rest()
            self._tape.write(Slept(self._tape.thread(), line, float(seconds), time.monotonic()))

    def _let_others_rest(self) -> None:
        """Wait briefly until the other threads wait too, because authors sleep to let them get that far."""
        deadline = time.monotonic() + REST_SECONDS
        while time.monotonic() < deadline and not self._others_wait(_Wait.WITH_A_LIMIT, _Wait.FOR_EVER):
            self._sleep(0.005)

    def _object(self, reason: str) -> None:
        self._tape.write(Objected(line_in(self._file), reason))
        os._exit(0)

    def _leave(self, leaving: SystemExit) -> None:
        if leaving.code not in (None, 0):
            said = f"{leaving.code}\n" if not isinstance(leaving.code, int) else ""
            line = _last_line(leaving.__traceback__, self._file)
            self._tape.write(Failed(line, f"{said}The script ended with sys.exit({leaving.code!r})."))

    def _fail(self, fault: BaseException) -> None:
        shown = traceback.TracebackException.from_exception(fault, capture_locals=False)
        _clean(shown)
        line = fault.lineno if isinstance(fault, SyntaxError) else _last_line(fault.__traceback__, self._file)
        self._tape.write(Failed(line, "".join(shown.format())))

    def _thread_failed(self, arguments: Any) -> None:
        if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
            self._fail(arguments.exc_value)
            os._exit(1)

    def _watch(self, parent: int) -> None:
        """End the process if the tape's reader is gone, or if every thread waits for an event that can't come."""
        patience = PATIENCE
        while True:
            self._sleep(WATCH_SECONDS)
            if os.getppid() != parent:
                os._exit(1)
            is_over = self._others_wait(_Wait.FOR_EVER) and not self._tap.has_news()
            patience = patience - 1 if is_over else PATIENCE
            if not patience:
                self._tape.write(Ended(waits_on=True))
                os._exit(0)

    def _others_wait(self, *waits: "_Wait") -> bool:
        """Return whether all threads of the script but the calling one wait in one of these ways."""
        frames = sys._current_frames()  # noqa: SLF001 - the only way to see where other threads are
        others = (
            each for each in threading.enumerate() if each.name != WATCH and each is not threading.current_thread()
        )
        return all(_wait_of(frames.get(each.ident or 0)) in waits for each in others)


class _Wait(Enum):
    """How a thread waits for another thread, a message or an element."""

    NOT_AT_ALL = auto()
    WITH_A_LIMIT = auto()
    FOR_EVER = auto()


def _wait_of(frame: FrameType | None) -> _Wait:
    """Return how a thread waits, given its innermost frame (None: the thread has ended)."""
    inner = set[str]()
    while frame is not None:
        wait = _wait_in(frame, inner)
        if wait is not None:
            return wait
        inner.add(frame.f_code.co_name)
        frame = frame.f_back
    return _Wait.NOT_AT_ALL


def _wait_in(frame: FrameType, inner: Collection[str]) -> _Wait | None:
    """Return how a frame waits, None if it does not show that; `inner` names the functions that it has called.

    The names are those of functions in CPython's threading.py and in redis-py's client.py and connection.py.
    """
    code = frame.f_code
    if code.co_name == "_slept":
        return _Wait.WITH_A_LIMIT
    if code.co_name in _WAITS_IN_THREADING and code.co_filename == threading.__file__:
        return _Wait.FOR_EVER if frame.f_locals.get("timeout") in (None, -1) else _Wait.WITH_A_LIMIT
    if code.co_name == "parse_response" and "block" in frame.f_locals:
        return _Wait.FOR_EVER if frame.f_locals["block"] else _Wait.WITH_A_LIMIT
    if code.co_name == "_send_command_parse_response":
        return _wait_for(frame.f_locals.get("args", ())) if "read_response" in inner else _Wait.NOT_AT_ALL
    return None


_WAITS_IN_THREADING = ("join", "_wait_for_tstate_lock", "_shutdown", "wait")


def _wait_for(words: Sequence[Any]) -> _Wait:
    """Return how a client waits for the reply to a command."""
    texts = [str(word, "utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words]
    if not (traits_of(texts).limit and needs_connection(texts)):
        return _Wait.NOT_AT_ALL
    return _Wait.WITH_A_LIMIT if time_limit(texts) else _Wait.FOR_EVER


def _others() -> list[threading.Thread]:
    here = threading.current_thread()
    return [each for each in threading.enumerate() if each is not here and not each.daemon]


def _clean(shown: traceback.TracebackException) -> None:
    """Remove our own frames from a traceback."""
    shown.stack[:] = [each for each in shown.stack if not each.filename.startswith(_OURS)]
    for other in (shown.__cause__, shown.__context__):
        if other is not None:
            _clean(other)


def _last_line(tail: TracebackType | None, file: str) -> int | None:
    lines = [number for frame, number in traceback.walk_tb(tail) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None


def main(folder: str, tape_number: str, script: str, *arguments: str) -> None:
    """Run the script as `python script.py argument …` does."""
    os.set_inheritable(int(tape_number), False)
    tape = Tape(int(tape_number))
    try:
        url = embedded.ensure_server(Path(folder), access=embedded.EVERYTHING)
    except (embedded.NoEmbeddedServer, embedded.EmbeddedServerFailed) as fault:
        tape.write(Objected(None, str(fault)))
        return
    sys.argv = [script, *arguments]
    Performer(tape, unquote(url.removeprefix("unix://")), script).perform()
    # Remaining threads of the script would keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
