"""Holding the threads of a program: each says what it is about to do, and waits until it is released."""

import os
import queue
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType

from tutor.rehearsal.messages import Breakdown, Hold, Message, ProgramLine, Release, from_base64, packed
from tutor.tapping.frames import frame_in


class Holds:
    """The link of one of the program's processes to ours, and its threads that are held.

    `files`: the program's files, by their paths on disk. `look` is called before a thread is held.
    """

    def __init__(self, link: socket.socket, files: Mapping[str, str]) -> None:
        self.files = files
        self.look: Callable[[], None] = lambda: None
        self._link = link
        self._lock = threading.Lock()
        self._gates: dict[str, queue.SimpleQueue[Release]] = {}
        self._threads: dict[str, int] = {}
        self._own = threading.local()

    @property
    def actor(self) -> str:
        """The actor whose program the calling thread runs, "" for a thread of ours."""
        return str(getattr(self._own, "actor", ""))

    @property
    def was_held(self) -> bool:
        """Whether the calling thread has been held since it began."""
        return bool(getattr(self._own, "was_held", False))

    def enter(self, actor: str) -> None:
        """Make the calling thread the actor's. A thread that ran an earlier life of the actor stays held for ever."""
        self._own.actor = actor
        self._own.was_held = False
        self._own.gate = self._gates[actor] = queue.SimpleQueue()
        self._threads[actor] = threading.get_ident()

    def post(self, message: Message) -> None:
        """Send a message to our process; the program ends if that is gone."""
        try:
            with self._lock:
                self._link.sendall(packed(message))
        except OSError:
            os._exit(1)

    def hold(self, hold: Hold) -> bytes:
        """Hold the calling thread, by default at its line; return the bytes with which it is released."""
        self.look()
        self._own.was_held = True
        self.post(replace(hold, actor=self.actor, line=hold.line if hold.line.file else self.place()))
        gate: queue.SimpleQueue[Release] = self._own.gate
        return from_base64(gate.get().data)

    def release(self, release: Release) -> None:
        """Let the actor's thread go on."""
        self._gates[release.actor].put(release)

    def refuse(self, reason: str) -> None:
        """Report that the program does something that can't be followed, and hold the thread for ever."""
        self.post(Breakdown(self.actor, reason, [(self.place(), "")], is_exception=False))
        threading.Event().wait()

    def place(self) -> ProgramLine:
        """Return the calling thread's line in the program."""
        return self.place_of(frame_in(*self.files))

    def place_of(self, frame: FrameType | None) -> ProgramLine:
        """Return the program's line of a frame."""
        return ProgramLine(self.files[frame.f_code.co_filename], frame.f_lineno) if frame else ProgramLine()

    def whereabouts(self, actor: str) -> ProgramLine:
        """Return the line that an actor's thread runs."""
        frame = sys._current_frames().get(self._threads.get(actor, 0))  # noqa: SLF001 - the only way to see other threads
        while frame is not None and frame.f_code.co_filename not in self.files:
            frame = frame.f_back
        return self.place_of(frame)
