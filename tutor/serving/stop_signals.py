"""Signals: the supervisor notices them between two looks at its processes, and its processes begin without them.

SIGINT and SIGTERM end the program, SIGHUP renews the workers, SIGCHLD only wakes the supervisor. A terminal sends
SIGINT to all processes of the foreground group, and a worker of granian that gets both SIGINT and SIGTERM within
moments often hangs (granian 2.8.7). So workers never see SIGINT.
"""

import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM)
_HANGUP = getattr(signal, "SIGHUP", None)
_CHILD = getattr(signal, "SIGCHLD", None)
_HELD_BACK = {*ENDING, *(each for each in (_HANGUP, _CHILD) if each)}


class StopSignals:
    """The signals that the supervisor has received so far."""

    def __init__(self) -> None:
        self.ends = 0
        """How often the program was asked to end."""
        self.is_to_renew = False
        """Whether the workers have to be replaced by new ones."""
        self._woken, self._waking = socket.socketpair()
        for end in (self._woken, self._waking):
            end.setblocking(False)

    def wait(self, others: Sequence[Any], seconds: float) -> None:
        """Wait until a signal comes, or one of the others has something to read, but not longer than that."""
        if self._woken in connection.wait([self._woken, *others], max(0.0, seconds)):
            with suppress(BlockingIOError):
                while self._woken.recv(4096):
                    pass

    @contextmanager
    def received(self) -> Iterator[None]:
        """Receive signals while the block runs."""
        signal.set_wakeup_fd(self._waking.fileno(), warn_on_full_buffer=False)
        for each in ENDING:
            signal.signal(each, self._note_end)
        if _CHILD:
            signal.signal(_CHILD, lambda *_: None)  # its arrival wakes wait()
        # nohup(1) starts the program with SIGHUP ignored.
        if _HANGUP and signal.getsignal(_HANGUP) != signal.SIG_IGN:
            signal.signal(_HANGUP, self._note_end if _has_terminal() else self._note_renewal)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)

    def _note_end(self, *_: object) -> None:
        self.ends += 1

    def _note_renewal(self, *_: object) -> None:
        self.is_to_renew = True


def _has_terminal() -> bool:
    """Return whether the program runs in a terminal, which sends SIGHUP when it is closed."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


@contextmanager
def held_back() -> Iterator[None]:
    """Hold signals back while the block starts a process, which must not run the supervisor's handlers."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def release_from_supervisor() -> None:
    """Take back what a new process inherits from the supervisor; SIGINT stays blocked in it."""
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK - {signal.SIGINT})
