"""One process of the program: it runs actors as our process asks, each in a thread."""

import builtins
import importlib
import os
import queue
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from tutor.rehearsal.inside.assignments import Assignments
from tutor.rehearsal.inside.held_clock import HeldClock
from tutor.rehearsal.inside.held_redis import HeldRedis
from tutor.rehearsal.inside.holds import Holds
from tutor.rehearsal.inside.ran_lines import RanLines
from tutor.rehearsal.messages import (
    Begin,
    Breakdown,
    Hold,
    Locate,
    ProgramLine,
    Push,
    Release,
    Tick,
    Whereabouts,
    from_base64,
    unpacked,
)
from tutor.tapping import printed_lines
from tutor.tapping.script import Script

INPUT = "asks for input, which a rehearsal can't give. Write the value into the program"
PROCESSES = "starts another process. Let an actor run it instead: each actor has a process of its own"
THREADS = "starts a thread. Let an actor run it instead: each actor can run a function of its own"


class Running:
    """The actors of this process. The first one that runs a whole file has the main thread, as in a real process."""

    def __init__(self, link: socket.socket, folder: Path) -> None:
        self._link = link
        self._folder = folder
        paths = sorted(folder.rglob("*.py"))
        self._holds = Holds(link, {str(path): path.relative_to(folder).as_posix() for path in paths})
        self._clock = HeldClock(self._holds)
        self._redis = HeldRedis(self._holds)
        scripts = _scripts(paths)
        self._assignments = Assignments(self._holds, scripts)
        self._ran = RanLines(self._holds, scripts)
        self._begun: queue.SimpleQueue[Begin] = queue.SimpleQueue()
        self._start_thread = threading.Thread.start

    def serve(self) -> None:
        """Do what our process asks, for ever."""
        self._install()
        self._start_thread(threading.Thread(target=self._listen, daemon=True))
        while True:
            self._run(self._begun.get())

    def _install(self) -> None:
        self._holds.look = self._look
        self._redis.install()
        printed_lines.install(self._print, lambda path: path in self._holds.files)
        builtins.input = self._refusing(INPUT)
        BaseProcess.start = self._refusing(PROCESSES)  # type: ignore[method-assign]
        threading.Thread.start = self._refusing(THREADS)  # type: ignore[method-assign]
        os.register_at_fork(before=self._refusing(PROCESSES))
        # Last, because the modules above must not be loaded by a still clock.
        self._clock.install()

    def _refusing(self, reason: str) -> Callable[..., Any]:
        return lambda *_, **__: self._holds.refuse(reason)

    def _look(self) -> None:
        self._assignments.look()
        self._ran.report()

    def _print(self, text: str) -> None:
        if self._holds.actor:
            self._holds.hold(Hold("print", text=text))

    def _listen(self) -> None:
        with self._link.makefile("rb") as lines:
            for line in lines:
                self._obey(unpacked(line))
        os._exit(0)  # our process has gone

    def _obey(self, message: Any) -> None:
        match message:
            case Begin(function=""):
                self._begun.put(message)
            case Begin():
                self._start_thread(threading.Thread(target=self._run, args=(message,), daemon=True))
            case Release():
                self._holds.release(message)
            case Push():
                self._redis.push(message.actor, from_base64(message.data))
            case Tick():
                self._clock.now = message.now
            case Locate():
                self._holds.post(Whereabouts(message.actor, self._holds.whereabouts(message.actor)))

    def _run(self, begin: Begin) -> None:
        self._holds.enter(begin.actor)
        self._assignments.names[begin.actor] = begin.names
        if begin.is_reader:
            self._redis.readers.add(begin.actor)
        try:
            self._run_traced(begin)
        except SystemExit as leaving:
            if leaving.code not in (None, 0):
                self._break_down(begin.actor, leaving)
        except BaseException as fault:  # noqa: BLE001 - the author must see any exception of the program
            self._break_down(begin.actor, fault)
        self._holds.hold(Hold("end"))

    def _run_traced(self, begin: Begin) -> None:
        path = self._folder / begin.file
        code = None if begin.function else compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        sys.settrace(self._ran.following(self._assignments.trace))
        try:
            if code is None:
                module = importlib.import_module(begin.file.removesuffix(".py").replace("/", "."))
                getattr(module, begin.function)()
            else:
                sys.argv = [begin.file, begin.actor]
                main = ModuleType("__main__")
                main.__file__ = str(path)
                sys.modules["__main__"] = main
                exec(code, main.__dict__)  # noqa: S102 - running the author's program is what this is for
        finally:
            sys.settrace(None)

    def _break_down(self, actor: str, fault: BaseException) -> None:
        error = "".join(traceback.format_exception_only(fault)).strip().splitlines()
        self._holds.post(Breakdown(actor, error[-1] if error else "an exception", self._lines(fault)))

    def _lines(self, fault: BaseException) -> list[tuple[ProgramLine, str]]:
        file = self._holds.files.get(fault.filename or "") if isinstance(fault, SyntaxError) else None
        if isinstance(fault, SyntaxError) and file:
            return [(ProgramLine(file, fault.lineno or 0), "")]
        return [*self._own_lines(fault.__traceback__)]

    def _own_lines(self, tail: TracebackType | None) -> list[tuple[ProgramLine, str]]:
        files = self._holds.files
        return [
            (ProgramLine(files[frame.f_code.co_filename], number), frame.f_code.co_name)
            for frame, number in traceback.walk_tb(tail)
            if frame.f_code.co_filename in files
        ]


def _scripts(paths: list[Path]) -> dict[str, Script]:
    """Return the files that can be parsed."""
    found: dict[str, Script] = {}
    for path in paths:
        try:
            found[str(path)] = Script(path.read_text(encoding="utf-8"), str(path))
        except (SyntaxError, ValueError):
            continue  # running it reports the error
    return found
