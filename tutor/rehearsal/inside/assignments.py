"""The variables that the program's lines set, as long as the lesson has them."""

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any

from tutor.engine.values.serialization import all_stored
from tutor.rehearsal.inside.holds import Holds
from tutor.rehearsal.messages import Assignment, ProgramLine
from tutor.tapping.frames import frame_in, is_nameless
from tutor.tapping.plain_values import Unwatched, message_data, plain
from tutor.tapping.script import Script, is_same_run

_Eye = Callable[[FrameType, str, Any], Any]


class Assignments:
    """Reports each value that a line gives to one of `names[actor]`, the program's names with the lesson's."""

    def __init__(self, holds: Holds, scripts: Mapping[str, Script]) -> None:
        self.names: dict[str, Mapping[str, str]] = {}
        self._holds = holds
        self._scripts = scripts
        self._last: dict[tuple[str, str, str], str] = {}

    def trace(self, frame: FrameType, event: str, _argument: Any) -> _Eye | None:
        """A function for sys.settrace that follows the program's own frames."""
        script = self._scripts.get(frame.f_code.co_filename)
        if event != "call" or script is None or is_nameless(frame) or not self.names.get(self._holds.actor):
            return None
        begun: list[int] = []  # the running statement's line

        def eye(frame: FrameType, event: str, _argument: Any) -> _Eye:
            if event not in ("line", "return"):
                return eye
            if begun and event == "line" and is_same_run(script, begun[0], frame.f_lineno):
                return eye
            if begun:
                statement = script.statement(begun[0])
                self._look(frame, begun[0], statement.writes if statement else ())
            begun[:] = [frame.f_lineno] if event == "line" else []
            return eye

        return eye

    def look(self) -> None:
        """Report the changes so far by the lines that the calling thread is in."""
        frame = frame_in(*self._scripts)
        while frame is not None:
            if frame.f_code.co_filename in self._scripts and not is_nameless(frame):
                self._look(frame, frame.f_lineno, ())
            frame = frame.f_back

    def _look(self, frame: FrameType, line: int, written: Container[str]) -> None:
        """Report the watched variables of a frame that have a new value, or that the line has `written`."""
        file = self._holds.files[frame.f_code.co_filename]
        for name, known in self.names.get(self._holds.actor, {}).items():
            scope = frame.f_locals if name in frame.f_locals else frame.f_globals
            if name in scope:
                key = (self._holds.actor, frame.f_code.co_name if scope is not frame.f_globals else "", name)
                with suppress(Unwatched):
                    stored = all_stored({"value": plain(scope[name]), "data": plain(message_data(scope[name]))})
                    was, self._last[key] = self._last.get(key), repr(stored)
                    if name in written or was != repr(stored):
                        place = ProgramLine(file, line)
                        is_early = not self._holds.was_held
                        self._holds.post(Assignment(key[0], known, stored["value"], stored["data"], place, is_early))
