"""The lines of the program that have run to their end, reported before a thread is held."""

from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from tutor.rehearsal.inside.holds import Holds
from tutor.rehearsal.messages import Ran
from tutor.tapping.frames import frame_in
from tutor.tapping.script import Script

Trace = Callable[[FrameType, str, Any], Any]
"""A function for sys.settrace."""


class RanLines:
    """Follows the program's own frames; a statement counts when the next one begins, or its function returns.

    So the line that a thread is held at does not count yet, since its command may never be sent; but the lines do that
    have called its function.
    """

    def __init__(self, holds: Holds, scripts: Mapping[str, Script]) -> None:
        self._holds = holds
        self._scripts = scripts
        self._known: set[tuple[str, int]] = set()
        self._new: dict[str, list[int]] = {}

    def following(self, trace: Trace) -> Trace:
        """Return a function for sys.settrace that does the same as `trace`, and notes the lines."""

        def begin(frame: FrameType, event: str, argument: Any) -> Trace | None:
            inner: Trace | None = trace(frame, event, argument)
            path = frame.f_code.co_filename
            return self._eye(path, inner) if path in self._scripts else inner

        return begin

    def _eye(self, path: str, inner: Trace | None) -> Trace:
        begun = 0  # the first line of the running statement

        def eye(frame: FrameType, event: str, argument: Any) -> Trace:
            nonlocal begun
            if event == "return" or (event == "line" and not self._continues(path, begun, frame.f_lineno)):
                self._note(path, begun)
                begun = frame.f_lineno if event == "line" else 0
            if inner is not None:
                inner(frame, event, argument)
            return eye

        return eye

    def _continues(self, path: str, begun: int, now: int) -> bool:
        """Return whether a line is a further one of the statement that is running."""
        statement = self._scripts[path].statement(begun)
        return statement is not None and now != begun and statement is self._scripts[path].statement(now)

    def _note(self, path: str, line: int) -> None:
        file = self._holds.files[path]
        if line and (file, line) not in self._known:
            self._known.add((file, line))
            self._new.setdefault(file, []).append(line)

    def report(self) -> None:
        """Send the lines that are new since the last report."""
        held = frame_in(*self._scripts)
        caller = held.f_back if held else None
        while caller is not None:
            if caller.f_code.co_filename in self._scripts:
                self._note(caller.f_code.co_filename, caller.f_lineno)
            caller = caller.f_back
        new, self._new = self._new, {}
        for file, lines in new.items():
            self._holds.post(Ran(file, lines))
